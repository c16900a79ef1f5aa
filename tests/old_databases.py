"""Databases as former versions of the program left them (``tests/data/databases``)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from bot.storage.migrate import run

FOLDER: Final = Path(__file__).parent / "data" / "databases"
FIRST: Final = "0002"
"""The migration of the first release."""

_INSTANTS: Final = frozenset(
    {"at", "due", "accepted_at", "enqueued_at", "started_at", "opened_at", "ended_at",
     "paused_until", "proven_at"}
)  # fmt: skip
_TRUTHS: Final = frozenset({"current", "open"})
_COUNTED: Final = {
    "contacts": "seq",
    "inbox": "id",
    "links": "seq",
    "messages": "seq",
    "outbox": "seq",
    "ticket_events": "seq",
    "ticket_numbers": "number",
}


def sqlite_file(path: Path, revision: str = FIRST) -> Path:
    """A file as that release left it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript((FOLDER / f"{revision}.sql").read_text(encoding="utf-8"))
    return path


def fill_postgres(engine: Engine, revision: str = FIRST) -> None:
    """The same rows in an empty PostgreSQL database."""
    with closing(sqlite3.connect(":memory:")) as dump, engine.begin() as connection:
        dump.executescript((FOLDER / f"{revision}.sql").read_text(encoding="utf-8"))
        dump.row_factory = sqlite3.Row
        run(connection, revision)
        tables = dump.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table in {"alembic_version", "sqlite_sequence"}:
                continue
            for row in dump.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a name from the dump
                values = {name: _converted(name, row[name]) for name in row.keys()}  # noqa: SIM118 - a Row is no mapping
                names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
                connection.execute(
                    text(f"INSERT INTO {table} ({names}) VALUES ({places})"),  # noqa: S608 - names from the dump
                    values,
                )
        for table, column in _COUNTED.items():
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"  # noqa: S608 - constants
                    f" (SELECT coalesce(max({column}), 1) FROM {table}))"
                )
            )


def _converted(name: str, value: object) -> object:
    if isinstance(value, int) and name in _INSTANTS:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    return bool(value) if name in _TRUTHS and value is not None else value
