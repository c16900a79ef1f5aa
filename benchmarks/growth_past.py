"""Years of finished work for bench-growth: a few days that were lived, copied in bulk."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, func, insert, select, text
from sqlalchemy.engine import make_url

from benchmarks.copying import Plan, copy_rows, count_on, filling_engine
from benchmarks.lived import LivedDesk
from benchmarks.marks import first
from bot.storage.sql.schema import messages, metadata, ticket_numbers, tickets, timers

PAST, PRESENT, MANY, WAITING = 1, 2, 3, 4
"""The series of what was long ago, of the people of today, of the client with many messages, and of
what waits for the group."""
THEN = datetime(2001, 2, 6, 7, tzinfo=UTC)
"""A working day on which the originals live."""
YEARS = 700
"""Days over which the copies lie, up to a month ago."""
ORIGINALS = 25
"""Tickets whose days are copied, and as many clients who only ask."""
WORDS = (
    "Здравствуйте, второй день подряд вечером пропадает интернет, днём всё работает.",
    "Роутер перезагружал, кабель проверил, лампочка WAN мигает оранжевым.",
    "Сейчас опять нет, а мне завтра с утра работать из дома.",
    "Спасибо, вроде появилось, посмотрю до вечера.",
    "Да, скорость теперь как положено.",
)
ANSWERS = (
    "Добрый день! Вижу ошибки на порту вашего подъезда, передаю инженерам.",
    "Коммутатор перезапустили, проверьте, пожалуйста, через пять минут.",
    "Оставлю заявку открытой до завтра, напишите, если повторится.",
)


async def live_the_past(desk: LivedDesk, questions: Sequence[str]) -> None:
    """Some clients ask, as many open a ticket, talk, are helped; then all of it runs its course."""
    internet, _ = groups(desk)
    begin_numbers(desk)
    desk.clock.shift = THEN - datetime.now(UTC)
    async with desk.open():
        for number in range(ORIGINALS):
            asker = desk.new_client()
            for place in range(3):
                await desk.ask(asker, questions[(3 * number + place) % len(questions)])
            ticket = await desk.open_ticket(desk.new_client(), "no-internet", internet)
            for place, words in enumerate(WORDS):
                await desk.write(ticket, words)
                if place < len(ANSWERS):
                    await desk.answer(ticket, ANSWERS[place])
            await desk.resolve(ticket, "Перезапустили коммутатор в подъезде.")
    for _ in range(100):
        with connected(desk.url) as connection:
            due = connection.execute(select(func.min(timers.c.due))).scalar()
        if due is None:
            return
        desk.clock.shift = due + timedelta(minutes=1) - datetime.now(UTC)
        async with desk.open():
            pass
    raise RuntimeError("the originals never come to an end: a timer is always set anew")


def begin_numbers(desk: LivedDesk) -> None:
    """Let the numbers of tickets be such that can be told, too."""
    desk.open_store().dispose()
    with connected(desk.url) as connection:
        connection.execute(insert(ticket_numbers).values(number=first(PAST), at=None))
        if connection.dialect.name == "postgresql":
            count_on(connection, ticket_numbers)


def fill(url: str, wanted_messages: int, wanted_tickets: int) -> None:
    """Copy the originals until there is as much as wanted."""
    with connected(url) as connection:
        lines, opened = counted(connection)
    copies = max(wanted_messages // lines, wanted_tickets // opened)
    ends = (datetime.now(UTC) - timedelta(days=30) - THEN).days

    def shift(copy: int) -> int:
        return ends - YEARS + YEARS * copy // copies

    copy_in_bulk(url, Plan(series=PAST, copies=copies, shift=shift))


def copy_in_bulk(url: str, plan: Plan) -> None:
    engine = filling_engine(driven(url))
    began = time.perf_counter()
    added = copy_rows(engine, metadata, plan)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if (
            engine.dialect.name == "postgresql"
        ):  # as autovacuum does in a store that grows by itself
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    took = time.perf_counter() - began
    rows = ", ".join(f"{name} {count:,}" for name, count in added.items())
    print(f"  copied in {took:.0f} s: {rows}", flush=True)


def counted(connection: Connection) -> tuple[int, int]:
    """How many messages and tickets there are."""
    lines = connection.execute(select(func.count()).select_from(messages)).scalar_one()
    opened = connection.execute(select(func.count()).select_from(tickets)).scalar_one()
    return lines, opened


def groups(desk: LivedDesk) -> tuple[str, str]:
    """The desk that is talked to, and the one that cannot be written to later."""
    desks = desk.workspace.desks
    return str(desks["internet"].chat), str(desks["billing"].chat)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection beside the program's; what it did is committed."""
    engine = create_engine(driven(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def driven(url: str) -> URL:
    """The address with the driver that the program uses."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if "postgresql" in url else parsed


def stored(url: str) -> int:
    """The size of a store, in bytes."""
    if (path := driven(url).database) and url.startswith("sqlite"):
        return Path(path).stat().st_size
    with connected(url) as connection:
        return int(
            connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        )
