"""Line 1 by letter, where a ticket waits for its details: all questions at once, the reply read
back. Tickets that open at once: ``test_letters_first``."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.message import Media
from tests.flow.letters import Received
from tests.flow.stage import Room, Stage, stage_in

MOVE = """
id: move
title: { ru: Переезд, en: Move }
phrases: { ru: [хочу переехать, переезд на новый адрес], en: [moving house] }
questions:
  - id: contract
    type: pattern
    pattern: "[0-9]{6}"
    example: "123456"
    ask: { ru: Какой у вас номер договора?, en: What is your contract number? }
    label: { ru: Договор, en: Contract }
  - id: how
    type: choice
    ask: { ru: Дом или квартира?, en: House or flat? }
    label: { ru: Жильё, en: Home }
    options:
      - { id: house, label: { ru: Дом, en: House } }
      - { id: flat, label: { ru: Квартира, en: Flat } }
  - id: floor
    type: number
    min: 1
    max: 40
    when: { how: flat }
    ask: { ru: На каком этаже?, en: Which floor? }
    label: { ru: Этаж, en: Floor }
  - id: day
    type: date
    required: false
    ask: { ru: Когда вам удобно?, en: Which day suits you? }
    label: { ru: День, en: Day }
  - id: plan
    type: file
    required: false
    ask: { ru: Приложите план квартиры., en: Attach a plan of the flat. }
    label: { ru: План, en: Plan }
"""
FILES = {"topics/move.yaml": MOVE}
BEFORE = "letters: { intake: before_ticket }\n"

INLINE = """Добрый день!

> 1. Какой у вас номер договора?
> Например: 123456
654321

> 2. Дом или квартира?
> • Дом
> • Квартира
Дом

> 3. Когда вам удобно?
> Можно пропустить.
12 декабря

> 4. Приложите план квартиры.
потом пришлю
"""
NUMBERED = "1) 654321\n2. дом\n3 - 12.12.2026"
LABELLED = "Договор: 654321\nЖильё: дом\nДень: 12 декабря\n\nС уважением, Мария"
FREE = "Здравствуйте! Номер договора 654321, у нас дом. Удобно 12 декабря."
LINES = "654321\nДом\n12 декабря"


async def _asked(stage: Stage) -> Received:
    stage.maria.writes("Здравствуйте, хочу переехать", subject="Вопрос")
    form = await stage.maria.reads("номер договора", "Дом или квартира", "Когда вам удобно")
    assert "На каком этаже" not in form.text
    assert not form.choices
    return form


async def _opened(stage: Stage) -> tuple[Room, Received]:
    room = await stage.tech.opens()
    return room, await stage.maria.reads("принята")


@pytest.mark.parametrize("reply", [INLINE, NUMBERED, LABELLED, FREE, LINES])
async def test_all_questions_in_one_letter(tmp_path: Path, reply: str) -> None:
    """case F10: whichever way people answer, it is read back answer by answer."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes(reply, answers=form)
        room, opened = await _opened(stage)
        for answer in ("654321", "Дом", "12.12.2026"):
            assert answer in opened.text
            assert answer in room.card.text
        await stage.maria.reads_nothing()


async def test_asked_again_once_with_the_reason(tmp_path: Path) -> None:
    """case F10: what is not understood is asked again once, together with what an answer made
    necessary; then a person sees it."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes("1. 12\n2. Квартира\n3. -", answers=form)
        again = await stage.maria.reads("поняли", "номер договора", "На каком этаже")
        assert "Квартира" in again.text
        assert "Дом или квартира" not in again.text
        assert "Когда вам удобно" not in again.text
        assert "отличается" in again.text or "номер" in again.text
        stage.maria.writes("1. не знаю где он\n2. 5", answers=again)
        room, opened = await _opened(stage)
        assert "Этаж: 5" in opened.text
        await room.sees("не знаю где он")
        await stage.maria.reads_nothing()


async def test_files_answer_the_question_for_a_file(tmp_path: Path) -> None:
    """case F10: an attachment is the answer, and the desk has it."""
    (tmp_path / "plan.pdf").write_bytes(b"%PDF-1.4 a plan")
    plan = Media(
        kind="document", path=str(tmp_path / "plan.pdf"), name="план.pdf", mime="application/pdf"
    )
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes("1. 654321\n2. дом", plan, answers=form)
        room, opened = await _opened(stage)
        assert "план.pdf" in opened.text
        await room.sees(kind="document")


async def test_a_person_and_cancel_in_words(tmp_path: Path) -> None:
    """case F9 by letter: the ways out that the letter names."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes("Сразу к специалисту\n\nМария", answers=form)
        await stage.tech.opens()
        await stage.maria.reads("принята")
        stage.maria.writes("хочу переехать", subject="Ещё раз")
        form = await stage.maria.reads("номер договора")
        stage.maria.writes("Отменить", answers=form)
        await stage.maria.reads("заявки не будет")


async def test_thanks_answer_no_question(tmp_path: Path) -> None:
    """A promise to answer later is no answer, and gets no letter."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes("Спасибо!", answers=form)
        await stage.maria.reads_nothing()
        stage.maria.writes(NUMBERED, answers=form)
        await _opened(stage)


async def test_nobody_answers(tmp_path: Path) -> None:
    """After the days set for letters the ticket opens with what there is (case F9)."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        await _asked(stage)
        await stage.later(hours=40)
        await stage.maria.reads_nothing()
        await stage.later(hours=10)
        await stage.tech.opens()
        await stage.maria.reads("как есть", "принята")


async def test_written_into_our_letter(tmp_path: Path) -> None:
    """case F10: Outlook marks nothing, so the answers arrive among what was cut off."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        ours = form.content.words
        written = ours.replace("Например: 123456", "Например: 123456\n654321")
        written = written.replace("• Квартира", "• Квартира\nДом")
        stage.maria.writes("Ответы ниже, красным.", answers=form, quoted=f"From: x\n\n{written}")
        room, opened = await _opened(stage)
        assert "654321" in opened.text
        assert "Дом" in room.card.text


async def test_our_own_letter_quoted_answers_nothing(tmp_path: Path) -> None:
    """case F10: what we wrote is never taken for an answer."""
    async with stage_in(tmp_path, files=FILES, more=BEFORE) as stage, stage.service():
        form = await _asked(stage)
        stage.maria.writes("А зачем это всё?", answers=form, quoted=form.content.words)
        again = await stage.maria.reads("ещё раз", "номер договора", "Дом или квартира")
        stage.maria.writes("Не хочу отвечать", answers=again, quoted=again.content.words)
        room, opened = await _opened(stage)
        await room.sees("А зачем это всё?")
        assert "Договор" not in opened.text
