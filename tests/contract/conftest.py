"""Every store there is, empty, for the contract suite."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from bot.delivery.ports import Store
from bot.storage.memory import MemoryStore
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from tests import postgres
from tests.values import desk_chat


@pytest.fixture(scope="session")
def postgres_database(postgres_server: URL) -> Iterator[URL]:
    """A database with the schema in it."""
    with postgres.database(postgres_server) as url:
        store = PostgresStore(url, threads=1)
        store.dispose()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema in it: copying is faster than migrating."""
    path = tmp_path_factory.mktemp("template") / "linezero.db"
    SqliteStore(path).dispose()
    return path


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    made: Store
    match request.param:
        case "memory":
            made = MemoryStore(desks=desk_chat)
        case "sqlite":
            path = tmp_path / "linezero.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            made = SqliteStore(path, desks=desk_chat)
        case _:
            url = postgres.emptied(request.getfixturevalue("postgres_database"))
            made = PostgresStore(url, desks=desk_chat)
    yield made
    await made.close()
