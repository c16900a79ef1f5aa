"""Understanding mail in a child process that is killed when it takes too long (case C12)."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final, Protocol, Self

from channels.email.mail import Mail
from channels.email.parse import parse, plain

LIMIT: Final = 2.0  # seconds for one mail
SPEED: Final = 4 * 1024**2  # bytes a second: so much longer for what is only large
START_LIMIT: Final = 30.0  # seconds for a child to start on a busy machine
MEMORY: Final = 1024**3  # bytes of address space of a child


class Read(Protocol):
    """How a mail is understood; :func:`channels.email.parse.parse` is one."""

    def __call__(self, raw: bytes, *, received: datetime) -> Mail:
        """The mail of these bytes."""


class BoundedReader:
    """Understands mail in child processes; thread-safe, blocking (call it with
    ``asyncio.to_thread``). A mail that takes longer than ``limit``, or takes its child down, comes
    back as its headers and the beginning of its body; the others never notice.

    Args:
        workers: mails understood at the same time.
        limit: seconds for one mail, and more for a large one: taking 25 MB apart takes a second
            or two by itself, and more on a busy machine.
        read: what the child does; must be importable there.
    """

    def __init__(self, *, workers: int = 1, limit: float = LIMIT, read: Read = parse) -> None:
        self._limit, self._read = limit, read
        self._idle: queue.Queue[_Child | None] = queue.Queue()
        self._all: list[_Child] = []
        self._lock = threading.Lock()
        self._closings = 0
        for _ in range(workers):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, raw: bytes, *, received: datetime) -> Mail:
        """Like :func:`channels.email.parse.parse`, in bounded time."""
        child = self._idle.get()
        closings = self._closings
        try:
            if child is None:
                child = _Child(self._read)
                with self._lock:
                    self._all.append(child)
                    late = closings != self._closings
                if late:
                    child.stop()  # closed while it was starting
            mail = child.ask(raw, received, self._limit + len(raw) / SPEED)
        except (OSError, EOFError, TimeoutError) as error:
            if child is not None:
                self._drop(child)
                child = None
            slow = isinstance(error, TimeoutError)
            why = f"took longer than {self._limit:g} s" if slow else "stopped the reader"
            return plain(raw, received=received, warning=f"{why}: shown as it is")
        finally:
            self._give_back(child, closings)
        return mail

    def _give_back(self, child: _Child | None, closings: int) -> None:
        with self._lock:
            late = child is not None and closings != self._closings
            self._idle.put(None if late else child)
        if late and child is not None:
            self._drop(child)

    def _drop(self, child: _Child) -> None:
        """End a child nobody else reads from: only its holder may close its pipe."""
        child.stop()
        child.close()
        with self._lock:
            if child in self._all:
                self._all.remove(child)

    def close(self) -> None:
        """End the children; reading afterwards starts new ones. Whoever waits for an answer now
        finds the pipe at its end, and drops that child."""
        with self._lock:
            self._closings += 1
            children = list(self._all)
        for child in children:
            child.stop()
        for _ in range(self._idle.qsize()):
            with suppress(queue.Empty):
                idle = self._idle.get_nowait()
                self._idle.put(None)
                if idle is not None:
                    self._drop(idle)


class _Child:
    """One process and the pipe to it.

    An interpreter of its own: a fork of a program with threads may inherit a held lock. Not by
    ``multiprocessing``, which would import the main module of the program there: 60 MB and
    seconds for nothing.
    """

    def __init__(self, read: Read) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        handle = theirs.fileno()
        which = (getattr(read, "__module__", ""), getattr(read, "__qualname__", ""))
        command = [sys.executable, "-c", _START, json.dumps(sys.path), str(handle), *which]
        self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
            command, stdin=subprocess.DEVNULL, pass_fds=[handle]
        )
        theirs.close()
        if not self._pipe.poll(START_LIMIT):
            self.stop()
            self.close()
            raise TimeoutError
        self._pipe.recv()

    def ask(self, raw: bytes, received: datetime, limit: float) -> Mail:
        self._pipe.send((raw, received))
        if not self._pipe.poll(limit):
            raise TimeoutError
        answer: Mail = self._pipe.recv()
        return answer

    def stop(self) -> None:
        """Kill the process; from any thread, any number of times."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close the pipe, once and by whoever reads it: its number may be another file's next."""
        self._pipe.close()


_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from channels.email.bounded import serve; serve(*sys.argv[2:])"
)


def serve(handle: str, module: str, name: str) -> None:
    """The life of a child: one mail after another until the parent is gone."""
    with suppress(ImportError, ValueError, OSError):  # not on every system, or a lower limit holds
        import resource  # noqa: PLC0415 - Unix only

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    read: Read = getattr(importlib.import_module(module), name)
    pipe = Connection(int(handle))
    with suppress(EOFError, OSError, KeyboardInterrupt):
        pipe.send("ready")
        while True:
            raw, received = pipe.recv()
            pipe.send(read(raw, received=received))
