"""What people wrote is readable for the account of the service alone (load test, F13)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.private import make_folder_private
from bot.storage.sqlite import SqliteStore
from tests.values import NOW, said


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A umask that would let everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def modes(folder: Path) -> dict[str, str]:
    """Of everything in it."""
    return {file.name: mode(file) for file in folder.iterdir()}


def open_up(folder: Path) -> None:
    """As an older version of the program left its files."""
    for file in folder.iterdir():
        file.chmod(0o644)


async def test_a_database_and_its_companions_are_private(tmp_path: Path) -> None:
    """F13: `linezero.db`, `-wal` and `-shm` were made 0644."""
    path = tmp_path / "linezero.db"
    store = SqliteStore(path)
    await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
    assert modes(tmp_path) == dict.fromkeys(
        ["linezero.db", "linezero.db-wal", "linezero.db-shm"], "0o600"
    )
    await store.close()


async def test_what_an_older_version_left_readable_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "linezero.db"
    first = SqliteStore(path)
    await first.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
    open_up(tmp_path)
    second = SqliteStore(path)
    assert set(modes(tmp_path).values()) == {"0o600"}
    assert await second.transact(lambda tx: tx.inbox.accept([said("1"), said("2")], None, NOW)) == 1
    await first.close()
    await second.close()


def test_a_folder_of_files_is_repaired_and_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "files" / "mail" / "2026"
    folder.mkdir(parents=True)
    letter, closed = folder / "original.eml", folder / "closed.eml"
    letter.write_text("x")
    closed.write_text("x")
    closed.chmod(0o400)
    outside = tmp_path / "faq.yaml"
    outside.write_text("x")
    outside.chmod(0o664)
    (folder / "link").symlink_to(outside)
    assert make_folder_private(tmp_path / "files") == 4
    for inside in (tmp_path / "files", tmp_path / "files" / "mail", folder):
        assert mode(inside) == "0o700"
    assert (mode(letter), mode(closed), mode(outside)) == ("0o600", "0o400", "0o664")
    assert make_folder_private(tmp_path / "files") == 0
    assert make_folder_private(tmp_path / "nowhere") == 0
