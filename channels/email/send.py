"""Letters handed to the company's mail server (RFC 5321).

A server that took a letter and one that only seems to have taken it differ by one answer, after
the final dot. If that answer is lost the same letter goes again with the same Message-ID (case
A4), which mail programs show once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from channels.email.body import MEGABYTE
from channels.email.joining import Secrets
from channels.email.render import From, Rendered, render
from channels.email.settings import EmailSettings, Mailbox
from channels.email.smtp import Connections, Timeouts
from channels.kind import Words
from channels.letter import Letterhead
from channels.message import Outbound, Permanent, Post, Reason, Receipt
from channels.protocol import Health

log = logging.getLogger(__name__)

LARGEST: Final = 25 * MEGABYTE
"""Bytes of a letter with everything in it, unless the server says less: what Gmail, Mail.ru and
most companies take."""
FOR_WORDS: Final = MEGABYTE
"""Bytes of it that are kept for the words."""


class Sender:
    """Sends for all mailboxes of one e-mail channel."""

    def __init__(
        self,
        settings: EmailSettings,
        secrets: Secrets,
        *,
        words: Words,
        company: Callable[[str, str | None], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeouts: Timeouts | None = None,
    ) -> None:
        """
        Args:
            settings: the channel's section of the workspace.
            secrets: sign our addresses and Message-IDs.
            words: the sentences the channel adds by itself (``mail.…`` of the text catalogue).
            company: a brand's name in a language (or the company's), for mailboxes without a title.
            now: the clock, for receipts and the Date of letters.
            timeouts: patience with servers.
        """
        self._secrets = secrets
        self._words = words
        self._company = company
        self._brand = settings.brand
        self._now = now
        self._mailboxes = {
            box.address.lower(): Connections(box, settings.name, now, timeouts or Timeouts())
            for box in settings.mailboxes
        }
        self._first = settings.mailboxes[0].address.lower()

    async def __aenter__(self) -> Self:
        for mailbox in self._mailboxes.values():
            mailbox.warn()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with asyncio.TaskGroup() as group:
            for mailbox in self._mailboxes.values():
                group.create_task(mailbox.close())

    def health(self) -> Mapping[str, Health]:
        """What was last heard of each mailbox's server, by address; no I/O is done."""
        return {address: mailbox.health for address, mailbox in self._mailboxes.items()}

    async def send(self, outbound: Outbound) -> Receipt:
        """Hand one letter over, once. Raises as ``Channel.send`` says.

        The same ``Outbound`` may be sent again at any time: its Message-ID stays.
        """
        if not isinstance(outbound.act, Post):
            raise Permanent(Reason.REFUSED, f"a letter cannot carry {outbound.act.type!r}")
        mailbox = self._mailbox(outbound.act)
        async with mailbox.session() as session:
            room = min(session.largest or LARGEST, LARGEST) - FOR_WORDS
            letter = await self._written(outbound, mailbox.box, room)
            try:
                await session.hand_over(letter)
            except Permanent as error:
                if error.reason is not Reason.TOO_LARGE or not outbound.act.content.parts:
                    raise
                log.info("Sent without its files, as the server said: %s", error.detail)
                letter = await self._written(outbound, mailbox.box, 0)
                await session.hand_over(letter)
        return Receipt(
            at=self._now(),
            messages=(letter.message_id,),
            thread=outbound.address.thread,
            left_out=letter.left_out,
        )

    def _mailbox(self, post: Post) -> Connections:
        wanted = post.letterhead.mailbox if post.letterhead else None
        found = self._mailboxes.get((wanted or self._first).lower())
        if found is None:
            log.warning("There is no mailbox %s any more: %s answers", wanted, self._first)
        return found or self._mailboxes[self._first]

    async def _written(self, outbound: Outbound, box: Mailbox, room: int) -> Rendered:
        head = outbound.act.letterhead if isinstance(outbound.act, Post) else None
        company = self._company((head or Letterhead(subject="")).language, box.brand or self._brand)
        sender = From(
            mailbox=box.address.lower(), title=box.title or company, tagged=box.sub_addressing
        )
        return await asyncio.to_thread(
            render,
            outbound,
            sender=sender,
            secrets=self._secrets,
            words=self._words,
            now=self._now(),
            room=room,
        )
