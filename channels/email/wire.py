"""The talking with an IMAP server: aioimaplib's protocol, with its gaps closed.

aioimaplib tells no waiter when the connection ends, cannot upgrade to TLS, sends a user's name as
it stands, answers no challenge, forgets the news of a message that arrives during another command,
recurses for every line it receives at once, and writes passwords to its log.

Errors::

    ImapError
    ├── Disconnected    no connection, or it broke, or the server fell silent
    │   └── Untrusted   its certificate is none we trust
    ├── Insecure        TLS is wanted and the server offers none: nothing was sent
    ├── LoginRefused    the server does not let us in
    └── Refused         it said NO or BAD to a command
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import re
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import aioimaplib
from aioimaplib.aioimaplib import Command, IdleCommand, IMAP4ClientProtocol, quoted
from pydantic import SecretStr

from channels.email.settings import Server

log = logging.getLogger(__name__)

# Its messages are what travels, passwords and letters included (case E9).
logging.getLogger(aioimaplib.aioimaplib.__name__).setLevel(logging.WARNING)

ANSWER: Final = 30.0
"""Seconds without a sign of life during a command after which a connection counts as dead."""

_PORTS: Final = {"tls": 993, "starttls": 143, "none": 143}
_LOST: Final = "LOST"
_PIECE: Final = 4096
"""Bytes handed to aioimaplib at once."""
_EXISTS: Final = re.compile(rb"(?:\* )?\d+ EXISTS\s*", re.IGNORECASE)

_NOT_NOW: Final = re.compile(r"\[(?:LIMIT|UNAVAILABLE|INUSE|SERVERBUG)\]", re.IGNORECASE)
"""Refusals of a login that say nothing against the password (RFC 5530 §3)."""

Line = bytes | bytearray
"""Of an answer; a ``bytearray`` is a literal (RFC 3501 §4.3)."""


class ImapError(Exception):
    """Something is wrong between us and the server; ``detail`` says what, and holds no secret."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Disconnected(ImapError):
    """There is no connection, or no longer. Another one may work."""


class Untrusted(Disconnected):
    """The server's certificate is none we trust."""


class Insecure(ImapError):
    """TLS is wanted and not to be had. Nothing was sent."""


class LoginRefused(ImapError):
    """The server does not let us in."""


class Refused(ImapError):
    """The server said NO or BAD to a command."""


class Wire(IMAP4ClientProtocol):  # type: ignore[misc]  # aioimaplib says nothing of its types
    """A connection to an IMAP server, from the first byte to the last."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport | None
    state: str
    capabilities: set[str]
    pending_sync_command: Command | None
    pending_async_commands: dict[str, Command]
    idle_queue: asyncio.Queue[list[bytes]]
    incomplete_line: bytes

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.news = asyncio.Event()
        """Something arrived, or the connection is gone."""
        self._greeting: asyncio.Future[bytes] = loop.create_future()
        self._lost = asyncio.Event()
        self._challenged: deque[bytes] = deque()
        """What to say to the next challenges."""
        self._idling = asyncio.Event()
        """The server has confirmed an IDLE, or ended it."""
        self._deaf = False

    # ---------------------------------------------------------------- what asyncio calls

    def data_received(self, d: bytes) -> None:
        if self._deaf:
            # Nothing may come between the answer to STARTTLS and the handshake: somebody on the
            # way would be putting words into the encrypted session (CVE-2011-0411).
            self.abort()
            return
        try:
            for start in range(0, len(d), _PIECE):
                super().data_received(d[start : start + _PIECE])
        except Exception as error:  # noqa: BLE001 - it raises anything on an answer it finds odd
            # Without its words, which quote commands.
            log.warning("an IMAP answer could not be read (%s): reconnecting", type(error).__name__)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()
        self.news.set()
        if not self._greeting.done():
            self._greeting.set_result(b"* BYE connection closed")
        waiting = [*self.pending_async_commands.values(), self.pending_sync_command]
        self.pending_async_commands.clear()
        self.pending_sync_command = None
        for command in waiting:
            if command is not None:
                command.close(b"the connection was closed", _LOST)

    # ---------------------------------------------------------------- what aioimaplib calls

    def _handle_line(self, line: bytes, current_cmd: Command | None) -> Command | None:
        if self._deaf:
            self.abort()
            return None
        if self.state == aioimaplib.CONNECTED and line:
            if not self._greeting.done():
                self._greeting.set_result(line)
            return None
        return super()._handle_line(line, current_cmd)

    def _untagged_response(self, line: bytes) -> Command | None:
        if _EXISTS.fullmatch(line):
            self.news.set()
        return super()._untagged_response(line)

    def _response_done(self, line: bytes) -> None:
        upgrading = (
            self.pending_sync_command is not None and self.pending_sync_command.name == "STARTTLS"
        )
        super()._response_done(line)
        self._deaf = self._deaf or upgrading

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name in ("LOGIN", "AUTHENTICATE"):
            # An empty answer to a challenge we did not expect, which tells of an error: the server
            # then says NO.
            answer = self._challenged.popleft() if self._challenged else b""
            self.write(answer + b"\r\n")
            return
        if command is not None and command.name == "IDLE":
            self._idling.set()
        super()._continuation(line)

    # ---------------------------------------------------------------- what we call

    def abort(self) -> None:
        """Break the connection off."""
        if self.transport is not None:
            self.transport.abort()

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def check(self) -> None:
        """Raises Disconnected if the connection is gone."""
        if self._lost.is_set() or self.transport is None or self.transport.is_closing():
            raise Disconnected("the connection was closed")

    async def open(self, server: Server, context: ssl.SSLContext | None) -> None:
        port = server.port or _PORTS[server.security]
        await self.loop.create_connection(lambda: self, server.host, port, ssl=context)
        if self.transport is not None:
            _keep_alive(self.transport.get_extra_info("socket"))
        greeting = await self._greeting
        said = greeting.decode("utf-8", "replace").removeprefix("* ")
        if said.upper().startswith("PREAUTH"):
            self.state = aioimaplib.AUTH
        elif said.upper().startswith("OK"):
            self.state = aioimaplib.NONAUTH
        else:
            raise Disconnected(said)
        await self._learn_capabilities()

    async def _learn_capabilities(self) -> None:
        lines = await self.run("CAPABILITY", seconds=ANSWER)
        words = " ".join(bytes(line).decode("ascii", "replace") for line in lines[:-1])
        self.capabilities = set(words.upper().split())

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """RFC 3501 §6.2.1. Raises Insecure rather than going on without."""
        if self.state != aioimaplib.NONAUTH or "STARTTLS" not in self.capabilities:
            raise Insecure("the server offers no STARTTLS")
        try:
            await self.run("STARTTLS", seconds=ANSWER)
        except Refused as error:
            raise Insecure(f"the server refuses STARTTLS: {error.detail}") from error
        self.check()
        if self.incomplete_line or self.transport is None:
            raise Insecure("something was sent before the encryption began")
        upgraded = await self.loop.start_tls(self.transport, self, context, server_hostname=host)
        if upgraded is None:
            raise Disconnected("the connection was closed during the handshake")
        self.transport, self._deaf = upgraded, False
        # What was offered before was not protected.
        await self._learn_capabilities()

    async def log_in(self, server: Server, user: str, secret: SecretStr, *, seconds: float) -> None:
        """Log in by what the settings say and the server offers."""
        if self.state == aioimaplib.AUTH:
            return  # PREAUTH
        password = secret.get_secret_value()
        try:
            if server.login == "xoauth2":
                proof = f"user={user}\1auth=Bearer {password}\1\1"
                await self._authenticate("XOAUTH2", proof, seconds)
            elif "LOGINDISABLED" in self.capabilities and "AUTH=PLAIN" not in self.capabilities:
                raise LoginRefused(
                    "the server takes no password on an open connection: set `security`"
                )
            elif "LOGINDISABLED" in self.capabilities or (
                not _plain(user + password) and "AUTH=PLAIN" in self.capabilities
            ):
                await self._authenticate("PLAIN", f"\0{user}\0{password}", seconds)
            elif _plain(user + password):
                arguments = (quoted(user), quoted(password))
                await self.run("LOGIN", *arguments, seconds=seconds)
            else:
                name, word = user.encode(), password.encode()
                self._challenged.extend([name + b" {%d}" % len(word), word])
                await self.run("LOGIN", f"{{{len(name)}}}", seconds=seconds)
        except Refused as error:
            said = error.detail.replace(password, "…")
            if _NOT_NOW.search(said):
                raise Disconnected(said) from None
            raise LoginRefused(said) from None
        finally:
            self._challenged.clear()
        self.state = aioimaplib.AUTH
        await self._learn_capabilities()

    async def _authenticate(self, mechanism: str, proof: str, seconds: float) -> None:
        """RFC 3501 §6.2.2, with the proof at once where the server allows it (RFC 4959)."""
        answer = base64.b64encode(proof.encode())
        if "SASL-IR" in self.capabilities:
            await self.run("AUTHENTICATE", mechanism, answer.decode("ascii"), seconds=seconds)
        else:
            self._challenged.append(answer)
            await self.run("AUTHENTICATE", mechanism, seconds=seconds)

    async def run(
        self, name: str, *arguments: str, uid: bool = False, seconds: float
    ) -> Sequence[Line]:
        """Give a command and return the lines of the answer.

        Args:
            name: of the command.
            arguments: as they travel.
            uid: the numbers in it are UIDs.
            seconds: to wait for signs of life.

        Raises:
            Refused: NO or BAD.
            Disconnected: no answer.
        """
        by_uid = uid or name == "SEARCH"
        return await self.perform(
            Command(
                name, self.new_tag(), *arguments,
                prefix="UID" if by_uid else None,
                untagged_resp_name="FETCH" if name == "STORE" else None,
                timeout=seconds,
            )
        )  # fmt: skip

    async def perform(self, command: Command) -> Sequence[Line]:
        """Give a command. Raises like :meth:`run`."""
        self.check()
        try:
            response = await self.execute(command)
        except aioimaplib.CommandTimeout:
            self.abort()  # its answer may still come, to a command that no longer waits
            raise Disconnected(f"no answer to {command.name}") from None
        except aioimaplib.AioImapException as error:
            raise Disconnected(f"{command.name}: {type(error).__name__}") from None
        lines: list[Line] = list(response.lines)
        if response.result == "OK":
            return lines
        said = text_of(lines[-1:]).strip()
        if response.result in ("NO", "BAD"):
            raise Refused(said or f"{response.result} to {command.name}")
        raise Disconnected(said)

    async def wait_idle(self, seconds: float, *, answer: float) -> None:
        """RFC 2177, at most so long. ``news`` ends it.

        Args:
            seconds: to idle.
            answer: seconds to wait for the server to begin and to end it.

        Raises:
            Disconnected: the connection is gone, or the server is silent.
        """
        self.check()
        self._idling.clear()
        silent = False
        async with asyncio.TaskGroup() as group:
            idling = group.create_task(self._idle())
            idling.add_done_callback(lambda _: self._idle_ended())
            try:
                async with asyncio.timeout(answer):
                    await self._idling.wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self.news.wait()
                if not idling.done():
                    self.idle_done()
                    async with asyncio.timeout(answer):
                        await asyncio.wait({idling})
            except TimeoutError:
                silent = True
                self.abort()
                # Where the connection was gone before, nothing would ever end it.
                idling.cancel()
        while not self.idle_queue.empty():
            self.idle_queue.get_nowait()
        if silent:
            raise Disconnected("no answer to IDLE")
        if idling.result() in ("NO", "BAD"):
            # Polling then. It offered IDLE, and may again on the next connection.
            self.capabilities.discard("IDLE")

    async def _idle(self) -> str:
        """Give the command and say how it ended. A connection that went after the last answer
        tells no command that is given later: it is looked at right before."""
        if self._lost.is_set():
            return _LOST
        command = IdleCommand(self.new_tag(), self.idle_queue, loop=self.loop)
        return str((await self.execute(command)).result)

    def _idle_ended(self) -> None:
        self._idling.set()
        self.news.set()

    async def close(self) -> None:
        """End the connection, without ceremony."""
        if self.transport is None or self._lost.is_set():
            return
        self.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._lost.wait()


def _keep_alive(connection: socket.socket) -> None:
    """Let the system notice a peer that vanished, after about two minutes of silence."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _plain(text: str) -> bool:
    """May stand in a quoted string (RFC 3501 §9)."""
    return text.isascii() and text.isprintable()


def text_of(lines: Iterable[Line]) -> str:
    """An answer in one piece."""
    return "\n".join(bytes(line).decode("utf-8", "replace") for line in lines)
