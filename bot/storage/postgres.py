"""PostgreSQL: a few threads, each work in a transaction of its own.

Works of one process and of several run side by side. What keeps them apart is in the SQL: rows
are claimed with SKIP LOCKED, state is saved with a version check, and a work that met somebody
else is run again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.delivery.ports import Reading, StorageUnavailable, Transaction, VersionConflict
from bot.storage.ids import TimeOrderedIds
from bot.storage.migrate import migrate
from bot.storage.opening import at_the_start
from bot.storage.shared import RUNS, Desks, no_desks, unforeseen
from bot.storage.sql import SqlTransaction
from bot.storage.sql.reader import Reader
from bot.storage.sql.session import Session, translated
from bot.storage.sql.statements import Statements

log = logging.getLogger(__name__)

T = TypeVar("T")

THREADS = 4
CONNECT_SECONDS = 5
"""How long to wait for a connection before ``StorageUnavailable``."""

LIVENESS = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""When a server that went without a word counts as gone: after a minute (PostgreSQL's manual,
34.1.2; in seconds, the last one in milliseconds). By the system's own figures a statement would
wait for hours, and a thread of ours with it. Parameters of the URL come first."""

PLANNING = "-c jit=off -c enable_bitmapscan=off"
"""How PostgreSQL should not carry out our statements. Compiling one takes a hundred times as long
as running it. And all of them look things up in an index, mostly the first one only: a bitmap
gathers all there are, which seems as good as long as the planner takes the queue for empty."""

_TRANSACTION = text("SELECT pg_current_xact_id_if_assigned()::text")
_IDENTITY = text(
    "SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()"
)
_OUTCOME = text("SELECT pg_xact_status(CAST(:id AS xid8))")


def postgres_engine(url: URL, *, connections: int = THREADS) -> Engine:
    """An engine that notices dead connections before it uses them."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            **{name: value for name, value in LIVENESS.items() if name not in url.query},
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "linezero",
            "options": f"{url.query.get('options', '')} {PLANNING}".strip(),
        },
    )


def postgres_reading(url: URL) -> Engine:
    """An engine whose transactions can only read, and see what was committed when they began."""
    return postgres_engine(url, connections=1).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def identity(url: URL) -> tuple[object, ...]:
    """What a database is known by whatever its address: the start of its server, and its number
    there.

    Raises:
        StorageUnavailable: it cannot be reached.
        UnusableDatabase: it does not let us in, or there is no such database.
    """
    engine = postgres_engine(url, connections=1)
    try:
        with engine.connect() as connection:
            return tuple(connection.execute(_IDENTITY).one())
    except DBAPIError as error:
        raise at_the_start(error) from error
    finally:
        engine.dispose()


class PostgresStore:
    """A ``Store`` on a PostgreSQL database (13 or newer).

    Args:
        url: where it is; the schema is created or brought up to date.
        desks: where each desk works.
        new_id: source of ids.
        threads: works that may run at the same time.

    Raises:
        StorageUnavailable: it cannot be reached.
        UnusableDatabase: it does not let us in, or there is no such database.
    """

    def __init__(
        self,
        url: URL,
        *,
        desks: Desks = no_desks,
        new_id: Callable[[], str] | None = None,
        threads: int = THREADS,
    ) -> None:
        self._desks = desks
        self._new_id = new_id or TimeOrderedIds()
        self._engine = postgres_engine(url, connections=threads)
        self._statements = Statements(self._engine.dialect)
        try:
            migrate(self._engine)
        except DBAPIError as error:
            self._engine.dispose()
            raise at_the_start(error) from error
        self._reader = Reader(postgres_reading(url))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="storage")
        self._closed = False

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self._put(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self._reader.read(work)

    async def _put(self, work: Callable[[SqlTransaction], T]) -> T:
        if self._closed:
            raise StorageUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    async def close(self) -> None:
        """Finish what was asked for, then let go of the connections."""
        await asyncio.to_thread(self.dispose)

    def dispose(self) -> None:
        """``close`` for code that runs in no event loop."""
        self._closed = True
        self._reader.dispose()
        self._threads.shutdown()
        self._engine.dispose()

    # ------------------------------------------------------------- in a thread of the pool

    def _run(self, work: Callable[[SqlTransaction], T]) -> T:
        """Run a work until it is committed, met nobody else, or cannot be.

        Raises:
            StorageUnavailable: the database stayed away.
            VersionConflict: somebody else was in the way each time.
        """
        for _run in range(RUNS - 1):
            try:
                return self._once(work)
            except UncertainCommit:
                raise
            except (VersionConflict, StorageUnavailable) as error:
                log.info("storage: running a transaction again: %s", error)
        return self._once(work)

    def _once(self, work: Callable[[SqlTransaction], T]) -> T:
        mark = None
        try:
            with self._engine.connect() as connection:
                transaction = SqlTransaction(
                    Session(connection, self._statements, self._new_id, self._desks)
                )
                result = _done(work, transaction)
                transaction.finish()
                if transaction.session.trouble is not None:
                    raise transaction.session.trouble
                mark = connection.execute(_TRANSACTION).scalar()
                connection.commit()
                return result
        except DBAPIError as error:
            meaning = translated(error)
            if mark is not None and isinstance(meaning, StorageUnavailable) and self._did(mark):
                return result
            raise meaning from error

    def _did(self, transaction: str) -> bool:
        """Whether a transaction was committed although its confirmation was lost on the way.

        See PostgreSQL's manual, 9.27.9: ``pg_xact_status``.

        Raises:
            UncertainCommit: it cannot be found out now.
        """
        until = time.monotonic() + CONNECT_SECONDS
        while time.monotonic() < until:
            with suppress(DBAPIError), self._engine.connect() as connection:
                outcome = connection.execute(_OUTCOME, {"id": transaction}).scalar()
                if outcome != "in progress":
                    log.warning("storage: a connection broke while committing: it is %s", outcome)
                    return outcome == "committed"
            time.sleep(0.1)
        raise UncertainCommit(transaction)


def _done(work: Callable[[SqlTransaction], T], transaction: SqlTransaction) -> T:
    try:
        return work(transaction)
    except StopIteration as error:
        raise unforeseen(error) from error


class UncertainCommit(StorageUnavailable):
    """The connection broke during a commit and the database stays away: it may be committed."""
