"""What is kept for a time only."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.conversation.decision import Decision
from bot.delivery.ports import Transaction
from bot.delivery.ports.journal import Decided
from bot.keeping import STEP, Keeping
from bot.storage.memory import MemoryStore
from config.settings import Retention
from tests.clock import START, StandingClock
from tests.waiting import turns


def day(number: int) -> Decided:
    return Decided(at=START + timedelta(days=number), event=None, decision=Decision())


async def test_the_journal_is_kept_as_long_as_the_workspace_says() -> None:
    clock, store, kept = StandingClock(), MemoryStore(), timedelta(days=14)

    def write(tx: Transaction) -> None:
        for _ in range(2 * STEP + 1):
            tx.journal.add(day(0))
        tx.journal.add(day(10))

    async def left() -> int:
        return len(await store.transact(lambda tx: tx.journal.after(0, 9999)))

    await store.transact(write)
    keeping = Keeping(store=store, clock=clock, spans=lambda: Retention(journal=kept), pause=0)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keeping.run())
        await turns()
        assert await left() == 2 * STEP + 2
        clock.advance(days=14, seconds=1)
        await turns()
        assert await left() == 1, "in steps, until nothing old is left"
        kept = timedelta(days=1)
        clock.advance(3600)
        await turns()
        assert await left() == 0, "a changed setting counts from the next look on"
        task.cancel()


async def test_storage_that_is_away_is_no_end() -> None:
    clock, store = StandingClock(), MemoryStore()
    await store.close()
    keeping = Keeping(store=store, clock=clock, spans=Retention)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keeping.run())
        await turns()
        clock.advance(3600)
        await turns()
        assert not task.done()
        task.cancel()
