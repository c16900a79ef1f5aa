"""The first letter that line 0 does not answer is a ticket at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.stage import PROBLEM, Stage, stage_in
from tests.flow.test_letters_choices import GUIDE
from tests.flow.test_letters_intake import BEFORE, FILES

SENTENCES = "Номер договора 654321, у нас дом."
PAYING = """
id: paying
title: { ru: Оплата, en: Payment }
phrases: { ru: [вопрос по оплате, списали деньги], en: [a question about my bill] }
"""
TO_SALES = "routing: { rules: [{ topic: paying, desk: sales }], fallback: tech }\n"


async def test_number_desk_and_questions_in_one_letter(tmp_path: Path) -> None:
    """The desk sees the first letter at once; its answer holds the number and every question."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("Здравствуйте, хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        await room.sees("хочу переехать")
        letter = await stage.maria.reads("№1", "принята", "номер договора", "Дом или квартира")
        await stage.maria.reads_nothing()
        stage.maria.writes(SENTENCES, answers=letter)
        await room.sees(SENTENCES)
        read_back = await stage.maria.reads("поняли", "654321", "Дом", "№1")
        assert "?" not in read_back.text
        await room.reads(room.card, "654321", "Дом")
        assert len(stage.telegram.topics(stage.tech.chat)) == 1


async def test_what_is_missing_is_asked_once_more(tmp_path: Path) -> None:
    """case F10 while the ticket is open: once, with the reason; then the desk has what there is."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("Здравствуйте, хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        letter = await stage.maria.reads("принята", "номер договора")
        stage.maria.writes("1. 12\n2. Квартира", answers=letter)
        again = await stage.maria.reads("поняли", "Квартира", "номер договора", "На каком этаже")
        assert "Дом или квартира" not in again.text
        stage.maria.writes("1. не знаю где он\n2. 5", answers=again)
        await room.sees("не знаю где он")
        await stage.maria.reads("Этаж: 5", "№1")
        await stage.maria.reads_nothing()
        await room.reads(room.card, "Этаж", "5")


async def test_answers_to_a_specialist_are_no_answers_to_the_bot(tmp_path: Path) -> None:
    """What answers a specialist's letter is for them, however much it looks like an answer; the
    bot does not talk over them, and still fills in what its own letter is answered with."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        form = await stage.maria.reads("номер договора")
        await stage.boris.writes(room, "Какой у вас роутер?")
        asked = await stage.maria.reads("Какой у вас роутер?")
        stage.maria.writes("123456", answers=asked)
        await room.sees("123456")
        await stage.maria.reads_nothing()
        stage.maria.writes("1. 654321\n2. Дом", answers=form)
        await room.sees("654321")
        await stage.settled()
        assert "654321" in room.card.text
        await stage.maria.reads_nothing()


async def test_nobody_answers_and_nobody_is_bothered(tmp_path: Path) -> None:
    """A ticket that is open already needs no word when the questions stay unanswered."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        await stage.maria.reads("номер договора")
        await stage.later(hours=50)
        await stage.maria.reads_nothing()
        stage.maria.writes("ау, вы где?", subject="Re: Вопрос", to=())
        await stage.settled()
        assert not room.closed()


async def test_cancelled_by_the_client(tmp_path: Path) -> None:
    """case F9: the way out that the letter names closes a ticket nobody has."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        form = await stage.maria.reads("номер договора")
        stage.maria.writes("Отменить", answers=form)
        await stage.maria.reads("№1", "закрыта")
        await stage.settled()
        assert room.closed()


async def test_the_topic_chosen_later_moves_the_ticket(tmp_path: Path) -> None:
    """Unknown topics begin at the fallback desk; who they turn out to be for gets them."""
    files = {"topics/paying.yaml": PAYING}
    async with stage_in(tmp_path, files=files) as stage:
        settings = stage.folder / "support.yaml"
        text = settings.read_text().replace("routing: { fallback: tech }\n", TO_SALES)
        settings.write_text(text)
        async with stage.service():
            stage.maria.writes("абракадабра и больше ничего", subject="Что-то")
            first = await stage.tech.opens()
            await first.sees("абракадабра")
            asked = await stage.maria.reads("№1", "принята", "О чём", "Оплата")
            number = 1 + asked.choices.index("Оплата")
            stage.maria.writes(f"{number}", answers=asked)
            room = await stage.sales.opens()
            await room.sees("абракадабра")
            await stage.maria.reads("№1", "Продажи")
            await stage.settled()
            assert first.closed()
            assert "Оплата" in room.card.text


async def test_a_desk_that_has_it_keeps_it(tmp_path: Path) -> None:
    """Who took the ticket is not moved away from it by the client's answer."""
    files = {"topics/paying.yaml": PAYING}
    async with stage_in(tmp_path, files=files) as stage:
        settings = stage.folder / "support.yaml"
        text = settings.read_text().replace("routing: { fallback: tech }\n", TO_SALES)
        settings.write_text(text)
        async with stage.service():
            stage.maria.writes("абракадабра и больше ничего", subject="Что-то")
            room = await stage.tech.opens()
            asked = await stage.maria.reads("О чём")
            await stage.boris.presses(room, "Взять")
            stage.maria.writes("вопрос по оплате, списали деньги", answers=asked)
            await room.sees("списали деньги")
            await stage.settled()
            assert "Оплата" in room.card.text
            assert not room.closed()


async def test_an_unsure_answer_delays_nobody(tmp_path: Path) -> None:
    """What may help goes along with the number; if it does, the ticket ends there."""
    async with stage_in(tmp_path, files={"faq/guides.yaml": GUIDE}) as stage, stage.service():
        stage.maria.writes("нужен второй", subject="Вопрос")
        room = await stage.tech.opens()
        asked = await stage.maria.reads("№1", "принята", "возможно", "телевизор")
        number = 1 + next(i for i, x in enumerate(asked.choices) if "телевизор" in x)
        stage.maria.writes(str(number), answers=asked)
        answer = await stage.maria.reads("ещё одна приставка", "1 — Да")
        stage.maria.writes("1", answers=answer)
        await stage.maria.reads("№1", "закрыта")
        await stage.settled()
        assert room.closed()


async def test_only_optional_questions_delay_nothing(tmp_path: Path) -> None:
    """Also where the ticket waits for its details: what may be left out is asked along."""
    async with stage_in(tmp_path, more=BEFORE) as stage, stage.service():
        stage.maria.writes("не работает интернет", subject="Вопрос")
        await stage.tech.opens()
        await stage.maria.reads("принята", "номер договора")
        await stage.maria.reads_nothing()


async def test_line_0_answers_first(stage: Stage) -> None:
    """A question that line 0 knows opens nothing; what it does not help does, with its words."""
    stage.maria.writes("в какие часы вы работаете", subject="Вопрос")
    answer = await stage.maria.reads("Работаем с 9 до 18")
    await stage.settled()
    assert stage.telegram.topics(stage.tech.chat) == []
    stage.maria.writes(f"2\n\n{PROBLEM}", answers=answer)
    room = await stage.tech.opens()
    await room.sees(PROBLEM)


@pytest.mark.parametrize("wish", ["Сразу к специалисту", "Позовите оператора, пожалуйста!"])
async def test_a_person_has_it_already(tmp_path: Path, wish: str) -> None:
    """case F9: asking for a person once more ends the questions and opens nothing else."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("хочу переехать", subject="Вопрос")
        await stage.tech.opens()
        form = await stage.maria.reads("номер договора")
        stage.maria.writes(wish, answers=form)
        await stage.maria.reads("уже у специалистов")
        await stage.settled()
        assert len(stage.telegram.topics(stage.tech.chat)) == 1


REPLY = "Договор 654321, живём мы тут давно, день 12 декабря. Жильё – дом"


async def test_sentences_are_read_back(tmp_path: Path) -> None:
    """case F10: sentences that name what they answer, read back; the desk has every word."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.maria.writes("хочу переехать", subject="Вопрос")
        room = await stage.tech.opens()
        form = await stage.maria.reads("номер договора")
        stage.maria.writes(REPLY, answers=form)
        await room.sees("живём мы тут давно")
        await stage.maria.reads("Договор: 654321", "Жильё: Дом", "День: 12.12.2026", "№1")
