"""Keep files of the service readable for its own account alone: 0600, folders 0700.

Whatever the umask of the process is, and also what an older version of the program left behind
(load test, F13).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

FILE: Final = 0o600
FOLDER: Final = 0o700

_BESIDE: Final = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a database file. It gives new ones the rights of the file itself."""


def make_database_private(path: Path) -> None:
    """Make an SQLite file that only we can read, or take others' rights to one that is there.

    An existing file is not opened: closing it again would end the locks that SQLite holds on it in
    this process (https://www.sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        OSError: it is not there and cannot be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE))
    for suffix in _BESIDE:
        _narrow(Path(f"{path}{suffix}"), FILE)


def make_folder_private(folder: Path) -> int:
    """Take others' rights to a folder and everything in it. The folder itself comes first: from
    then on nobody else gets to what is in it. Links are left alone.

    Returns:
        How many files and folders others could read.
    """
    if not folder.is_dir() or folder.is_symlink():
        return 0
    changed = int(_narrow(folder, FOLDER))
    for path, mode in _inside(folder):
        changed += _narrow(path, mode)
    return changed


def _inside(folder: Path) -> Iterator[tuple[Path, int]]:
    for place, folders, files in os.walk(folder):
        yield from ((Path(place, name), FOLDER) for name in folders)
        yield from ((Path(place, name), FILE) for name in files)


def _narrow(path: Path, mode: int) -> bool:
    """Take away every right that is not in ``mode``. Returns whether there was one."""
    try:
        found = path.lstat()
        if path.is_symlink() or not found.st_mode & 0o777 & ~mode:
            return False
        path.chmod(found.st_mode & mode)
    except FileNotFoundError:  # it went away meanwhile
        return False
    except OSError as error:  # it belongs to somebody else
        log.warning("others may read %s, and that cannot be changed: %s", path, error.strerror)
        return False
    return True
