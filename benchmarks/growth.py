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
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from benchmarks.copying import Plan
from benchmarks.end_to_end import machine, started
from benchmarks.growth_figures import STEPS, Side, added, later, table, worst
from benchmarks.growth_past import (
    ANSWERS,
    MANY,
    PAST,
    PRESENT,
    WAITING,
    WORDS,
    begin_numbers,
    connected,
    copy_in_bulk,
    counted,
    fill,
    groups,
    live_the_past,
    stored,
)
from benchmarks.lived import PATIENCE, LivedDesk, ShiftedClock
from benchmarks.marks import Numbers
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator
from bot.storage.sql.schema import (
    contacts,
    outbox,
)
from tests import postgres

ASKERS = 30
TALKERS = 10
"""Clients of today, each with an open ticket."""
MANY_MESSAGES = 5_000
PARKED_ROWS = 20_000
CONTACTS_READ = 100_000


# ------------------------------------------------------------------ today


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
            "report_adds_ms": round(1000 * added(full), 1),
            "contacts_read": full.contacts_read,
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
