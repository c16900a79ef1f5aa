"""A database that is away is waited for; one that settings lead to wrongly is a mistake."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from bot.delivery.ports import StorageUnavailable, Store
from bot.storage import UnusableDatabase, open_store
from bot.storage.late import LateStore
from bot.storage.memory import MemoryStore
from bot.storage.opening import at_the_start
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from tests.values import NOW, said


class _Answered(Exception):
    """An error of a driver, as PEP 249 and the drivers give it."""

    def __init__(self, words: str, *, sqlstate: str | None = None, pgconn: object = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate
        self.pgconn = pgconn


class OperationalError(_Answered): ...


@pytest.mark.parametrize(
    "said_by_the_server",
    [
        'FATAL:  password authentication failed for user "linezero"',
        'ВАЖНО:  пользователь "linezero" не прошёл проверку подлинности (по паролю)',
        'FATAL:  database "desk" does not exist',
        'ВАЖНО:  база данных "desk" не существует',
        'FATAL:  role "desk" does not exist',
        "fe_sendauth: no password supplied",
        'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", no encryption',
    ],
)
def test_a_server_that_will_not_have_us_is_a_mistake(said_by_the_server: str) -> None:
    error = OperationalError(f"connection failed: {said_by_the_server}")
    meaning = at_the_start(_wrapped(error))
    assert isinstance(meaning, UnusableDatabase)
    assert said_by_the_server.rsplit(maxsplit=1)[-1] in str(meaning)


@pytest.mark.parametrize(
    "words",
    [
        'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "FATAL:  the database system is starting up",
        "FATAL:  sorry, too many clients already",
        "[Errno -3] Temporary failure in name resolution",
        "failed to resolve host 'db': [Errno -2] Name or service not known",
        "connection timeout expired",
    ],
)
def test_a_server_that_is_away_is_waited_for(words: str) -> None:
    assert isinstance(at_the_start(_wrapped(OperationalError(words))), StorageUnavailable)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("28P01", UnusableDatabase),
        ("3D000", UnusableDatabase),
        ("42501", UnusableDatabase),
        ("57P03", StorageUnavailable),
        ("53300", StorageUnavailable),
        ("53100", StorageUnavailable),
    ],
)
def test_codes_say_which_it_is(state: str, kind: type[Exception]) -> None:
    assert isinstance(at_the_start(_wrapped(OperationalError("x", sqlstate=state))), kind)


def _wrapped(error: Exception) -> Exception:
    return DBAPIError("select", None, error)


def test_a_database_and_a_role_that_are_not_there(postgres_server: URL) -> None:
    """In truth, over a real server."""
    with pytest.raises(UnusableDatabase, match="nowhere"):
        PostgresStore(postgres_server.set(database="nowhere"))
    with pytest.raises(UnusableDatabase, match="nobody"):
        PostgresStore(postgres_server.set(username="nobody"))


def test_a_host_that_is_not_to_be_found_is_waited_for() -> None:
    """case A7: the name server may be away, or the database's container not there yet."""
    with pytest.raises(StorageUnavailable, match=r"no-such-host\.invalid"):
        PostgresStore(make_url("postgresql://nobody@no-such-host.invalid/nothing"))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase, match=r"no/such/x\.db"):
        open_store("sqlite:///no/such/x.db", folder=tmp_path)


def test_a_locked_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path).dispose()
    holding = sqlite3.connect(path, isolation_level=None)
    holding.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageUnavailable, match="locked"):
        SqliteStore(path, busy_seconds=0.05)
    holding.close()
    SqliteStore(path).dispose()


# ---------------------------------------------------------------- opened later


async def test_nothing_is_promised_before_it_is_open(tmp_path: Path) -> None:
    """case A7: whatever is asked of it until then is storage that is away."""
    attempts = 0

    def open_it() -> Store:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise StorageUnavailable("starting up")
        return MemoryStore()

    store = LateStore(open_it)
    with pytest.raises(StorageUnavailable):
        await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
    with pytest.raises(StorageUnavailable, match="starting up"):
        await store.open()
    await store.open()
    await store.open()
    assert attempts == 2
    assert await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW)) == 1
    await store.close()


async def test_who_stops_waiting_can_leave() -> None:
    """A database that does not answer at all keeps nobody in the program."""
    answering = threading.Event()

    def open_it() -> Store:
        answering.wait()
        return MemoryStore()

    store = LateStore(open_it)
    opening = asyncio.Task(store.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    answering.set()
    await store.close()
