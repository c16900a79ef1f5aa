"""What the tests of the workers that decide have in common: a machine that does as it is told,
and a store that counts how often it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.conversation.decision import Decision
from bot.conversation.events import Alarm, MachineEvent
from bot.coordination.local import LocalWakeUps
from bot.delivery.inbox import DurableInbox, InboxWorker
from bot.delivery.ports import InboxRow, Reading, Store, Transaction, Unreadable
from bot.delivery.wakeups import Queue
from bot.delivery.worker import Progress, Worker
from bot.storage.memory import MemoryStore
from channels.message import Inbound
from tests.clock import StandingClock
from tests.waiting import eventually

T = TypeVar("T")

Answer = Decision | Exception
"""What the machine makes of an event."""
Answers = Callable[[MachineEvent], Answer]


@dataclass
class Machine:
    """Decides as a test says; ``decide`` is what workers take.

    Args:
        answers: what comes of an event; asked at each attempt.
    """

    answers: Answers = lambda _event: Decision()
    asked: list[MachineEvent] = field(default_factory=list)
    """Every attempt."""
    decided: list[MachineEvent] = field(default_factory=list)
    """Those that came to a decision, once that was committed or not."""
    settled: list[bool] = field(default_factory=list)
    """For each attempt whether receipts were to be waited for no longer."""

    def decide(self, tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        self.asked.append(event)
        self.settled.append(tx.records.settled)
        answer = self.answers(event)
        if isinstance(answer, Exception):
            raise answer
        tx.apply(answer, now)
        self.decided.append(event)
        return answer

    @property
    def alarms(self) -> list[Alarm]:
        return [event for event in self.decided if isinstance(event, Alarm)]


class CountingStore:
    """A store that counts its transactions, and can be away."""

    def __init__(self, store: Store) -> None:
        self.real = store
        self.transactions = 0
        self.failing: Iterator[Exception | None] = iter(())
        """What each transaction from now on raises instead of running."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        self.transactions += 1
        error = next(self.failing, None)
        if error is not None:
            await asyncio.sleep(0)
            raise error
        return await self.real.transact(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self.real.read(work)

    async def close(self) -> None:
        await self.real.close()


class Steady:
    """Seconds that go on when the work does: a machine that takes its time says so here."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def asleep(clock: StandingClock) -> None:
    """Until somebody waits for the clock: a store with threads of its own has answered then."""
    await eventually(lambda: any(not nap.done() for _, nap in clock._sleepers))


async def passes(worker: Worker, clock: StandingClock, seconds: float, *, step: float) -> None:
    """Run a worker alone while so much time passes in small steps."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        for _ in range(round(seconds / step)):
            await asleep(clock)
            clock.advance(step)
        await asleep(clock)
        task.cancel()


# ------------------------------------------------------------------ the inbox


@dataclass
class Inbox:
    """An inbox worker, what it works on, and the machine it asks."""

    machine: Machine
    store: CountingStore
    clock: StandingClock
    wakeups: LocalWakeUps
    worker: InboxWorker
    inbox: DurableInbox
    steady: Steady

    async def until_quiet(self, seconds: float) -> None:
        """Let the worker run for a while."""
        await passes(self.worker, self.clock, seconds, step=0.5)

    async def step(self) -> Progress:
        return await self.worker.step()

    @property
    def decided(self) -> list[str]:
        """What was decided, by its name in the channel."""
        return [each.external_id for each in self.machine.decided if isinstance(each, Inbound)]

    @property
    def asked(self) -> list[str]:
        return [each.external_id for each in self.machine.asked if isinstance(each, Inbound)]

    async def aside(self) -> list[InboxRow | Unreadable[int]]:
        rows = await self.store.real.transact(lambda tx: tx.inbox.aside())
        return [row for row, _ in rows]

    def rung(self, queue: Queue) -> bool:
        return self.wakeups._event(queue).is_set()


@asynccontextmanager
async def inbox(*items: Inbound) -> AsyncIterator[Inbox]:
    """One that these things arrived in."""
    store, clock, machine = CountingStore(MemoryStore()), StandingClock(), Machine()
    wakeups, steady = LocalWakeUps(), Steady()
    worker = InboxWorker(store, machine.decide, clock, wakeups, steady=steady, careful=0)
    channel_side = DurableInbox(store, clock, wakeups)
    await channel_side.accept(items)
    yield Inbox(machine, store, clock, wakeups, worker, channel_side, steady)


def of(external_id: str, answer: Answer) -> Answers:
    """An answer for one event, nothing to do about all others."""

    def answers(event: MachineEvent) -> Answer:
        hit = isinstance(event, Inbound) and event.external_id == external_id
        return answer if hit else Decision()

    return answers


def each(answer: Answer) -> Answers:
    """An answer for everything that arrived, nothing to do about alarms."""
    return lambda event: answer if isinstance(event, Inbound) else Decision()
