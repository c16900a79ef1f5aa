"""Buttons as numbers: what a client can answer a letter with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.letters import Received
from tests.flow.stage import PROBLEM, Room, Stage, stage_in
from tests.flow.test_letters_intake import BEFORE

GUIDE = """
section: { id: guides, title: { ru: Инструкции, en: Guides } }
entries:
  - id: router
    title: { ru: Роутер мигает, en: The router blinks }
    questions:
      ru: [почему мигает роутер, роутер моргает лампочкой]
      en: [why does the router blink]
    steps:
      - text: { ru: Выключите роутер., en: Switch the router off. }
      - text: { ru: Нажмите кнопку сброса., en: Press reset. }
  - id: tv
    title: { ru: Подключить второй телевизор, en: Connect a second TV }
    questions: { ru: [как подключить второй телевизор, нужен второй телевизор] }
    answer: { ru: Нужна ещё одна приставка. }
    buttons: [{ text: { ru: Подробнее, en: More }, url: "https://example.com/tv" }]
  - id: phone
    title: { ru: Подключить второй телефон, en: Connect a second phone }
    questions: { ru: [как подключить второй телефон, нужен второй телефон] }
    answer: { ru: Нужна ещё одна линия. }
"""
HOURS = "в какие часы вы работаете"


async def _resolved(stage: Stage) -> tuple[Room, Received]:
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    await stage.boris.writes(room, "/resolve Заменили кабель")
    return room, await stage.maria.reads("решена", "Заменили кабель", "1 — Да, решено")


async def test_did_it_help(stage: Stage) -> None:
    """The answer of the FAQ, and "did it help?" answered with a number."""
    stage.maria.writes(HOURS, subject="Вопрос")
    answer = await stage.maria.reads("Работаем с 9 до 18", "1 — Да", "2 — Нет, нужен специалист")
    assert len(answer.choices) == 2
    stage.maria.writes("1, спасибо", answers=answer)
    await stage.maria.reads("рад, что помогло")
    await stage.maria.reads_nothing()


@pytest.mark.parametrize(
    "said", ["2", "2.", "№2", "Нет, нужен специалист", "2 — Нет, нужен специалист"]
)
async def test_it_did_not_help(stage: Stage, said: str) -> None:
    """The number, with signs around it, and the label are the same press."""
    stage.maria.writes(HOURS, subject="Вопрос")
    answer = await stage.maria.reads("Работаем с 9 до 18")
    stage.maria.writes(said, answers=answer)
    await stage.maria.reads("номер договора")


async def test_words_beside_the_number_are_kept(stage: Stage) -> None:
    """What is written below the number is part of the problem."""
    stage.maria.writes(HOURS, subject="Вопрос")
    answer = await stage.maria.reads("Работаем с 9 до 18")
    stage.maria.writes(f"2\n\n{PROBLEM}", answers=answer)
    room = await stage.tech.opens()
    await room.sees(PROBLEM)
    await stage.maria.reads("принята")


async def test_a_number_is_not_always_a_choice(stage: Stage) -> None:
    """Stale and unknown numbers, and sentences that begin with one, are words."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    await stage.boris.writes(room, "Сколько устройств подключено?")
    question = await stage.maria.reads("Сколько устройств")
    stage.maria.writes("2", answers=question)
    await room.sees("2")
    await stage.boris.writes(room, "/resolve Готово")
    solved = await stage.maria.reads("решена", "1 — Да, решено")
    stage.maria.writes("2 часа работало, и опять нет", answers=solved)
    await room.sees("2 часа работало")
    await stage.maria.reads("снова открыта")
    stage.maria.writes("1", answers=solved)
    await room.sees("1")
    await stage.maria.reads_nothing()


async def test_did_you_mean_and_links(tmp_path: Path) -> None:
    """Suggestions by number; a link under an answer is no number."""
    files = {"faq/guides.yaml": GUIDE}
    async with stage_in(tmp_path, files=files, more=BEFORE) as stage, stage.service():
        stage.maria.writes("нужен второй", subject="Вопрос")
        asked = await stage.maria.reads("Возможно", "телевизор")
        number = 1 + next(i for i, x in enumerate(asked.choices) if "телевизор" in x)
        stage.maria.writes(str(number), answers=asked)
        answer = await stage.maria.reads("ещё одна приставка")
        assert answer.links == ("https://example.com/tv",)
        assert answer.choices[0] == "Да"


async def test_a_guide_in_one_letter(tmp_path: Path) -> None:
    """All steps are in one letter, and one answer says how they went."""
    async with stage_in(tmp_path, files={"faq/guides.yaml": GUIDE}) as stage, stage.service():
        stage.maria.writes("почему мигает роутер", subject="Роутер")
        steps = await stage.maria.reads("Выключите роутер", "Нажмите кнопку сброса", "2 — Не п")
        assert steps.text.index("Выключите") < steps.text.index("Нажмите")
        stage.maria.writes("1 спасибо!", answers=steps)
        await stage.maria.reads("рад, что помогло")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("почему мигает роутер", "Не помогло. Пришлите мастера"),
        ("почему мигает роутер", "Не помогло, я уже всё это делал два раза"),
        ("почему мигает роутер", "Не помогло\n\nРоутер мигает красным"),
        ("why does the router blink", "Did not help, I already wrote that I restarted it"),
        ("why does the router blink", "Did not help. Send somebody, please."),
        ("why does the router blink", "It blinks red now. Did not help."),
    ],
)
async def test_a_label_and_words(tmp_path: Path, subject: str, words: str) -> None:
    """A label that words follow is that button and the words: a ticket that has both."""
    async with stage_in(tmp_path, files={"faq/guides.yaml": GUIDE}) as stage, stage.service():
        stage.maria.writes(subject, subject="Router")
        steps = await stage.maria.reads("2 — ")
        stage.maria.writes(words, answers=steps)
        room = await stage.tech.opens()
        await room.sees(words.splitlines()[-1])
        await stage.maria.reads("1")
        await stage.maria.reads_nothing()


async def test_topic_by_number(stage: Stage) -> None:
    """Which topic it is, by number."""
    stage.maria.writes("абракадабра и больше ничего", subject="Что-то")
    asked = await stage.maria.reads("О чём", "Интернет")
    number = 1 + next(i for i, x in enumerate(asked.choices) if x == "Интернет")
    stage.maria.writes(str(number), answers=asked)
    form = await stage.maria.reads("номер договора")
    room = await stage.tech.opens()
    await room.sees("Что-то", "абракадабра")
    stage.maria.writes("123456", answers=form)
    await room.reads(room.card, "123456")


async def test_solved_rated_and_commented(stage: Stage) -> None:
    """ "Is it solved?", the rating and its words, all by letter (case F6)."""
    room, solved = await _resolved(stage)
    stage.maria.writes("1", answers=solved)
    asked = await stage.maria.reads("Оцените")
    assert len(asked.choices) == 5
    stage.maria.writes("5\nБорис молодец, всё объяснил", answers=asked)
    await stage.maria.reads("Спасибо за оценку")
    await room.sees("★★★★★")
    await room.sees("Борис молодец")
    await stage.maria.reads_nothing()
    assert room.closed()


async def test_not_solved(stage: Stage) -> None:
    """No, with the reason in the same letter: reopened, and the desk reads it."""
    room, solved = await _resolved(stage)
    stage.maria.writes("2\nвечером снова пропал", answers=solved)
    await room.sees("вечером снова пропал")
    await stage.maria.reads("снова открыта")
    assert "Переоткрыта" in room.card.text or "ткры" in room.card.text


async def test_solved_with_kind_words(stage: Stage) -> None:
    """Words beside "yes" reach the desk and reopen nothing."""
    room, solved = await _resolved(stage)
    stage.maria.writes("1. Всё отлично, мастер приехал вовремя", answers=solved)
    await stage.maria.reads("Оцените")
    await room.sees("мастер приехал вовремя")
    await stage.settled()
    assert room.closed()


async def test_thanks_reopen_nothing(stage: Stage) -> None:
    """case F6 by letter."""
    room, solved = await _resolved(stage)
    stage.maria.writes("Спасибо большое!", answers=solved)
    await stage.maria.reads_nothing()
    assert "решена" in room.card.text


async def test_status_by_letter(stage: Stage) -> None:
    """A letter that says "status" is answered with the tickets of its address only."""
    stage.maria.writes(PROBLEM, subject="Первое")
    await stage.tech.opens()
    await stage.maria.reads("принята")
    stage.anna.says(PROBLEM)
    await stage.tech.opens()
    stage.maria.writes("", subject="Статус")
    shown = await stage.maria.reads("Ваши заявки")
    assert shown.text.count("Статус:") == 1
    stage.john.says("hi")
    await stage.maria.reads_nothing()


async def test_the_language_of_the_letter(stage: Stage) -> None:
    """Words decide the language of the answer; the FAQ answers by letter in it."""
    stage.maria.writes("what are your opening hours?", subject="Question")
    answer = await stage.maria.reads("We work from 9 to 18", "1 — Yes")
    assert answer.head.language == "en"


@pytest.mark.parametrize(
    "wish", ["Сразу к специалисту", "Позовите оператора, пожалуйста!", "I want to talk to a person"]
)
async def test_a_person_please(tmp_path: Path, wish: str) -> None:
    """case F9 by letter: at every step, in any words, whatever the last letter offered."""
    async with stage_in(tmp_path, files={"faq/guides.yaml": GUIDE}) as stage, stage.service():
        stage.maria.writes("почему мигает роутер", subject="Роутер")
        step = await stage.maria.reads("Выключите роутер")
        stage.maria.writes(f"{wish}\n\nМария", answers=step)
        room = await stage.tech.opens()
        await room.sees("почему мигает роутер")
        await stage.maria.reads("1")
        stage.maria.writes("ничего не понимаю в этом", subject="Другое")
        asked = await stage.maria.reads("1 — ")
        stage.maria.writes(wish, answers=asked)
        await stage.tech.opens()
        await stage.maria.reads("2")


async def test_more_than_a_wish(stage: Stage) -> None:
    """A sentence about a specialist is no wish for one: what it is about is still asked."""
    stage.maria.writes("Ваш специалист ко мне вчера не пришёл", subject="Вопрос")
    await stage.maria.reads("принята", "О чём")
