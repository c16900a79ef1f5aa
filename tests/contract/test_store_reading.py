"""Asking a store, beside whoever writes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.conversation.decision import ContactRecord, Decision, Timer
from bot.delivery.ports import (
    Reading,
    StorageUnavailable,
    Store,
    Transaction,
    WriteRefused,
)
from bot.storage import NewerDatabase, UnusableDatabase, open_reading, open_store
from bot.storage.memory import MemoryStore
from bot.storage.migrate import revision
from bot.storage.postgres import postgres_engine
from bot.storage.sqlite import sqlite_engine
from channels.protocol import Cursor
from tests import postgres
from tests.values import ANNA, NOW, client, said, say, sending, ticket

PATIENCE = 30
"""Seconds after which a thread that waits for another gives up: the test has failed then."""


def contact(text: str) -> ContactRecord:
    return ContactRecord(conversation="k1", at=NOW, outcome="none", text=text)


def texts(reading: Reading) -> list[str]:
    return [each.text for each in reading.reports.contacts(NOW)]


async def record(store: Store, *said: str) -> None:
    decision = Decision(contacts=tuple(map(contact, said)))
    await store.transact(lambda tx: tx.apply(decision, NOW))


async def test_what_is_committed_can_be_read(store: Store) -> None:
    assert await store.read(texts) == []
    decision = Decision(client=client(), tickets=(ticket(1),), contacts=(contact("a"),))
    await store.transact(lambda tx: tx.apply(decision, NOW))
    assert await store.read(texts) == ["a"]
    assert await store.read(lambda r: r.records.client("c1")) == client(version=1)
    assert await store.read(lambda r: [t.number for t in r.reports.tickets()]) == [1]


async def test_a_long_answer_comes_whole_and_in_order(store: Store) -> None:
    """It is taken slice by slice; nothing is lost where one ends."""
    for count in (15, 16, 17):
        await record(store, *(f"{count}.{number}" for number in range(count)))
    expected = [f"{count}.{number}" for count in (15, 16, 17) for number in range(count)]
    assert await store.read(texts) == expected


async def test_a_report_delays_no_decision(store: Store) -> None:
    """A reading is in the midst of its rows; decisions are made and committed all the while. It
    sees what was there when it began."""
    if isinstance(store, MemoryStore):
        pytest.skip("whatever it does, it does at once")
    await record(store, *(f"{number}" for number in range(100)))
    begun, go_on = threading.Event(), threading.Event()

    def report(reading: Reading) -> list[str]:
        contacts = reading.reports.contacts(NOW)
        found = [next(contacts).text]
        begun.set()
        assert go_on.wait(PATIENCE)
        return found + [each.text for each in contacts] + texts(reading)

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(store.read(report))
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        try:
            async with asyncio.timeout(PATIENCE):
                await record(store, "meanwhile")
                assert await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW)) == 1
            assert not reading.done()
        finally:
            go_on.set()
    assert reading.result() == [f"{number}" for number in range(100)] * 2
    assert "meanwhile" in await store.read(texts)


async def test_what_is_not_committed_is_not_read(store: Store) -> None:
    """A decision is in the midst of its writes; whoever reads sees nothing of it, and waits for
    nobody."""
    if isinstance(store, MemoryStore):
        pytest.skip("whatever it does, it does at once")
    written, go_on = threading.Event(), threading.Event()

    def decide(tx: Transaction) -> None:
        tx.apply(Decision(contacts=(contact("a"),)), NOW)
        written.set()
        assert go_on.wait(PATIENCE)

    async with asyncio.TaskGroup() as group:
        group.create_task(store.transact(decide))
        assert await asyncio.to_thread(written.wait, PATIENCE)
        try:
            async with asyncio.timeout(PATIENCE):
                assert await store.read(texts) == []
        finally:
            go_on.set()
    assert await store.read(texts) == ["a"]


@pytest.mark.parametrize(
    "write",
    [
        lambda tx: tx.inbox.accept([said("1")], None, NOW),
        lambda tx: tx.inbox.accept([], Cursor(channel="telegram", source="", position="1"), NOW),
        lambda tx: tx.chats.pause("telegram", "101", NOW),
        lambda tx: tx.chats.link("m1", "telegram", "101", ["5"], thread=None),
        lambda tx: tx.apply(sending(say("hello", ANNA)), NOW),
        lambda tx: tx.apply(Decision(timers=(Timer(kind="close", subject="1", due=NOW),)), NOW),
        lambda tx: tx.ids.new_ticket_number(),
    ],
)
async def test_a_reading_cannot_write(store: Store, write: Callable[[Transaction], object]) -> None:
    """Nothing in the types allows it; whoever gets around them is refused all the same."""
    with pytest.raises(WriteRefused):
        await store.read(lambda reading: write(cast("Any", reading)))
    assert await store.transact(lambda tx: tx.inbox.next_due()) is None
    assert not await store.transact(lambda tx: tx.claims.heads(NOW + timedelta(days=1)))
    await record(store, "a")
    assert await store.read(texts) == ["a"]


async def test_an_error_of_the_work_reaches_whoever_asked(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda _reading: 1 // 0)
    assert await store.read(texts) == []


async def test_a_closed_store_cannot_be_asked(store: Store) -> None:
    await store.close()
    with pytest.raises(StorageUnavailable):
        await store.read(texts)


async def test_closing_breaks_a_long_reading_off(store: Store) -> None:
    """A service that ends waits for no report over years."""
    if isinstance(store, MemoryStore):
        pytest.skip("whatever it does, it does at once")
    await record(store, *(f"{number}" for number in range(100)))
    begun = threading.Event()

    def report(reading: Reading) -> None:
        while True:
            for _ in reading.reports.contacts(NOW):
                begun.set()

    async def broken_off() -> None:
        with pytest.raises(StorageUnavailable):
            await store.read(report)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(broken_off())
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        await store.close()


# ---------------------------------------------------------------- beside a service


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a database is that nobody has made yet."""
    if request.param == "sqlite":
        yield "sqlite:///linezero.db"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as made:
        yield made.render_as_string(hide_password=False)


async def test_a_command_reads_beside_a_service(url: str, tmp_path: Path) -> None:
    store = open_store(url, folder=tmp_path)
    try:
        await record(store, "a")
        beside = open_reading(url, folder=tmp_path)
        try:
            assert await beside.read(texts) == ["a"]
            await record(store, "b")
            assert await beside.read(texts) == ["a", "b"]
        finally:
            await beside.close()
        await record(store, "c")
    finally:
        await store.close()
    after = open_reading(url, folder=tmp_path)
    try:
        assert await after.read(texts) == ["a", "b", "c"]
    finally:
        await after.close()


def test_reading_changes_no_schema(url: str, tmp_path: Path) -> None:
    """A database of an older or a newer version of the program is left as it is."""
    if url.startswith("postgresql"):
        with pytest.raises(UnusableDatabase, match="older version"):
            open_reading(url, folder=tmp_path)  # there is nothing in it
    asyncio.run(open_store(url, folder=tmp_path).close())
    engine = (
        sqlite_engine(tmp_path / "linezero.db")
        if url.startswith("sqlite")
        else postgres_engine(make_url(url))
    )
    for present, expected in (("0001", UnusableDatabase), ("9999", NewerDatabase)):
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": present})
        with pytest.raises(expected):
            open_reading(url, folder=tmp_path)
        with engine.connect() as connection:
            assert revision(connection) == present
    engine.dispose()


def test_reading_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase, match=r"linezero\.db is not there"):
        open_reading("sqlite:///linezero.db", folder=tmp_path)
    assert not list(tmp_path.iterdir())
