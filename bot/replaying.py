"""Bring a backup and a database's journal together, and run the one through the other."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

from bot.delivery.ports import Entry, Numbered, Store, Transaction
from bot.delivery.ports.journal import Decided
from bot.replay import NotItsRecord, Replay, Report, RowIds
from bot.storage import open_store
from bot.storage.open import database_url
from config.settings import Workspace

PAGE: Final = 500
"""Commits of the journal that are read at once."""


class CannotReplay(Exception):
    """Nothing can be run. ``key`` and ``args`` are a sentence of the text catalogue."""

    def __init__(self, key: str, **args: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.args_of_text = args


class _Over(Exception):
    """Undoes what was run: no row of a backup is changed."""


async def replayed(workspace: Workspace, backup: str, since: datetime) -> Report:
    """Run what was recorded after a backup was made, by the rules of a workspace.

    Args:
        workspace: whose database holds the journal.
        backup: a copy of an SQLite file, which is not touched, or the address of a restored
            PostgreSQL database: its schema is brought up to date and its sequences go on counting,
            its rows stay as they were.
        since: only decisions made at or after that moment are made anew.

    Raises:
        CannotReplay: the two do not belong together, or nothing was recorded.
        StorageUnavailable, UnusableDatabase, NewerDatabase: one of them cannot be opened.
    """
    rows = RowIds()
    replay = Replay(workspace, rows, since)
    async with _opened(workspace, backup, rows) as known:
        newest = await known.transact(_newest)
        entries = await _recorded(workspace, newest)

        def run(tx: Transaction) -> NoReturn:
            replay.run(tx, entries)
            raise _Over

        try:
            await known.transact(run)
        except _Over:
            return replay.report
        except NotItsRecord as error:
            raise CannotReplay("replay.does_not_fit", n=error.number) from error


def _newest(tx: Transaction) -> Sequence[Numbered]:
    return tx.journal.after(tx.journal.last() - 1, 1)


async def _recorded(workspace: Workspace, newest: Sequence[Numbered]) -> Sequence[Numbered]:
    """The entries behind the newest ones of the backup."""
    store = open_store(database_url(workspace), folder=workspace.folder)
    begin = newest[0].number - 1 if newest else 0
    entries: list[Numbered] = []
    try:
        while page := await store.transact(
            lambda tx: tx.journal.after(entries[-1].number if entries else begin, PAGE)
        ):
            entries.extend(page)
    except ValueError as error:
        raise CannotReplay("replay.unreadable", detail=str(error)) from error
    finally:
        await store.close()
    if (entries[0].number if entries else 0) != (newest[0].number if newest else 1):
        raise CannotReplay("replay.forgotten" if entries or newest else "replay.nothing")
    if _decided(entries[: len(newest)]) != _decided(newest):
        raise CannotReplay("replay.another")
    if len(entries) == len(newest):
        raise CannotReplay("replay.nothing")
    return entries[len(newest) :]


def _decided(entries: Sequence[Numbered]) -> Sequence[Entry]:
    """Entries without what arrived, which one of two inboxes may not have any more."""
    return [
        replace(each.entry, event=None) if isinstance(each.entry, Decided) else each.entry
        for each in entries
    ]


@asynccontextmanager
async def _opened(workspace: Workspace, backup: str, rows: RowIds) -> AsyncIterator[Store]:
    """The backup as a store of its own, brought up to date on paper if it is a file."""
    with tempfile.TemporaryDirectory(prefix="linezero-replay-") as folder:
        url = backup
        if "://" not in backup:
            await asyncio.to_thread(_copied, Path(backup), Path(folder) / "backup.db")
            url = "sqlite:///backup.db"
        store = open_store(url, folder=Path(folder), desks=workspace.place_of, new_id=rows)
        try:
            yield store
        finally:
            await store.close()


def _copied(source: Path, target: Path) -> None:
    """A copy of an SQLite file and of what is in its log."""
    if not source.is_file():
        raise CannotReplay("replay.no_backup", path=str(source))
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise CannotReplay("replay.no_database", path=str(source), detail=str(error)) from error
