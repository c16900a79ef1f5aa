"""A mailbox on a real IMAP server: nothing is missed or comes twice, whatever happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.email import files
from channels.message import Inbound
from channels.protocol import Cursor
from tests.clock import START
from tests.email_channel import (
    channel_for,
    numbered,
    receiving,
    settings_for,
    texts,
)
from tests.inbox import ListInbox
from tests.mail_servers import CERTIFICATE, PASSWORD, ImapServer, imap_server
from tests.waiting import Pauses, eventually, moment

LONG_AGO = datetime(2020, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with imap_server() as running:
        yield running


async def test_only_what_comes_from_now_on_is_answered(server: ImapServer, tmp_path: Path) -> None:
    """A mailbox of years is not taken for a day's questions."""
    for number in range(5):
        await server.deliver(numbered(number))
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(5))
        await inbox.have(1)
    assert texts(inbox) == ["Вопрос 5"]


async def test_the_first_run_can_begin_on_a_day(server: ImapServer, tmp_path: Path) -> None:
    await server.deliver(numbered(1), at=LONG_AGO)
    await server.deliver(numbered(2), at=LONG_AGO + timedelta(days=5))
    await server.deliver(numbered(3), at=LONG_AGO - timedelta(days=5))
    settings = settings_for(server.settings(), box={"since": "2020-01-01"})
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(2)
        await server.deliver(numbered(4), at=LONG_AGO - timedelta(days=9))
        await inbox.have(3)
    assert texts(inbox) == ["Вопрос 1", "Вопрос 2", "Вопрос 4"]


async def test_after_a_restart_it_goes_on_where_it_was(server: ImapServer, tmp_path: Path) -> None:
    """Mail that came while the service was away is taken in, in order."""
    inbox = ListInbox()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await inbox.have(1)
    for number in (2, 3, 4):
        await server.deliver(numbered(number))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(4)
    assert texts(inbox) == [f"Вопрос {number}" for number in (1, 2, 3, 4)]


async def test_read_in_webmail_it_is_still_taken_and_never_marked_by_us(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4, case C2: ``\\Seen`` is people's, and no memory of ours."""
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        read = await server.deliver(numbered(1), flags=(rb"\Seen",))
        unread = await server.deliver(numbered(2))
        await inbox.have(2)
    assert await server.flags(read) == {rb"\Seen"}
    assert await server.flags(unread) == set()


async def test_what_others_delete_meanwhile_shifts_nothing(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4: expunge during fetch."""
    settings = settings_for(server.settings(), box={"since": "2020-01-01"})
    uids = [await server.deliver(numbered(number)) for number in range(6)]

    class Deleting(ListInbox):
        async def accept(self, *args: Any, **kwargs: Any) -> int:
            new = await super().accept(*args, **kwargs)
            if len(self.items) == 2:
                await server.expunge(uids[0], uids[3])
            return new

    inbox = Deleting()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(5)
    assert texts(inbox) == [f"Вопрос {number}" for number in (0, 1, 2, 4, 5)]


async def test_a_folder_with_new_numbers_misses_nothing_and_repeats_nothing(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4: UIDVALIDITY changes while we are away, and mail comes meanwhile. What was there
    before the very first look stays unanswered."""
    for number in range(3):
        await server.deliver(numbered(100 + number, "Старый"), at=START - timedelta(days=2))
    inbox = ListInbox()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        for number in range(3):
            await server.deliver(numbered(number))
        await inbox.have(3)
    await server.deliver(numbered(3))
    await server.renumber()
    await server.deliver(numbered(4))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(5)
        await server.deliver(numbered(5))
        await inbox.have(6)
    assert texts(inbox) == [f"Вопрос {number}" for number in range(6)]


async def test_a_folder_renumbered_under_our_connection_is_noticed_at_the_next(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4"""
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await inbox.have(1)
        server.disconnect()
        await server.renumber()
        await server.deliver(numbered(2))
        await inbox.have(2)
    assert texts(inbox) == ["Вопрос 1", "Вопрос 2"]


async def test_a_broken_connection_is_noticed_at_once(server: ImapServer, tmp_path: Path) -> None:
    """case C3: not after the minutes that an IDLE may last."""
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for(server.settings(), poll_every=3600)
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        for number in range(3):
            await inbox.until(lambda: inbox.cursors)
            await server.deliver(numbered(number))
            await inbox.have(number + 1)
            server.disconnect()
            await pauses.happen()
        await eventually(lambda: channel.health().ok)
    assert texts(inbox) == [f"Вопрос {number}" for number in range(3)]


async def test_attempts_come_ever_later_and_not_all_at_once(tmp_path: Path) -> None:
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for()
    async with receiving(
        channel_for(settings, tmp_path, pause=pauses, chance=lambda: 0.5), inbox
    ) as channel:
        while len(pauses.seconds) < 9:
            await pauses.happen()
        assert not channel.health().ok
    assert pauses.seconds[:9] == [0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0]


async def test_without_idle_the_folder_is_polled(tmp_path: Path) -> None:
    async with imap_server(idle=False) as server:
        inbox = ListInbox()
        async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
            await inbox.until(lambda: inbox.cursors)
            await server.deliver(numbered(1))
            await inbox.have(1)


async def test_while_nothing_can_be_stored_the_mail_waits_at_the_server(
    server: ImapServer, tmp_path: Path
) -> None:
    """case A7, case A6: no cursor moves, and it goes on by itself."""
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        before = dict(inbox.cursors)
        inbox.available = False
        await server.deliver(numbered(1))
        await inbox.until(lambda: inbox.asked >= 2)
        await pauses.happen()
        assert "nothing can be stored" in channel.health().detail
        assert inbox.cursors == before
        inbox.available = True
        await inbox.have(1)
    assert inbox.cursors != before
    assert texts(inbox) == ["Вопрос 1"]


async def test_a_full_disk_stops_receiving_until_there_is_room(
    server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case A6: the letter itself has to be on the disk too."""
    inbox, pauses = ListInbox(), Pauses()
    full = True

    def keep(*args: Any) -> Any:
        if full:
            raise OSError(28, "No space left on device")
        return really(*args)

    really = files.keep
    monkeypatch.setattr(files, "keep", keep)
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await pauses.happen()
        assert "No space left" in channel.health().detail
        assert not inbox.items
        full = False
        await inbox.have(1)


async def test_two_services_on_one_mailbox_keep_each_letter_once(
    server: ImapServer, tmp_path: Path
) -> None:
    """case A10: each begins where they both stand, and each hands in every letter."""
    inbox = ListInbox()

    class Door:
        """One service's way to the inbox of both."""

        def __init__(self) -> None:
            self.begun = False
            self.brought: set[str] = set()

        async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
            new = await inbox.accept(items, cursor)
            self.begun = True
            self.brought |= {item.external_id for item in items}
            return new

        async def cursor(self, channel: str, source: str) -> str | None:
            known = await inbox.cursor(channel, source)
            self.begun |= known is not None
            return known

    doors = [Door(), Door()]
    settings = settings_for(server.settings())
    async with (
        receiving(channel_for(settings, tmp_path), doors[0]),
        receiving(channel_for(settings, tmp_path), doors[1]),
    ):
        await eventually(lambda: all(door.begun for door in doors))
        for number in range(10):
            await server.deliver(numbered(number))
        await eventually(lambda: all(len(door.brought) == 10 for door in doors))
    assert sorted(texts(inbox)) == sorted(f"Вопрос {number}" for number in range(10))


async def test_handled_mail_is_moved_away_and_only_after_it_is_kept(
    server: ImapServer, tmp_path: Path
) -> None:
    settings = settings_for(server.settings(), box={"handled": "Обработано"})
    inbox = ListInbox()
    old = await server.deliver(numbered(9))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        inbox.available = False
        await server.deliver(numbered(1))
        await inbox.until(lambda: inbox.asked >= 2)
        assert len(await server.uids()) == 2
        inbox.available = True
        await server.deliver(numbered(2))
        await inbox.have(2)

        async def moved() -> bool:
            return len(await server.uids("Обработано")) == 2

        await eventually(moved)
    assert await server.uids() == [old]


async def test_what_was_kept_and_not_moved_is_moved_after_a_restart(
    server: ImapServer, tmp_path: Path
) -> None:
    settings = settings_for(server.settings(), box={"handled": "Обработано"})

    class Killed(BaseException):
        pass

    class Dying(ListInbox):
        async def accept(self, *args: Any, **kwargs: Any) -> int:
            new = await super().accept(*args, **kwargs)
            if self.items:
                raise Killed
            return new

    dying = Dying()
    channel = channel_for(settings, tmp_path)

    async def lives_and_dies() -> None:
        async with channel, asyncio.TaskGroup() as group:
            group.create_task(channel.run(dying))
            await dying.until(lambda: dying.cursors)
            await server.deliver(numbered(1))

    with pytest.raises(BaseExceptionGroup) as caught:
        await lives_and_dies()
    assert caught.value.split(Killed)[1] is None
    assert len(await server.uids()) == 1
    inbox = ListInbox()
    inbox.items, inbox.cursors = dying.items, dying.cursors

    async def moved() -> bool:
        return not await server.uids()

    async with receiving(channel_for(settings, tmp_path), inbox):
        await eventually(moved)
    assert len(inbox.items) == 1


async def test_a_connection_that_broke_while_the_last_letter_was_kept_is_noticed(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C3: no command was under way, so none was told, and the next one would wait for ever."""

    class Breaking(ListInbox):
        """Keeps the first letter slowly; meanwhile the server goes."""

        async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
            new = await super().accept(items, cursor)
            if items and len(self.items) == 1:
                server.disconnect()
                for _ in range(20):
                    await moment()
            return new

    inbox = Breaking()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await inbox.have(1)
        await server.deliver(numbered(2))
        await inbox.have(2)


async def test_a_mailbox_nobody_looks_at_is_not_well(server: ImapServer, tmp_path: Path) -> None:
    """Whatever a look hangs on, health tells that none has ended."""
    now = START

    class Hanging(ListInbox):
        async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
            if items:
                await asyncio.Event().wait()
            return await super().accept(items, cursor)

    inbox = Hanging()
    channel = channel_for(settings_for(server.settings()), tmp_path, now=lambda: now)
    async with receiving(channel, inbox):
        await inbox.until(lambda: inbox.cursors)
        await eventually(lambda: channel.health().ok)
        await server.deliver(numbered(1))
        now = START + timedelta(hours=1)
        assert not channel.health().ok
        assert "not looked at" in channel.health().detail
