"""What waiting work costs those who do not wait: `make bench-claims`.

A desk's group may not be written to, and thousands of rows wait for it. Meanwhile words go to
another desk: how long from the commit that has them written to the moment they are handed to the
channel? The same worker, store and channel with nothing waiting and with all of it, in alternating
runs; then the group is freed, and what waited is sent.

Each figure is the best of the runs: what neighbours on the machine add to it is not ours.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.conversation.decision import Decision, Outgoing, Room, Say, Urgency
from bot.conversation.events import MachineEvent
from bot.coordination.local import LocalWakeUps
from bot.delivery.clock import SystemClock
from bot.delivery.outbox import OutboxWorker
from bot.delivery.outcomes import Outcomes
from bot.delivery.ports import Store, Transaction
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from channels.memory import MemoryChannel
from channels.message import Address, Content, FormattedText, Outbound, Receipt
from tests import postgres

GROUPS = {"held": "-1", "other": "-2"}
ROOMS = 50
"""Tickets of the held desk that the waiting rows are spread over."""
PAUSE = timedelta(minutes=4)
"""Longer than a run, shorter than what is taken for a mistake of the clock."""
Make = Callable[[], Store]


def where(desk: str) -> Address:
    return Address(channel="telegram", chat=GROUPS[desk])


def row(room: Room, text: str) -> Outgoing:
    say = Say(content=Content(text=FormattedText(text)))
    return Outgoing(to=room, action=say, audience="desk", urgency=Urgency.PEOPLE)


class Counting(MemoryChannel):
    """Takes everything at once and says when."""

    def __init__(self) -> None:
        super().__init__("telegram")
        self.arrived: asyncio.Queue[float] = asyncio.Queue()
        self.count = 0

    async def send(self, outbound: Outbound) -> Receipt:
        self.count += 1
        if outbound.address.chat == GROUPS["other"]:
            self.arrived.put_nowait(time.perf_counter())
        now = datetime.now().astimezone()
        return Receipt(at=now, messages=(str(self.count),), thread=outbound.address.thread or "1")


@dataclass
class Desk:
    """A worker at work."""

    store: Store
    channel: Counting
    worker: OutboxWorker

    async def enqueue(self, *rows: Outgoing) -> None:
        now = self.worker.clock.now()
        await self.store.transact(lambda tx: tx.apply(Decision(outgoing=rows), now))
        self.worker.wakeups.ring("outbox")

    async def waits(self, messages: int) -> list[float]:
        """Milliseconds until each of so many words for the other desk is handed over."""
        took = []
        for number in range(messages):
            began = time.perf_counter()
            await self.enqueue(row(Room(ticket=number % 5, desk="other"), "hello"))
            took.append(1000 * (await self.channel.arrived.get() - began))
            await asyncio.sleep(0.002)  # what follows from it is settled
        return took


@asynccontextmanager
async def desk(make: Make) -> AsyncIterator[Desk]:
    def decide(tx: Transaction, _event: MachineEvent, now: datetime) -> Decision:
        tx.apply(Decision(), now)
        return Decision()

    async def diagnose(_channel: str, _language: str) -> Content:
        return Content()

    store, channel = make(), Counting()
    worker = OutboxWorker(
        store=store,
        channels={"telegram": channel},
        outcomes=Outcomes(decide),
        clock=SystemClock(),
        wakeups=LocalWakeUps(),
        title_of=lambda _tx, room: room.key,
        repeated=lambda _row: FormattedText(),
        diagnose=diagnose,
        owner="bench",
    )
    made = Desk(store, channel, worker)
    for ticket in range(5):
        room = Room(ticket=ticket, desk="other")
        thread = Address(channel="telegram", chat=GROUPS["other"], thread=str(ticket))
        await store.transact(lambda tx, r=room, t=thread: tx.chats.room_opened(r, t))  # type: ignore[misc]  # a default binds the loop's value
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        yield made
        worker.drain()
        await task
    await store.close()


def parked(tx: Transaction) -> None:
    tx.chats.park("telegram", GROUPS["held"], "kicked")


def paused(tx: Transaction) -> None:
    tx.chats.pause("telegram", GROUPS["held"], SystemClock().now() + PAUSE)


def p(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


async def measured(make: Callable[[str], Make], waiting: int, runs: int, messages: int) -> None:
    found: dict[str, list[list[float]]] = {}
    drained = 0.0
    for number in range(runs):
        for name, held in (("nothing", None), ("parked", parked), ("paused", paused)):
            async with desk(make(f"{name}{number}")) as it:
                if held is not None:
                    await it.store.transact(held)
                    rooms = [Room(ticket=100 + n, desk="held") for n in range(ROOMS)]
                    for first in range(0, waiting, 1000):
                        part = range(first, min(first + 1000, waiting))
                        await it.enqueue(*(row(rooms[n % ROOMS], f"line {n}") for n in part))
                await it.waits(20)
                found.setdefault(name, []).append(await it.waits(messages))
                if held is parked and number == 0:
                    drained = await draining(it, waiting)
    alone = min(p(each, 95) for each in found["nothing"])
    for name, each in found.items():
        p50, p95 = (min(p(run, share) for run in each) for share in (50, 95))
        rows = 0 if name == "nothing" else waiting
        print(f"  {rows:6} rows {name:8} p50 {p50:5.1f} ms  p95 {p95:5.1f} ms  ×{p95 / alone:.2f}")
    print(f"  the parked group is freed: {drained:.0f} messages a second")


async def draining(it: Desk, waiting: int) -> float:
    """Messages a second once the group may be written to again."""
    before, began = it.channel.count, time.perf_counter()
    back = Decision(returned=(where("held"),))
    now = it.worker.clock.now()
    await it.store.transact(lambda tx: tx.apply(back, now))
    it.worker.wakeups.ring("outbox")
    until = began + 10
    while it.channel.count - before < waiting and time.perf_counter() < until:  # noqa: ASYNC110 - it looks at a figure, not for an event
        await asyncio.sleep(0.05)
    return (it.channel.count - before) / (time.perf_counter() - began)


@contextmanager
def stores() -> Iterator[dict[str, Callable[[str], Make]]]:
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:

        def on_sqlite(name: str) -> Make:
            return lambda: SqliteStore(Path(folder) / f"{name}.db", desks=where)

        with postgres.database(server) as url:
            PostgresStore(url, threads=1).dispose()

            def on_postgres(_name: str) -> Make:
                return lambda: PostgresStore(postgres.emptied(url), desks=where)

            yield {"SQLite": on_sqlite, "PostgreSQL": on_postgres}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--waiting", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--messages", type=int, default=300)
    asked = options.parse_args()
    with stores() as made:
        for name, make in made.items():
            print(name)
            asyncio.run(measured(make, asked.waiting, asked.runs, asked.messages))


if __name__ == "__main__":
    main()
