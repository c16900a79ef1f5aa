"""Every channel lives by itself: what breaks one of them ends neither the others nor the service.

A channel that breaks is begun anew after a pause. One that will never work with its settings
(a revoked token, a wrong password) is stopped, and the others go on. The administrators hear once
that a channel is down and once that it works again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.events import Alarm
from bot.delivery.cancellation import strays_are_faults
from bot.delivery.clock import Clock
from bot.life import FIRST_PAUSE, GOOD_WHILE, LONGEST_PAUSE
from channels.protocol import Channel, Inbox, Misconfigured

log = logging.getLogger(__name__)

MENDED: Final = 60.0
"""Seconds that a channel which broke has to run before it counts as mended."""
TOLD_AFTER: Final = timedelta(minutes=2)
"""How long a channel may be out of reach before the administrators hear of it: networks stumble,
and it reconnects by itself."""


class NoChannelLeft(Exception):
    """Every channel was stopped: nobody can reach the desk. ``str`` says what each one needs."""

    def __init__(self, reasons: list[Misconfigured]) -> None:
        super().__init__("; ".join(str(reason) for reason in reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How something is, and since when."""

    ok: bool
    since: datetime
    detail: str = ""


@dataclass(kw_only=True)
class Supervisor:
    """Keeps one channel receiving.

    Args:
        tell: takes alarms for the administrators.
        carries_alarms: the administrators' chat is in this channel. While it is out of reach they
            cannot be told: they hear afterwards, once, how long it was.
        ready: called when the channel can be sent by.
    """

    channel: Channel
    clock: Clock
    tell: Callable[[Alarm], None]
    carries_alarms: bool = False
    ready: Callable[[], None] = lambda: None
    entered: bool = field(default=False, init=False)
    stopped: Misconfigured | None = field(default=None, init=False)
    """Why it was stopped for good."""
    _fault: str = field(default="", init=False)
    """What broke it; empty again once it has run well for a while."""
    _running: float | None = field(default=None, init=False)
    """Since when it has been receiving, by the steady clock."""
    _spell: Condition | None = field(default=None, init=False)
    _told: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return self.channel.name

    @property
    def open(self) -> bool:
        """Whether it can be sent by."""
        return self.entered and self.stopped is None

    async def run(self, inbox: Inbox, stack: AsyncExitStack) -> None:
        """Receive until cancelled. Returns when the channel was stopped for good.

        Args:
            inbox: takes what arrives.
            stack: the channel is entered on it, and so stays open for what is still being sent
                after receiving has ended.
        """
        pause = FIRST_PAUSE
        while True:
            began = self.clock.steady()
            try:
                with strays_are_faults():
                    await self._receive(inbox, stack)
            except Misconfigured as error:
                self._stop(error)
                return
            except Exception as error:  # noqa: BLE001 - logged there
                self._broke(error)
            if self.clock.steady() - began >= GOOD_WHILE:
                pause = FIRST_PAUSE
            await self.clock.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _receive(self, inbox: Inbox, stack: AsyncExitStack) -> None:
        if not self.entered:
            await stack.enter_async_context(self.channel)
            self.entered = True
            self.ready()
        self._running = self.clock.steady()
        try:
            await self.channel.run(inbox)
        finally:
            self._running = None
        raise _Ended

    def _stop(self, error: Misconfigured) -> None:
        self.stopped = error
        spell = self.look()
        if not self.carries_alarms:
            self._say("admin.channel_stopped", spell)

    def _broke(self, error: Exception) -> None:
        fault = f"{type(error).__name__}: {error}".rstrip(": ")
        known = fault == self._fault
        message = "%s broke and is begun anew: %s"
        log.error(message, self.name, fault, exc_info=None if known else error)
        self._fault = fault
        self.look()

    # ---------------------------------------------------------------- how it is

    def look(self) -> Condition:
        """See how the channel is now, and tell the administrators what they should know."""
        ok, detail = self._state()
        now = self.clock.now()
        before = self._spell
        if before is None or before.ok != ok:
            self._spell = Condition(ok=ok, since=now, detail=detail)
        elif before.detail != detail:
            self._spell = Condition(ok=ok, since=before.since, detail=detail)
        else:
            self._spell = before
        after = self._spell
        if not ok:
            self._down(after, now)
        elif before is not None and not before.ok:
            self._mended(before, now)
        return after

    def _state(self) -> tuple[bool, str]:
        if self.stopped is not None:
            return False, self.stopped.detail
        if self._fault:
            if self._running is None or self.clock.steady() - self._running < MENDED:
                return False, f"it broke: {self._fault}"
            self._fault = ""
        if not self.entered:
            return False, "not started"
        health = self.channel.health()
        return health.ok, health.detail

    def _down(self, spell: Condition, now: datetime) -> None:
        if self._told or self.stopped is not None:
            return
        if self._fault:
            self._told = True
            self._say("admin.channel_broke", spell)
        elif now - spell.since >= TOLD_AFTER:
            self._told = True
            if not self.carries_alarms:
                self._say("admin.channel_down", spell)

    def _mended(self, spell: Condition, now: datetime) -> None:
        if self._told:
            self._told = False
            self._say("admin.channel_back", spell, until=now)

    def _say(self, key: str, spell: Condition, **more: datetime) -> None:
        args: dict[str, str | datetime] = {
            "channel": self.name,
            "since": spell.since,
            "detail": spell.detail,
            **more,
        }
        self.tell(Alarm(key=key, args=args))


class _Ended(Exception):
    """A channel stopped receiving by itself."""

    def __str__(self) -> str:
        return "it stopped receiving without a reason"
