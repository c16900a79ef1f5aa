"""A real IMAP server on a free port of this machine, for tests: pymap, in this process."""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pysasl.hashing import Cleartext

from channels.email.settings import Server
from tests.clock import START

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
"""Key and certificate of ``localhost`` and ``127.0.0.1``, signed by itself: made for these tests,
known to everybody. Trusted by who sets the environment variable ``SSL_CERT_FILE`` to it."""
PASSWORD = "secret"

Security = Literal["tls", "starttls", "none"]


def server_context() -> ssl.SSLContext:
    """For a server that shows :data:`CERTIFICATE`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def letter(
    text: str = "Не работает интернет.",
    *,
    sender: str = "Анна <anna@client.example>",
    to: str = "support@example.org",
    subject: str = "Интернет",
    message_id: str | None = "<1@client.example>",
    headers: str = "",
) -> bytes:
    """A plain letter as it travels; ``headers`` are whole lines to put above the others."""
    lines = [
        *headers.splitlines(),
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        *([f"Message-ID: {message_id}"] if message_id else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        *text.splitlines(),
        "",
    ]
    return "\r\n".join(lines).encode()


class _Open(Cleartext):
    """Passwords as they are; pysasl's own comparison takes only ASCII."""

    def verify(self, value: str, hash: str) -> bool:  # noqa: A002 - pysasl's name
        return value == hash


class _WithoutIdle(Config):
    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=False, object_id=True, multi_append=True)


@dataclass
class ImapServer:
    """A running pymap with one account, and what can be done to it from behind."""

    port: int
    user: str
    password: str
    security: Security
    config: Config
    mailboxes: MailboxSet
    connections: int = 0
    """How many were made so far."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def settings(self, **changes: Any) -> Server:
        """How to reach it; the password is expected in ``MAIL_PASSWORD``."""
        return Server.model_validate(
            {
                "host": "localhost",
                "port": self.port,
                "security": self.security,
                "user": self.user,
                **changes,
            }
        )

    async def folder(self, name: str = "INBOX") -> MailboxData:
        """A folder, made if it is not there."""
        self.config.apply_context()
        if name not in [entry.name for entry in (await self.mailboxes.list_mailboxes()).list()]:
            await self.mailboxes.add_mailbox(name)
        return await self.mailboxes.get_mailbox(name)

    async def deliver(
        self,
        raw: bytes,
        *,
        folder: str = "INBOX",
        at: datetime | None = None,
        flags: tuple[bytes, ...] = (),
    ) -> int:
        """Put a mail into a folder. Returns its UID.

        Args:
            at: when it arrived; left out: START.
        """
        box = await self.folder(folder)
        when = at or START
        message = await box.append(
            AppendMessage(raw, when, frozenset(Flag(flag) for flag in flags)), recent=True
        )
        return message.uid

    async def uids(self, folder: str = "INBOX") -> list[int]:
        """The UIDs of what is in a folder."""
        return [message.uid async for message in (await self.folder(folder)).messages()]

    async def flags(self, uid: int, folder: str = "INBOX") -> set[bytes]:
        """The flags of a message, without ``\\Recent``."""
        box = await self.folder(folder)
        found = [one async for one in box.messages() if one.uid == uid]
        return {bytes(flag) for flag in found[0].permanent_flags}

    async def expunge(self, *uids: int, folder: str = "INBOX") -> None:
        """Somebody deletes mail."""
        await (await self.folder(folder)).delete(uids)

    async def renumber(self, folder: str = "INBOX") -> None:
        """The folder is restored from a backup, say: another UIDVALIDITY and other UIDs. Breaks
        connections."""
        box = await self.folder(folder)
        kept = [message async for message in box.messages()]
        await box.delete([message.uid for message in kept])
        box._uid_validity += 1
        box._max_uid = 0
        for message in kept:
            content = message._content
            assert content is not None
            await box.append(
                AppendMessage(bytes(content), message.internal_date, message.permanent_flags)
            )
        self.disconnect()

    def disconnect(self) -> None:
        """Every connection breaks, without a word."""
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def imap_server(
    *,
    user: str = "support@example.org",
    password: str = PASSWORD,
    security: Security = "none",
    idle: bool = True,
    port: int = 0,
) -> AsyncIterator[ImapServer]:
    """A pymap with an empty INBOX."""
    args = Namespace(passlib_cfg=None, proxy_protocol=None)
    config = (Config if idle else _WithoutIdle)(
        args,
        host="127.0.0.1",
        port=port,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=security == "starttls",
        ssl_context=server_context(),
        hash_context=_Open(),
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0.0,
    )
    config.apply_context()
    login = Login(config)
    await DictBackend._add_demo_user(config, login)
    mailboxes = MailboxSet()
    config.set_cache[user] = (mailboxes, FilterSet())
    serve = IMAPServer(login, config)

    left = asyncio.Event()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: SocketInfo
    ) -> None:
        running.connections += 1
        running._writers.add(writer)
        try:
            await serve(reader, writer, client)
        finally:
            running._writers.discard(writer)
            left.set()

    listening = await asyncio.start_server(
        ProxyProtocolReader(config.proxy_protocol).get_callback(connected),
        "127.0.0.1",
        port,
        ssl=server_context() if security == "tls" else None,
    )
    running = ImapServer(
        port=listening.sockets[0].getsockname()[1],
        user=user,
        password=password,
        security=security,
        config=config,
        mailboxes=mailboxes,
    )
    try:
        yield running
    finally:
        listening.close()
        running.disconnect()
        while running._writers:
            left.clear()
            await left.wait()
