"""Choosing the store by URL, and what SQLite is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.storage import NewerDatabase, UnknownUrl, UnusableDatabase, open_store
from bot.storage.memory import MemoryStore
from bot.storage.open import shared
from bot.storage.sqlite import SqliteStore, sqlite_engine


async def test_a_relative_file_is_in_the_workspace(tmp_path: Path) -> None:
    store = open_store("sqlite:///linezero.db", folder=tmp_path)
    await store.close()
    assert (tmp_path / "linezero.db").exists()
    other = tmp_path / "other.db"
    await open_store(f"sqlite:///{other}", folder=Path("/nowhere")).close()
    assert other.exists()


def test_memory(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:", folder=tmp_path), MemoryStore)


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "nonsense", "sqlite://"])
def test_other_urls_are_refused_without_their_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownUrl) as refused:
        open_store(url, folder=tmp_path)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://h/d", True),
        ("postgresql+psycopg://h/d", True),
        ("postgres://h/d", True),
        ("sqlite:///postgres.db", False),
        ("memory:", False),
    ],
)
def test_other_processes_may_work_on_a_server(url: str, *, expected: bool) -> None:
    """case A3: alone, a process takes everything that is being sent for its own, and sends it
    again; ``postgres:`` is another name of ``postgresql:``."""
    assert shared(url) is expected


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is a letter to my grandmother" * 100)
    with pytest.raises(UnusableDatabase, match=r"x\.db is not a database"):
        open_store("sqlite:///x.db", folder=tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase):
        open_store("sqlite:///no/such/folder/x.db", folder=tmp_path)


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "x.db").dispose()
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(NewerDatabase) as refused:
        open_store("sqlite:///x.db", folder=tmp_path)
    assert refused.value.revision == "9999"


def test_sqlite_survives_a_power_loss(tmp_path: Path) -> None:
    """case A8: the write-ahead log is synced at every commit."""
    SqliteStore(tmp_path / "x.db").dispose()
    engine = sqlite_engine(tmp_path / "x.db")
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
