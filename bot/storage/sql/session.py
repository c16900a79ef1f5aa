"""A connection in a transaction, and what the database's errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

from bot.conversation.state import Client, Conversation
from bot.delivery.ports import StorageUnavailable, VersionConflict, WriteRefused
from bot.storage.shared import Desks
from bot.storage.sql.statements import Answer, Statements
from escalation.ticket import Ticket

NOTHING: Mapping[str, Any] = {}

_IN_THE_WAY = frozenset({"40001", "40P01", "23505"})
"""PostgreSQL: serialization_failure, deadlock_detected, unique_violation (somebody else inserted
the same row meanwhile). Running again helps."""
_TWICE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})
"""SQLite's names of unique violations. Whatever else breaks a constraint is a fault of ours, and
that of the one row."""
_AWAY = frozenset({"08", "25", "53", "55", "57", "58"})
"""PostgreSQL's classes of trouble that are nobody's fault here: connection, transaction, resources,
objects in use, operator intervention, system error (appendix A of its manual)."""


_READ_ONLY = "25006"
"""PostgreSQL: read_only_sql_transaction."""


def translated(error: Exception) -> Exception:
    """What a driver's error (PEP 249) means to us; the error itself if it is a fault of ours."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(origin, "sqlstate", None) or ""
    kinds = {kind.__name__ for kind in type(origin).__mro__}
    if state in _IN_THE_WAY or getattr(origin, "sqlite_errorname", None) in _TWICE:
        return VersionConflict(str(origin))
    away = (
        isinstance(origin, sqlite3.OperationalError)
        or type(origin) is sqlite3.DatabaseError  # a damaged or foreign file
        or state[:2] in _AWAY
        or (not state and bool(kinds & {"OperationalError", "InterfaceError"}))
    )
    return StorageUnavailable(str(origin)) if away else error


def _was_write(error: Exception) -> bool:
    """Whether a connection that may only read was asked to write."""
    state, name = getattr(error, "sqlstate", None), getattr(error, "sqlite_errorname", None)
    return state == _READ_ONLY or name == "SQLITE_READONLY"


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
    """What every facet of a transaction works on: the connection and what was read over it so far.

    Args:
        connection: inside a transaction that somebody else commits.
        statements: what was prepared for its dialect.
        new_id: source of ids.
        desks: where each desk works.
        breathe: for reading only: called between the slices of a long answer. The connection
            cannot write then, and trying to is a fault of whoever does.
    """

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        new_id: Callable[[], str],
        desks: Desks,
        breathe: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._errors: type[Exception] = connection.dialect.loaded_dbapi.Error
        self.dialect = connection.dialect.name
        self._statements = statements
        self.new_id = new_id
        self.desks = desks
        self.known = Known()
        self._breathe = breathe
        self._savepoints = 0
        self.trouble: StorageUnavailable | None = None
        """Set once the database failed: SQLite may have ended the transaction by itself then, and
        a further statement would be committed alone."""

    def run(self, statement: Executable, parameters: Mapping[str, Any] = NOTHING) -> Answer:
        """Execute a constant statement."""
        if self.trouble is not None:
            raise self.trouble
        prepared = self._statements(statement, parameters)
        try:
            cursor = self._driver.execute(prepared.text, prepared.bound(parameters))
        except self._errors as error:
            self._raise(error)
        return Answer(cursor, prepared, self._breathe)

    def _raise(self, error: Exception) -> NoReturn:
        if self._breathe is not None and _was_write(error):
            raise WriteRefused(str(error)) from error
        meaning = translated(error)
        if isinstance(meaning, StorageUnavailable):
            self.trouble = meaning
        raise meaning from error

    def _say(self, text: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        try:
            self._driver.execute(text)
        except self._errors as error:
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
            self.known.forget()
            with suppress(StorageUnavailable):  # the exception under way says more
                self._say(f"ROLLBACK TO SAVEPOINT {name}")
                self._say(f"RELEASE SAVEPOINT {name}")
            raise
        else:
            self._say(f"RELEASE SAVEPOINT {name}")
        finally:
            self._savepoints -= 1


class Facet:
    """A part of a transaction that has to do with one thing that is stored.

    Args:
        session: what all facets of the transaction work on.
    """

    def __init__(self, session: Session) -> None:
        self._run = session.run
        self._dialect = session.dialect
        self._known = session.known
