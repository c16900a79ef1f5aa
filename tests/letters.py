"""Letters to write in tests: secrets, the sentences of the catalogue, posts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from channels.email.joining import Secrets
from channels.email.send import Sender
from channels.email.settings import EmailSettings, Mailbox, Server
from channels.email.smtp import Timeouts
from channels.letter import Letterhead
from channels.message import Address, Content, FormattedText, Keyboard, Outbound, Part, Post, Text
from config.texts import Catalogue
from config.texts.files import standard_entries
from tests.smtp_server import SmtpServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = Secrets((b"a secret of thirty-two bytes....",))
BOX = "support@example.com"
CATALOGUE = Catalogue(standard_entries(), ("ru", "en"))


def words(key: str, language: str, /, **args: str | int | datetime) -> str:
    """A sentence of the standard catalogue."""
    text = Text(key=key, args=dict(args))
    return CATALOGUE.render(text, language, ZoneInfo("Europe/Moscow")).text


def post(
    text: FormattedText | str = "Hello.",
    *parts: Part,
    keyboard: Keyboard | None = None,
    head: Letterhead | None = None,
    subject: str = "No internet",
) -> Post:
    """Something to say by letter."""
    formatted = text if isinstance(text, FormattedText) else FormattedText(text)
    return Post(
        content=Content(text=formatted, parts=parts),
        keyboard=keyboard,
        letterhead=head or Letterhead(subject=subject),
    )


def outbound(
    act: Post | None = None,
    *,
    to: str = "anna@example.org",
    row: str = "01row",
    place: str | None = "01place",
) -> Outbound:
    """A letter on its way to Anna."""
    address = Address(channel="email", chat=to, thread=place)
    return Outbound(id=row, address=address, act=act or post())


QUICK = Timeouts(connect=5.0, command=5.0, message=5.0)


def sender(server: SmtpServer, *, timeouts: Timeouts = QUICK, **smtp: Any) -> Sender:
    """Sends for two mailboxes through a server of a test; ``smtp`` changes its settings."""
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "login": "none"}
    account = Server(**{**settings, **smtp})
    box = Mailbox(address=BOX, imap=Server(host="imap.test"), smtp=account)
    other = Mailbox(address="billing@example.com", imap=Server(host="imap.test"), smtp=account)
    return Sender(
        EmailSettings(mailboxes=(box, other)),
        SECRETS,
        words=words,
        company=lambda *_: "Daisy",
        now=lambda: NOW,
        timeouts=timeouts,
    )
