"""The channel that docs/channels.md shows, added as the page says: a class and a registry line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, build
from bot.replaying import replayed
from channels import registry
from channels.kind import AnyKind
from config.settings import Workspace
from config.watch import restart_needed
from config.workspace import load
from tests import lines_channel
from tests.flow.stage import PROBLEM, Stage, stage_in
from tests.flow.test_replay import backup_of
from tests.lines_channel import write, written_to
from tests.waiting import eventually


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
