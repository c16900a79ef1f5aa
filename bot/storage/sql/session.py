"""A connection inside a transaction, with the database's errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.conversation.state import Client, Conversation
from bot.delivery.ports import StorageUnavailable, VersionConflict
from bot.storage.shared import Desks
from escalation.ticket import Ticket

Parameters = Mapping[str, object] | Sequence[Mapping[str, object]] | None

_IN_THE_WAY = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization_failure, deadlock_detected. Running again helps."""


def translated(error: DBAPIError) -> Exception:
    """What a database's error means to us; the error itself if it is a fault of ours.

    Classes of trouble: see PEP 249; SQLSTATE classes in appendix A of PostgreSQL's manual.
    """
    origin = error.orig
    state = getattr(origin, "sqlstate", None) or ""
    if state in _IN_THE_WAY or isinstance(error, IntegrityError):
        return VersionConflict(str(origin))
    away = (
        error.connection_invalidated
        or isinstance(origin, sqlite3.OperationalError)
        or type(origin) is sqlite3.DatabaseError  # a damaged or foreign file
        or state[:2] in {"08", "53", "55", "57", "58", "25"}
        or (not state and type(origin).__name__ in {"OperationalError", "ConnectionTimeout"})
    )
    return StorageUnavailable(str(origin)) if away else error


class Known:
    """What this transaction has read, so that saving what did not change costs nothing."""

    def __init__(self) -> None:
        self.clients: dict[str, Client | None] = {}
        self.conversations: dict[str, Conversation | None] = {}
        self.tickets: dict[int, Ticket | None] = {}
        self.moved: dict[tuple[str, str], str] | None = None

    def forget(self) -> None:
        self.clients.clear()
        self.conversations.clear()
        self.tickets.clear()
        self.moved = None


class Session:
    """What every part of a transaction works on.

    Args:
        connection: inside a transaction that somebody else commits.
        new_id: source of ids.
        desks: where each desk works.
    """

    def __init__(self, connection: Connection, new_id: Callable[[], str], desks: Desks) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._new_id = new_id
        self._desks = desks
        self._known = Known()
        self._savepoints = 0
        self.trouble: StorageUnavailable | None = None
        """Set once the database failed: SQLite may have ended the transaction by itself then, and
        a further statement would be committed alone."""

    def _run(self, statement: Executable, parameters: Parameters = None) -> CursorResult[Any]:
        if self.trouble is not None:
            raise self.trouble
        try:
            return self._connection.execute(statement, parameters)
        except DBAPIError as error:
            self._raise(error)

    def _raise(self, error: DBAPIError) -> NoReturn:
        meaning = translated(error)
        if isinstance(meaning, StorageUnavailable):
            self.trouble = meaning
        raise meaning from error

    def _say(self, text: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        try:
            self._connection.exec_driver_sql(text)
        except DBAPIError as error:
            self._raise(error)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the writes made inside when an exception leaves the block."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        self._say(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._known.forget()
            with suppress(StorageUnavailable):  # the exception under way says more
                self._say(f"ROLLBACK TO SAVEPOINT {name}")
                self._say(f"RELEASE SAVEPOINT {name}")
            raise
        else:
            self._say(f"RELEASE SAVEPOINT {name}")
        finally:
            self._savepoints -= 1
