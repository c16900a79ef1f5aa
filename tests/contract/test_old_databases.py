"""What the first release wrote goes on under this one, and can go back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.coordination.local import LocalWakeUps
from bot.delivery.decisions import Decider
from bot.delivery.inbox import InboxWorker
from bot.delivery.ports import Store
from bot.storage.migrate import migrate, run
from bot.storage.postgres import PostgresStore, postgres_engine
from bot.storage.sqlite import SqliteStore, sqlite_engine
from config.workspace import load
from tests import old_databases, postgres
from tests.clock import StandingClock
from tests.workspaces import EMAIL, small_workspace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When the stories of that database were told; some at five past."""
FIVE_PAST = NOON + timedelta(minutes=5)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database of the first release."""
    if request.param == "sqlite":
        made = sqlite_engine(old_databases.sqlite_file(tmp_path / "old.db"))
        yield made
        made.dispose()
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        made = postgres_engine(url)
        old_databases.fill_postgres(made)
        yield made
        made.dispose()


def opened(engine: Engine) -> Store:
    """The store on it, which migrates it."""
    if engine.dialect.name == "postgresql":
        return PostgresStore(engine.url, threads=1)
    return SqliteStore(Path(engine.url.database or ""))


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


async def test_whoever_waited_is_answered(engine: Engine, tmp_path: Path) -> None:
    store = opened(engine)
    workspace = load(small_workspace(tmp_path / "workspace", more=EMAIL), secrets=True)
    clock = StandingClock(FIVE_PAST)
    worker = InboxWorker(store, Decider(lambda: workspace), clock, LocalWakeUps())
    assert (await worker.step()).handled == 1
    await store.close()
    assert rows(engine, "SELECT state FROM inbox WHERE external_id = 'waiting-1'") == [("done",)]
    kept = rows(engine, "SELECT kind, ticket FROM messages ORDER BY seq DESC LIMIT 1")
    assert kept == [("client", None)]
    waiting = rows(engine, "SELECT chat FROM outbox WHERE state = 'waiting' ORDER BY seq")
    assert waiting == [("-1002000000002",), ("101",)]  # what was parked, and the answer


async def test_what_was_held_is_held(engine: Engine) -> None:
    await opened(engine).close()
    holds = rows(engine, "SELECT chat, paused_until IS NOT NULL, parked FROM holds ORDER BY chat")
    assert [(chat, bool(paused), why) for chat, paused, why in holds] == [
        ("-1002000000002", False, "bot was kicked"),
        ("4711", True, None),
    ]
    parked = "SELECT lane, copies FROM outbox WHERE state = 'waiting'"
    assert rows(engine, parked) == [("telegram:-1002000000002", 0)]
    unsure = "SELECT count(*) FROM outbox WHERE state = 'uncertain' AND finished_at IS NOT NULL"
    assert rows(engine, unsure) == [(2,)]


async def test_flags_are_marks(engine: Engine) -> None:
    store = opened(engine)
    assert await store.transact(lambda tx: tx.records.marked("late", "x1"))
    assert await store.transact(lambda tx: tx.records.marked("crowded", "telegram:-1002000000001"))
    lately = await store.transact(lambda tx: tx.records.tally("letters:email", NOON))
    assert (lately.count, lately.first) == (1, NOON)
    await store.close()
    assert rows(engine, "SELECT count(*) FROM links WHERE message = handle") == [(0,)]
    assert rows(engine, "SELECT count(*) FROM conversations WHERE client = ''") == [(0,)]


async def test_columns_are_filled(engine: Engine) -> None:
    await opened(engine).close()
    assert rows(
        engine, "SELECT number, desk, line, topic, status, channel FROM tickets ORDER BY number"
    ) == [
        (1, "tech", 2, "internet", "in_progress", "telegram"),
        (2, "tech", 2, "internet", "resolved", "email"),
        (3, "tech", 2, "internet", "new", "telegram"),
    ]
    who = "SELECT number FROM tickets WHERE assignee = 'telegram:1001' AND client <> ''"
    assert rows(engine, f"{who} ORDER BY number") == [(1,), (2,)]
    assert rows(
        engine, "SELECT ticket, kind, desk, before, after FROM ticket_events ORDER BY seq"
    ) == [
        (1, "opened", "tech", "", "new"),
        (1, "taken", "tech", "", "Борис"),
        (1, "status", "tech", "new", "in_progress"),
        (1, "note", "tech", "", ""),
        (2, "opened", "tech", "", "new"),
        (3, "opened", "tech", "", "new"),
        (2, "resolved", "tech", "new", "resolved"),
    ]
    assert rows(engine, "SELECT channel, language, outcome, entry FROM contacts ORDER BY seq") == [
        ("telegram", "ru", "none", ""),
        ("email", "ru", "none", ""),
        ("telegram", "ru", "none", ""),
    ]
    unknown = "SELECT count(*) FROM {} WHERE at IS NULL OR kind = ''"
    assert rows(engine, unknown.format("messages")) == [(0,)]
    assert rows(engine, unknown.format("ticket_events")) == [(0,)]
    unfinished = "SELECT count(*) FROM {} WHERE finished_at IS NULL"
    assert rows(engine, unfinished.format("inbox")) == [(1,)]
    assert rows(engine, unfinished.format("outbox")) == [(1,)]
    first = rows(engine, "SELECT at FROM messages ORDER BY seq LIMIT 1")[0][0]
    assert first == (NOON if isinstance(first, datetime) else 1_795_435_200_000_000)


async def test_and_back(engine: Engine) -> None:
    """The former version finds its flags again, and nothing else is missing."""
    tables = ("clients", "conversations", "tickets", "messages", "contacts", "outbox", "timers")
    before = {table: rows(engine, f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608 - constants
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET id = 'x1' WHERE seq = 28"))
    migrate(engine)
    with engine.begin() as connection:
        run(connection, old_databases.FIRST)
    assert before == {table: rows(engine, f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608 - constants
    flags = "SELECT channel, chat, handle FROM links WHERE message = handle ORDER BY handle"
    assert rows(engine, flags) == [
        ("telegram", "-1002000000001", "crowded"),
        ("telegram", "-1002000000002", "late:x1"),
    ]
    book = rows(engine, "SELECT body FROM conversations WHERE id = 'day-book-email'")[0][0]
    assert "2026-11-23T12:00:00" in book
    migrate(engine)  # and on again


async def test_a_row_nobody_can_read_stops_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("messages", "tickets", "contacts", "ticket_events"):
            connection.execute(text(f"UPDATE {table} SET body = 'torn {{'"))  # noqa: S608 - constants
    migrate(engine)
    assert rows(engine, "SELECT count(*) FROM messages WHERE kind = '' AND at IS NULL") != [(0,)]
