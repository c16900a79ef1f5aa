"""An e-mail channel on a server of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.email.channel import EmailChannel
from channels.email.settings import EmailSettings, Server
from channels.letter import Letter
from channels.message import Inbound, Said
from channels.protocol import Inbox
from tests.clock import START
from tests.inbox import ListInbox
from tests.mail_servers import letter
from tests.waiting import Pauses

ADDRESS = "support@example.org"
NOWHERE = Server(host="127.0.0.1", port=1, security="none", login="none")
"""A server that nobody runs: for tests that only send or only receive."""


def words(key: str, language: str, /, **args: str | int | datetime) -> str:
    """The sentences of the catalogue, as their keys."""
    return " ".join([key, language, *(f"{name}={value}" for name, value in sorted(args.items()))])


def settings_for(
    imap: Server = NOWHERE, smtp: Server = NOWHERE, *, box: Mapping[str, Any] | None = None,
    **changes: Any,
) -> EmailSettings:  # fmt: skip
    """One mailbox; ``box`` changes it, ``changes`` the channel."""
    mailbox = {"address": ADDRESS, "imap": imap, "smtp": smtp, **(box or {})}
    return EmailSettings.model_validate({"mailboxes": [mailbox], "poll_every": 1, **changes})


def channel_for(settings: EmailSettings, folder: Path, **changes: Any) -> EmailChannel:
    """A channel; ``pause`` waits no time and the clock stands unless given."""
    return EmailChannel(
        settings,
        folder=folder,
        words=words,
        company=lambda *_: "Маяк",
        **{"now": lambda: START, "pause": Pauses(), "chance": lambda: 1.0, **changes},
    )


@asynccontextmanager
async def receiving(channel: EmailChannel, inbox: Inbox) -> AsyncIterator[EmailChannel]:
    """While this lasts, the channel receives."""
    async with channel, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(channel.run(inbox))
        try:
            yield channel
        finally:
            running.cancel()


def original(item: Inbound) -> bytes:
    """The letter as it is kept on our disk."""
    return Path(letter_of(item).original).read_bytes()


def said(item: Inbound) -> Said:
    """What was said, which it must be."""
    assert isinstance(item.event, Said)
    return item.event


def letter_of(item: Inbound) -> Letter:
    """Its letter, which must be there."""
    letter = said(item).letter
    assert letter is not None
    return letter


def numbered(number: int, text: str = "", **how: Any) -> bytes:
    """A letter that is told from others by a number."""
    return letter(text or f"Вопрос {number}", message_id=f"<{number}@client.example>", **how)


def texts(inbox: ListInbox) -> list[str]:
    """What was said, in the order in which it came."""
    return [said(item).content.text.text for item in inbox.items]
