"""An IMAP server that follows a script, for what no decent server does.

A script is a coroutine that gets the connection; when it returns, the connection is closed. Lines
that the client sends and the script does not expect fail the test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from channels.email.imap import Connection, connect
from channels.email.settings import Server
from tests.mail_servers import PASSWORD
from tests.waiting import PATIENCE


@dataclass
class Dialogue:
    """One connection, from the server's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tag: str = ""

    async def say(self, *lines: str | bytes) -> None:
        """Lines as they travel; ``{tag}`` stands for the tag of the last command."""
        for line in lines:
            text = line if isinstance(line, bytes) else line.replace("{tag}", self.tag).encode()
            self.writer.write(text + b"\r\n")
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        """Bytes, with no end of line."""
        self.writer.write(data)
        await self.writer.drain()

    async def line(self) -> str:
        """Whatever the client sends next."""
        return (await self.reader.readline()).decode().rstrip("\r\n")

    async def expect(self, pattern: str) -> re.Match[str]:
        """The next command, which must look so (without its tag)."""
        line = await self.line()
        self.tag, _, command = line.partition(" ")
        found = re.fullmatch(pattern, command)
        assert found, f"expected {pattern}, got {line!r}"
        return found

    async def greet(self, capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS") -> None:
        """Everything up to the login, with success."""
        await self.say("* OK hello")
        await self.capabilities(capabilities)
        await self.expect("LOGIN .*")
        await self.say("{tag} OK in")
        await self.capabilities(capabilities)

    async def capabilities(self, capabilities: str) -> None:
        await self.expect("CAPABILITY")
        await self.say(f"* CAPABILITY {capabilities}", "{tag} OK done")

    async def open(self, *, validity: int = 1, upcoming: int = 1, exists: int = 0) -> None:
        """The client opens a folder."""
        await self.expect("(SELECT|EXAMINE) .*")
        await self.say(
            f"* {exists} EXISTS",
            f"* OK [UIDVALIDITY {validity}] valid",
            f"* OK [UIDNEXT {upcoming}] next",
            "{tag} OK [READ-ONLY] open",
        )

    async def search(self, answer: str, pattern: str = ".*") -> None:
        """The client searches and gets these UIDs."""
        await self.expect(f"UID SEARCH {pattern}")
        await self.say(f"* SEARCH {answer}".rstrip(), "{tag} OK found")

    async def facts(self, uid: int, size: int = 100) -> None:
        """The client asks for the size of a message."""
        await self.expect(rf"UID FETCH {uid} \(UID RFC822.SIZE INTERNALDATE\)")
        await self.say(
            f'* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "22-Nov-2026 10:00:00 +0300")',
            "{tag} OK fetched",
        )

    async def body(self, uid: int, raw: bytes) -> None:
        """The client fetches a message and gets it."""
        await self.expect(rf"UID FETCH {uid} \(UID BODY.PEEK\[\]\)")
        await self.raw(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(raw)) + raw + b")\r\n")
        await self.say("{tag} OK fetched")

    async def idle(self) -> None:
        """The client begins to wait."""
        await self.expect("IDLE")
        await self.say("+ idling")

    async def done(self) -> None:
        """The client stops waiting."""
        assert await self.line() == "DONE"
        await self.say("{tag} OK done")

    async def silence(self) -> None:
        """Say nothing more until the client goes."""
        while await self.reader.read(1024):
            pass


Script = Callable[[Dialogue], Awaitable[None]]


@dataclass
class ScriptedImap:
    """The server, and what went wrong with its scripts."""

    port: int = 0
    played: int = 0
    """How many scripts were begun."""
    failures: list[BaseException] = field(default_factory=list)

    def settings(self, **changes: object) -> Server:
        return Server.model_validate(
            {"host": "localhost", "port": self.port, "security": "none", "user": "me", **changes}
        )


@asynccontextmanager
async def scripted_imap(*scripts: Script) -> AsyncIterator[ScriptedImap]:
    """Plays one script for each connection, in order; further connections are closed at once."""
    server = ScriptedImap()
    writers: set[asyncio.StreamWriter] = set()
    left = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, server.played = server.played, server.played + 1
        writers.add(writer)
        try:
            if number < len(scripts):
                await scripts[number](Dialogue(reader, writer))
        except ConnectionError:
            pass  # the client went first
        except AssertionError as error:
            server.failures.append(error)
        finally:
            writers.discard(writer)
            writer.close()
            left.set()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in writers:
            writer.transport.abort()
        while writers:
            left.clear()
            await left.wait()
        if server.failures:  # the reason of whatever else went wrong
            raise server.failures[0]


def connected(
    server: ScriptedImap, seconds: float = PATIENCE, **how: object
) -> AbstractAsyncContextManager[Connection]:
    """A connection of ours to it, logged in."""
    return connect(server.settings(**how), user="me", secret=SecretStr(PASSWORD), seconds=seconds)
