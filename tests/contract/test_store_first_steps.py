"""What ends the process, at each start anew, is set aside after a few of them (case A1, poison).

A process that dies is played by an exception which nothing catches, and by a new worker on the same
store. On every store: what counts is what was committed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.conversation.decision import Decision, Timer
from bot.conversation.events import MachineEvent, TimerFired
from bot.coordination.local import LocalWakeUps
from bot.delivery.first_steps import DEATHS, STEPS
from bot.delivery.inbox import InboxWorker
from bot.delivery.ports import Store, Transaction
from bot.delivery.timers import TimerWorker
from bot.delivery.worker import Worker
from channels.message import Inbound
from tests.clock import START, StandingClock
from tests.unit.delivery.deciding import Machine, passes
from tests.values import ANNA, BORIS, said


class Died(BaseException):
    """The process has ended."""


class Deadly(Machine):
    """A machine that ends the process at some events."""

    def __init__(self, deadly: Callable[[MachineEvent], bool]) -> None:
        super().__init__()
        self.deadly = deadly

    def decide(self, tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        if self.deadly(event):
            raise Died
        return super().decide(tx, event, now)


async def lives(make: Callable[[], Worker], clock: StandingClock) -> int:
    """Start the service anew whenever it dies. Returns how often it did, until it lived on."""
    for deaths in range(4 * DEATHS):
        try:
            await passes(make(), clock, 2, step=0.5)
        except BaseExceptionGroup as ended:
            if ended.subgroup(Died) is None:
                raise
        else:
            return deaths
    pytest.fail("it dies at every start")


def arrived(event: MachineEvent, external_id: str) -> bool:
    return isinstance(event, Inbound) and event.external_id == external_id


async def test_what_ends_the_process_is_set_aside(store: Store) -> None:
    """Decision 406: the count of failures is in the row, and death leaves none."""
    machine, clock = Deadly(lambda event: arrived(event, "2")), StandingClock()
    items = [said("1"), said("2"), said("3"), said("4", BORIS)]
    await store.transact(lambda tx: tx.inbox.accept(items, None, START))
    make = lambda: InboxWorker(store, machine.decide, clock, LocalWakeUps())  # noqa: E731
    assert await lives(make, clock) == DEATHS
    heard = [event.external_id for event in machine.decided if isinstance(event, Inbound)]
    assert sorted(heard) == ["1", "3", "4"], "each once"
    assert [alarm.key for alarm in machine.alarms] == ["admin.set_aside"]
    [(_, why)] = await store.transact(lambda tx: tx.inbox.aside())
    assert "process ended" in why
    assert await lives(make, clock) == 0


async def test_it_is_found_behind_a_long_queue(store: Store) -> None:
    """Each life gets some way, though what is decided in one batch is lost with it."""
    machine, clock = Deadly(lambda event: arrived(event, "deadly")), StandingClock()
    items = [said(f"{n}", ANNA if n % 2 else BORIS) for n in range(3 * STEPS)]
    await store.transact(lambda tx: tx.inbox.accept([*items, said("deadly")], None, START))
    deaths = await lives(lambda: InboxWorker(store, machine.decide, clock, LocalWakeUps()), clock)
    assert DEATHS <= deaths <= DEATHS + 3
    assert len(machine.asked) >= 3 * STEPS


async def test_a_process_that_was_killed_by_chance_costs_nobody_anything(store: Store) -> None:
    """Lives that end at different things set nothing aside, and what was decided is forgotten."""
    victims = [f"{n}" for n in range(DEATHS + 2)]
    left = set(victims)

    def chance(event: MachineEvent) -> bool:
        hit = isinstance(event, Inbound) and event.external_id in left
        if hit and isinstance(event, Inbound):
            left.discard(event.external_id)
        return hit

    machine, clock = Deadly(chance), StandingClock()
    await store.transact(lambda tx: tx.inbox.accept([said(v) for v in victims], None, START))
    make = lambda: InboxWorker(store, machine.decide, clock, LocalWakeUps())  # noqa: E731
    assert await lives(make, clock) == len(victims)
    assert not await store.transact(lambda tx: tx.inbox.aside())
    decided = [event.external_id for event in machine.decided if isinstance(event, Inbound)]
    assert decided == victims


async def test_a_timer_that_ends_the_process_is_given_up(store: Store) -> None:
    def deadly(event: MachineEvent) -> bool:
        return isinstance(event, TimerFired) and event.subject == "2"

    machine, clock = Deadly(deadly), StandingClock()
    timers = tuple(Timer(kind="close", subject=f"{n}", due=START) for n in (1, 2, 3))
    await store.transact(lambda tx: tx.apply(Decision(timers=timers), START))
    make = lambda: TimerWorker(store, machine.decide, clock, LocalWakeUps())  # noqa: E731
    assert await lives(make, clock) == DEATHS
    fired = [event.subject for event in machine.decided if isinstance(event, TimerFired)]
    assert fired == ["1", "3"]
    [alarm] = machine.alarms
    assert alarm.key == "admin.timer_failed"
    assert "process ended" in str(alarm.args["error"])


async def test_the_first_steps_are_few(store: Store) -> None:
    """Later ones are decided about in batches, as many as fit."""
    machine, clock = Machine(), StandingClock()
    await store.transact(lambda tx: tx.inbox.accept([said(f"{n}") for n in range(60)], None, START))
    worker = InboxWorker(store, machine.decide, clock, LocalWakeUps(), steady=lambda: 0.0)
    for _ in range(STEPS):
        assert (await worker.step()).handled == 1
    assert (await worker.step()).handled == 60 - STEPS
