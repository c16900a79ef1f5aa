"""Files that vanish under a running service (load test, F7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.ports import StorageUnavailable
from bot.storage.sqlite import SqliteStore
from tests.values import NOW, said


def _move(file: Path, to: Path) -> None:
    """The file as it is, under another name; nothing may have taken its place."""
    assert not to.exists()
    file.rename(to)


async def _accept(store: SqliteStore, name: str) -> int:
    return await store.transact(lambda tx: tx.inbox.accept([said(name)], None, NOW))


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
async def test_nothing_is_promised_into_a_deleted_file(tmp_path: Path, suffix: str) -> None:
    """F7: the service went on into the deleted file; what it took in died with it."""
    path = tmp_path / "x.db"
    store = SqliteStore(path)
    assert await _accept(store, "1") == 1
    file = Path(f"{path}{suffix}")
    away = tmp_path / "away"
    _move(file, away)
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match=f"{file.name} was deleted or replaced"):
            await _accept(store, "2")
    _move(away, file)
    assert await _accept(store, "2") == 1, "the very same file is back"
    assert await _accept(store, "1") == 0
    await store.close()


async def test_another_file_in_its_place_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = SqliteStore(path)
    await _accept(store, "1")
    other = SqliteStore(tmp_path / "other.db")
    await _accept(other, "other")
    await other.close()
    (tmp_path / "other.db").replace(path)
    with pytest.raises(StorageUnavailable, match="deleted or replaced"):
        await _accept(store, "2")
    await store.close()


async def test_a_file_that_vanishes_between_two_connections(tmp_path: Path) -> None:
    """After an error the connection is made anew, which must not make a new database."""
    path = tmp_path / "x.db"
    store = SqliteStore(path)
    await _accept(store, "1")

    store._disconnect()
    path.unlink()
    with pytest.raises(StorageUnavailable, match="deleted or replaced"):
        await _accept(store, "2")
    assert not path.exists()
    await store.close()
