"""Receiving from Dovecot, killed and kicked in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.email.imap import Disconnected, connect
from tests.clock import START
from tests.dovecot import Dovecot, dovecot
from tests.email_channel import (
    ADDRESS,
    channel_for,
    numbered,
    receiving,
    settings_for,
    texts,
)
from tests.inbox import ListInbox
from tests.mail_servers import CERTIFICATE, PASSWORD
from tests.waiting import PATIENCE, Pauses, eventually, patience


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    async with dovecot() as running:
        yield running


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_mail_arrives_encrypted_and_is_told_of_at_once(
    server: Dovecot, tmp_path: Path, security: str
) -> None:
    server.deliver(numbered(0))
    port = server.tls_port if security == "tls" else server.port
    settings = settings_for(server.settings(port=port, security=security), poll_every=3600)
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await eventually(server.sessions)
        server.deliver(numbered(1))
        await inbox.have(1)
    assert texts(inbox) == ["Вопрос 1"]


@pytest.mark.parametrize("how", ["killed", "kicked"])
async def test_a_session_ended_during_idle_is_noticed_at_once(
    server: Dovecot, tmp_path: Path, how: str
) -> None:
    """case C3: not at the next look, an hour later."""
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for(server.settings(), poll_every=3600)
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox):
        await inbox.until(lambda: inbox.cursors)
        for number in range(3):
            await eventually(server.sessions)
            if how == "killed":
                assert await asyncio.to_thread(server.kill_sessions)
            else:
                await asyncio.to_thread(server.kick)
            await pauses.happen()
            server.deliver(numbered(number))
            await inbox.have(number + 1)
    assert texts(inbox) == [f"Вопрос {number}" for number in range(3)]


async def test_killed_in_the_middle_of_a_backlog_every_letter_comes_once(
    server: Dovecot, tmp_path: Path
) -> None:
    """case C2: and in the middle of fetching a large one."""
    count = 30
    for number in range(count):
        server.deliver(numbered(number, f"Вопрос {number}\n\n{'слово ' * 20_000}"))
    settings = settings_for(server.settings(), box={"since": "2020-01-01"})

    class Killing(ListInbox):
        async def accept(self, *args: Any, **kwargs: Any) -> int:
            new = await super().accept(*args, **kwargs)
            if len(self.items) % 7 == 3:
                await asyncio.to_thread(server.kill_sessions)
            return new

    inbox = Killing()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(count)
    assert [text.splitlines()[0] for text in texts(inbox)] == [
        f"Вопрос {number}" for number in range(count)
    ]


async def test_killed_during_a_fetch_the_waiter_hears_of_it(server: Dovecot) -> None:
    """case C2"""
    server.deliver(numbered(1, "слово " * 4_000_000))
    async with connect(
        server.settings(), user=ADDRESS, secret=SecretStr(PASSWORD), seconds=PATIENCE
    ) as connection:
        await connection.select("INBOX", writable=False)
        (uid,) = await connection.search(1)
        facts = await connection.facts(uid)
        assert facts is not None
        assert facts.size > 40_000_000
        async with asyncio.TaskGroup() as group:
            fetching = group.create_task(_fails(connection.body(uid)))

            await eventually(lambda: connection._wire.current_command is not None)
            transport = connection._wire.transport
            assert transport is not None
            transport.pause_reading()  # or it might all be here before anybody is killed
            await asyncio.to_thread(server.kill_sessions)
            transport.resume_reading()
            async with patience():
                assert await fetching


async def _fails(fetch: Any) -> bool:
    try:
        await fetch
    except Disconnected:
        return True
    return False


async def test_new_numbers_and_a_folder_for_handled_mail(server: Dovecot, tmp_path: Path) -> None:
    """case C4: with UIDVALIDITY lost, and mail moved into a folder with a Russian name."""
    settings = settings_for(server.settings(), box={"folders": ["INBOX", "Заявки"]})
    server.maildir(folder="&BBcEMARPBDIEOgQ4-")
    server.deliver(numbered(100, "Старый"), at=START - timedelta(hours=1))
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: len(inbox.cursors) == 2)
        server.deliver(numbered(1))
        server.deliver(numbered(2), folder="&BBcEMARPBDIEOgQ4-")
        await inbox.have(2)
    server.deliver(numbered(3))
    await asyncio.to_thread(server.renumber)
    server.deliver(numbered(4))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(4)
    moving = settings_for(
        server.settings(), box={"folders": ["INBOX", "Заявки"], "handled": "Обработано"}
    )
    async with receiving(channel_for(moving, tmp_path), inbox):
        server.deliver(numbered(5))
        await inbox.have(5)
        handled = server.maildir(folder="&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-")

        await eventually(lambda: len([*handled.glob("cur/*"), *handled.glob("new/*")]) == 1)
    assert sorted(texts(inbox)) == [f"Вопрос {number}" for number in range(1, 6)]
