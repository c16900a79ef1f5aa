"""The workers that decide, on every store."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.engine import URL

from bot.conversation.decision import Decision, Timer
from bot.conversation.events import MachineEvent
from bot.coordination.local import LocalWakeUps
from bot.delivery.inbox import InboxWorker
from bot.delivery.ports import Store, Transaction, Unreadable
from bot.delivery.timers import TimerWorker
from bot.delivery.worker import Progress
from bot.storage.postgres import PostgresStore
from channels.message import Inbound
from tests import postgres
from tests.clock import START, StandingClock
from tests.contract.test_lanes_between_processes import Watched
from tests.contract.test_lanes_between_processes import worker as outbox_worker
from tests.damage import damaged, healed
from tests.unit.delivery.deciding import CountingStore, Machine, passes
from tests.values import BORIS, GROUP, said, say, ticket

SECONDS = 10


async def test_rows_that_cannot_be_read_end_no_service(store: Store) -> None:
    """Review, fault 3: at every start anew."""
    clock, machine = StandingClock(), Machine()
    worker = InboxWorker(store, machine.decide, clock, LocalWakeUps())
    items = (said("1"), said("2"), said("3", BORIS))
    await store.transact(lambda tx: tx.inbox.accept(items, None, START))
    await store.transact(damaged("1"))
    await passes(worker, clock, 1, step=0.5)
    assert decided(machine) == ["2", "3"]
    assert [alarm.key for alarm in machine.alarms] == ["admin.set_aside"]
    await store.transact(healed(items[0]))
    [(row, _)] = await store.transact(lambda tx: tx.inbox.aside())
    number = row.row if isinstance(row, Unreadable) else row.id
    await store.transact(lambda tx: tx.inbox.replay([number], clock.now()))
    await passes(worker, clock, 61, step=1)
    assert decided(machine) == ["2", "3", "1"]


async def test_idle_workers_ask_less_than_twice_a_second(store: Store) -> None:
    """Faults 8 and 9, counted: nothing to do but a timer of tomorrow."""
    clock, machine, counting = StandingClock(), Machine(), CountingStore(store)
    tomorrow = Decision(timers=(Timer(kind="close", subject="1", due=START.replace(day=24)),))
    await store.transact(lambda tx: tx.apply(tomorrow, START))
    for make in (InboxWorker, TimerWorker):
        counting.transactions = 0
        await passes(
            make(counting, machine.decide, clock, LocalWakeUps()), clock, SECONDS, step=0.5
        )
        assert counting.transactions <= 2
    assert not machine.asked


@pytest.mark.parametrize("alone", [True, False])
async def test_an_idle_outbox_asks_less_than_twice_a_second(store: Store, alone: bool) -> None:
    """Fault 8, on every store; with neighbours it also looks for what those left that are gone."""
    clock, counting = StandingClock(), CountingStore(store)
    idle = replace(outbox_worker(counting, Watched(), "me"), clock=clock, alone=alone)
    parked = Decision(outgoing=(say("waits", GROUP),))
    await store.transact(lambda tx: tx.chats.park(GROUP.channel, GROUP.chat, "kicked"))
    await store.transact(lambda tx: tx.apply(parked, START))
    await passes(idle, clock, 6 * SECONDS, step=0.5)
    assert counting.transactions <= 6


async def test_what_another_process_is_deciding_costs_next_to_nothing(
    postgres_database: URL,
) -> None:
    """Fault 9: 1,892 transactions in the two seconds that another process took for one row."""
    at = postgres.emptied(postgres_database)
    mine, theirs = PostgresStore(at, threads=1), PostgresStore(at, threads=1)
    counting, clock, machine = CountingStore(mine), StandingClock(), Machine()
    timer = Timer(kind="close", subject="1", due=START)
    await mine.transact(lambda tx: tx.inbox.accept([said("1"), said("2")], None, START))
    await mine.transact(lambda tx: tx.apply(Decision(timers=(timer,)), START))
    taken, done = threading.Event(), threading.Event()

    def decide_slowly(tx: Transaction) -> None:
        assert tx.inbox.next(START)
        assert tx.timers.due(START, 1)
        taken.set()
        assert done.wait(60)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(theirs.transact(decide_slowly))
            assert await asyncio.to_thread(taken.wait, 30)
            try:
                for make in (InboxWorker, TimerWorker):
                    counting.transactions = 0
                    worker = make(counting, machine.decide, clock, LocalWakeUps())
                    await passes(worker, clock, SECONDS, step=0.05)
                    assert counting.transactions < 2 * SECONDS
                    assert counting.transactions > SECONDS / 2, "it looks again nevertheless"
                assert not machine.asked
            finally:
                done.set()
        worker = InboxWorker(counting, machine.decide, clock, LocalWakeUps())
        await passes(worker, clock, 2, step=0.05)
        assert decided(machine) == ["1", "2"], "once it was let go"
    finally:
        await mine.close()
        await theirs.close()


async def test_what_another_process_saved_meanwhile_is_seen_at_the_next_attempt(
    postgres_database: URL,
) -> None:
    """Fault 2: a real conflict is over within the same transaction."""
    at = postgres.emptied(postgres_database)
    mine, theirs = PostgresStore(at, threads=1), PostgresStore(at, threads=1)
    await mine.transact(lambda tx: tx.apply(Decision(tickets=(ticket(),)), START))
    await mine.transact(lambda tx: tx.inbox.accept([said("1")], None, START))
    read, saved = threading.Event(), threading.Event()
    attempts: list[int] = []

    def decide(tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        known = tx.records.ticket(7)
        assert known is not None
        attempts.append(known.version)
        read.set()
        assert saved.wait(60)
        decision = Decision(tickets=(replace(known, reopened=known.reopened + 1),))
        tx.apply(decision, now)
        return decision

    def first(tx: Transaction) -> None:
        known = tx.records.ticket(7)
        assert known is not None
        tx.apply(Decision(tickets=(replace(known, reopened=10),)), START)

    try:
        worker = InboxWorker(mine, decide, StandingClock(), LocalWakeUps())
        async with asyncio.TaskGroup() as group:
            step = group.create_task(worker.step())
            assert await asyncio.to_thread(read.wait, 30)
            await theirs.transact(first)
            saved.set()
        assert step.result() == Progress(handled=1)
        assert attempts == [1, 2]
        after = await mine.transact(lambda tx: tx.records.ticket(7))
        assert after is not None
        assert after.reopened == 11
    finally:
        saved.set()
        await mine.close()
        await theirs.close()


def decided(machine: Machine) -> list[str]:
    return [event.external_id for event in machine.decided if isinstance(event, Inbound)]
