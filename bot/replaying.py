"""Bring a backup and a database's journal together, and run the one through the other."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy.engine import make_url

from bot.delivery.ports import Entry, Numbered, Store, Transaction
from bot.delivery.ports.journal import Decided
from bot.replay import NotItsRecord, Replay, Report, RowIds
from bot.storage import open_store
from bot.storage.open import database_url, same_database, shared, sqlite_file
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

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


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
    rows, loop = RowIds(), asyncio.get_running_loop()
    await asyncio.to_thread(_must_be_another, workspace, backup)
    # The journal is closed first: what runs in a thread of the other store ends with it.
    async with _opened(workspace, backup, rows) as known, _lived(workspace) as lived:
        newest = await known.transact(_newest)
        first = await _behind(lived, newest)
        if not first:
            raise CannotReplay("replay.nothing")

        def entries() -> Iterator[Numbered]:
            page = first
            while page:
                yield from page
                commit = [each for each in page if each.number == page[-1].number]
                page = asyncio.run_coroutine_threadsafe(_behind(lived, commit), loop).result()

        def run(tx: Transaction) -> NoReturn:
            replay = Replay(workspace, rows, since)  # each time the store runs it
            replay.run(tx, entries())
            raise _Over(replay.report)

        try:
            await known.transact(run)
        except _Over as over:
            return over.report
        except NotItsRecord as error:
            raise CannotReplay("replay.does_not_fit", n=error.number) from error


def _newest(tx: Transaction) -> Sequence[Numbered]:
    return tx.journal.after(tx.journal.last() - 1, 1)


async def _behind(lived: Store, commit: Sequence[Numbered]) -> Sequence[Numbered]:
    """The next entries of the journal behind those of a commit, which must still be there; behind
    none, the first.

    Raises:
        CannotReplay: they are not there, or something cannot be read.
    """
    begin = commit[0].number - 1 if commit else 0
    try:
        entries = await lived.transact(lambda tx: tx.journal.after(begin, PAGE + 1))
    except ValueError as error:
        raise CannotReplay("replay.unreadable", detail=str(error)) from error
    if (entries[0].number if entries else 0) != (commit[0].number if commit else 1):
        raise CannotReplay("replay.forgotten" if entries or commit else "replay.nothing")
    if _decided(entries[: len(commit)]) != _decided(commit):
        raise CannotReplay("replay.another")
    return entries[len(commit) :]


def _decided(entries: Sequence[Numbered]) -> Sequence[Entry]:
    """Entries without what arrived, which one of two inboxes may not have any more."""
    return [
        replace(each.entry, event=None) if isinstance(each.entry, Decided) else each.entry
        for each in entries
    ]


# ---------------------------------------------------------------- the two databases


def _file(workspace: Workspace, backup: str) -> Path | None:
    """The file of a backup; None for a PostgreSQL database."""
    return None if shared(backup) else sqlite_file(backup, workspace.folder) or Path(backup)


def _must_be_another(workspace: Workspace, backup: str) -> None:
    """See to it that a backup is not what the service works on, however it is spelled.

    Raises:
        CannotReplay: it is.
    """
    url, file = database_url(workspace), _file(workspace, backup)
    if file is not None:
        live = sqlite_file(url, workspace.folder)
        if live is not None and live.exists() and file.exists() and live.samefile(file):
            raise CannotReplay("replay.live", path=str(file))
    elif shared(url) and same_database(url, backup):
        raise CannotReplay("replay.live", path=repr(make_url(backup)))


@asynccontextmanager
async def _lived(workspace: Workspace) -> AsyncIterator[Store]:
    """The workspace's own database, with the journal."""
    store = open_store(database_url(workspace), folder=workspace.folder)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _opened(workspace: Workspace, backup: str, rows: RowIds) -> AsyncIterator[Store]:
    """The backup as a store of its own, brought up to date on paper if it is a file."""
    with tempfile.TemporaryDirectory(prefix="linezero-replay-") as folder:
        url, file = backup, _file(workspace, backup)
        if file is not None:
            await asyncio.to_thread(_copied, file, Path(folder) / "backup.db")
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
