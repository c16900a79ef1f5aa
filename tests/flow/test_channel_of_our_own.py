"""The channel that docs/channels.md shows, added as the page says: a class and a registry line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, build
from bot.replaying import replayed
from bot.sandbox.telegram import Attachment
from channels import registry
from channels.kind import AnyKind
from channels.message import Address
from channels.protocol import Abilities
from config.settings import Workspace
from config.watch import restart_needed
from config.workspace import load
from tests import lines_channel
from tests.flow.stage import PROBLEM, Stage, stage_in
from tests.flow.test_replay import backup_of
from tests.lines_channel import write, written_to
from tests.waiting import eventually

MOVE = """
id: move
title: { ru: Подключение, en: Connection }
phrases: { ru: [хочу подключиться к вашей сети], en: [connect me to your network] }
questions:
  - id: contract
    type: pattern
    pattern: "[0-9]{6}"
    ask: { ru: Какой у вас номер договора?, en: What is your contract number? }
  - id: how
    type: choice
    ask: { ru: Дом или квартира?, en: House or flat? }
    options:
      - { id: house, label: { ru: Дом, en: House } }
      - { id: flat, label: { ru: Квартира, en: Flat } }
"""


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> AnyKind:
    """The kind of the page, registered."""
    kind = lines_channel.kind()
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, kind))
    return kind


@asynccontextmanager
async def desk_with_lines(folder: Path) -> AsyncIterator[tuple[Stage, Path]]:
    post = folder / "post"
    post.mkdir()
    (post / "in").touch()
    async with stage_in(folder, memory=False, more=f"lines: {{ folder: {post} }}\n") as stage:
        yield stage, post


def service(stage: Stage) -> tuple[App, Workspace]:
    workspace = load(stage.folder, secrets=True)
    return build(workspace, clock=stage.clock, limits={}), workspace


async def read(post: Path, person: str, words: str) -> None:
    """Wait until a person can read the words, and see that they are there once."""

    def out() -> list[str]:
        return [each for each in written_to(post, person) if words in each]

    await eventually(out)
    assert len(out()) == 1, written_to(post, person)


async def test_a_question_comes_and_its_answer_goes_by_a_new_channel(
    tmp_path: Path, lines: AnyKind
) -> None:
    """case M1: a folder and a line. Line 0 answers, a ticket opens at a desk, its specialist's
    words arrive, and what was read before a restart is not read again."""
    async with desk_with_lines(tmp_path) as (stage, post):
        stage.app, _ = service(stage)
        assert list(stage.app.channels) == ["telegram", "lines"]
        async with stage.app.running():
            write(post, "olga", "В какие часы вы работаете?")
            await read(post, "olga", "с 9 до 18")
            write(post, "igor", PROBLEM)
            room = await stage.tech.opens()
            await stage.boris.writes(room, "Смотрю")
            await read(post, "igor", "Смотрю")
        stage.app, _ = service(stage)
        async with stage.app.running():
            write(post, "igor", "Спасибо, жду")
            await room.sees("Спасибо, жду")
            await stage.settled()
        assert len(room.shown(PROBLEM)) <= 1


async def test_where_no_button_is_shown_choices_are_numbers(tmp_path: Path, lines: AnyKind) -> None:
    """What a button would do is done by its number or its words; the rest is said as ever."""
    async with desk_with_lines(tmp_path) as (stage, post):
        stage.app, _ = service(stage)
        async with stage.app.running():
            write(post, "olga", "/start")
            await read(post, "olga", "1 — Common questions")
            write(post, "olga", "1")
            await read(post, "olga", "1 — General")
            write(post, "olga", "General")
            await read(post, "olga", "1 — Opening hours 2 — Payment")
            write(post, "olga", "2.")
            await read(post, "olga", "By card in the cabinet")
            write(post, "olga", "when are you open?")
            await read(post, "olga", "from 9 to 18")
            write(post, "igor", PROBLEM)
            room = await stage.tech.opens()
            await stage.boris.writes(room, "/resolve Починили")
            await read(post, "igor", "Починили")
            write(post, "igor", "1")
            await read(post, "igor", "5 — 5 ⭐")
            await stage.settled()
        stage.app, _ = service(stage)
        async with stage.app.running():  # what the numbers stand for is remembered
            write(post, "igor", "5")
            await read(post, "igor", "Спасибо")


async def test_its_days_can_be_run_again(tmp_path: Path, lines: AnyKind) -> None:
    """By what its places can show, without being built: nothing that it needs to send is there."""
    async with desk_with_lines(tmp_path) as (stage, post):
        stage.app, _ = service(stage)
        async with stage.app.running():
            backup = str(backup_of(stage))
            write(post, "olga", "/start")
            await read(post, "olga", "1 — Common questions")
            write(post, "olga", "1")
            await read(post, "olga", "1 — General")
            await stage.settled()
        report = await replayed(load(stage.folder), backup, datetime.min.replace(tzinfo=UTC))
    assert report.decided >= 2
    assert report.differences == []


async def test_its_section_is_checked_documented_and_followed(
    tmp_path: Path, lines: AnyKind
) -> None:
    """case M1: nothing else of the house has to know the channel."""
    from config.documentation import settings_page  # noqa: PLC0415 - made of the registry

    async with desk_with_lines(tmp_path) as (stage, _):
        _, before = service(stage)
        file = stage.folder / "support.yaml"
        file.write_text(file.read_text().replace("post }", "elsewhere }"))
        _, after = service(stage)
        assert restart_needed(before.settings, after.settings) == ("lines.folder",)
    assert "### `lines` in `support.yaml`" in settings_page()


async def test_what_cannot_be_shown_is_told_and_nothing_is_lost(
    tmp_path: Path, lines: AnyKind
) -> None:
    """case B15: files are named in words on the one side and reported on the other, and what cannot
    be taken back is not said to be."""
    async with desk_with_lines(tmp_path) as (stage, post):
        stage.app, _ = service(stage)
        async with stage.app.running():
            write(post, "igor", PROBLEM)
            room = await stage.tech.opens()
            await stage.boris.sends(room, Attachment(kind="document", caption="схема проезда"))
            await read(post, "igor", "показать не удалось. схема проезда")
            await room.sees("файл не прошёл")
            await stage.boris.writes(room, "Приедем завтра")
            await read(post, "igor", "Приедем завтра")
            await stage.boris.writes(room, "/recall")
            await room.sees("забрать написанное оттуда нельзя")
            await stage.settled()


@pytest.fixture
def batched(lines: AnyKind, monkeypatch: pytest.MonkeyPatch) -> AnyKind:
    """The same, with one message a turn."""
    plain = lines_channel.names()["LinesChannel"]

    class BatchedLines(plain):  # type: ignore[misc, valid-type]  # made of a page
        def abilities(self, place: Address) -> Abilities:
            return Abilities(max_text=4096, batch=True)

    kind = replace(lines, build=BatchedLines)
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS[:-1], kind))
    return kind


async def test_where_a_message_is_a_matter_of_its_own_a_turn_is_one(
    tmp_path: Path, batched: AnyKind
) -> None:
    """Questions come all at once and are answered all at once, as by letter; what is said beside
    them stands in the same message."""
    async with desk_with_lines(tmp_path) as (stage, post):
        (stage.folder / "topics" / "move.yaml").write_text(MOVE, encoding="utf-8")
        stage.app, _ = service(stage)
        async with stage.app.running():
            write(post, "olga", "хочу подключиться к вашей сети")
            await read(post, "olga", "Заявка №1 принята")
            (asked,) = written_to(post, "olga")
            assert "1. Какой у вас номер договора?" in asked
            assert "2. Дом или квартира?" in asked
            room = await stage.tech.opens()
            write(post, "olga", "654321, квартира")
            await read(post, "olga", "Всё это уже в заявке №1")
            await stage.boris.writes(room, "/resolve Подключили")
            await read(post, "olga", "Подключили")
            before = len(written_to(post, "olga"))
            write(post, "olga", "1")
            await read(post, "olga", "5 — 5 ⭐")
            await stage.settled()
            assert len(written_to(post, "olga")) == before + 1
