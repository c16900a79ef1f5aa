"""Thousands of rows that may not go are not read by the search for those that may.

What is counted is work, not time: the steps of SQLite's machine and the pages PostgreSQL reads.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL

from bot.conversation.decision import Decision, Outgoing, Room
from bot.delivery.ports import Lane, Store, Transaction
from bot.storage.postgres import PLANNING, PostgresStore
from bot.storage.sql.claims import HEADS
from bot.storage.sqlite import SqliteStore
from channels.message import Address
from tests import postgres
from tests.outbox import due
from tests.values import NOW, desk_chat, say

FLOODED: Lane = ("telegram", "-900")
WAITING = 4000
ROOMS = 40
LATER = NOW + timedelta(hours=1)


def flood() -> list[Outgoing]:
    """Rows for many rooms of one group."""
    rooms = [Room(ticket=100 + number, desk="crowded") for number in range(ROOMS)]
    return [say(f"line {number}", rooms[number % ROOMS]) for number in range(WAITING)]


def few() -> tuple[Outgoing, ...]:
    """One row for another desk, and one for the crowded one."""
    return (say("first", Room(ticket=1, desk="network")), flood()[0])


def where(desk: str) -> Address:
    return Address(channel=FLOODED[0], chat=FLOODED[1]) if desk == "crowded" else desk_chat(desk)


def parked(tx: Transaction) -> None:
    tx.chats.park(*FLOODED, "kicked")


def paused(tx: Transaction) -> None:
    tx.chats.pause(*FLOODED, LATER)


def full(_tx: Transaction) -> None:
    """Its budget is used up: the worker leaves it out by itself."""


async def claim(store: Store, busy: Sequence[Lane]) -> None:
    """What a claiming transaction asks, for one row of another desk."""

    def work(tx: Transaction) -> None:
        [row] = due(tx, NOW, busy=busy)
        assert row.place.room == Room(ticket=1, desk="network")
        assert tx.claims.take([row.id], "me")
        assert tx.claims.heads(NOW, busy=busy) == []
        tx.claims.pause_over(NOW, busy=busy)
        tx.outbox.postpone(row.id, NOW, "")

    await store.transact(work)


@pytest.mark.parametrize("held", [parked, paused, full])
async def test_on_sqlite(
    sqlite_template: Path, tmp_path: Path, held: Callable[[Transaction], None]
) -> None:
    """F4: within 1.2 times of what it takes with one row waiting; it was sixteen times."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    path = tmp_path / "linezero.db"
    shutil.copy(sqlite_template, path)
    store = SqliteStore(path, desks=where)

    @event.listens_for(store._engine, "connect")
    def count(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_progress_handler(step, 1)

    busy = [FLOODED] if held is full else []

    async def measured() -> int:
        before = steps
        await claim(store, busy)
        return steps - before

    await store.transact(lambda tx: tx.apply(Decision(outgoing=few()), NOW))
    await store.transact(held)
    alone = await measured()
    await store.transact(lambda tx: tx.apply(Decision(outgoing=tuple(flood())), NOW))
    crowded = await measured()
    await store.close()
    assert alone > 100, "nothing was counted"
    assert crowded < 1.2 * alone


@pytest.mark.parametrize("known", ["nothing", "a queue that was empty"])
@pytest.mark.parametrize("held", [parked, paused, full])
async def test_on_postgresql(
    postgres_database: URL, held: Callable[[Transaction], None], known: str
) -> None:
    """F4, also when the planner's statistics know nothing of the crowd, as in a queue they do."""
    url = postgres.emptied(postgres_database)
    store = PostgresStore(url, desks=where)
    if known != "nothing":
        await store.transact(lambda tx: tx.apply(Decision(outgoing=tuple(flood())), NOW))
        administer(url, "UPDATE outbox SET state = 'delivered'", "VACUUM ANALYZE outbox")
    await store.transact(lambda tx: tx.apply(Decision(outgoing=few()), NOW))
    await store.transact(held)
    busy = [FLOODED] if held is full else []
    alone = pages(url, busy)
    await store.transact(lambda tx: tx.apply(Decision(outgoing=tuple(flood())), NOW))
    crowded = pages(url, busy)
    await claim(store, busy)
    await store.close()
    assert alone > 0
    assert crowded < alone + 40, "a deeper index, not hundreds of pages of rows"


def administer(url: URL, *statements: LiteralString) -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def pages(url: URL, busy: Sequence[Lane]) -> int:
    """How many pages the search for what may go reads."""
    statement = HEADS["postgresql"].compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]  # SQLAlchemy's
    lanes = json.dumps([f"{channel}:{chat}" for channel, chat in busy])
    values = {**statement.params, "now": NOW, "busy": lanes, "full": "[]"}
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, options=PLANNING) as connection:
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        [[told]] = connection.execute(asked.encode(), values).fetchall()
    plan = told[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
