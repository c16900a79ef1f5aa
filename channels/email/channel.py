"""E-mail as a ``Channel``."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from channels.email import keys
from channels.email.arrival import Post
from channels.email.body import MEGABYTE
from channels.email.bounded import BoundedReader
from channels.email.joining import Secrets
from channels.email.receive import FolderReceiver, Understanding
from channels.email.send import Sender
from channels.email.settings import EmailSettings
from channels.email.smtp import ON_THIS_MACHINE, Timeouts
from channels.kind import Words
from channels.limits import UNLIMITED, Limits
from channels.message import Address, Outbound, Receipt
from channels.patience import LETTERS, Patience
from channels.protocol import Abilities, Health, Inbox, Misconfigured

log = logging.getLogger(__name__)

READERS: Final = 2
"""Mails understood at the same time, each in a process of its own."""
KEPT: Final = Path("files", "mail")
"""Where letters are kept within the workspace."""


class EmailChannel:
    """All mailboxes of a company: receives by IMAP, sends by SMTP.

    One connection follows each folder; each mailbox is on its own, so that one out of order stops
    no other.
    """

    def __init__(
        self,
        settings: EmailSettings,
        *,
        folder: Path,
        words: Words,
        company: Callable[[str, str | None], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        timeouts: Timeouts | None = None,
    ) -> None:
        """
        Args:
            settings: The section of the workspace.
            folder: The workspace: ``mail-secret`` is in it, letters go to ``files/mail``.
            words: The sentences the channel adds by itself.
            company: A brand's name in a language (or the company's), for mailboxes without a title.
            now: The clock.
            pause: Waits that many seconds, before another attempt.
            chance: A random number from 0 to 1, to spread attempts.
            timeouts: Patience with SMTP servers.

        Raises:
            Misconfigured: a password is not where the settings say, or the secrets cannot be read.
        """
        for box in settings.mailboxes:
            box.imap.password(settings.name)
            box.smtp.password(settings.name)
        self._settings = settings
        self._secrets = keys.read_or_make(folder / keys.NAME, channel=settings.name)
        self._sender = Sender(
            settings, self._secrets, words=words, company=company, now=now, timeouts=timeouts
        )
        self._reader = BoundedReader(workers=READERS)
        understanding = Understanding(
            post=Post(
                channel=settings.name,
                mailboxes=tuple(box.address.lower() for box in settings.mailboxes),
                secrets=self._secrets,
                authserv_ids=settings.authserv_ids,
                sources={box.address.lower(): box.sources for box in settings.mailboxes},
                spam_marks=settings.spam_headers,
            ),
            reader=self._reader,
            folder=folder.absolute() / KEPT,
        )
        self._receivers = [
            FolderReceiver(
                box,
                each,
                channel=settings.name,
                understanding=understanding,
                largest=settings.max_size_mb * MEGABYTE,
                poll_every=settings.poll_every,
                now=now,
                pause=pause,
                chance=chance,
            )
            for box in settings.mailboxes
            for each in box.folders
        ]

    @property
    def name(self) -> str:
        return self._settings.name

    def abilities(self, place: Address) -> Abilities:
        return self._settings.abilities(place)

    @property
    def repeatable(self) -> bool:
        """The Message-ID stays the same, and mail programs show it once."""
        return True

    @property
    def limits(self) -> Limits:
        return UNLIMITED

    @property
    def patience(self) -> Patience:
        return LETTERS

    @property
    def secrets(self) -> Secrets:
        """What signs our addresses and Message-IDs."""
        return self._secrets

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        for box in self._settings.mailboxes:
            server = box.imap
            where = (box.address, server.host)
            if server.security == "none" and server.host not in ON_THIS_MACHINE:
                log.warning("%s: mail and password come unencrypted from %s", *where)
            elif server.security != "none" and not server.verify:
                log.warning(
                    "%s: the certificate of %s is not verified; somebody on the way can "
                    "read the mail",
                    *where,
                )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._sender.__aexit__(kind, error, trace)
        await asyncio.to_thread(self._reader.close)

    async def run(self, inbox: Inbox) -> None:
        hopeless: dict[str, Misconfigured] = {}

        async def receive(receiver: FolderReceiver) -> None:
            try:
                await receiver.run(inbox)
            except Misconfigured as error:
                if error.detail not in hopeless:
                    log.error("%s is not read any more: %s", receiver.name, error.detail)  # noqa: TRY400 - a mistake of settings
                hopeless[error.detail] = error

        async with asyncio.TaskGroup() as group:
            for receiver in self._receivers:
                group.create_task(receive(receiver), name=f"receive {receiver.name}")
        raise Misconfigured(self.name, "; ".join(hopeless))

    async def send(self, outbound: Outbound) -> Receipt:
        return await self._sender.send(outbound)

    def health(self) -> Health:
        """Well only if every folder is read and every server took the last letter."""
        states = [(receiver.name, receiver.health) for receiver in self._receivers]
        states += list(self._sender.health().items())
        troubles = [(name, state) for name, state in states if not state.ok]
        if not troubles:
            return Health(ok=True, since=max((s.since for _, s in states if s.since), default=None))
        return Health(
            ok=False,
            since=min((s.since for _, s in troubles if s.since), default=None),
            detail="; ".join(f"{name}: {state.detail}" for name, state in troubles),
        )
