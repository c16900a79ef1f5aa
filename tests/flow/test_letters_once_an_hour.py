"""What opens nothing, or no further ticket: spam, and many letters of an address nobody knows."""

from __future__ import annotations

import pytest

from tests.flow.stage import PROBLEM, Stage


async def test_a_second_letter_within_the_hour_joins(stage: Stage) -> None:
    """case E8: from an unknown address one ticket an hour; no word is lost and its writer is
    told."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    stage.maria.writes("И ещё роутер мигает", subject="Роутер")
    await room.sees("Роутер", "роутер мигает")
    await stage.maria.reads("добавили", "№1")
    stage.maria.writes("в какие часы вы работаете", subject="Часы")
    await room.sees("в какие часы")
    await stage.maria.reads("добавили", "Работаем с 9 до 18")
    assert len(stage.telegram.topics(stage.tech.chat)) == 1


async def test_after_an_hour_another_one(stage: Stage) -> None:
    """A fresh letter an hour later is a ticket of its own."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    await stage.tech.opens()
    await stage.later(minutes=61)
    stage.maria.writes(PROBLEM, subject="Опять")
    await stage.tech.opens()
    await stage.maria.reads("№2", "принята")


async def test_who_answered_us_is_known(stage: Stage) -> None:
    """Who has answered a letter of ours lives at the address, and may open several."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    stage.maria.writes("Мигает красная лампочка", answers=opened)
    await room.sees("красная лампочка")
    stage.maria.writes(PROBLEM, subject="На даче то же самое")
    await stage.tech.opens()
    await stage.maria.reads("№2", "принята")


@pytest.mark.parametrize("letters", [1, 3])
async def test_spam_opens_nothing(stage: Stage, letters: int) -> None:
    """case C14: no ticket, no answer; administrators hear of it once a day, whoever wrote it."""
    for number in range(letters):
        stage.maria.writes(PROBLEM, subject=f"Интернет {number}", automatic="spam")
    await stage.admins.sees("спамом", "maria@client.example")
    await stage.settled()
    assert len(stage.admins.shown("спамом")) == 1
    assert stage.telegram.topics(stage.tech.chat) == []
    await stage.maria.reads_nothing()


async def test_an_answer_to_our_letter_is_no_spam(stage: Stage) -> None:
    """A filter may be wrong about whoever writes with us already."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    stage.maria.writes("Дёшево! Мигает роутер", answers=opened, automatic="spam")
    await room.sees("Мигает роутер")
