"""Connections to the server that sends one mailbox's mail.

Encrypted as the settings say and never less (case D4): a server that does not offer STARTTLS where
it is wanted gets neither a letter nor the password.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPSenderRefused,
)

from channels.email.errors import (
    LOGIN_PAUSE,
    Stage,
    Unusable,
    delivery_error,
)
from channels.email.render import Rendered
from channels.email.settings import Mailbox, Server
from channels.email.tls import tls_context
from channels.message import DeliveryError, Permanent, Reason, Transient
from channels.protocol import Health, Misconfigured

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Connections to one server at a time."""
ON_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for a server (RFC 5321 §4.5.3.2)."""

    connect: float = 30.0
    command: float = 300.0
    message: float = 600.0
    """For the answer after the final dot: giving up sooner makes duplicates (case D2)."""
    idle: float = 30.0
    """How long a connection is kept for the next letter."""


@dataclass(slots=True)
class Tags:
    """Whether a mailbox may send as its signed addresses (``support+tag@…``)."""

    refused: bool = False


@dataclass(slots=True)
class Session:
    """One connection, logged in."""

    smtp: SMTP
    timeouts: Timeouts
    tags: Tags = field(default_factory=Tags)
    """Of its mailbox."""
    fresh: bool = True
    """Nothing was said yet that would have to be taken back."""

    @property
    def largest(self) -> int | None:
        """Bytes of the largest letter the server says it takes (RFC 1870)."""
        size = self.smtp.esmtp_extensions.get("size", "")
        return int(size) if size.isdecimal() and int(size) > 0 else None

    async def hand_over(self, letter: Rendered) -> None:
        """Give a letter to the server.

        Raises:
            DeliveryError: it did not demonstrably take it.
        """
        if letter.utf8 and not self.smtp.supports_extension("smtputf8"):
            raise Permanent(Reason.REFUSED, "the server takes only addresses of Latin letters")
        stage: Stage = "sender"
        try:
            if not self.fresh:
                await self.smtp.rset()
            self.fresh = False
            await self._mail(letter)
            stage = "recipient"
            await self._rcpt(letter)
            stage = "message"
            await self.smtp.data(letter.data, timeout=self.timeouts.message)
        except (SMTPException, OSError) as error:
            raise delivery_error(error, stage) from error

    async def _mail(self, letter: Rendered) -> None:
        sender = letter.mailbox if self.tags.refused else letter.sender
        try:
            await self._mail_from(sender, letter)
        except SMTPSenderRefused as error:
            # Some providers take no tag in the envelope. The way back of the answer is Reply-To.
            if error.code < 500 or error.code == 552 or sender == letter.mailbox:
                raise
            self._without_tag(letter, error)
            await self._mail_from(letter.mailbox, letter)

    async def _mail_from(self, sender: str, letter: Rendered) -> None:
        options = [f"SIZE={len(letter.data)}"] if self.smtp.supports_extension("size") else []
        options += ["SMTPUTF8"] if letter.utf8 else []
        await self.smtp.mail(sender, options=options)

    async def _rcpt(self, letter: Rendered) -> None:
        """Postfix and Exim say only here what they think of the sender."""
        encoding = "utf-8" if letter.utf8 else "ascii"
        try:
            await self.smtp.rcpt(letter.recipient, encoding=encoding)
        except SMTPResponseException as error:
            tagged = letter.sender != letter.mailbox and not self.tags.refused
            if not tagged or not _may_mean_the_sender(error):
                raise
            await self.smtp.rset()
            await self._mail_from(letter.mailbox, letter)
            await self.smtp.rcpt(letter.recipient, encoding=encoding)
            self._without_tag(letter, error)

    def _without_tag(self, letter: Rendered, error: SMTPResponseException) -> None:
        """Remember it for the mailbox."""
        self.tags.refused = True
        log.info("%s may not send as its signed address: %s", letter.mailbox, error.message)


def _may_mean_the_sender(error: SMTPResponseException) -> bool:
    """Whether a refusal of the recipient may be one of the sender: not if it says that nobody is
    there, or will pass."""
    failure = delivery_error(error, "recipient")
    return isinstance(failure, Permanent) and failure.reason is Reason.REFUSED


@dataclass
class Connections:
    """Those of one mailbox: a few at once, kept for a while for the next letter.

    Args:
        box: the mailbox.
        channel: name of the channel, for error messages.
        now: the clock, for ``health``.
    """

    box: Mailbox
    channel: str
    now: Callable[[], datetime]
    timeouts: Timeouts = Timeouts()
    health: Health = field(init=False)
    _idle: list[tuple[Session, asyncio.TimerHandle]] = field(default_factory=list, init=False)
    _tags: Tags = field(default_factory=Tags, init=False)
    _slots: asyncio.Semaphore = field(init=False)
    _resting_until: float = field(default=0.0, init=False)
    _why_resting: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.health = Health(ok=True, since=self.now())

    def warn(self) -> None:
        """Say in the log what of the settings weakens the encryption (case D4)."""
        server = self.box.smtp
        if server.security == "none" and server.host not in ON_THIS_MACHINE:
            log.warning("%s: mail and password go to %s unencrypted", self.box.address, server.host)
        elif server.security != "none" and not server.verify:
            log.warning(
                "%s: the certificate of %s is not verified; somebody on the way can read the mail",
                self.box.address,
                server.host,
            )

    async def close(self) -> None:
        """Take leave of the server."""
        waiting, self._idle = self._idle, []
        for session, expiry in waiting:
            expiry.cancel()
            with suppress(SMTPException, OSError):
                await session.smtp.quit(timeout=2.0)
            session.smtp.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A connection of one's own.

        Raises:
            Transient: there is none now.
        """
        async with self._slots:
            session = await self._kept() or await self._new()
            try:
                yield session
            except DeliveryError:
                self._keep(session)
                raise
            except BaseException:
                session.smtp.close()
                raise
            self._keep(session)

    # ---------------------------------------------------------------- keeping

    def _keep(self, session: Session) -> None:
        if not session.smtp.is_connected:
            return
        loop = asyncio.get_running_loop()
        expiry = loop.call_later(self.timeouts.idle, self._expire, session)
        self._idle.append((session, expiry))

    def _expire(self, session: Session) -> None:
        self._idle = [one for one in self._idle if one[0] is not session]
        session.smtp.close()

    async def _kept(self) -> Session | None:
        """One that is still good: the server answers."""
        while self._idle:
            session, expiry = self._idle.pop()
            expiry.cancel()
            try:
                await session.smtp.noop(timeout=self.timeouts.connect)
            except (SMTPException, OSError):
                session.smtp.close()
            else:
                return session
        return None

    # ---------------------------------------------------------------- connecting

    async def _new(self) -> Session:
        loop = asyncio.get_running_loop()
        if (rest := self._resting_until - loop.time()) > 0:
            raise Transient(self._why_resting, retry_after=rest)
        try:
            smtp = await self._connected()
        except (SMTPException, OSError, Unusable) as error:
            failure = delivery_error(error, "connect")
            self._note(ok=False, detail=str(failure))
            if isinstance(error, Unusable | SMTPAuthenticationError):
                log.warning("%s cannot send: %s", self.box.address, failure)
                self._resting_until = loop.time() + LOGIN_PAUSE
                self._why_resting = str(failure)
            raise failure from error
        self._note(ok=True)
        return Session(smtp, self.timeouts, self._tags)

    def _note(self, *, ok: bool, detail: str = "") -> None:
        if (ok, detail) != (self.health.ok, self.health.detail):
            self.health = Health(ok=ok, since=self.now(), detail=detail)

    async def _connected(self) -> SMTP:
        server = self.box.smtp
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            # The name of this machine is nobody's business, and looking it up can take seconds.
            local_hostname=self.box.address.rpartition("@")[2],
            timeout=self.timeouts.connect,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=None if server.security == "none" else tls_context(server),
        )
        await smtp.connect()
        try:
            await self._prepare(smtp, server)
        except BaseException:
            smtp.close()
            raise
        smtp.timeout = self.timeouts.command
        return smtp

    async def _prepare(self, smtp: SMTP, server: Server) -> None:
        await smtp.ehlo()
        if server.security == "starttls":
            if not smtp.supports_extension("starttls"):
                raise Unusable(f"{server.host} offers no STARTTLS, and less is not allowed")
            await smtp.starttls()
            await smtp.ehlo()
        user = server.user or self.box.address
        try:
            secret = server.password(self.channel)
        except Misconfigured as error:
            raise Unusable(error.detail) from error
        if secret is None:
            return
        if server.login == "xoauth2":
            if "xoauth2" not in smtp.server_auth_methods:
                raise Unusable(f"{server.host} offers no login by XOAUTH2")
            await smtp.auth_xoauth2(user, secret.get_secret_value())
        elif not smtp.supported_auth_methods:
            raise Unusable(f"{server.host} offers no login by password")
        else:
            await smtp.login(user, secret.get_secret_value())
