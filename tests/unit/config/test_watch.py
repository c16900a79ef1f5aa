"""Following the files of a workspace while they are edited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.settings import Settings
from config.watch import Refused, Reloaded, changes, restart_needed
from config.workspace import load
from tests.waiting import patience

Change = Reloaded | Refused


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[AsyncIterator[Change]]:
    """The changes of a workspace from now on."""
    stop = asyncio.Event()
    found = changes(load(folder), stop=stop)
    try:
        yield found
    finally:
        stop.set()
        await found.aclose()  # type: ignore[attr-defined]  # an async generator


async def following(found: AsyncIterator[Change]) -> Change:
    """The next change, within the second that is promised and some for a busy machine."""
    async with patience():
        return await anext(found)


def write(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def test_a_saved_file_is_read_again_as_a_whole(workspace: Path) -> None:
    async with watching(workspace) as found:
        write(workspace / "faq" / "10-internet.yaml", "Картой.", "Только картой.")
        change = await following(found)
        assert isinstance(change, Reloaded)
        assert change.restart == ()
        answer = change.workspace.faq.entries["pay"].answer_in("ru")
        assert answer == ("Только картой.", "ru")


async def test_a_broken_file_is_refused_and_told_once_until_it_is_right_again(
    workspace: Path,
) -> None:
    """Acceptance case F4: the old version stays, the line is named; the mended one is taken."""
    topic = workspace / "topics" / "90-other.yaml"
    async with watching(workspace) as found:
        write(topic, "type: text", "type: txet")
        refused = await following(found)
        assert isinstance(refused, Refused)
        (mistake,) = refused.mistakes
        assert (mistake.file, mistake.line) == (topic, 12)
        (workspace / "support.yaml").touch()  # nothing new: not told again
        write(topic, "type: txet", "type: text")
        assert isinstance(await following(found), Reloaded)


async def test_a_change_between_loading_and_watching_is_not_missed(workspace: Path) -> None:
    loaded = load(workspace)
    write(workspace / "topics" / "90-other.yaml", "ru: Другое", "ru: Прочее")
    stop = asyncio.Event()
    async for change in changes(loaded, stop=stop):
        assert isinstance(change, Reloaded)
        assert change.workspace.topics["other"].title.ru == "Прочее"
        stop.set()
    assert stop.is_set()


async def test_a_changed_token_says_that_it_needs_a_restart(workspace: Path) -> None:
    """Acceptance case H3."""
    async with watching(workspace) as found:
        write(workspace / "support.yaml", "token_env: TELEGRAM_TOKEN", "token_env: OTHER_TOKEN")
        change = await following(found)
        assert isinstance(change, Reloaded)
        assert change.restart == ("telegram.token_env",)


async def test_other_files_in_the_folder_are_no_change(workspace: Path) -> None:
    async with watching(workspace) as found:
        (workspace / "linezero.db").write_bytes(b"x")
        (workspace / "README.md").write_text("x", encoding="utf-8")
        write(workspace / "topics" / "90-other.yaml", "ru: Другое", "ru: Прочее")
        change = await following(found)
        assert isinstance(change, Reloaded)
        assert change.workspace.topics["other"].title.ru == "Прочее"


MAIL = {"mailboxes": [{"address": "a@b.org", "imap": {"host": "b"}, "smtp": {"host": "b"}}]}


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ({"database_url": "postgresql://db/support"}, ("database_url",)),
        ({"database_url_env": "DB"}, ("database_url_env",)),
        ({"telegram.api_url": "http://127.0.0.1:1"}, ("telegram.api_url",)),
        ({"telegram": None}, ("telegram",)),
        ({"email": MAIL}, ("email",)),
        ({"desks.billing.chat": "-1009", "faq.preset": "bold", "timezone": "UTC"}, ()),
    ],
)
def test_what_needs_a_restart(
    workspace: Path, overrides: dict[str, object], names: tuple[str, ...]
) -> None:
    """Acceptance case H3: what connections are made with; desks, hours and texts count at once."""
    before: Settings = load(workspace).settings
    after = load(workspace, overrides=overrides).settings
    assert restart_needed(before, after) == names


def test_a_changed_mailbox_needs_a_restart(workspace: Path) -> None:
    """Acceptance case H3"""
    before = load(workspace, overrides={"email": MAIL}).settings
    after = load(workspace, overrides={"email": {**MAIL, "poll_every": 5}}).settings
    assert restart_needed(before, after) == ("email.poll_every",)
