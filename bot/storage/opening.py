"""Why a database cannot be opened: it is away, which is waited for, or the settings are wrong.

A database that is starting, restarting, full, locked, or whose host is not to be found right now
comes back by itself. A wrong password, a database that was never made or a file that is no
database stays so until a person does something: that is told in one sentence and ends the start.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from bot.delivery.ports import StorageUnavailable
from bot.storage.sql.session import translated


class UnusableDatabase(Exception):
    """The database will not work like this, however long one waits; ``str`` says why."""


_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
"""Somebody will make room."""
_SQLITE: Final = {
    "SQLITE_NOTADB": "is not a database",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_CANTOPEN": "cannot be opened or made: is its folder there, and may we write in it?",
    "SQLITE_READONLY": "may not be written",
    "SQLITE_PERM": "may not be read or written",
    "SQLITE_AUTH": "may not be read or written",
}
"""SQLite's result codes (https://www.sqlite.org/rescode.html) that waiting does not help with. The
extended codes begin with these names."""

_POSTGRES: Final = {
    "28": "the server does not let us in",
    "3D": "there is no such database",
    "42501": "the account may not do what is needed",
    "0A": "the server cannot do what is needed",
}
"""The same for PostgreSQL's (appendix A of its manual)."""

_REFUSED: Final = re.compile(
    r"password authentication failed|no password supplied|no pg_hba\.conf entry"
    r'|(?:role|database) "[^"]*" does not exist'
    r"|is not permitted to log in|permission denied for database"
    r"|не прошёл проверку подлинности|в pg_hba\.conf нет записи"
    r"|(?:роль|база данных) \"[^\"]*\" не существует"
)
"""What a server says, in English or Russian, when it does not let us in. While connecting, the
driver hands on no code, only these words; in another language the server is waited for, and its
words stand in the log."""


def at_the_start(error: Exception, *, file: str = "") -> Exception:
    """What an error met while opening a database means.

    Args:
        error: of the driver, as SQLAlchemy wraps it or bare, or of the file system.
        file: the SQLite file.

    Returns:
        ``StorageUnavailable``: it may be there soon. ``UnusableDatabase``: a person has to do
        something. The error itself: a fault of ours.
    """
    if isinstance(error, OSError):
        words = f"{file} cannot be made: {error.strerror}"
        return StorageUnavailable(words) if error.errno in _FULL else UnusableDatabase(words)
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        name = getattr(origin, "sqlite_errorname", None) or ""
        for code, words in _SQLITE.items():
            if name.startswith(code):
                return UnusableDatabase(f"{file or 'the file'} {words} ({origin})")
    state = getattr(origin, "sqlstate", None) or ""
    said = " ".join(str(origin).split())
    for code, words in _POSTGRES.items():
        if state.startswith(code):
            return UnusableDatabase(f"{words}: {said}")
    if not state and _refused(origin, said):
        return UnusableDatabase(f"the server does not let us in: {said}")
    return translated(error) if isinstance(error, DBAPIError) else _bare(error)


def _refused(origin: BaseException | None, said: str) -> bool:
    """Whether a server answered and will not have us (psycopg's ``OperationalError``)."""
    connection = getattr(origin, "pgconn", None)
    return bool(getattr(connection, "needs_password", False)) or bool(_REFUSED.search(said))


def _bare(error: Exception) -> Exception:
    return StorageUnavailable(str(error)) if isinstance(error, sqlite3.Error) else error
