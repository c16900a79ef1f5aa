"""A real SMTP server (aiosmtpd) on a local socket that fails on demand."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
import subprocess
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "correct horse"
TOKEN = "ya29.token"

_REQUEST = [
    *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
    *("-days", "2", "-subj", "/CN=localhost"),
    *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
]

Drop = Literal["on data", "before the answer", "after taking it"]


@dataclass(frozen=True)
class Taken:
    """A letter the server answered for, or kept although its answer got lost."""

    sender: str
    recipient: str
    data: bytes
    encrypted: bool
    user: str | None


@dataclass
class SmtpServer:
    """What a test sees and does. Replies that wait under a verb are given once each, in order."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    busiest: int = 0
    """Letters that were on their way at once, at most."""
    verbs: list[str] = field(default_factory=list)
    """Every MAIL and RCPT, with what the client said."""
    replies: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    drops: deque[Drop] = field(default_factory=deque)
    """How the connection breaks at the next letters."""
    hold: asyncio.Event | None = None
    """While not set, the answer after the final dot does not come."""
    login_wanted: bool = False
    refuses_tags: bool = False
    """Takes no ``+`` in MAIL FROM, as some providers."""
    crowd: int = 0
    crowded: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once ``crowd`` letters are on their way at once."""
    _now: int = 0

    def answer(self, verb: str, *replies: str) -> None:
        """Answer the next times with these words; "MAIL", "RCPT" or "DATA"."""
        self.replies[verb].extend(replies)

    # ---- aiosmtpd's hooks

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds its hooks by the SMTP verb
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.verbs.append(" ".join(["MAIL", address, *options]))
        if self.login_wanted and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.refuses_tags and "+" in address:
            return "553 5.7.1 Sender address rejected: not owned by user"
        if self.replies["MAIL"]:
            return self.replies["MAIL"].popleft()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.verbs.append(f"RCPT {address}")
        if self.replies["RCPT"]:
            return self.replies["RCPT"].popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        drop = self.drops.popleft() if self.drops else None
        self._now += 1
        self.busiest = max(self.busiest, self._now)
        if self._now == self.crowd:
            self.crowded.set()
        try:
            if self.hold is not None:
                await self.hold.wait()
            if drop == "before the answer":
                return await self._cut(server)
            if self.replies["DATA"]:
                return self.replies["DATA"].popleft()
            self.taken.append(self._letter(session, envelope))
            return "250 OK" if drop is None else await self._cut(server)
        finally:
            self._now -= 1

    def _letter(self, session: Session, envelope: Envelope) -> Taken:
        login = getattr(session, "login_data", None) if session.authenticated else None
        content = envelope.original_content
        assert content is not None
        return Taken(
            sender=envelope.mail_from or "",
            recipient=envelope.rcpt_tos[0],
            data=content,
            encrypted=session.ssl is not None,
            user=login.decode() if isinstance(login, bytes) else login,
        )

    async def _cut(self, server: SMTP) -> str:
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
        await asyncio.Event().wait()
        raise AssertionError("the server cancels what belongs to a lost connection")

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """A login by password."""
        assert isinstance(data, LoginPassword)
        good = data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False, auth_data=data if good else None)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - as above
        """A login by token; refused as Google does, with a challenge that explains it."""
        fields = base64.b64decode(args[1]).decode().split("\x01")
        if fields[1] == f"auth=Bearer {TOKEN}":
            user = fields[0].removeprefix("user=").encode()
            return AuthResult(success=True, auth_data=LoginPassword(user, b""))
        await server.push("334 " + base64.b64encode(b'{"status":"401"}').decode())
        await server._reader.readline()
        return AuthResult(success=False, handled=False)


class _Protocol(SMTP):
    """aiosmtpd's, with its connections counted and closed with the server."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:
            self.event_handler.connections += 1
        super().connection_made(transport)


@asynccontextmanager
async def smtp_server(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    size: int | None = None,
    utf8: bool = True,
) -> AsyncIterator[SmtpServer]:
    """A server for the length of a block.

    Args:
        tls: encrypts from the first byte.
        starttls: offers STARTTLS.
        size: bytes of the largest letter it takes.
        utf8: offers SMTPUTF8.
    """
    made = SmtpServer()
    loop = asyncio.get_running_loop()
    protocols: list[_Protocol] = []

    def protocol() -> _Protocol:
        protocols.append(
            _Protocol(
                made,
                loop=loop,
                hostname="mail.test",
                data_size_limit=size,
                enable_SMTPUTF8=utf8,
                tls_context=starttls,
                auth_require_tls=False,
                authenticator=made.check,
            )
        )
        return protocols[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        if made.hold is not None:
            made.hold.set()
        server.close()
        for one in protocols:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        await server.wait_closed()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate nobody trusts, made now for ``localhost``."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, *_REQUEST, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
