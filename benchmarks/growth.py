"""Whether years of finished work slow down today's: a store with 1,000,000 messages and 100,000
tickets beside an empty one.

    make bench-growth

The real program lives a few days of some clients in a store; those rows are then copied in bulk
(benchmarks/copying.py). Then its desk and one with an empty store serve in this process over the
in-process channel, and every act is done in one and then in the other, so that whatever else the
machine does meets both alike. Then the same with a client of 5,000 messages in two tickets, and
with 20,000 rows waiting for a group that cannot be written to. At last the service itself is
started on each, in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, func, insert, select, text
from sqlalchemy.engine import make_url

from benchmarks.copying import Plan, copy_rows, count_on, filling_engine
from benchmarks.end_to_end import machine, quantile, started
from benchmarks.lived import PATIENCE, LivedDesk, ShiftedClock, Ticket
from benchmarks.marks import Numbers, first
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator
from bot.storage.sql.schema import (
    contacts,
    messages,
    metadata,
    outbox,
    ticket_numbers,
    tickets,
    timers,
)
from tests import postgres

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
ASKERS = 30
TALKERS = 10
"""Clients of today, each with an open ticket."""
MANY_MESSAGES = 5_000
PARKED_ROWS = 20_000
CONTACTS_READ = 100_000
SCENES = {
    "finished": "all of it finished",
    "many": "a client of 5,000 messages",
    "waiting": "20,000 rows waiting",
}
STEPS = ("decide", "claim", "settle", "relay")
"""What the worst ratio is of."""
SHOWN = (*STEPS, "answer", "question")


@dataclass
class Side:
    """One of the two stores."""

    desk: LivedDesk
    talking: list[Ticket] = field(default_factory=list)
    many: list[Ticket] = field(default_factory=list)
    parked: list[Ticket] = field(default_factory=list)
    asking: Iterator[tuple[str, str]] = field(default_factory=lambda: iter(()))
    """Who asks line 0 next, and what."""
    figures: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """Seconds by scene and step."""
    starts: list[float] = field(default_factory=list)
    size: float = 0.0
    """Bytes a message, once filled."""
    contacts_read: int = 0
    """By a report."""

    def note(self, scene: str, step: str, seconds: Sequence[float]) -> None:
        self.figures.setdefault((scene, step), []).extend(seconds)


# ------------------------------------------------------------------ the past


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


# ------------------------------------------------------------------ today


def groups(desk: LivedDesk) -> tuple[str, str]:
    """The desk that is talked to, and the one that cannot be written to later."""
    desks = desk.workspace.desks
    return str(desks["internet"].chat), str(desks["billing"].chat)


async def come_in(side: Side, questions: Sequence[str]) -> None:
    """The clients of today open their tickets; both sides have the same ones."""
    desk = side.desk
    internet, billing = groups(desk)
    askers = [desk.new_client() for _ in range(ASKERS)]
    # Nobody asks the same twice within seconds: the bot would not repeat itself.
    side.asking = cycle([(asker, question) for question in questions for asker in askers])
    for _ in range(TALKERS):
        side.talking.append(await desk.open_ticket(desk.new_client(), "no-internet", internet))
        side.parked.append(await desk.open_ticket(desk.new_client(), "billing", billing))
    client = desk.new_client()
    for topic in ("no-internet", "slow-internet"):
        await desk.ask(client, "/new")
        side.many.append(await desk.open_ticket(client, topic, internet))
        await desk.answer(side.many[-1], f"Слушаю вас: {topic}.")
    desk.numbers.series = MANY
    for number in range(25):
        for ticket in side.many:
            await desk.write(ticket, f"{WORDS[number % len(WORDS)]} ({number})")
            await desk.answer(ticket, f"{ANSWERS[number % len(ANSWERS)]} ({number})")
    desk.numbers.series = PRESENT


async def be_cut_off(side: Side) -> None:
    """The bot is removed from a group whose clients write on."""
    desk = side.desk
    _, billing = groups(desk)
    desk.numbers.series = WAITING
    desk.channel.standing(billing, "absent")
    await desk.still()
    for number in range(20):
        for ticket in side.parked:
            desk.channel.say(
                f"{WORDS[number % len(WORDS)]} ({number})",
                chat=ticket.client,
                sender=desk.sender(ticket.client),
            )
        await desk.still()
    desk.numbers.series = PRESENT


async def compare(scene: str, sides: Sequence[Side], rounds: int) -> None:
    """Do the same on both sides in turn, so many times."""
    for number in range(-3, rounds):
        for side in sides if number % 2 else reversed(sides):
            await one_round(scene, side, number)
    for side in sides:
        missing = [step for step in STEPS if not side.figures.get((scene, step))]
        if missing:
            calls = sorted(side.desk.store.calls)
            raise RuntimeError(f"no transaction was taken for {missing}; they did {calls}")


async def one_round(scene: str, side: Side, number: int) -> None:
    """A client writes, a specialist answers, somebody asks. The first rounds only warm up."""
    desk = side.desk
    desk.store.forget()
    among = side.many if scene == "many" else side.talking
    ticket = among[number % len(among)]
    relay = await desk.write(ticket, f"{WORDS[number % len(WORDS)]} {scene} {number}")
    answer = await desk.answer(ticket, f"{ANSWERS[number % len(ANSWERS)]} {scene} {number}")
    seconds = {"relay": [relay], "answer": [answer]}
    if scene != "many":
        seconds["question"] = [await desk.ask(*next(side.asking))]
    if number >= 0:
        for step, found in (desk.store.seconds | seconds).items():
            side.note(scene, step, found)


# ------------------------------------------------------------------ reports and starts


async def reported(side: Side, times: int) -> None:
    """The seconds of reading the latest contacts (:data:`CONTACTS_READ`, or all), and what that
    adds to words relayed meanwhile: beside the writer, and for comparison within a transaction."""
    with connected(side.desk.url) as connection:
        youngest = select(contacts.c.at).order_by(contacts.c.at.desc())
        since = connection.execute(youngest.offset(CONTACTS_READ - 1).limit(1)).scalar()
        since = since or connection.execute(select(func.min(contacts.c.at))).scalar()

    def count(stored: Any) -> int:  # noqa: ANN401 - a reading, or a transaction of ours
        return sum(1 for _ in stored.reports.contacts(since))

    store = side.desk.store
    ways = {"beside": store.read, "within": store.transact}
    alone: list[float] = []
    meanwhile: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(times):
        ticket = side.talking[number % TALKERS]
        alone.append(await side.desk.write(ticket, f"{WORDS[0]} alone {number}"))
        for way, ask in ways.items():
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                report = group.create_task(ask(count))
                await asyncio.sleep(0.005)  # it has begun
                words = f"{WORDS[0]} meanwhile {way} {number}"
                meanwhile[way].append(await side.desk.write(ticket, words))
                side.contacts_read = await report
                side.note("report", f"{way} whole", [time.perf_counter() - began])
    for way, found in meanwhile.items():
        usual = statistics.median(alone)
        side.note("report", f"{way} adds", [with_it - usual for with_it in found])


async def start(side: Side, folder: Path, question: str) -> None:
    """`linezero run` (without Telegram's limits) on a store: seconds until somebody who asked
    before that has an answer."""
    async with Emulator(privacy=False) as telegram:
        workspace, _, _ = example_workspace(folder, telegram)
        file = workspace / "support.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}\ndatabase_url_env: {side.desk.variable}\n", encoding="utf-8")
        asker = telegram.user("Anna", language_code="ru")
        telegram.tell(asker, question)
        began = time.perf_counter()
        async with started(telegram, ("benchmarks.service", str(workspace))):
            await telegram.reply_in(asker, timeout=PATIENCE)
            side.starts.append(time.perf_counter() - began)


# ------------------------------------------------------------------ one database


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


@asynccontextmanager
async def serving(sides: Sequence[Side]) -> AsyncIterator[None]:
    """Both desks serve."""
    async with AsyncExitStack() as stack:
        for side in sides:
            await stack.enter_async_context(side.desk.open())
        yield


async def measure(
    urls: Sequence[str], folder: Path, given: argparse.Namespace
) -> tuple[Side, Side]:
    """Everything about one database: the empty side and the full one."""
    empty, full = (
        Side(desk=LivedDesk(folder / name, url, Numbers(PAST), ShiftedClock()))
        for name, url in zip(("empty", "full"), urls, strict=True)
    )
    sides = (empty, full)
    questions = answered_questions(full.desk.folder)
    await live_the_past(full.desk, questions)
    begin_numbers(empty.desk)
    fill(full.desk.url, given.messages, given.tickets)
    with connected(full.desk.url) as connection:
        full.size = stored(full.desk.url) / counted(connection)[0]
    for side in sides:
        side.desk.clock.shift = timedelta()
        side.desk.numbers.series = PRESENT
    async with serving(sides):
        for side in sides:
            await come_in(side, questions)
        await compare("finished", sides, given.rounds)
        await reported(full, given.reports)
    more = MANY_MESSAGES // 100 - 1
    copy_in_bulk(full.desk.url, Plan(series=MANY, copies=more))
    async with serving(sides):
        await compare("many", sides, given.rounds)
        await be_cut_off(full)
    copy_in_bulk(full.desk.url, Plan(series=WAITING, copies=PARKED_ROWS // waiting(full) - 1))
    print(f"  {waiting(full):,} rows wait for the group", flush=True)
    async with serving(sides):
        await compare("waiting", sides, given.rounds)
    for number in range(given.starts):
        for side in sides:
            place = folder / f"start-{side.desk.folder.name}-{number}"
            await start(side, place, questions[number])
    return empty, full


def waiting(side: Side) -> int:
    """Rows that wait for the group that cannot be written to."""
    _, billing = groups(side.desk)
    with connected(side.desk.url) as connection:
        held = select(func.count()).where(outbox.c.state == "waiting", outbox.c.chat == billing)
        return connection.execute(held).scalar_one()


# ------------------------------------------------------------------ the figures


def ratio(empty: Side, full: Side, scene: str, step: str) -> float:
    """How many times as long it takes, at the 95th percentile."""
    return quantile(full.figures[scene, step], 0.95) / quantile(empty.figures[scene, step], 0.95)


def worst(empty: Side, full: Side) -> float:
    return max(ratio(empty, full, scene, step) for scene in SCENES for step in STEPS)


def later(empty: Side, full: Side) -> float:
    """How many times as long a start takes."""
    return statistics.median(full.starts) / statistics.median(empty.starts)


def table(empty: Side, full: Side) -> str:
    """A table in Markdown."""
    lines = ["| what | where | p50 empty, ms | p50 full | p95 empty | p95 full | p95 ratio |"]
    lines.append("|---|---|---:|---:|---:|---:|---:|")
    for scene, label in SCENES.items():
        for step in SHOWN:
            if (scene, step) not in full.figures:
                continue
            both = [side.figures[scene, step] for side in (empty, full)]
            middle = [f"{1000 * quantile(found, 0.5):.1f}" for found in both]
            late = [f"{1000 * quantile(found, 0.95):.1f}" for found in both]
            figures = " | ".join((*middle, *late, f"{ratio(empty, full, scene, step):.2f}"))
            lines.append(f"| {step} | {label} | {figures} |")
    starts = [statistics.median(side.starts) for side in (empty, full)]
    report = {
        name: statistics.median(found)
        for (scene, name), found in full.figures.items()
        if scene == "report"
    }
    with connected(full.desk.url) as connection:
        lines_kept, opened = counted(connection)
    return (
        "\n".join(lines)
        + f"""

Start to the first answer: {starts[0]:.2f} s empty, {starts[1]:.2f} s full, ratio \
{later(empty, full):.2f}.
Reading {full.contacts_read:,} contacts takes {report["beside whole"]:.2f} s beside the writer; \
words relayed meanwhile wait {1000 * report["beside adds"]:.1f} ms longer. Within a transaction it \
takes {report["within whole"]:.2f} s and they wait {1000 * report["within adds"]:.1f} ms.
Full: {lines_kept:,} messages, {opened:,} tickets; {full.size:,.0f} bytes a message when filled."""
    )


async def benchmark(given: argparse.Namespace) -> None:
    print(f"before: {machine()}", flush=True)
    results: dict[str, dict[str, float]] = {}
    for database in given.databases:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="linezero-growth-") as name:
            folder = Path(name)
            with stores(database, folder) as urls:
                empty, full = await measure(urls, folder, given)
                print(f"\n{database}:\n\n{table(empty, full)}", flush=True)
        print(f"{(time.perf_counter() - began) / 60:.1f} minutes\n", flush=True)
        results[database] = {
            "p95_ratio": round(worst(empty, full), 3),
            "start_ratio": round(later(empty, full), 3),
        }
    print(f"after: {machine()}")
    if given.json:
        print(json.dumps(results))


@contextmanager
def stores(database: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of two stores that are not there yet."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}", f"sqlite:///{folder / 'full.db'}"
        return
    with (
        postgres.server() as server,
        postgres.database(server) as one,
        postgres.database(server) as two,
    ):
        for url in (one, two):
            with connected(
                str(url)
            ) as connection:  # commits wait for the disk, as they do in earnest
                connection.execute(text(f"ALTER DATABASE {url.database} RESET synchronous_commit"))
        plain = [
            url.set(drivername="postgresql").render_as_string(hide_password=False)
            for url in (one, two)
        ]
        yield plain[0], plain[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=400, help="of each scene, on each side")
    parser.add_argument("--reports", type=int, default=10)
    parser.add_argument("--starts", type=int, default=5, help="of the service, on each side")
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    parser.add_argument("--json", action="store_true", help="end with the ratios in one line")
    asyncio.run(benchmark(parser.parse_args()))


if __name__ == "__main__":
    main()
