"""The timer worker: each timer fires once, when it is due, and none is in the way of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.conversation.decision import Decision, Timer, TimerKind
from bot.conversation.events import Alarm, MachineEvent, TimerFired
from bot.coordination.local import LocalWakeUps
from bot.delivery.ports import StorageUnavailable, Transaction, VersionConflict
from bot.delivery.timers import ATTEMPTS, TimerWorker
from bot.delivery.worker import BATCH_SECONDS, Progress
from bot.storage.memory import MemoryStore
from tests.clock import START, StandingClock
from tests.outbox import next_due
from tests.unit.delivery.deciding import Answer, CountingStore, Machine, Steady, passes
from tests.values import say


@dataclass
class Works:
    """A timer worker, what it works on, and the machine it asks."""

    machine: Machine
    store: CountingStore
    clock: StandingClock
    wakeups: LocalWakeUps
    worker: TimerWorker
    steady: Steady

    async def until_quiet(self, seconds: float) -> None:
        await passes(self.worker, self.clock, seconds, step=0.5)

    async def step(self) -> Progress:
        return await self.worker.step()

    @property
    def fired(self) -> list[str]:
        return [f.subject for f in self.machine.decided if isinstance(f, TimerFired)]

    @property
    def asked(self) -> list[str]:
        return [f.subject for f in self.machine.asked if isinstance(f, TimerFired)]

    async def next_due(self) -> datetime | None:
        return await self.store.real.transact(lambda tx: tx.timers.next_due())


def timer(subject: str, seconds: float | None = 0, *, kind: TimerKind = "close") -> Timer:
    due = None if seconds is None else START + timedelta(seconds=seconds)
    return Timer(kind=kind, subject=subject, due=due)


@asynccontextmanager
async def works(*timers: Timer) -> AsyncIterator[Works]:
    store, clock, machine = CountingStore(MemoryStore()), StandingClock(), Machine()
    wakeups, steady = LocalWakeUps(), Steady()
    worker = TimerWorker(store, machine.decide, clock, wakeups, steady=steady, careful=0)
    await store.real.transact(lambda tx: tx.apply(Decision(timers=timers), START))
    yield Works(machine, store, clock, wakeups, worker, steady)


def fails(it: Works, subject: str, error: Exception, times: int = 1000) -> None:
    """Deciding about one timer fails, so many times."""
    left = [times]

    def answers(event: MachineEvent) -> Answer:
        if isinstance(event, TimerFired) and event.subject == subject and left[0]:
            left[0] -= 1
            return error
        return Decision()

    it.machine.answers = answers


# ------------------------------------------------------------------ when they are due


async def test_each_fires_once_when_it_is_due_oldest_first() -> None:
    async with works(timer("1", 5), timer("2", 3), timer("3", 3600)) as it:
        await it.until_quiet(10)
        assert it.fired == ["2", "1"]
        assert await it.next_due() == START + timedelta(hours=1)


async def test_the_step_tells_when_the_next_is_due() -> None:
    async with works(timer("1"), timer("2", 3)) as it:
        assert await it.step() == Progress(handled=1)
        assert await it.step() == Progress(handled=0, due=START + timedelta(seconds=3))


async def test_a_new_timer_that_is_nearer_is_looked_at() -> None:
    async with works(timer("1", 50)) as it:
        await it.until_quiet(1)
        nearer = Decision(timers=(timer("2", 5),))
        await it.store.real.transact(lambda tx: tx.apply(nearer, START))
        it.wakeups.ring("timers")
        await it.until_quiet(6)
        assert it.fired == ["2"]


async def test_one_that_sets_itself_again_fires_again_then() -> None:
    async with works(timer("1")) as it:
        again = [Decision(timers=(timer("1", 7),))]
        it.machine.answers = lambda _: again.pop() if again else Decision()
        await it.until_quiet(6)
        assert it.fired == ["1"]
        await it.until_quiet(2)
        assert it.fired == ["1", "1"]


async def test_what_they_lead_to_is_rung_for() -> None:
    async with works(timer("1")) as it:
        it.machine.answers = lambda _: Decision(outgoing=(say("time is up"),))
        await it.step()
        assert it.wakeups._event("outbox").is_set()


async def test_nothing_is_rung_for_nothing() -> None:
    async with works(timer("1")) as it:
        await it.step()
        assert not it.wakeups._event("outbox").is_set()


# ------------------------------------------------------------------ a batch (fault 17)


async def test_one_taken_away_by_an_earlier_one_does_not_fire() -> None:
    """Fault 17: closing a ticket takes its rating's timer away, and both are due."""
    async with works(timer("1"), timer("1", kind="rating"), timer("2")) as it:

        def answers(event: MachineEvent) -> Answer:
            closing = isinstance(event, TimerFired) and event.kind == "close"
            gone = timer("1", None, kind="rating")
            return Decision(timers=(gone,) if closing else ())

        it.machine.answers = answers
        await it.until_quiet(1)
        fired = [f for f in it.machine.asked if isinstance(f, TimerFired)]
        assert [(f.kind, f.subject) for f in fired] == [("close", "1"), ("close", "2")]


async def test_one_put_off_by_an_earlier_one_fires_later() -> None:
    """Fault 17, for one that is moved instead."""
    async with works(timer("1"), timer("2")) as it:
        it.machine.answers = lambda event: Decision(
            timers=(timer("2", 9),)
            if isinstance(event, TimerFired) and event.subject == "1"
            else ()
        )
        await it.until_quiet(8)
        assert it.fired == ["1"]
        await it.until_quiet(2)
        assert it.fired == ["1", "2"]


async def test_a_batch_is_not_bounded_by_number() -> None:
    async with works(*(timer(f"{n}") for n in range(300))) as it:
        assert (await it.step()).handled == 300


async def test_a_batch_is_bounded_by_time() -> None:
    async with works(*(timer(f"{n}") for n in range(9))) as it:

        def slowly(_: MachineEvent) -> Answer:
            it.steady.seconds += BATCH_SECONDS / 2
            return Decision()

        it.machine.answers = slowly
        assert (await it.step()).handled == 2
        await it.until_quiet(1)
        assert len(it.fired) == 9


# ------------------------------------------------------------------ what fails


@pytest.mark.parametrize("error", [ValueError("odd"), VersionConflict("x")])
async def test_one_that_fails_for_ever_is_dropped_with_an_alarm(error: Exception) -> None:
    """Fault 2: a conflict stopped all timers, for ever."""
    async with works(timer("1"), timer("2")) as it:
        fails(it, "1", error)
        assert (await it.step()).handled == 1
        assert it.fired == ["2"], "in the same batch"
        await it.until_quiet(60)
        [alarm] = it.machine.alarms
        assert alarm.key == "admin.timer_failed"
        assert alarm.args["timer"] == "close 1"
        assert type(error).__name__ in str(alarm.args["error"])
        assert await it.next_due() is None
        assert not it.worker.trouble


async def test_it_is_tried_a_few_times_first() -> None:
    async with works(timer("1")) as it:
        fails(it, "1", ValueError("odd"))
        await it.until_quiet(60)
        assert it.asked == ["1"] * ATTEMPTS


@pytest.mark.parametrize("error", [ValueError("odd"), VersionConflict("x")])
async def test_what_recovers_in_time_fires(error: Exception) -> None:
    async with works(timer("1")) as it:
        fails(it, "1", error, times=3)
        await it.until_quiet(60)
        assert it.fired == ["1"]
        assert not it.machine.alarms


async def test_failures_of_the_past_do_not_count_for_the_next_time() -> None:
    async with works(timer("1")) as it:
        fails(it, "1", ValueError("odd"), times=ATTEMPTS - 1)
        await it.until_quiet(60)
        assert it.fired == ["1"]
        fails(it, "1", ValueError("odd"), times=ATTEMPTS - 1)
        again = Decision(timers=(timer("1"),))
        await it.store.real.transact(lambda tx: tx.apply(again, START))
        it.wakeups.ring("timers")
        await it.until_quiet(60)
        assert it.fired == ["1", "1"]
        assert not it.machine.alarms


@pytest.mark.parametrize("error", [ValueError("odd"), VersionConflict("x")])
async def test_an_alarm_that_cannot_be_given_is_not_the_end(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 16"""
    async with works(timer("1"), timer("2", 100)) as it:
        it.machine.answers = lambda event: (
            error
            if isinstance(event, Alarm) or (isinstance(event, TimerFired) and event.subject == "1")
            else Decision()
        )
        await it.until_quiet(120)
        assert it.fired == ["2"]
        assert not it.worker.trouble
    assert "an alarm could not be given: admin.timer_failed" in caplog.text


async def test_nothing_of_one_that_failed_stays() -> None:
    async with works(timer("1")) as it:

        def half_way(tx: Transaction, _event: MachineEvent, now: datetime) -> Decision:
            tx.apply(Decision(outgoing=(say("half"),)), now)
            raise ValueError("odd")

        it.worker._decide = half_way
        await it.step()
        assert await it.store.real.transact(lambda tx: next_due(tx, START)) is None
        assert await it.next_due() == START + timedelta(seconds=2), "and it is not lost"


# ------------------------------------------------------------------ storage


async def test_storage_that_goes_away_loses_none() -> None:
    async with works(timer("1")) as it:
        answers: list[Answer] = [StorageUnavailable("full")] * 9
        it.machine.answers = lambda _: answers.pop(0) if answers else Decision()
        it.store.failing = iter([StorageUnavailable("locked")] * 4)
        await it.until_quiet(90)
        assert it.fired == ["1"]
        assert not it.machine.alarms


async def test_an_idle_worker_asks_once_a_minute() -> None:
    """Faults 8 and 9: counted."""
    async with works(timer("1", 86_400)) as it:
        before = it.store.transactions
        await it.until_quiet(300)
        assert it.store.transactions - before <= 6
