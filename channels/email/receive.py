"""Reading one folder of a mailbox: nothing is moved on from before it is kept.

The place reached is stored with what arrived, in one transaction (case A1 for mail). Mail is
fetched one at a time by UID, never by sequence number, which shifts when others delete, and
without marking it as read, which people do too (cases C2, C4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from channels.email import arrival, files
from channels.email.arrival import Post
from channels.email.bounded import BoundedReader
from channels.email.files import Kept
from channels.email.imap import (
    Connection,
    Facts,
    ImapError,
    LoginRefused,
    Refused,
    Selected,
    connect,
)
from channels.email.parse import plain
from channels.email.position import Position, arrived
from channels.email.settings import Mailbox
from channels.message import Inbound
from channels.protocol import Cursor, Health, Inbox, Misconfigured, StorageUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
"""Seconds between attempts while something is wrong."""
LOGIN_PAUSE: Final = 60.0
"""Seconds at least after a refused login: providers lock accounts that try again and again."""
REFUSALS: Final = 3
"""Logins refused one after another, before any was granted, after which a password counts as wrong
and is not tried again: one refusal may be a server's bad moment, and trying on locks accounts."""
LATE: Final = 300.0
"""Seconds that a look may take beyond its time, after which the mailbox is not well."""
ATTEMPTS: Final = 8
"""Failures with one message, in a folder that can be opened, after which only its headers are
asked for, and as many again until people are told of it without having it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A letter, ready for the inbox."""

    inbound: Inbound
    kept: Kept


class Understanding:
    """Makes of raw mail what the inbox keeps. Blocking: called in threads.

    Args:
        post: what belongs to the channel.
        reader: understands mail in bounded time.
        folder: where letters are kept on disk.
    """

    def __init__(self, *, post: Post, reader: BoundedReader, folder: Path) -> None:
        self._post = post
        self._reader = reader
        self._folder = folder

    def letter(
        self,
        raw: bytes,
        *,
        mailbox: str,
        received: datetime,
        source: str = "",
        too_large: int = 0,
        warnings: Sequence[str] = (),
    ) -> Arrived | None:
        """Understand a letter and put it on disk; None for a letter of the doctor to itself.

        Args:
            raw: as it came, or its headers.
            mailbox: our address that received it.
            received: when.
            source: name of its receiver.
            too_large: its size, if only its headers are here.
            warnings: for the desk.

        Raises:
            OSError: the disk does not take it.
        """
        try:
            return self._arrived(raw, mailbox, received, source, too_large, warnings, whole=True)
        except OSError:
            raise
        except Exception:
            # Case C5: whatever is wrong with it, people get it as it is, and the loop goes on.
            log.exception("a letter to %s could not be understood: it is shown as it is", mailbox)
            return self._arrived(raw, mailbox, received, source, too_large, warnings, whole=False)

    def _arrived(
        self,
        raw: bytes,
        mailbox: str,
        received: datetime,
        source: str,
        too_large: int,
        warnings: Sequence[str],
        *,
        whole: bool,
    ) -> Arrived | None:
        if whole:
            mail = self._reader.read(raw, received=received)
        else:
            mail = plain(raw, received=received, warning="could not be understood")
        if arrival.is_probe(mail, self._post):
            return None
        kept = files.keep(self._folder, raw, mail, source)
        made = arrival.inbound(
            mail,
            raw,
            kept,
            post=self._post,
            mailbox=mailbox,
            too_large=too_large,
            warnings=warnings,
        )
        return Arrived(inbound=made, kept=kept)


class FolderReceiver:
    """Receives from one folder of one mailbox."""

    def __init__(
        self,
        box: Mailbox,
        folder: str,
        *,
        channel: str,
        understanding: Understanding,
        largest: int,
        poll_every: float,
        now: Callable[[], datetime],
        pause: Callable[[float], Awaitable[None]],
        chance: Callable[[], float],
    ) -> None:
        """
        Args:
            box: The mailbox.
            folder: Its name as people see it.
            channel: Name of the channel.
            understanding: Makes letters of mail.
            largest: Bytes of a letter that is read.
            poll_every: Seconds between two looks at longest.
            now: The clock.
            pause: Waits that many seconds.
            chance: A random number from 0 to 1, to spread attempts after an outage.
        """
        self._box = box
        self._folder = folder
        self._channel = channel
        self._understanding = understanding
        self._largest = largest
        self._poll_every = poll_every
        self._now = now
        self._pause = pause
        self._chance = chance
        self._failures = 0
        self._refusals: int | None = 0
        """Logins refused in a row; None once one was granted."""
        self._looked_at = now()
        self._stubborn = (0, 0)
        """A message that could not be taken in, and how often it was tried."""
        self._health = Health(ok=False, since=now(), detail="not started")
        self.name = f"{box.address.lower()}/{folder}"

    @property
    def health(self) -> Health:
        """Well only while the folder is really looked at: a look that hangs is none."""
        late = self._looked_at + timedelta(seconds=self._poll_every + LATE)
        if self._health.ok and self._now() > late:
            detail = f"not looked at since {self._looked_at:%Y-%m-%d %H:%M:%S} UTC"
            return Health(ok=False, since=late, detail=detail)
        return self._health

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled. Reconnects by itself, whatever is wrong: another mailbox or
        another channel goes on meanwhile.

        Raises:
            Misconfigured: the server has never let us in with this password and will not.
        """
        while True:
            try:
                secret = await asyncio.to_thread(self._box.imap.password, self._channel)
                async with connect(
                    self._box.imap, user=self._box.address, secret=secret
                ) as connection:
                    self._refusals = None
                    await self._follow(connection, inbox)
            except LoginRefused as error:
                detail = f"the server refuses the login: {error}"
                if self._is_hopeless():
                    detail = f"{self._box.address}: {detail}; correct the password"
                    self._set_health(ok=False, detail=detail)
                    raise Misconfigured(self._channel, detail) from error
                await self._rest(detail, at_least=LOGIN_PAUSE)
            except ImapError as error:
                await self._rest(str(error))
            except Misconfigured as error:
                await self._rest(error.detail)
            except (StorageUnavailable, OSError) as error:
                self._stubborn = (0, 0)  # no fault of the message
                await self._rest(f"nothing can be stored: {error}")
            except Exception as error:
                # An odd server or letter must not end the service, which goes down with its tasks.
                log.exception("%s: a mistake of ours, beginning anew", self.name)
                await self._rest(f"a mistake of ours: {type(error).__name__}")

    def _is_hopeless(self) -> bool:
        """Whether the login that was just refused is the last one. An access token may be renewed
        any moment by a program of the administrator's."""
        if self._refusals is None or self._box.imap.login != "password":
            return False
        self._refusals += 1
        return self._refusals >= REFUSALS

    # ----------------------------------------------------------------- the place in the folder

    async def _follow(self, connection: Connection, inbox: Inbox) -> None:
        """Take in what is there, and what comes, until something is wrong."""
        place: Position | None = None
        while True:
            # Opened anew for every look: some servers tell of nothing new before they are asked for
            # more than a search, and go on with a folder that was deleted and made again.
            selected = await connection.select(self._folder, writable=self._box.handled is not None)
            if place is None or not place.fits(selected):
                place = await self._place(connection, selected, inbox)
                if place.moving:
                    await self._move(connection, place.moving)
            connection.heard()
            place = await self._catch_up(connection, place, inbox)
            self._all_is_well()
            await connection.wait(self._poll_every)

    async def _place(self, connection: Connection, selected: Selected, inbox: Inbox) -> Position:
        """Where to go on in a folder that was opened."""
        stored = await inbox.cursor(self._channel, self.name)
        known = Position.decoded(stored) if stored else None
        if known is not None and known.fits(selected):
            return known
        everything = await connection.search(max(1, (selected.next_uid or 1) - 1))
        newest = await connection.facts(everything[-1]) if everything else None
        if known is None:
            place = Position.first(selected, newest, self._box.since)
            log.info("%s: reading begins at UID %s", self.name, place.uid + 1)
        else:
            place = known.renumbered(selected, newest)
            log.warning("%s: the folder has other numbers now, looking through it", self.name)
        await self._keep(inbox, [], place)
        return place

    async def _keep(self, inbox: Inbox, items: Sequence[Inbound], place: Position) -> int:
        cursor = Cursor(channel=self._channel, source=self.name, position=place.encoded())
        return await inbox.accept(items, cursor)

    async def _catch_up(self, connection: Connection, place: Position, inbox: Inbox) -> Position:
        """Take in everything that is there."""
        self._looked_at = self._now()
        if place.uid < place.until:
            uids = await connection.search(place.uid + 1, place.until, since=place.since)
            for uid in uids:
                place = await self._take(connection, uid, place, inbox)
            place = place.past(place.until)
            await self._keep(inbox, [], place)
        for uid in await connection.search(place.uid + 1):
            place = await self._take(connection, uid, place, inbox)
        return place

    # ----------------------------------------------------------------- one message

    async def _take(
        self, connection: Connection, uid: int, place: Position, inbox: Inbox
    ) -> Position:
        """Take in one message, if it is (still) there and ours."""
        self._looked_at = self._now()
        facts = await connection.facts(uid)
        if facts is None and not await connection.search(uid, uid):
            return place.past(uid)  # deleted meanwhile
        fetched = await self._fetch(connection, facts, uid)
        if fetched is None:
            return place.past(uid)
        raw, too_large, warnings = fetched
        received = facts.at if facts else self._now()
        since = arrived(raw, received)
        if not place.is_ours(uid, since):
            return place.past(uid)
        taken = await asyncio.to_thread(
            self._understanding.letter,
            raw,
            mailbox=self._box.address.lower(),
            received=received,
            source=self.name,
            too_large=too_large,
            warnings=warnings,
        )
        if taken is None:
            return place.past(uid)
        moving = self._box.handled is not None
        place = place.kept(uid, since, self._now(), moving=moving)
        if not await self._keep(inbox, [taken.inbound], place):
            await asyncio.to_thread(taken.kept.forget)
        self._failures = 0
        self._stubborn = (0, 0)
        if moving:
            await self._move(connection, uid)
        return place.past(uid)

    async def _fetch(
        self, connection: Connection, facts: Facts | None, uid: int
    ) -> tuple[bytes, int, tuple[str, ...]] | None:
        """A message, or as much of it as can be had; with its size if it is too large, and what
        the desk should know. None if it is not there any more.

        Raises:
            ImapError: not this time.
        """
        tried = self._tried(uid)
        where = f"message {uid} of the folder {self._folder!r}"
        raw: bytes | None
        too_large = 0
        warnings: tuple[str, ...] = ()
        if tried >= 2 * ATTEMPTS:
            log.error("%s: %s cannot be fetched at all", self.name, where)
            warning = f"{where} cannot be fetched: please look at it in the mailbox"
            raw, warnings = f"X-Mailbox: {self.name}/{uid}\r\n\r\n".encode(), (warning,)
        elif facts is None:
            raise Refused(f"{where} is there, and the server does not give it")
        elif facts.size > self._largest:
            raw, too_large = await connection.head(uid), facts.size
            warnings = (f"larger than {self._largest // 1024**2} MB: only its headers were read",)
        elif tried >= ATTEMPTS:
            raw = await connection.head(uid)
            warnings = (f"{where} cannot be fetched whole: please look at it in the mailbox",)
        else:
            raw = await connection.body(uid)
        if raw is None and await connection.search(uid, uid):
            raise Refused(f"{where} is there, and the server does not give it")
        return None if raw is None else (raw, too_large, warnings)

    def _tried(self, uid: int) -> int:
        """How often this message was tried before."""
        before = self._stubborn[1] if self._stubborn[0] == uid else 0
        self._stubborn = (uid, before + 1)
        return before

    async def _move(self, connection: Connection, uid: int) -> None:
        if self._box.handled is None:
            return
        try:
            await connection.move(uid, self._box.handled)
        except Refused as error:
            # It is kept; where it lies in the mailbox is a matter of tidiness.
            log.warning("%s: mail cannot be moved to %r: %s", self.name, self._box.handled, error)

    # ----------------------------------------------------------------- trouble

    def _all_is_well(self) -> None:
        self._failures = 0
        self._set_health(ok=True, detail="")

    async def _rest(self, detail: str, *, at_least: float = 0.0) -> None:
        self._set_health(ok=False, detail=detail)
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
        self._failures += 1
        await self._pause(max(at_least, longest) * (0.5 + self._chance() / 2))

    def _set_health(self, *, ok: bool, detail: str) -> None:
        if (ok, detail) == (self._health.ok, self._health.detail):
            return
        if ok:
            log.info("%s: receiving", self.name)
        else:
            log.warning("%s: not receiving, %s", self.name, detail)
        self._health = Health(ok=ok, since=self._now(), detail=detail)
