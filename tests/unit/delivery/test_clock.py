"""The clock follows what the machine's clock does, and jumps are noticed (case A9)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.coordination.local import LocalWakeUps
from bot.delivery.clock import Jumps, SystemClock
from bot.delivery.clock_watch import LOOK, ClockWatch
from bot.delivery.ports import StorageUnavailable
from tests.clock import START, StandingClock
from tests.waiting import patience, turns


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(days=1), timedelta(days=-1)])
def test_now_follows_a_suspend_and_a_correction(by: timedelta) -> None:
    """Review, fault 7: every jump over 2 s was ignored until the next restart."""
    wall = START.timestamp()
    clock = SystemClock(wall=lambda: wall, steady=lambda: 0.0)
    assert clock.now() == START
    wall += by / timedelta(seconds=1)
    assert clock.now() == START + by
    wall += 86_400
    assert clock.now() == START + by + timedelta(days=1)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("by", [timedelta(hours=10), timedelta(seconds=3), timedelta(days=-1)])
def test_a_jump_is_seen_once(by: timedelta) -> None:
    clock = StandingClock()
    jumps = Jumps(clock)
    clock.advance(hours=5)
    assert jumps.look() is None, "time that passes is no jump"
    clock.advance(7)
    clock.jump(by / timedelta(seconds=1))
    assert jumps.look() == by
    assert jumps.look() is None


def test_small_corrections_are_no_jumps_however_many() -> None:
    """Network time moves the clock by small steps, for hours if need be."""
    clock = StandingClock()
    jumps = Jumps(clock)
    for _ in range(100):
        clock.advance(2)
        clock.jump(1.5)
        assert jumps.look() is None


class _Busy(StandingClock):
    """A machine on which ten seconds pass between the readings of two clocks."""

    busy = False

    def now(self) -> datetime:
        if self.busy:
            self.advance(10)
        return super().now()


def test_a_busy_machine_is_no_jump() -> None:
    clock = _Busy()
    jumps = Jumps(clock)
    clock.busy = True
    assert jumps.look() is None


@asynccontextmanager
async def _watched(clock: StandingClock, watch: ClockWatch) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        await turns(20)
        yield
        task.cancel()


async def test_sleepers_look_again_soon_after_a_suspend(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """case A9: it is logged once, pauses are cut, and who sleeps looks at the new time."""
    clock, wakeups = StandingClock(), LocalWakeUps()
    cut: list[tuple[datetime, timedelta | None]] = []

    async def cut_waits(longest: timedelta | None) -> None:
        cut.append((clock.now(), longest))

    with caplog.at_level(logging.WARNING):
        async with _watched(clock, ClockWatch(clock=clock, wakeups=wakeups, cut_waits=cut_waits)):
            clock.advance(LOOK)
            await turns(20)
            assert not cut
            assert not caplog.records
            clock.jump(hours=10)
            for _ in range(3):
                clock.advance(LOOK)
                await turns(20)
            async with patience():
                await wakeups.wait("inbox")
                await wakeups.wait("outbox")
                await wakeups.wait("timers")
    assert cut == [(START + timedelta(hours=10, seconds=2 * LOOK), None)]
    assert [record.getMessage() for record in caplog.records] == [
        "the machine's clock jumped ahead by 10:00:00 and says 2026-11-23T22:00:04+00:00 now"
    ]


async def test_pauses_are_cut_when_storage_is_back(caplog: pytest.LogCaptureFixture) -> None:
    clock, tries = StandingClock(), list[timedelta | None]()

    async def cut_waits(longest: timedelta | None) -> None:
        tries.append(longest)
        if len(tries) < 3:
            raise StorageUnavailable("away")

    watch = ClockWatch(clock=clock, wakeups=LocalWakeUps(), cut_waits=cut_waits)
    with caplog.at_level(logging.WARNING):
        async with _watched(clock, watch):
            clock.jump(days=-1)
            for _ in range(6):
                clock.advance(LOOK)
                await turns(20)
    assert tries == [timedelta()] * 3, "after a jump back everything that waits is due"
    assert [r.getMessage() for r in caplog.records] == [
        "the machine's clock jumped back by 1 day, 0:00:00 and says 2026-11-22T12:00:02+00:00 now"
    ]
