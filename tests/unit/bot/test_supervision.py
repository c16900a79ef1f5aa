"""What breaks one channel ends neither the others nor the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self

import pytest

from bot.conversation.events import Alarm
from bot.life import GOOD_WHILE, Chore
from bot.supervision import MENDED, Supervisor
from channels.memory import MemoryChannel
from channels.protocol import Health, Inbox, Misconfigured
from tests.clock import START, StandingClock
from tests.inbox import ListInbox
from tests.waiting import turns


class Frail(MemoryChannel):
    """A channel that does what a test says, each time it is begun."""

    fate: asyncio.Future[None]
    """Ends the present life, when a test says how."""

    def __init__(self, *lives: Exception, entering: tuple[Exception, ...] = ()) -> None:
        super().__init__("frail")
        self._lives = list(lives)
        self._entering = list(entering)
        self.begun = 0
        self.inside = False
        self.state = Health(ok=True)

    async def __aenter__(self) -> Self:
        if self._entering:
            raise self._entering.pop(0)
        self.inside = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.inside = False

    async def run(self, inbox: Inbox) -> None:
        self.begun += 1
        life = self._lives.pop(0) if self._lives else None
        if life is not None:
            raise life
        self.fate = asyncio.get_running_loop().create_future()
        await self.fate

    def health(self) -> Health:
        return self.state


@dataclass
class Ward:
    """A supervised channel, and what the administrators were told."""

    channel: Frail
    clock: StandingClock
    supervisor: Supervisor
    task: asyncio.Task[None]
    told: list[Alarm] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)

    async def pass_(self, seconds: float = 0) -> None:
        """Let time pass second by second, and the service look at the channel as it does."""
        for _ in range(round(seconds)):
            self.clock.advance(1)
            await turns(10)
            self.supervisor.look()
        await turns(10)

    @property
    def keys(self) -> list[str]:
        return [alarm.key for alarm in self.told]


@asynccontextmanager
async def ward(channel: Frail, *, carries_alarms: bool = False) -> AsyncIterator[Ward]:
    clock, told, rung = StandingClock(), list[Alarm](), list[str]()
    supervisor = Supervisor(
        channel=channel,
        clock=clock,
        tell=told.append,
        carries_alarms=carries_alarms,
        ready=lambda: rung.append("outbox"),
    )
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        task = group.create_task(supervisor.run(ListInbox(), stack))
        it = Ward(channel, clock, supervisor, task, told, rung)
        await turns(10)
        yield it
        task.cancel()


async def test_a_channel_that_breaks_is_begun_anew_with_growing_pauses() -> None:
    """Issue 8: 1 s doubling up to 5 minutes."""
    channel = Frail(*[RuntimeError(f"{n}") for n in range(20)])
    begun: list[float] = []
    async with ward(channel) as it:
        seen = 1
        while seen < 12:
            it.clock.advance(1)
            await turns(10)
            if channel.begun > seen:
                seen = channel.begun
                begun.append(it.clock.steady())
    pauses = [b - a for a, b in zip([0.0, *begun], begun, strict=False)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_after_a_good_while_the_pauses_begin_anew() -> None:
    channel = Frail(*[RuntimeError("x")] * 6)
    async with ward(channel) as it:
        await it.pass_(1 + 2 + 4 + 8 + 16 + 32)
        assert channel.begun == 7
        await it.pass_(GOOD_WHILE)
        channel.fate.set_exception(RuntimeError("y"))
        await turns(10)
        await it.pass_(1)
        assert channel.begun == 8


async def test_administrators_hear_once_that_it_broke_and_once_that_it_is_mended() -> None:
    channel = Frail(*[RuntimeError("a strange answer")] * 5)
    async with ward(channel) as it:
        await it.pass_(1 + 2 + 4 + 8)
        assert it.keys == ["admin.channel_broke"]
        assert it.told[0].args == {
            "channel": "frail",
            "since": START,
            "detail": "it broke: RuntimeError: a strange answer",
        }
        assert not it.supervisor.look().ok
        await it.pass_(16 + MENDED - 1)
        assert it.keys == ["admin.channel_broke"], "it has to run for a while first"
        await it.pass_(1)
        assert it.keys == ["admin.channel_broke", "admin.channel_back"]
        assert it.supervisor.look().ok
        await it.pass_(300)
        assert len(it.told) == 2


async def test_entering_may_fail_and_the_channel_is_sent_by_only_afterwards() -> None:
    """A channel that cannot be entered ended the service."""
    channel = Frail(entering=(OSError("no route"), OSError("no route")))
    async with ward(channel) as it:
        assert not it.supervisor.open
        await it.pass_(1)
        assert (it.supervisor.open, it.rung, channel.begun) == (False, [], 0)
        await it.pass_(2)
        assert (it.supervisor.open, it.rung, channel.begun) == (True, ["outbox"], 1)
        assert channel.inside
    assert not channel.inside


async def test_it_is_entered_once_and_stays_open_for_what_is_being_sent() -> None:
    """Receiving is begun anew; the connection that sends goes on, and outlives receiving."""
    channel = Frail(RuntimeError("x"))
    async with AsyncExitStack() as stack:
        clock = StandingClock()
        supervisor = Supervisor(channel=channel, clock=clock, tell=lambda _: None)
        task = asyncio.Task(supervisor.run(ListInbox(), stack))
        await turns(10)
        clock.advance(1)
        await turns(10)
        assert channel.begun == 2
        task.cancel()
        await asyncio.wait({task})
        assert channel.inside
    assert not channel.inside


@pytest.mark.parametrize("where", ["entering", "running"])
async def test_a_misconfigured_channel_is_stopped_and_not_tried_again(where: str) -> None:
    """F6: it is told in one sentence."""
    error = Misconfigured("frail", "Telegram does not know this token")
    channel = Frail(entering=(error,)) if where == "entering" else Frail(error)
    async with ward(channel) as it:
        await it.pass_(1)
        assert it.task.done()
        assert it.supervisor.stopped is error
        assert not it.supervisor.open
        await it.pass_(600)
        assert it.keys == ["admin.channel_stopped"]
        assert it.told[0].args["detail"] == "Telegram does not know this token"
        assert it.supervisor.look().detail == "Telegram does not know this token"


async def test_a_short_stumble_of_the_net_is_no_news() -> None:
    channel = Frail()
    async with ward(channel) as it:
        channel.state = Health(ok=False, detail="connection reset")
        await it.pass_(110)
        channel.state = Health(ok=True)
        await it.pass_(600)
        assert it.told == []


async def test_a_long_outage_is_told_when_it_lasts_and_when_it_ends() -> None:
    channel = Frail()
    async with ward(channel) as it:
        await it.pass_(10)
        channel.state = Health(ok=False, detail="connection refused")
        await it.pass_(121)
        assert it.keys == ["admin.channel_down"]
        channel.state = Health(ok=False, detail="no route to host")
        await it.pass_(3600)
        channel.state = Health(ok=True)
        await it.pass_(1)
        assert it.keys == ["admin.channel_down", "admin.channel_back"]
        back = it.told[1].args
        assert back["detail"] == "no route to host"
        assert back["since"] == START + timedelta(seconds=11)
        assert back["until"] == it.clock.now()


async def test_what_cannot_be_told_by_the_channel_itself_is_told_afterwards() -> None:
    """ "Telegram is out of reach" said in Telegram would arrive when it is not true any more."""
    channel = Frail()
    async with ward(channel, carries_alarms=True) as it:
        channel.state = Health(ok=False, detail="connection refused")
        await it.pass_(600)
        assert it.told == []
        channel.state = Health(ok=True)
        await it.pass_(1)
        assert it.keys == ["admin.channel_back"]


async def test_a_channel_that_ends_without_a_reason_is_begun_anew() -> None:
    class Ending(Frail):
        async def run(self, inbox: Inbox) -> None:
            self.begun += 1

    channel = Ending()
    async with ward(channel) as it:
        await it.pass_(3)
        assert channel.begun == 3
        assert "without a reason" in it.supervisor.look().detail


async def test_a_service_beside_the_work_is_begun_anew() -> None:
    clock, runs = StandingClock(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise RuntimeError("the folder is gone")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(Chore("reload", work, clock).kept_running())
        for _ in range(10):
            await turns(5)
            clock.advance(1)
    assert task.done()
    assert runs == 3
