"""The loop of the workers: when it looks, when it waits, and that nothing ends it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

import pytest

from bot.coordination.local import LocalWakeUps
from bot.delivery.ports import StorageUnavailable, VersionConflict
from bot.delivery.wakeups import Queue
from bot.delivery.worker import LONGEST_BACKOFF, Progress, Worker
from tests.clock import START, StandingClock
from tests.waiting import patience

NOTHING = Progress(handled=0)
AWAY = StorageUnavailable("the disk is full")


@dataclass(kw_only=True, eq=False)
class Scripted(Worker):
    """Each step takes the next item of a script; when that is at its end, the last one again."""

    name: ClassVar[Queue] = "timers"
    script: list[Progress | Exception]
    looked: list[float] = field(default_factory=list)
    """When each step was, in seconds since the start."""

    clock: StandingClock = field(default_factory=StandingClock)
    wakeups: LocalWakeUps = field(default_factory=LocalWakeUps)

    async def step(self) -> Progress:
        self.looked.append((self.clock.now() - START) / timedelta(seconds=1))
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, Exception):
            raise item
        return item


async def breathe() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def passes(worker: Scripted, seconds: float, step: float = 0.01) -> None:
    """Let time pass, little by little."""
    for _ in range(round(seconds / step)):
        await breathe()
        worker.clock.advance(step)
    await breathe()


@contextlib.asynccontextmanager
async def running(*script: Progress | Exception) -> AsyncIterator[Scripted]:
    worker = Scripted(script=list(script))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        await breathe()
        yield worker
        task.cancel()


async def test_what_was_handled_is_followed_by_the_next_look_at_once() -> None:
    async with running(Progress(handled=3), Progress(handled=1), NOTHING) as worker:
        assert worker.looked == [0, 0, 0]


async def test_an_idle_worker_looks_once_a_minute() -> None:
    async with running(NOTHING) as worker:
        await passes(worker, 130, step=1)
        assert worker.looked == [0, 60, 120]


async def test_it_looks_when_something_is_due() -> None:
    due = Progress(handled=0, due=START + timedelta(seconds=7))
    async with running(due, NOTHING) as worker:
        await passes(worker, 8, step=0.5)
        assert worker.looked == [0, 7]


async def test_it_looks_when_somebody_rings() -> None:
    async with running(NOTHING) as worker:
        worker.wakeups.ring("timers")
        await breathe()
        assert worker.looked == [0, 0]


async def test_what_is_due_and_not_to_be_had_costs_less_than_two_looks_a_second() -> None:
    """Review, faults 8 and 9: another process has the row, or it is held back. In every span of
    two seconds and more."""
    async with running(Progress(handled=0, due=START)) as worker:
        await passes(worker, 10)
        assert len([at for at in worker.looked if at < 2]) <= 4
        assert len(worker.looked) <= 13
        assert worker.looked[1] == pytest.approx(0.05)
        later = [at for at in worker.looked if at >= 1]
        assert all(b - a >= 1 - 0.001 for a, b in itertools.pairwise(later))


async def test_after_something_was_handled_it_is_quick_again() -> None:
    overdue = Progress(handled=0, due=START)
    async with running(*[overdue] * 5, Progress(handled=1), overdue) as worker:
        await passes(worker, 4)
        handled = worker.looked[5]
        assert worker.looked[6:8] == [handled, pytest.approx(handled + 0.05)]


@pytest.mark.parametrize("error", [AWAY, VersionConflict("somebody else")])
async def test_storage_that_is_away_is_waited_for(error: Exception) -> None:
    async with running(error, error, error, NOTHING) as worker:
        assert worker.trouble.startswith("storage is not available: ")
        assert worker.last_success is None
        await passes(worker, 4, step=0.25)
        assert worker.looked == [0, 0.5, 1.5, 3.5]
        assert not worker.trouble
        assert worker.last_success == START + timedelta(seconds=3.5)


async def test_a_long_spell_is_two_lines_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(*[AWAY] * 100, NOTHING) as worker:
        await passes(worker, 99 * LONGEST_BACKOFF, step=0.5)
        assert len(worker.looked) == 101
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "timers: storage is not available: the disk is full; trying again",
        "timers: working again",
    ]


async def test_works_beside_each_other_share_one_spell(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk: what only reads succeeds, what writes does not."""
    caplog.set_level(logging.INFO)
    full = [True]

    async def write() -> str:
        if full[0]:
            raise AWAY
        return "written"

    async with running(NOTHING) as worker, asyncio.TaskGroup() as group:
        writes = [group.create_task(worker.patiently(write)) for _ in range(3)]
        for _ in range(30):
            worker.wakeups.ring("timers")
            await passes(worker, 1, step=0.5)
        assert len(worker.looked) > 20
        assert worker.trouble == "storage is not available: the disk is full"
        full[0] = False
        await passes(worker, LONGEST_BACKOFF + 1, step=0.5)
        assert [write.result() for write in writes] == ["written"] * 3
        assert not worker.trouble
    assert len(caplog.records) == 2


async def test_a_fault_of_ours_in_a_step_is_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    fault = ZeroDivisionError("by zero")
    async with running(fault, fault, fault, KeyError("x"), NOTHING) as worker:
        assert worker.trouble == "a step failed: ZeroDivisionError: by zero"
        await passes(worker, 10, step=0.5)
        assert worker.looked[:5] == [0, 0.5, 1.5, 3.5, 7.5]
        assert not worker.trouble
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.exc_info and record.exc_info[0] for record in told] == [
        ZeroDivisionError,
        KeyError,
    ]


async def test_a_stopped_worker_ends_after_its_step() -> None:
    worker = Scripted(script=[NOTHING])
    async with patience(), asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await breathe()
        worker.stop()
    assert worker.looked == [0]


async def test_a_cancelled_worker_leaves_no_trouble_behind() -> None:
    async with running(AWAY) as worker:
        assert worker.trouble
    assert not worker.trouble
