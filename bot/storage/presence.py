"""Notices when the files of an open SQLite database are deleted or replaced.

A program that holds a deleted file goes on reading and writing it, and everything vanishes with
the program (load test, F7). Whoever looks at the name instead of the open file sees it in time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bot.delivery.ports import StorageUnavailable

_BESIDE: Final = ("-wal", "-shm")


class Vanished(StorageUnavailable):
    """A file of the database is not where it was. The open connection still has it: closing that
    would be its end."""


class Presence:
    """The files of one database, as they were when it was opened."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._known = {"": _identity(database)}

    def connected(self) -> None:
        """A transaction has begun on a connection: its companions are there from now on."""
        for suffix in _BESIDE:
            if suffix not in self._known:
                self._known[suffix] = _identity(Path(f"{self._database}{suffix}"))

    def disconnected(self) -> None:
        """The last connection takes the companions with it."""
        for suffix in _BESIDE:
            self._known.pop(suffix, None)

    def check(self) -> None:
        """See whether all are where they were.

        Raises:
            Vanished: one is gone, or another is in its place. What is written now would be lost.
                Once the very same file is back, all is well.
        """
        for suffix, known in self._known.items():
            file = Path(f"{self._database}{suffix}")
            if _identity(file) != known:
                raise Vanished(
                    f"{file} was deleted or replaced while the service works with it; nothing is"
                    " taken in or sent until it is back. Put it back, or restart the service"
                )


def _identity(file: Path) -> tuple[int, int] | None:
    """What a name stands for: device and inode."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
