"""Choosing the store by the administrator's ``database_url``."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.delivery.ports import Readable, Store
from bot.storage.memory import MemoryStore
from bot.storage.migrate import up_to_date
from bot.storage.opening import UnusableDatabase, at_the_start
from bot.storage.shared import Desks, no_desks
from config.settings import Workspace


class UnknownUrl(Exception):
    """The database URL names nothing that can be opened. Its password is left out of the words."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"database_url begins with {scheme!r};"
            " sqlite:///file, postgresql://… and memory: are known"
        )
        self.scheme = scheme


def database_url(workspace: Workspace) -> str:
    """Where the workspace's data live: its ``database_url``, or an SQLite file in its folder."""
    address = workspace.settings.database()
    return address.get_secret_value() if address else "sqlite:///linezero.db"


def shared(url: str) -> bool:
    """Whether other processes may be working on the same database (never on SQLite's file)."""
    return url.startswith(("postgresql", "postgres:"))


def sqlite_file(url: str, folder: Path) -> Path | None:
    """The file of an SQLite database; None for another kind.

    Args:
        url: as for :func:`open_store`.
        folder: the workspace.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return folder / parsed.database


def same_database(one: str, other: str) -> bool:
    """Whether two addresses of PostgreSQL databases lead to the same one, however they are spelled.
    Blocks.

    Raises:
        UnknownUrl: one is none.
        StorageUnavailable, UnusableDatabase: one cannot be asked.
    """
    from bot.storage.postgres import identity  # noqa: PLC0415 - loads what it needs only

    return identity(_parsed(one)) == identity(_parsed(other))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise UnknownUrl(url.split(":", 1)[0]) from None


def open_reading(url: str, *, folder: Path) -> Readable:
    """Open what is stored for reading, beside a service that may be running. Changes nothing, not
    even an old schema. Blocks.

    Args:
        url, folder: as for :func:`open_store`.

    Raises:
        UnknownUrl: none of these.
        StorageUnavailable: it cannot be opened now.
        UnusableDatabase: there is nothing yet, or of an older version of the program.
        NewerDatabase: a newer version of the program has been there.
    """
    if url.split(":", 1)[0] == "memory":
        return MemoryStore()
    parsed = _parsed(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database:
            from bot.storage.sqlite import sqlite_reading  # noqa: PLC0415 - loads what it needs only

            file = str(folder / parsed.database)
            if not Path(file).exists():
                raise UnusableDatabase(f"{file} is not there: a service makes it when it starts")
            engine = sqlite_reading(Path(file))
        case "postgresql" | "postgres":
            from bot.storage.postgres import postgres_reading  # noqa: PLC0415 - as above

            file, engine = "", postgres_reading(parsed)
        case _:
            raise UnknownUrl(parsed.drivername)
    with ExitStack() as undone:
        undone.callback(engine.dispose)
        try:
            usable = up_to_date(engine)
        except (DBAPIError, sqlite3.Error) as error:
            raise at_the_start(error, file=file) from error
        if not usable:
            raise UnusableDatabase(
                "the database is of an older version: a service brings it up to date when it starts"
            )
        undone.pop_all()
    from bot.storage.sql.reader import Reader  # noqa: PLC0415 - as above

    return Reader(engine)


def open_store(
    url: str,
    *,
    folder: Path,
    desks: Desks = no_desks,
    new_id: Callable[[], str] | None = None,
) -> Store:
    """Open a store and bring its schema up to date. Blocks; meant for the start of a process.

    Args:
        url: ``sqlite:///file`` (relative to ``folder``), ``sqlite:////absolute/file``,
            ``postgresql://user:password@host/database`` or ``memory:``.
        folder: the workspace.
        desks: where each desk works, asked when something is first sent to a ticket's room.
        new_id: source of ids; the default makes time-ordered ones.

    Raises:
        UnknownUrl: none of these.
        StorageUnavailable: it cannot be opened now.
        UnusableDatabase: it will not work like this.
        NewerDatabase: a newer version of the program has been there.
    """
    if url.split(":", 1)[0] == "memory":
        return MemoryStore(desks=desks, new_id=new_id)
    parsed = _parsed(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database:
            from bot.storage.sqlite import SqliteStore  # noqa: PLC0415 - loads what it needs only

            return SqliteStore(folder / parsed.database, desks=desks, new_id=new_id)
        case "postgresql" | "postgres":
            from bot.storage.postgres import PostgresStore  # noqa: PLC0415 - as above

            return PostgresStore(parsed, desks=desks, new_id=new_id)
        case _:
            raise UnknownUrl(parsed.drivername)
