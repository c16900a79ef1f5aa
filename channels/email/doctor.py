"""Is every mailbox set up right? Asks its servers, and names what is wrong with its fix.

Findings are keys of the text catalogue (``doctor.mail.…``). The last word has a letter from the
mailbox to itself: what it says of sub-addressing and spam folders no server tells.
"""

from __future__ import annotations

import asyncio
import difflib
import secrets as random_source
import ssl
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from aiosmtplib import SMTPAuthenticationError

from channels.email.arrival import PROBE
from channels.email.errors import Unusable
from channels.email.imap import (
    Connection,
    ImapError,
    Insecure,
    LoginRefused,
    Refused,
    Untrusted,
    connect,
)
from channels.email.joining import Secrets, message_id, reply_address
from channels.email.render import Rendered
from channels.email.settings import EmailSettings, Mailbox, Server
from channels.email.smtp import ON_THIS_MACHINE, Connections, Timeouts
from channels.finding import Finding, Level
from channels.message import DeliveryError, Permanent
from channels.protocol import Misconfigured

PATIENCE: Final = 30.0
"""Seconds for a letter to ourselves to arrive."""
LOOK_EVERY: Final = 1.0
SHOWN: Final = 10
"""Folders named at most."""

_TIMEOUTS: Final = Timeouts(connect=15.0, command=30.0, message=60.0, idle=1.0)


async def diagnose(
    settings: EmailSettings, secrets: Secrets, *, patience: float = PATIENCE
) -> list[Finding]:
    """Look at every mailbox, all at the same time.

    Args:
        settings: the section of the workspace.
        secrets: sign the letter to ourselves, so that a running service passes it over.
        patience: seconds for that letter to arrive.
    """
    visits = [_Visit(box, settings, secrets, patience) for box in settings.mailboxes]
    async with asyncio.TaskGroup() as group:
        for visit in visits:
            group.create_task(visit.run())
    return [finding for visit in visits for finding in visit.findings]


@dataclass(slots=True)
class _Visit:
    box: Mailbox
    settings: EmailSettings
    secrets: Secrets
    patience: float
    findings: list[Finding] = field(default_factory=list)

    def note(self, level: Level, key: str, **args: str | int) -> None:
        about = {"box": self.box.address, **args}
        self.findings.append(Finding(level=level, key=f"doctor.mail.{key}", args=about))

    async def run(self) -> None:
        self.weak("imap", self.box.imap)
        self.weak("smtp", self.box.smtp)
        if self.box.trusted_forms and not self.settings.authserv_ids:
            self.note("error", "forms_unvouched")
        readable = await self.reading()
        sending = await self.sending()
        if readable and sending is not None:
            await self.round_trip(sending)
        if sending is not None:
            await sending.close()

    def weak(self, kind: str, server: Server) -> None:
        """Case D4: less than full encryption is a setting, and said."""
        if server.security == "none":
            if server.host not in ON_THIS_MACHINE:
                self.note("warning", "open", server=server.host, kind=kind)
        elif not server.verify:
            self.note("warning", "unverified", server=server.host, kind=kind)

    # ----------------------------------------------------------------------- reading

    async def reading(self) -> bool:
        """Whether the folders can be read."""
        server = self.box.imap
        try:
            async with self.connected() as connection:
                good = await self.folders(connection)
                if connection.idles:
                    self.note("ok", "idle")
                else:
                    self.note("ok", "polling", n=self.settings.poll_every)
                return good
        except Misconfigured as error:
            self.note("error", "no_password", kind="imap", detail=error.detail)
        except LoginRefused as error:
            self.login_refused(server, error.detail)
        except Untrusted as error:
            self.note("error", "untrusted", server=server.host, kind="imap", detail=error.detail)
        except Insecure as error:
            self.note("error", "no_starttls", server=server.host, kind="imap", detail=error.detail)
        except ImapError as error:
            self.note("error", "unreachable", server=server.host, kind="imap", detail=error.detail)
        return False

    def connected(self) -> AbstractAsyncContextManager[Connection]:
        secret = self.box.imap.password(self.settings.name)
        return connect(self.box.imap, user=self.box.address, secret=secret, seconds=15.0)

    def login_refused(self, server: Server, detail: str) -> None:
        key = "token_refused" if server.login == "xoauth2" else "login_refused"
        user = server.user or self.box.address
        self.note("error", key, server=server.host, user=user, detail=detail)

    async def folders(self, connection: Connection) -> bool:
        there = await connection.folders()
        missing = [name for name in self.box.folders if not _among(name, there)]
        for name in missing:
            self.no_folder(name, there)
        for name in self.box.folders:
            if name in missing:
                continue
            try:
                await connection.select(name, writable=self.box.handled is not None)
            except Refused as error:
                missing.append(name)
                self.note("error", "folder_refused", folder=name, detail=error.detail)
        if self.box.handled is not None and not _among(self.box.handled, there):
            await self.handled(connection, self.box.handled)
        if not missing:
            self.note("ok", "readable", folders=", ".join(self.box.folders))
        return not missing

    async def handled(self, connection: Connection, folder: str) -> None:
        """Make the folder for handled mail now: only then is it known that it can be made."""
        try:
            name = await connection.make(folder)
        except Refused as error:
            self.note("error", "handled_refused", folder=folder, detail=error.detail)
        else:
            self.note("ok", "handled_new", folder=name)

    def no_folder(self, name: str, there: Sequence[str]) -> None:
        by_small = {each.lower(): each for each in there}
        near = difflib.get_close_matches(name.lower(), list(by_small), n=1, cutoff=0.6)
        if near:
            self.note("error", "folder_near", folder=name, near=by_small[near[0]])
        else:
            self.note("error", "no_folder", folder=name, known=", ".join(there[:SHOWN]))

    # ----------------------------------------------------------------------- sending

    async def sending(self) -> Connections | None:
        """Connections that work, or None."""
        server = self.box.smtp
        connections = Connections(self.box, self.settings.name, _now, _TIMEOUTS)
        try:
            server.password(self.settings.name)
            async with connections.session():
                pass
        except Misconfigured as error:
            self.note("error", "no_password", kind="smtp", detail=error.detail)
        except DeliveryError as error:
            await connections.close()
            why = error.__cause__
            if isinstance(why, SMTPAuthenticationError):
                self.login_refused(server, str(error))
            elif isinstance(why, Unusable):
                self.note("error", "no_starttls", server=server.host, kind="smtp",
                          detail=why.detail)  # fmt: skip
            elif _is_about_certificate(why):
                self.note("error", "untrusted", server=server.host, kind="smtp", detail=str(error))
            else:
                self.note("error", "unreachable", server=server.host, kind="smtp",
                          detail=str(error))  # fmt: skip
        else:
            self.note("ok", "sending", server=server.host)
            return connections
        return None

    # ----------------------------------------------------------------------- a letter to ourselves

    async def round_trip(self, sending: Connections) -> None:
        """Does mail arrive, and mail to a tagged address too?"""
        tagged = self.box.sub_addressing
        try:
            arrived = await self.try_out(sending, tagged=tagged)
            if arrived or not tagged:
                if not arrived:
                    self.note("error", "lost", n=round(self.patience))
                return
            if await self.try_out(sending, tagged=False):
                self.note("error", "no_tags")
            else:
                self.note("error", "lost", n=round(self.patience))
        except ImapError as error:
            self.note("error", "unreachable", server=self.box.imap.host, kind="imap",
                      detail=error.detail)  # fmt: skip

    async def try_out(self, sending: Connections, *, tagged: bool) -> bool:
        """Send a letter to the mailbox, wait for it, and take it away again. Says where it landed
        if that was not where we read."""
        letter = self.letter(tagged=tagged)
        began = _now()
        try:
            async with sending.session() as session:
                await session.hand_over(letter)
        except Permanent as error:
            if not tagged:
                self.note("error", "not_taken", server=self.box.smtp.host, detail=str(error))
            return False
        except DeliveryError as error:
            self.note("error", "not_taken", server=self.box.smtp.host, detail=str(error))
            return True  # nothing more can be learned
        async with self.connected() as connection:
            folder = await self.awaited(connection, letter.message_id)
            if folder is None:
                return False
            seconds = max(1, round((_now() - began).total_seconds()))
            if folder not in self.box.folders:
                await self.elsewhere(connection, folder, letter.recipient)
            elif tagged or not self.box.sub_addressing:
                self.note("ok", "arrived", n=seconds)
            return True

    async def elsewhere(self, connection: Connection, folder: str, recipient: str) -> None:
        """Say where it landed. Some servers make a folder for every tag of an address: then each
        answer would have one of its own, and none would be read."""
        tag = recipient.rpartition("@")[0].partition("+")[2]
        if tag and folder.lower().endswith(tag.lower()):
            with suppress(Refused):
                await connection.drop(folder)
            self.note("error", "tag_folder", folder=folder)
        else:
            self.note("warning", "elsewhere", folder=folder)

    async def awaited(self, connection: Connection, letter: str) -> str | None:
        """The folder a letter arrives in, from where it is removed; None if it does not."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            if folder := await self.removed(connection, letter, self.box.folders):
                return folder
            if asyncio.get_running_loop().time() >= end:
                break
            await asyncio.sleep(min(LOOK_EVERY, self.patience / 4))
        others = [name for name in await connection.folders() if name not in self.box.folders]
        return await self.removed(connection, letter, others)

    async def removed(
        self, connection: Connection, letter: str, folders: Iterable[str]
    ) -> str | None:
        for folder in folders:
            try:
                await connection.select(folder, writable=True)
                found = await connection.find(letter)
                for uid in found:
                    await connection.remove(uid)
            except Refused:
                continue  # a folder of the server's own, say
            if found:
                return folder
        return None

    def letter(self, *, tagged: bool) -> Rendered:
        address = self.box.address.lower()
        to = reply_address(address, PROBE, self.secrets) if tagged else address
        row = f"d-{random_source.token_hex(8)}"
        number = message_id(row, PROBE, address.rpartition("@")[2], self.secrets)
        lines = (
            f"From: {address}",
            f"To: {to}",
            "Subject: LineZero doctor",
            f"Date: {format_datetime(_now())}",
            f"Message-ID: {number}",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            "This letter shows that mail of this mailbox arrives. It removes itself.",
            "",
        )
        data = "\r\n".join(lines).encode("ascii")
        return Rendered(
            message_id=number, mailbox=address, sender=address, recipient=to, data=data, utf8=False
        )


def _among(name: str, folders: Iterable[str]) -> bool:
    """INBOX may be written in any letters (RFC 3501 §5.1)."""
    return name in folders or (
        name.upper() == "INBOX" and any(each.upper() == "INBOX" for each in folders)
    )


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _now() -> datetime:
    return datetime.now(UTC)
