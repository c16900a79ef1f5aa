"""An older SQLite file is copied before it is changed, and survives whatever interrupts that."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage import UnusableDatabase, open_store
from bot.storage.backup import NotBackedUp, back_up
from bot.storage.migrate import HEAD, revision
from bot.storage.sqlite import SqliteStore, sqlite_engine
from tests import old_databases

DYING = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from bot.storage.sqlite import sqlite_engine
from bot.storage.migrate import migrate

engine = sqlite_engine(Path(sys.argv[1]))
left = int(sys.argv[2])

@event.listens_for(engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(engine)
"""
"""A process that dies after so many statements of a migration."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_databases.sqlite_file(tmp_path / "linezero.db")


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def at(path: Path) -> str | None:
    engine = sqlite_engine(path)
    with engine.begin() as connection:
        found = revision(connection)
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()
    return found


def test_a_copy_is_made_and_told(old: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = dump(old)
    with caplog.at_level(logging.INFO):
        SqliteStore(old).dispose()
    copy = old.with_name(f"linezero.before-{HEAD}.db")
    assert dump(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sum(str(copy) in record.getMessage() for record in caplog.records) == 1
    assert not list(old.parent.glob("*.part*"))


def test_what_stands_in_the_log_is_copied_too(old: Path) -> None:
    with closing(sqlite3.connect(old)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO cursors VALUES ('late', 'row', '1')")
        writer.commit()
        copy = back_up(old, "9999")
        assert any("'late','row'" in line for line in dump(copy))


@pytest.mark.parametrize("again", [False, True])
def test_nothing_to_change_nothing_to_copy(tmp_path: Path, *, again: bool) -> None:
    path = tmp_path / "new.db"
    SqliteStore(path).dispose()
    if again:
        SqliteStore(path).dispose()
    assert not list(tmp_path.glob("*before*"))


def test_without_room_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(old)
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 9, 1))
    with pytest.raises(UnusableDatabase, match=r"no room, about 0\.\d MB are needed"):
        open_store("sqlite:///linezero.db", folder=old.parent)
    assert dump(old) == before
    assert at(old) == old_databases.FIRST
    assert not list(old.parent.glob("*before*"))


def test_a_copy_that_cannot_be_written(old: Path) -> None:
    old.with_name(f"linezero.before-{HEAD}.db.part").mkdir()
    with pytest.raises(NotBackedUp, match="Nothing was changed"):
        SqliteStore(old)
    assert at(old) == old_databases.FIRST


@pytest.mark.parametrize("statements", [5, 40, 80])
def test_a_migration_that_was_killed_is_taken_up_again(old: Path, statements: int) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, str(old), str(statements)], check=False)
    assert died.returncode == -9
    assert at(old) == old_databases.FIRST
    SqliteStore(old).dispose()
    assert at(old) == HEAD
