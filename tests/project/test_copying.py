"""The copies that fill a store for `make bench-growth`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    make_url,
    select,
)
from sqlalchemy.engine import URL

from benchmarks.copying import Plan, copy_rows, filling_engine
from benchmarks.marks import COPY, Numbers, mark
from bot.storage.sql.types import Instant, Name, Number
from tests import postgres

THEN = datetime(2001, 2, 6, 7, tzinfo=UTC)

metadata = MetaData()
talks = Table(
    "talks",
    metadata,
    Column("channel", Name, primary_key=True),
    Column("chat", Name, primary_key=True),
)
lines = Table(
    "lines",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Name, nullable=False),
    Column("order", Text, Computed("id || '!'")),
    UniqueConstraint("id"),
)
counted = Table("counted", metadata, Column("number", Number, primary_key=True))
tickets = Table(
    "tickets",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("opened_at", Instant, nullable=False),
    Column("continues", BigInteger),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("body", Text, nullable=False),
)


@contextmanager
def filled_at(url: URL) -> Iterator[Engine]:
    """An engine for a database with these tables."""
    engine = filling_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with these tables and nothing in them."""
    if request.param == "sqlite":
        with filled_at(make_url(f"sqlite:///{tmp_path / 'store.db'}")) as made:
            yield made
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as url, filled_at(url) as made:
        yield made


def test_a_copy_differs_in_its_numbers_and_days_only(engine: Engine) -> None:
    """In columns and in JSON; what is not of the series, or would not be unique, stays alone."""
    numbers = Numbers(1)
    chat, ticket, line = (next(numbers) for _ in range(3))
    body = f'{{"chat":"{chat}","ticket":{ticket},"at":"2001-02-06T07:00:00Z","other":"2001"}}'
    with engine.begin() as connection:
        connection.execute(
            insert(talks),
            [{"channel": "telegram", "chat": str(chat)}, {"channel": "telegram", "chat": "500"}],
        )
        connection.execute(insert(lines), [{"id": str(line)}, {"id": "other"}])
        connection.execute(insert(counted).values(number=ticket))
        connection.execute(
            insert(tickets),
            [
                {"number": ticket, "opened_at": THEN, "continues": 7, "version": 3, "body": body},
                {"number": 7, "opened_at": THEN, "continues": ticket, "version": 1, "body": body},
            ],
        )
        connection.execute(insert(events), [{"body": f'"{chat}"'}, {"body": "{}"}])

    plan = Plan(series=1, copies=70, shift=lambda copy: 1000 + copy)
    added = copy_rows(engine, metadata, plan)

    assert added == dict.fromkeys(("talks", "lines", "counted", "tickets", "events"), 70)
    with engine.begin() as connection:
        for copy in (1, 70):
            moved, later = copy * COPY, timedelta(days=1000 + copy)
            found = connection.execute(
                select(tickets).where(tickets.c.number == ticket + moved)
            ).one()
            assert (found.opened_at, found.continues, found.version) == (THEN + later, 7, 3)
            assert found.body == (
                f'{{"chat":"{chat + moved}","ticket":{ticket + moved},'
                f'"at":"{THEN + later:%Y-%m-%d}T07:00:00Z","other":"2001"}}'
            )
            assert str(chat + moved).startswith(mark(1, copy))
            order = select(lines.c.order).where(lines.c.id == str(line + moved))
            assert connection.execute(order).scalar_one() == f"{line + moved}!"
        assert (
            connection.execute(insert(counted).returning(counted.c.number)).scalar_one()
            == ticket + 70 * COPY + 1
        )
