"""Whoever cannot be reached on one channel is reached on another of theirs (case B12)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.message import Reason
from tests.flow.letters import Writer
from tests.flow.stage import PROBLEM, Client, Room, Stage, stage_in
from tests.workspaces import EMAIL

ADDRESS = "maria@client.example"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_in(tmp_path, more=EMAIL) as stage, stage.service():
        yield stage


async def prove(stage: Stage, client: Client, writer: Writer) -> None:
    client.says(f"/email {writer.address}")
    found = re.search(r"\d{6}", (await writer.reads("Ваш код")).text)
    assert found
    client.says(found[0])
    await client.sees("одно целое")
    await stage.settled()


async def joined(stage: Stage) -> Room:
    """A ticket of the chat, whose client has proved an address."""
    room = await stage.ticket()
    await prove(stage, stage.anna, stage.maria)
    return room


async def test_a_ticket_goes_on_by_letter_and_comes_back(stage: Stage) -> None:
    """case B12: told at once; words, answers and marks go by letter; then the chat again."""
    room = await joined(stage)
    stage.telegram.block(stage.anna.user)
    await room.sees("заблокировал бота")
    await room.sees("Ответы теперь уходят", ADDRESS)
    await room.reads(room.card, "🚫", f"Ответы уходят: почта {ADDRESS}")
    await stage.maria.reads_nothing()

    said = await stage.boris.writes(room, "Проверьте роутер")
    letter = await stage.maria.reads("Проверьте роутер")
    assert "№1" in letter.subject
    assert not letter.head.automatic
    await stage.settled()
    assert said.emoji == ["👌"]
    stage.maria.writes("Проверила, горит красным", answers=letter)
    await room.sees("горит красным")
    await stage.boris.writes(room, "Выезжаем")
    answer = await stage.maria.reads("Выезжаем")
    assert answer.head.quotation is not None

    stage.telegram.unblock(stage.anna.user)
    await room.sees("снова доступен")
    await room.sees("Ответы теперь уходят", "telegram")
    await stage.boris.writes(room, "Мы на месте")
    await stage.anna.sees("Мы на месте")
    await stage.maria.reads_nothing()
    await stage.settled()
    assert "🚫" not in room.card.text


async def test_words_that_met_the_block_go_by_letter_once(stage: Stage) -> None:
    """case B12: what the refusal stopped goes out again by itself, once, and is marked."""
    room = await joined(stage)
    stage.anna.user.blocked = True
    first = await stage.boris.writes(room, "Вы здесь?")
    second = await stage.boris.writes(room, "Мы нашли причину")
    await stage.maria.reads("продолжается здесь", "Вы здесь?")
    await stage.maria.reads("Мы нашли причину")
    await room.sees("заблокировал бота")
    await stage.settled()
    assert [x.text.count("Вы здесь?") for x in stage.maria.mailbox].count(1) == 1
    assert not room.shown("Не доставлено")
    assert (first.emoji, second.emoji) == (["👌"], ["👌"])
    assert not stage.anna.shown("Вы здесь?")


async def test_whoever_writes_again_is_back_in_the_chat(stage: Stage) -> None:
    """case B12: words in the chat bring the ticket back even if no other news came."""
    room = await joined(stage)
    stage.anna.user.blocked = True
    await stage.boris.writes(room, "Вы здесь?")
    letter = await stage.maria.reads("Вы здесь?")
    stage.maria.writes("Здесь, но пишу с почты", answers=letter)
    await room.sees("но пишу с почты")
    stage.anna.user.blocked = False
    stage.anna.says("Теперь снова с телефона")
    await room.sees("снова доступен")
    await room.sees("Теперь снова с телефона")
    await stage.boris.writes(room, "Отлично, слышим")
    await stage.anna.sees("Отлично, слышим")
    await stage.maria.reads_nothing()


async def test_a_recall_is_honest_about_where_the_words_went(stage: Stage) -> None:
    """case G2: words shown in the chat are taken off it, a letter is out of reach, wherever
    answers go by now."""
    room = await joined(stage)
    await stage.boris.writes(room, "Не туда написал")
    shown = await stage.anna.sees("Не туда написал")
    stage.anna.says("/email")
    await stage.anna.sees("Ваша почта")
    await stage.anna.presses("По почте")
    await stage.settled()
    await stage.boris.writes(room, "/recall")
    await stage.settled()
    assert shown.deleted
    await stage.boris.writes(room, "Это в письме")
    await stage.maria.reads("Это в письме")
    await stage.anna.presses("Здесь, в чате", on=stage.anna.with_button("Здесь, в чате"))
    await stage.settled()
    await stage.boris.writes(room, "/recall")
    await room.sees("забрать написанное оттуда нельзя")


async def test_the_end_of_a_ticket_by_letter(stage: Stage) -> None:
    """case B12: the question whether it is solved works by letter, too."""
    room = await joined(stage)
    stage.telegram.block(stage.anna.user)
    await room.sees("Ответы теперь уходят")
    await stage.boris.writes(room, "/resolve Заменили кабель")
    letter = await stage.maria.reads("Заменили кабель", "1 — Да, решено")
    stage.maria.writes("1", answers=letter)
    await room.sees("решено. Заявка закрыта")
    await stage.maria.reads("Рады", "№1")


async def test_without_an_address_nothing_changes(stage: Stage) -> None:
    """case B12: nobody is written to at an address that was not proved."""
    room = await stage.ticket()
    await stage.settled()
    stage.anna.user.blocked = True
    await stage.boris.writes(room, "Вы здесь?")
    await room.sees("Не доставлено", button="🔄 Отправить ещё раз")
    assert not stage.post.delivered


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    """case B12: only if the settings allow it."""
    overrides = {"tickets.failover": False}
    async with stage_in(tmp_path, more=EMAIL, overrides=overrides) as stage, stage.service():
        room = await joined(stage)
        stage.anna.user.blocked = True
        await stage.boris.writes(room, "Вы здесь?")
        await room.sees("Не доставлено", button="🔄 Отправить ещё раз")
        await stage.maria.reads_nothing()


async def test_letters_that_come_back_go_on_in_the_chat(stage: Stage) -> None:
    """case B12: symmetrically, when the mailbox is gone."""
    stage.maria.writes(PROBLEM, subject="Пропал интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("№1")
    await prove(stage, stage.anna, stage.maria)
    stage.post.refused[ADDRESS] = Reason.NO_ADDRESS
    said = await stage.boris.writes(room, "Мастер выехал")
    await stage.anna.sees("письма", "возвращаются", "№1")
    await stage.anna.sees("Мастер выехал")
    await room.sees("Ответы теперь уходят", "telegram")
    await stage.settled()
    assert said.emoji == ["👌"]
    assert len(stage.anna.shown("Мастер выехал")) == 1

    del stage.post.refused[ADDRESS]
    stage.maria.writes("Почта снова работает, жду", answers=opened)
    await room.sees("жду")
    await stage.boris.writes(room, "Приехал?")
    await stage.maria.reads("Приехал?")


async def test_a_report_brings_the_words_to_the_chat(stage: Stage) -> None:
    """case B12 and C14: a letter that was taken and came back later is told in the chat."""
    stage.maria.writes(PROBLEM, subject="Пропал интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("№1")
    await prove(stage, stage.anna, stage.maria)
    said = await stage.boris.writes(room, "Мастер выехал")
    lost = await stage.maria.reads("Мастер выехал")
    await stage.settled()
    stage.post.bounce(lost)
    await stage.anna.sees("возвращаются", "№1")
    await stage.anna.sees("Мастер выехал")
    await stage.settled()
    assert said.emoji == ["👌"]
    stage.anna.says("Жду его")
    await room.sees("Жду его")
    stage.post.bounce(lost)
    await stage.settled()
    assert len(stage.anna.shown("Мастер выехал")) == 1


async def test_nowhere_left_is_told_as_ever(stage: Stage) -> None:
    """case B12: with both ways closed the specialist hears why, with a button."""
    room = await joined(stage)
    stage.anna.user.blocked = True
    stage.post.refused[ADDRESS] = Reason.NO_ADDRESS
    said = await stage.boris.writes(room, "Вы здесь?")
    await room.sees("Не доставлено", button="🔄 Отправить ещё раз")
    await stage.settled()
    assert said.emoji == ["💔"]


async def test_through_a_restart(tmp_path: Path) -> None:
    """case B12: what had to go by letter when the service stopped goes when it starts, once."""
    async with stage_in(tmp_path, more=EMAIL, memory=False) as stage:
        async with stage.service():
            room = await joined(stage)
            stage.telegram.block(stage.anna.user)
            await room.sees("Ответы теперь уходят")
            await stage.settled()
            stage.post.closed = True
            await stage.boris.writes(room, "Мы нашли причину")
            await stage.post.tried()
        stage.post.closed = False
        async with stage.service():
            await stage.later(minutes=10)
            letter = await stage.maria.reads("Мы нашли причину")
            stage.maria.writes("Спасибо вам, жду", answers=letter)
            await room.sees("жду")
            await stage.settled()
    found = [x for x in stage.maria.mailbox if "Мы нашли причину" in x.text]
    assert len(found) == 1
