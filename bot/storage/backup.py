"""A copy of an SQLite database, made before its schema changes."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from bot.storage.opening import UnusableDatabase

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class NotBackedUp(UnusableDatabase):
    """The copy could not be made, so the database was left as it is; ``str`` says why."""


def back_up(path: Path, revision: str) -> Path:
    """Copy a database beside itself, for its owner's eyes only. Whoever calls holds the write lock,
    so what is copied is what the migration will begin with.

    The copy gets its name once it is whole and on the disk; one of an earlier attempt is replaced.

    Args:
        revision: the migration that is about to be run.

    Returns:
        The copy.

    Raises:
        NotBackedUp: there is no room, or the copy cannot be written.
    """
    copy = path.with_name(f"{path.stem}.before-{revision}{path.suffix}")
    part = copy.with_name(f"{copy.name}.part")
    _must_fit(path, copy)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        _sync(part)
        part.replace(copy)
        _sync(copy.parent)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        if full or getattr(error, "errno", None) in _FULL:
            raise NotBackedUp(_no_room(path, copy, 2 * _needed(path))) from error
        raise NotBackedUp(_why(path, copy, str(error))) from error
    return copy


def _must_fit(path: Path, copy: Path) -> None:
    """The copy takes as much as the database, and the migration about as much again while it
    runs: in its log it writes every row anew.

    Raises:
        NotBackedUp: it does not fit.
    """
    needed = 2 * _needed(path)
    replaced = copy.stat().st_size if copy.exists() else 0
    if shutil.disk_usage(path.parent).free + replaced < needed:
        raise NotBackedUp(_no_room(path, copy, needed))


def _needed(path: Path) -> int:
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _no_room(path: Path, copy: Path, needed: int) -> str:
    free = shutil.disk_usage(path.parent).free
    room = f"about {needed / 1e6:,.1f} MB are needed and {free / 1e6:,.1f} MB are free"
    return _why(path, copy, f"there is no room, {room}")


def _why(path: Path, copy: Path, why: str) -> str:
    return (
        f"{path.name} is of an older version and cannot be copied to {copy.name} before it is"
        f" brought up to date: {why}. Nothing was changed."
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
