"""One connection to an IMAP server, with as much of RFC 3501 as receiving mail needs.

Errors: see :mod:`channels.email.wire`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import aioimaplib
from aioimaplib.aioimaplib import FetchCommand, quoted
from pydantic import SecretStr

from channels.email import answers
from channels.email.folders import encoded
from channels.email.settings import Server
from channels.email.tls import tls_context
from channels.email.wire import (
    ANSWER,
    Disconnected,
    ImapError,
    Insecure,
    Line,
    LoginRefused,
    Refused,
    Untrusted,
    Wire,
    text_of,
)

__all__ = [
    "Connection",
    "Disconnected",
    "Facts",
    "ImapError",
    "Insecure",
    "LoginRefused",
    "Refused",
    "Selected",
    "Untrusted",
    "connect",
]

LONGEST_IDLE: Final = 28 * 60.0
"""Seconds; servers may end an IDLE after 30 minutes (RFC 2177)."""
HEAD: Final = 256 * 1024
"""Bytes of headers fetched at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A folder as it was when it was opened."""

    validity: int
    """UIDVALIDITY: UIDs mean nothing under another one (RFC 3501 §2.3.1.1)."""
    next_uid: int | None
    """The UID that the next message will have at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the server knows of a message without looking inside."""

    uid: int
    size: int
    """Bytes."""
    at: datetime
    """INTERNALDATE: when it came into the mailbox (aware, UTC)."""


class Connection:
    """A connection that is logged in. One command at a time. Made by :func:`connect`."""

    def __init__(self, wire: Wire, seconds: float) -> None:
        self._wire = wire
        self._seconds = seconds
        self._spelled: dict[str, str] = {}
        """Folders that were found under a longer name."""

    @property
    def idles(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return "IDLE" in self._wire.capabilities

    async def folders(self) -> list[str]:
        """The folders that can be opened, as people see their names."""
        return answers.folder_names(await self._wire.run("LIST", '""', "*", seconds=self._seconds))

    async def select(self, folder: str, *, writable: bool) -> Selected:
        """Open a folder; not ``writable``: nothing can change in it by our reading.

        Raises:
            Refused: there is no such folder, or we may not.
        """
        command = "SELECT" if writable else "EXAMINE"
        lines = await self._wire.run(command, quoted(encoded(folder)), seconds=self._seconds)
        self._wire.state = aioimaplib.SELECTED
        said = text_of(lines)
        validity = answers.code("UIDVALIDITY", said)
        if validity is None:
            raise Refused(f"the folder {folder!r} has no UIDVALIDITY")
        return Selected(validity=validity, next_uid=answers.code("UIDNEXT", said))

    async def search(
        self, first: int, last: int | None = None, *, since: date | None = None
    ) -> list[int]:
        """The UIDs from ``first`` to ``last`` (None: the newest), ascending.

        Args:
            since: only what came on that day or later, by the server's clock.
        """
        criteria = [f"UID {first}:{last or '*'}"]
        if since is not None:
            criteria.append(answers.criterion(since))
        found = answers.numbers(await self._wire.run("SEARCH", *criteria, seconds=self._seconds))
        # «5:*» names the newest message even if its UID is below 5 (RFC 3501 §6.4.8).
        return sorted(n for n in found if n >= first and (last is None or n <= last))

    async def find(self, message_id: str) -> list[int]:
        """The UIDs of the messages with a Message-ID, ascending."""
        criteria = f"HEADER Message-ID {quoted(message_id)}"
        found = await self._wire.run("SEARCH", criteria, seconds=self._seconds)
        return sorted(answers.numbers(found))

    async def facts(self, uid: int) -> Facts | None:
        """What is known of a message; None if it is not there (any more)."""
        known = answers.size_and_date(await self._fetch(uid, "(UID RFC822.SIZE INTERNALDATE)"))
        return Facts(uid=uid, size=known[0], at=known[1]) if known else None

    async def body(self, uid: int) -> bytes | None:
        """A whole message, left unread; None if it is not there (any more)."""
        return answers.content(await self._fetch(uid, "(UID BODY.PEEK[])"))

    async def head(self, uid: int) -> bytes | None:
        """The headers of a message, at most :data:`HEAD` bytes; None if it is not there."""
        return answers.content(await self._fetch(uid, f"(UID BODY.PEEK[HEADER]<0.{HEAD}>)"))

    async def _fetch(self, uid: int, what: str) -> Sequence[Line]:
        command = FetchCommand(
            self._wire.new_tag(), str(uid), what, prefix="UID", timeout=self._seconds
        )
        return answers.about(uid, await self._wire.perform(command))

    async def move(self, uid: int, folder: str) -> None:
        """Move a message to another folder, which is made if it is not there (RFC 6851).

        Raises:
            Refused: with what the server said when the folder was to be made, if it was not there.
        """
        try:
            await self._move(uid, self._spelled.get(folder, folder))
        except Refused:
            name = await self._spelling(folder)
            made = await self._created(name)
            try:
                await self._move(uid, name)
            except Refused as error:
                raise made or error from None
            self._spelled[folder] = name

    async def make(self, folder: str) -> str:
        """Make a folder if it is not there; how its name is spelled on this server.

        Raises:
            Refused: the server makes none.
        """
        name = await self._spelling(folder)
        if {name, folder}.isdisjoint(await self.folders()):
            refused = await self._created(name)
            if refused is not None:
                raise refused
        return name

    async def _created(self, name: str) -> Refused | None:
        try:
            await self._wire.run("CREATE", quoted(encoded(name)), seconds=self._seconds)
        except Refused as error:
            return error
        return None

    async def _spelling(self, folder: str) -> str:
        """A folder's name, with the prefix in front that names of one's own have on some servers
        (``INBOX.``, RFC 2342)."""
        prefix = await self._prefix()
        return folder if folder.upper().startswith(prefix.upper()) else f"{prefix}{folder}"

    async def drop(self, folder: str) -> None:
        """Delete a folder.

        Raises:
            Refused: it is not there, or has to stay.
        """
        await self._wire.run("DELETE", quoted(encoded(folder)), seconds=self._seconds)

    async def _prefix(self) -> str:
        """What the names of the user's own folders begin with (RFC 2342)."""
        if "NAMESPACE" not in self._wire.capabilities:
            return ""
        try:
            return answers.personal_prefix(await self._wire.run("NAMESPACE", seconds=self._seconds))
        except Refused:
            return ""

    async def _move(self, uid: int, folder: str) -> None:
        target = quoted(encoded(folder))
        if "MOVE" in self._wire.capabilities:
            await self._wire.run("MOVE", str(uid), target, uid=True, seconds=self._seconds)
            return
        await self._wire.run("COPY", str(uid), target, uid=True, seconds=self._seconds)
        await self.remove(uid)

    async def remove(self, uid: int) -> None:
        """Delete a message. Without UIDPLUS it stays, marked: a plain EXPUNGE would also take what
        others marked (RFC 4315)."""
        await self._wire.run(
            "STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)", uid=True, seconds=self._seconds
        )
        if "UIDPLUS" in self._wire.capabilities:
            await self._wire.run("EXPUNGE", str(uid), uid=True, seconds=self._seconds)

    def heard(self) -> None:
        """From now on, :meth:`wait` returns at once if something arrives. Call it before looking
        for new mail: what comes during the look is then not missed."""
        self._wire.news.clear()

    async def wait(self, seconds: float) -> None:
        """Wait until something arrives, at most so long.

        Raises:
            Disconnected: the connection is gone; noticed at once if the other side closed it.
        """
        if self.idles:
            await self._wire.wait_idle(min(seconds, LONGEST_IDLE), answer=self._seconds)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wire.news.wait()
        self._wire.check()


@asynccontextmanager
async def connect(
    server: Server, *, user: str, secret: SecretStr | None, seconds: float = ANSWER
) -> AsyncIterator[Connection]:
    """Connect and log in.

    Args:
        server: where.
        user: the account, if the settings name none.
        secret: password or access token; None where no login is wanted.
        seconds: to wait for signs of life.

    Raises:
        ImapError: of any kind.
    """
    wire = Wire(asyncio.get_running_loop())
    try:
        await _establish(wire, server, user, secret, seconds)
        yield Connection(wire, seconds)
    finally:
        await wire.close()


async def _establish(
    wire: Wire, server: Server, user: str, secret: SecretStr | None, seconds: float
) -> None:
    secure = server.security != "none"
    context = await asyncio.to_thread(tls_context, server) if secure else None
    try:
        async with asyncio.timeout(seconds):
            await wire.open(server, context if server.security == "tls" else None)
            if server.security == "starttls" and context is not None:
                await wire.start_tls(context, server.host)
        if secret is not None:
            await wire.log_in(server, server.user or user, secret, seconds=seconds)
    except TimeoutError:
        raise Disconnected(f"{server.host} did not answer within {seconds:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(error.verify_message or "certificate not trusted") from error
    except OSError as error:
        raise Disconnected(str(error) or type(error).__name__) from error
