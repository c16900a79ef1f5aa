"""Who has a mailbox here, and what is in it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, Self, TypeVar

import aiosmtplib

from bot.sandbox.mail.imap import ImapServer
from bot.sandbox.mail.letters import Draft, Kept
from bot.sandbox.mail.smtp import Fault, SmtpServer

T = TypeVar("T")
Role = Literal["client", "expert", "company"]
PASSWORD: Final = "the password of the sandbox"  # noqa: S105 - opens nothing but the sandbox
MOST: Final = 2_000
"""Letters kept in one person's mailbox."""


class Unsent(Exception):
    """The server did not take a letter; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a mailbox."""

    address: str
    name: str
    role: Role = "client"
    language: str = "ru"


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class MailWorld:
    """A local SMTP server, a local IMAP server for the company's mailbox, and everybody's letters.

    Use as an async context manager; afterwards ``smtp.port`` and ``imap.port`` are where a mail
    program finds the company's mailbox ``company.address`` with the password ``PASSWORD``.

    Args:
        company: whose mailbox is read by IMAP; letters to tagged addresses
            (``support+token@…``, RFC 5233) are delivered to it too.
        now: the time letters are dated with (aware).
        changed: hears of every letter that arrives: the mailbox's address and the letter's id.
    """

    def __init__(
        self,
        company: Person,
        *,
        now: Callable[[], datetime] = utc_now,
        changed: Callable[[str, int], None] = lambda address, number: None,
    ) -> None:
        self.company = company
        self.people: dict[str, Person] = {company.address: company}
        self.changed = changed
        self.smtp = SmtpServer(self.deliver)
        self.imap = ImapServer(user=company.address, password=PASSWORD)
        self._now = now
        self._boxes: dict[str, list[Kept]] = defaultdict(list)
        self._read: set[tuple[str, int]] = set()
        self._numbers = 0
        self._arrived = asyncio.Condition()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.imap)
            await stack.enter_async_context(self.smtp)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    # ---------------------------------------------------------------- people and their letters

    def add(
        self, address: str, name: str, *, role: Role = "client", language: str = "ru"
    ) -> Person:
        """Give somebody a mailbox, or another name."""
        person = Person(address=address.lower(), name=name, role=role, language=language)
        self.people[person.address] = person
        return person

    def letters(self, address: str) -> Sequence[Kept]:
        """Everything in a mailbox, oldest first."""
        return tuple(self._boxes.get(address.lower(), ()))

    def letter(self, address: str, number: int) -> Kept:
        """One letter.

        Raises:
            LookupError: there is none with this number in that mailbox.
        """
        for kept in self._boxes.get(address.lower(), ()):
            if kept.id == number:
                return kept
        raise LookupError(f"no letter {number} of {address}")

    def read(self, address: str, number: int) -> None:
        """Its owner has looked at a letter."""
        self._read.add((address.lower(), number))

    def is_read(self, address: str, kept: Kept) -> bool:
        """Whether its owner wrote it or looked at it."""
        return kept.mine or (address.lower(), kept.id) in self._read

    # ---------------------------------------------------------------- carrying letters

    async def deliver(self, recipients: Sequence[str], raw: bytes) -> None:
        """Put a letter into the mailboxes of its recipients."""
        boxes = dict.fromkeys(self._box(recipient) for recipient in recipients)
        for box in boxes:
            if box == self.company.address:
                await self.imap.deliver(raw, self._now())
            await self._keep(box, raw, mine=False)

    def _box(self, recipient: str) -> str:
        local, _, domain = recipient.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain if plain in self.people else recipient.lower()

    async def _keep(self, address: str, raw: bytes, *, mine: bool) -> Kept:
        if address not in self.people:
            self.add(address, address.partition("@")[0])
        self._numbers += 1
        kept = Kept(id=self._numbers, raw=raw, at=self._now(), mine=mine)
        box = self._boxes[address]
        box.append(kept)
        del box[:-MOST]
        async with self._arrived:
            self._arrived.notify_all()
        self.changed(address, kept.id)
        return kept

    async def send(self, draft: Draft) -> Kept:
        """Send a person's letter by real SMTP, and keep a copy in their mailbox.

        Raises:
            Unsent: the server refused it.
            ValueError: an address is none.
        """
        raw = draft.composed(self._now())
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=self.smtp.port, start_tls=False, timeout=20
        )
        try:
            async with client:
                await client.sendmail(draft.sender, [*draft.to, *draft.cc], raw)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise Unsent("; ".join(str(each.message) for each in error.recipients)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise Unsent(f"{error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unsent(str(error) or type(error).__name__) from error
        return await self._keep(draft.sender, raw, mine=True)

    def fail(self, fault: Fault | None) -> None:
        """Let the SMTP server fail from now on; None heals it."""
        self.smtp.fault = fault

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = 30.0) -> T:  # noqa: ASYNC109 - the time limit is part of what a story states
        """Ask at once and after every letter until ``predicate`` returns something true.

        Raises:
            TimeoutError: not within ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout), self._arrived:
            while not (found := predicate()):
                await self._arrived.wait()
        return found
