"""Bringing a database to the schema this version of the program works with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0010"
"""The newest migration. Kept here so that a start with nothing to do need not load Alembic."""

_LOCK = 0x4C696E655A65726F  # "LineZero": the advisory lock of whoever migrates


def migrate(engine: Engine, *, before: Callable[[], None] = lambda: None) -> None:
    """Run the migrations that are missing, all or none: whatever interrupts them, the database is
    as it was, and the next start takes them up again. On PostgreSQL several processes may start at
    once: they take turns.

    Args:
        before: called before a database that holds something is changed, while nobody else can
            write to it. What it raises ends the migration before it begins.

    Raises:
        NewerDatabase: a newer version of the program has been here.
        sqlalchemy.exc.DBAPIError: the database cannot be reached or written.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        present = revision(connection)
        if present == HEAD:
            return
        _must_be_known(present)
        if present is not None:
            before()
        run(connection, "head")


def up_to_date(engine: Engine) -> bool:
    """Whether a database has the schema this version works with; nothing is changed.

    Raises:
        NewerDatabase: a newer version of the program has been here.
        sqlalchemy.exc.DBAPIError: the database cannot be reached.
    """
    with engine.connect() as connection:
        present = revision(connection)
    _must_be_known(present)
    return present == HEAD


def revision(connection: Connection) -> str | None:
    """The migration a database is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        select(text("version_num")).select_from(text("alembic_version"))
    ).scalar()
    return found


def _must_be_known(present: str | None) -> None:
    if present is not None and not any((FOLDER / "versions").glob(f"{present}_*.py")):
        raise NewerDatabase(present)


def run(connection: Connection, target: str) -> None:
    """Go up or down to a migration inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - see HEAD
    from alembic.config import Config  # noqa: PLC0415 - see HEAD

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    present = revision(connection)
    _must_be_known(present)
    going_down = target == "base" or (present is not None and target != "head" and target < present)
    (command.downgrade if going_down else command.upgrade)(config, target)


class NewerDatabase(Exception):
    """The database was migrated by a newer version of the program; ``revision`` says how far."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at migration {revision}, which this version does not know"
        )
        self.revision = revision
