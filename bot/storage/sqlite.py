"""SQLite: one file, one writer thread, many works in one commit.

A commit that survives a power loss costs a few milliseconds of waiting for the disk whatever is in
it. So everything that is waiting goes into one transaction, each work in a savepoint of its own,
and the results are handed back after the commit. One writer, always ``BEGIN IMMEDIATE``: several
writers, or a transaction that begins by reading, run into SQLITE_BUSY that no timeout heals
(acceptance case A14).

Whoever only reads does so on connections of their own, beside the writer.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.delivery.ports import Reading, StorageUnavailable, Transaction, VersionConflict
from bot.storage.backup import back_up
from bot.storage.ids import TimeOrderedIds
from bot.storage.journal_stream import StreamWriter
from bot.storage.migrate import HEAD, migrate
from bot.storage.opening import at_the_start
from bot.storage.presence import Presence, Vanished
from bot.storage.private import make_database_private
from bot.storage.shared import RUNS, Desks, no_desks, unforeseen
from bot.storage.sql import SqlTransaction
from bot.storage.sql.reader import Reader
from bot.storage.sql.session import Session, translated
from bot.storage.sql.statements import Statements

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 64
"""Works in one commit at most."""
GROUP_SECONDS = 0.02
"""After this long no further work joins the commit, so that nobody waits long for others."""
BUSY_SECONDS = 5.0
"""How long another process may hold the file before ``StorageUnavailable``."""


class _Job:
    """A work, the coroutine that waits for it, and how it went."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(
        self, work: Callable[[SqlTransaction], Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.work = work
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """On the loop: wake the coroutine, unless it was cancelled meanwhile."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def sqlite_engine(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine whose transactions are ``BEGIN IMMEDIATE`` and survive a power loss."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def sqlite_reading(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine whose transactions can only read, and hold up no writer (the file is in WAL mode:
    each sees what was committed when it began)."""
    file = f"{path.absolute().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            file, uri=True, check_same_thread=False, timeout=busy_seconds
        ),
        poolclass=NullPool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # as in sqlite_engine
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


class SqliteStore:
    """A ``Store`` in one file.

    Args:
        path: the file; it and its schema are created or brought up to date.
        desks: where each desk works.
        new_id: source of ids.
        busy_seconds: see ``BUSY_SECONDS``.

    Raises:
        StorageUnavailable: the file is locked, say, or the disk is full.
        UnusableDatabase: it is no database of ours, or we may not use it; or it is of an older
            version and cannot be copied before it is changed.
    """

    def __init__(
        self,
        path: Path,
        *,
        desks: Desks = no_desks,
        new_id: Callable[[], str] | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._desks = desks
        self._new_id = new_id or TimeOrderedIds()
        self._engine = sqlite_engine(path, busy_seconds=busy_seconds)
        self._statements = Statements(self._engine.dialect)
        try:
            make_database_private(path)
            migrate(self._engine, before=partial(_keep_a_copy, path))
        except OSError as error:
            raise at_the_start(error, file=str(path)) from error
        except (DBAPIError, sqlite3.Error) as error:
            self._engine.dispose()
            raise at_the_start(error, file=str(path)) from error
        self._presence = Presence(path)
        self._reader = Reader(sqlite_reading(path, busy_seconds=busy_seconds))
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._closing = threading.Lock()
        self._connection: Connection | None = None
        self._stream = StreamWriter()
        self._thread = threading.Thread(target=self._write, name="storage", daemon=True)
        self._thread.start()

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self._put(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self._reader.read(work)

    async def _put(self, work: Callable[[SqlTransaction], T]) -> T:
        job = _Job(work, asyncio.get_running_loop())
        with self._closing:
            if self._closed:
                raise StorageUnavailable("the store is closed")
            self._jobs.put(job)
        return cast("T", await job.future)

    async def close(self) -> None:
        """Finish what was asked for, then let go of the file."""
        await asyncio.to_thread(self.dispose)

    def dispose(self) -> None:
        """``close`` for code that runs in no event loop."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._reader.dispose()
        self._thread.join()

    # ------------------------------------------------------------- the writer thread

    def _write(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            last = self._commit(group)
            self._hand_back(group)
            if last:
                break
        self._disconnect()
        self._engine.dispose()

    def _commit(self, group: list[_Job]) -> bool:
        """Run the first job and whatever is waiting behind it in one transaction. The group grows
        while it runs; whatever happens, every job in it ends up settled.

        Returns:
            Whether the end of the queue was reached.
        """
        ended = False
        try:
            connection = self._connected()
            with connection.begin():
                self._presence.connected()
                transaction = SqlTransaction(
                    Session(connection, self._statements, self._new_id, self._desks),
                    stream=self._stream,
                )
                until = time.monotonic() + GROUP_SECONDS
                self._work(transaction, group[0])
                while len(group) < GROUP and time.monotonic() < until:
                    try:
                        job = self._jobs.get_nowait()
                    except queue.Empty:
                        break
                    if job is None:
                        ended = True
                        break
                    group.append(job)
                    self._work(transaction, job)
                transaction.finish()
                self._presence.check()
        except BaseException as error:
            self._stream.undone()
            # The thread outlives everything: whatever it is, those who wait hear of it.
            meaning = _meaning(error)
            if not isinstance(meaning, StorageUnavailable):
                log.exception("storage: a commit failed in an unforeseen way")
                meaning = StorageUnavailable(f"{type(error).__name__}: {error}")
            for job in group:
                job.result, job.error = None, StorageUnavailable(*meaning.args)
            if not isinstance(meaning, Vanished):
                self._disconnect()
        return ended

    def _work(self, transaction: SqlTransaction, job: _Job) -> None:
        """Run one job in a savepoint, again after a conflict.

        Raises:
            StorageUnavailable: the database failed; the whole transaction is lost.
        """
        for _run in range(RUNS):
            if job.future.cancelled():
                return
            job.result, job.error = None, None
            try:
                with transaction.savepoint():
                    job.result = job.work(transaction)
            except VersionConflict as conflict:
                job.error = conflict
                continue
            except StopIteration as error:
                job.error = unforeseen(error)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever asked for the work
                job.error = error
            break
        if transaction.session.trouble is not None:
            raise transaction.session.trouble

    def _connected(self) -> Connection:
        self._presence.check()
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._presence.disconnected()
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()

    @staticmethod
    def _hand_back(group: Sequence[_Job]) -> None:
        """Wake everybody who waited: one call into each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in group:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, jobs in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, jobs)


def _keep_a_copy(path: Path) -> None:
    copy = back_up(path, HEAD)
    log.info("storage: %s is brought up to date; a copy as it was: %s", path.name, copy)


def _settle(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.settle()


def _meaning(error: BaseException) -> BaseException:
    if isinstance(error, DBAPIError):
        return translated(error)
    if isinstance(error, sqlite3.Error):  # while connecting
        return StorageUnavailable(str(error))
    return error
