"""The lock that keeps a second service off an SQLite file (case L7)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage.lock import AlreadyServed, holder, lock_file, serving
from bot.storage.sqlite import SqliteStore
from tests.values import NOW, said

ROOT = Path(__file__).parents[3]
SINCE = datetime(2026, 11, 30, 20, 0, 5, tzinfo=UTC)

_HOLD = """
import sys, os
from datetime import datetime
from pathlib import Path
from bot.storage.lock import serving
with serving(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _another(database: Path) -> subprocess.Popen[bytes]:
    """Another process that has the lock now."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(database), SINCE.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def test_the_second_is_refused_and_hears_who_is_first(tmp_path: Path) -> None:
    """case L7: by its process and its start."""
    database = tmp_path / "linezero.db"
    other = _another(database)
    with (
        pytest.raises(AlreadyServed, match=f"process {other.pid}, since 2026-11-30 20:00:05 UTC"),
        serving(database, NOW, grace=0),
    ):
        pass
    found = holder(database)
    assert found is not None
    assert (found.pid, found.since) == (other.pid, SINCE)
    _end(other)


def test_a_lock_of_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    """case L7: after `kill -9` the file is still there, the lock is not."""
    database = tmp_path / "linezero.db"
    _end(_another(database))
    assert lock_file(database).exists()
    assert holder(database) is None
    with serving(database, NOW, grace=0):
        mine = holder(database)
        assert mine is not None
        assert (mine.pid, mine.since) == (os.getpid(), NOW)
    assert holder(database) is None


def test_a_link_to_the_database_has_the_same_lock(tmp_path: Path) -> None:
    database = tmp_path / "data" / "linezero.db"
    database.parent.mkdir()
    database.touch()
    (tmp_path / "linezero.db").symlink_to(database)
    assert lock_file(tmp_path / "linezero.db") == tmp_path / "data" / "linezero.lock"
    with (
        serving(database, NOW),
        pytest.raises(AlreadyServed),
        serving(tmp_path / "linezero.db", NOW, grace=0),
    ):
        pass


def test_who_only_looks_keeps_nobody_out(tmp_path: Path) -> None:
    """`doctor` looks whether the service runs just while it starts."""
    database = tmp_path / "linezero.db"
    lock_file(database).touch()
    for _ in range(3):
        assert holder(database) is None
    with serving(database, NOW, grace=0):
        pass


def test_a_child_of_the_service_does_not_inherit_the_lock(tmp_path: Path) -> None:
    """Mail is read in a process of its own, which may outlive a killed service."""
    database = tmp_path / "linezero.db"
    with serving(database, NOW):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert holder(database) is None
    _end(child)


def test_the_lock_file_is_private(tmp_path: Path) -> None:
    database = tmp_path / "linezero.db"
    lock_file(database).touch()
    lock_file(database).chmod(0o666)
    with serving(database, NOW):
        assert stat.S_IMODE(lock_file(database).stat().st_mode) == 0o600


async def test_readers_work_beside_a_service(tmp_path: Path) -> None:
    """case L7: `aside` and `faq gaps` open the database without the lock."""
    database = tmp_path / "linezero.db"
    other = _another(database)
    store = SqliteStore(database)
    assert await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW)) == 1
    await store.close()
    _end(other)
