"""Full disks, locked files and connections that break: nothing is promised, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from bot.conversation.decision import Decision, Timer
from bot.delivery.ports import StorageUnavailable, Transaction
from bot.storage.postgres import LIVENESS, PostgresStore, postgres_engine
from bot.storage.sqlite import SqliteStore
from tests import postgres
from tests.outbox import due
from tests.values import NOW, said, say, sending
from tests.waiting import PATIENCE, moment, patience

ROOT = Path(__file__).parents[2]

_UNDER_A_LIMIT = """
import asyncio, json, resource, signal, sys
from pathlib import Path
from typing import Any
from bot.delivery.ports import StorageUnavailable
from bot.storage.sqlite import SqliteStore
from tests.values import NOW, said

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write says "file too large", as a full disk

async def fill(store, first, last):
    kept = refused = 0
    for number in range(first, last):
        item = said(str(number), text="x" * 20_000)
        try:
            kept += await store.transact(lambda tx: tx.inbox.accept([item], None, NOW))
        except StorageUnavailable:
            refused += 1
    return kept, refused

async def main():
    path = Path(sys.argv[1])
    store = SqliteStore(path)
    before = await fill(store, 0, 5)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    full = await fill(store, 5, 60)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    after = await fill(store, 5, 60)
    again = await fill(store, 0, 60)
    await store.close()
    print(json.dumps([before, full, after, again]))

asyncio.run(main())
"""


def test_a_full_disk_refuses_and_recovers_by_itself(tmp_path: Path) -> None:
    """case A6: the system really refuses to write; when there is room again, work goes on in the
    same process, and every item that was promised is there."""
    path = tmp_path / "linezero.db"
    done = subprocess.run(
        [sys.executable, "-c", _UNDER_A_LIMIT, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    before, full, after, again = json.loads(done.stdout)
    assert before == [5, 0]
    kept, refused = full
    assert refused > 0, "the disk was not full"
    assert kept + refused == 55
    assert after == [refused, 0], "what was refused is new, what was promised is known"
    assert again == [0, 0]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_full_database_refuses_everybody_in_the_commit(tmp_path: Path) -> None:
    """case A6: SQLite ends the transaction by itself then; nothing may slip out of it."""
    store = SqliteStore(tmp_path / "x.db")

    def limit(pages: int | None) -> None:
        connection = store._connection
        assert connection is not None
        used = connection.exec_driver_sql("PRAGMA page_count").scalar()
        size = (used or 0) + pages if pages is not None else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")

    await store.transact(lambda _tx: limit(3))

    def swallow(tx: Transaction) -> str:
        """A work that goes on after the error, as a careless one would."""
        tx.inbox.accept([said("small")], None, NOW)
        with pytest.raises(StorageUnavailable):
            tx.inbox.accept([said("big", text="x" * 100_000)], None, NOW)
        with pytest.raises(StorageUnavailable):
            tx.inbox.accept([said("late")], None, NOW)
        return "fine"

    async def one(number: int) -> int:
        return await store.transact(lambda tx: tx.inbox.accept([said(f"{number}")], None, NOW))

    results = await asyncio.gather(one(1), store.transact(swallow), one(2), return_exceptions=True)
    assert isinstance(results[1], StorageUnavailable)

    async def known(*names: str) -> list[str]:
        items = [(name, said(name)) for name in names]

        def work(tx: Transaction) -> list[str]:
            return [name for name, item in items if not tx.inbox.accept([item], None, NOW)]

        return await store.transact(work)

    promised = [str(n) for n, r in ((1, results[0]), (2, results[2])) if r == 1]
    # The connection was made anew, so the limit is gone: it goes on by itself.
    assert await known("1", "2", "small", "big", "late") == promised
    await store.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the file."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


async def test_a_locked_file_keeps_everybody_waiting_and_no_longer(tmp_path: Path) -> None:
    """case A7: nothing is promised while another process holds the file; then it goes on."""
    path = tmp_path / "x.db"
    store = SqliteStore(path, busy_seconds=0.2)

    async def one(number: int) -> int:
        return await store.transact(lambda tx: tx.inbox.accept([said(f"{number}")], None, NOW))

    with locked(path):
        refused = await asyncio.gather(*(one(n) for n in range(5)), return_exceptions=True)
        with pytest.raises(StorageUnavailable):
            SqliteStore(path, busy_seconds=0.05)
    assert all(isinstance(error, StorageUnavailable) for error in refused)
    assert await asyncio.gather(*(one(n) for n in range(5))) == [1] * 5
    await store.close()


async def test_a_short_lock_is_not_even_noticed(tmp_path: Path) -> None:
    """case A7: within the patience everything is queued."""
    path = tmp_path / "x.db"
    store = SqliteStore(path, busy_seconds=PATIENCE)
    async with asyncio.TaskGroup() as group:
        with locked(path):
            work = store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
            waiting = group.create_task(work)
            for _ in range(20):
                await moment()
            assert not waiting.done()
    assert waiting.result() == 1
    await store.close()


async def test_two_writers_on_one_file_lose_nothing(tmp_path: Path) -> None:
    """case A14: two processes' worth of writers; reading first and writing then never fails."""
    path = tmp_path / "x.db"
    stores = [SqliteStore(path), SqliteStore(path)]

    async def count_up(store: SqliteStore, times: int) -> None:
        def work(tx: Transaction) -> None:
            due = tx.timers.next_due()
            later = (due or NOW) + timedelta(seconds=1)
            tx.apply(Decision(timers=(Timer(kind="close", subject="1", due=later),)), NOW)

        for _time in range(times):
            await store.transact(work)

    await asyncio.gather(*(count_up(store, 25) for store in stores for _lane in range(2)))
    assert await stores[0].transact(lambda tx: tx.timers.next_due()) == NOW + timedelta(seconds=100)
    for store in stores:
        await store.close()


async def test_the_writer_outlives_any_work(tmp_path: Path) -> None:
    """A work may raise whatever it likes, even what ends programs."""
    store = SqliteStore(tmp_path / "x.db")

    def leave(_tx: Transaction) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await store.transact(leave)
    assert await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW)) == 1
    await store.close()


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture
def database(postgres_server: URL) -> Iterator[URL]:
    with postgres.database(postgres_server) as url:
        yield url


def cut(server: URL, database: URL) -> int:
    """Break every connection to a database from the far side."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        count: int = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = :name AND pid <> pg_backend_pid()"
            ),
            {"name": database.database},
        ).scalar_one()
    engine.dispose()
    return count


async def test_a_broken_connection_is_replaced(postgres_server: URL, database: URL) -> None:
    """case A7: the database restarted between two transactions, and in the middle of one."""
    store = PostgresStore(database)
    await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
    assert cut(postgres_server, database) > 0
    assert await store.transact(lambda tx: tx.inbox.accept([said("1"), said("2")], None, NOW)) == 1
    runs = 0

    def work(tx: Transaction) -> int:
        nonlocal runs
        runs += 1
        tx.inbox.accept([said("3")], None, NOW)
        if runs == 1:
            cut(postgres_server, database)
        return tx.inbox.accept([said("4")], None, NOW)

    assert await store.transact(work) == 1
    assert runs == 2
    assert await store.transact(lambda tx: tx.inbox.accept([said("3"), said("4")], None, NOW)) == 0
    await store.close()


def test_a_server_that_goes_without_a_word_is_noticed(database: URL) -> None:
    """case A7: its machine has lost its power, or a firewall has forgotten the connection."""

    def asked_for(url: URL) -> dict[str, str]:
        engine = postgres_engine(url)
        try:
            with engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                found: dict[str, str] = driver.info.get_parameters()
                return found
        finally:
            engine.dispose()

    found = asked_for(database)
    assert {name: found[name] for name in LIVENESS} == {n: str(v) for n, v in LIVENESS.items()}
    assert asked_for(database.update_query_dict({"keepalives_idle": "7"}))["keepalives_idle"] == "7"


@pytest.mark.parametrize("committed", [True, False])
async def test_a_commit_whose_answer_is_lost_counts_once(
    postgres_server: URL, database: URL, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    """The connection breaks right before or right after the database committed: the store asks
    the database, and runs the work again only if it did not."""
    store = PostgresStore(database)
    runs = broken = 0
    dialect = store._engine.dialect
    commit = dialect.do_commit

    def breaking(connection: object) -> None:
        nonlocal broken
        broken += 1
        if broken == 1 and committed:
            commit(connection)  # type: ignore[arg-type]  # what SQLAlchemy passes
        if broken == 1:
            cut(postgres_server, database)
        commit(connection)  # type: ignore[arg-type]  # what SQLAlchemy passes
        if broken == 1:
            # psycopg has nothing left to commit and says nothing: speak for the dead line.
            connection.execute("SELECT 1")  # type: ignore[attr-defined]  # a psycopg connection

    monkeypatch.setattr(dialect, "do_commit", breaking)

    def work(tx: Transaction) -> int:
        nonlocal runs
        runs += 1
        tx.apply(sending(say("hello")), NOW)
        return runs

    await store.transact(work)
    assert runs == (1 if committed else 2)
    rows = await store.transact(lambda tx: [due(tx, NOW)])
    assert len(rows[0]) == 1
    await store.close()


async def test_a_database_that_is_away_is_told_quickly(postgres_server: URL, database: URL) -> None:
    """case A7: nothing is promised, and the store goes on when the database is back."""
    store = PostgresStore(database)
    name = database.database
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        cut(postgres_server, database)
        async with patience():
            with pytest.raises(StorageUnavailable):
                await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()
    assert await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW)) == 1
    await store.close()


def test_a_server_that_does_not_exist() -> None:
    with pytest.raises(StorageUnavailable):
        PostgresStore(make_url("postgresql://nobody@127.0.0.1:9/nothing"))
