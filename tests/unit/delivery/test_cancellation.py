"""A library that cancels what somebody waits for must not end a worker, a channel or a send.

``CancelledError`` then comes to somebody who is not to end; no ``except Exception`` catches it, and
a task group takes it for a task that was told to stop.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.delivery.cancellation import StrayCancellation, strays_are_faults
from bot.delivery.worker import Progress
from bot.life import Chore
from bot.supervision import Supervisor
from channels.memory import MemoryChannel
from channels.message import Outbound, Receipt
from channels.protocol import Inbox
from tests.clock import StandingClock
from tests.inbox import ListInbox
from tests.unit.delivery.sending import CLIENT, desk
from tests.unit.delivery.test_worker import Scripted, passes
from tests.waiting import turns


async def cancelled_by_others() -> Any:
    """Wait for something that a library has given up."""
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    await given_up


async def test_it_is_told_from_being_told_to_end() -> None:
    with pytest.raises(StrayCancellation, match="cancelled"), strays_are_faults():
        await cancelled_by_others()

    async def waits() -> None:
        with strays_are_faults():
            await asyncio.Event().wait()

    task = asyncio.Task(waits())
    await turns(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_limit_is_no_stray() -> None:
    with pytest.raises(TimeoutError), strays_are_faults():
        async with asyncio.timeout(0):
            await asyncio.Event().wait()


async def test_a_worker_goes_on() -> None:
    class Unlucky(Scripted):
        async def step(self) -> Progress:
            if not self.looked:
                self.looked.append(0)
                await cancelled_by_others()
            return await super().step()

    worker = Unlucky(script=[Progress(handled=0)])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        await passes(worker, 1, step=0.25)
        assert not task.done()
        assert len(worker.looked) == 2
        task.cancel()


async def test_a_service_beside_the_work_is_begun_anew() -> None:
    clock, runs = StandingClock(), list[int]()

    async def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            await cancelled_by_others()

    async with asyncio.TaskGroup() as group:
        group.create_task(Chore("reload", work, clock).kept_running())
        await turns(5)
        clock.advance(1)
        await turns(5)
    assert len(runs) == 2


async def test_a_channel_is_begun_anew() -> None:
    class Unlucky(MemoryChannel):
        begun = 0

        async def run(self, inbox: Inbox) -> None:
            self.begun += 1
            await (cancelled_by_others() if self.begun == 1 else asyncio.Event().wait())

    clock, channel = StandingClock(), Unlucky()
    supervisor = Supervisor(channel=channel, clock=clock, tell=lambda _alarm: None)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        task = group.create_task(supervisor.run(ListInbox(), stack))
        await turns(10)
        assert "StrayCancellation" in supervisor.look().detail
        clock.advance(1)
        await turns(10)
        assert channel.begun == 2
        task.cancel()


async def test_what_was_being_sent_is_settled() -> None:
    """The row stayed in flight until the next start, and with it everything for its chat."""
    async with desk() as it:
        real, calls = it.channel.send, list[int]()

        async def unlucky(outbound: Outbound) -> Receipt:
            calls.append(1)
            if len(calls) == 1:
                await cancelled_by_others()
            return await real(outbound)

        it.channel.send = unlucky  # type: ignore[method-assign]
        await it.say(CLIENT, "hello")
        await it.say(CLIENT, "again")
        await it.until(lambda: it.texts("42") == ["↻\nhello", "again"])
