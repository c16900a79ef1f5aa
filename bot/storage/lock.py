"""The lock file that keeps a second service off the same SQLite file.

Two services on one file would each take what the other is sending for left behind by a dead one,
and send it again (review, fault 11; acceptance case L7). The lock is the kernel's: it ends with
the process, however that ends, so nothing stale can be in the way.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.storage.private import FILE

if sys.platform != "win32":
    import fcntl

GRACE: Final = 1.0
"""Seconds to wait for a lock that is held: somebody may just be looking whether it is
(:func:`holder`), or the service before us is leaving."""
_LOOK: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A service, as its lock file tells."""

    pid: int
    since: datetime | None
    host: str = ""

    def __str__(self) -> str:
        since = f", since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        elsewhere = f" on {self.host}" if self.host and self.host != socket.gethostname() else ""
        return f"process {self.pid or '?'}{elsewhere}{since}"


class AlreadyServed(Exception):
    """Another service works on the same database."""

    def __init__(self, database: Path, by: Holder) -> None:
        super().__init__(
            f"another service already works on {database} ({by}): stop it first,"
            " two would send things twice"
        )
        self.database = database
        self.by = by


def lock_file(database: Path) -> Path:
    """Where the lock of a database is: ``linezero.lock`` beside ``linezero.db``. The database may
    be named by a link: there is one lock all the same."""
    return database.resolve().with_suffix(".lock")


@contextmanager
def serving(database: Path, now: datetime, *, grace: float = GRACE) -> Iterator[None]:
    """Hold the lock of a database while the block runs. Blocks for a moment if it is held.

    Args:
        database: the SQLite file.
        now: for whom the lock keeps out.
        grace: see :data:`GRACE`.

    Raises:
        AlreadyServed: another service has it.
        OSError: the lock file cannot be made.
    """
    file = lock_file(database)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, FILE)
    try:
        os.fchmod(handle, FILE)
        end = time.monotonic() + grace
        while not _taken(handle, exclusive=True):
            if time.monotonic() >= end:
                raise AlreadyServed(database, _said(handle))
            time.sleep(_LOOK)
        mine = {"pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat()}
        os.truncate(handle, 0)
        os.pwrite(handle, json.dumps(mine).encode(), 0)
        yield
    finally:
        os.close(handle)  # and the lock with it; the file stays, or two could lock two files


@contextmanager
def claimed(file: Path) -> Iterator[bool]:
    """Hold the lock of a file, which is made, while the block runs; gives whether it was free."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, FILE)
    try:
        os.fchmod(handle, FILE)
        yield _taken(handle, exclusive=True)
    finally:
        os.close(handle)


def holder(database: Path) -> Holder | None:
    """The service that works on a database now, if one does."""
    try:
        handle = os.open(lock_file(database), os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _taken(handle, exclusive=False) else _said(handle)
    finally:
        os.close(handle)


def _taken(handle: int, *, exclusive: bool) -> bool:
    """Lock it now if nobody has it. Where there are no such locks, whoever asks gets one."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _said(handle: int) -> Holder:
    """What the holder wrote down; it may be about to."""
    try:
        said = json.loads(os.pread(handle, 4096, 0))
        since = datetime.fromisoformat(said["since"])
        return Holder(pid=int(said["pid"]), since=since, host=str(said.get("host", "")))
    except (ValueError, KeyError, TypeError):
        return Holder(pid=0, since=None)
