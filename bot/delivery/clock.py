"""The clock of workers, and its jumps. Logic gets times as arguments; only workers ask a clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

SLEW: Final = 2.0
"""Seconds by which the machine's clock may be off the steady one between two looks before it
counts as a jump: network time corrects less than that by small steps."""


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> datetime:
        """Aware, UTC: what the machine's clock says. It may jump, forwards and back."""
        ...

    def steady(self) -> float:
        """Seconds that nobody sets, and that stand still while the machine sleeps. Only the
        difference of two readings means something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so long by the steady clock."""
        ...


class SystemClock:
    """The machine's clock, followed wherever it goes.

    A machine that slept, a late correction by network time or a person may move it by hours. What
    was right before is wrong then, so it is followed at once; waiting goes by the steady clock.

    Args:
        wall: seconds since 1970, as the machine has them.
        steady: seconds since whenever, which nobody sets.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)

    def steady(self) -> float:
        return self._steady()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Jumps:
    """Notices that a clock was set, or that the machine slept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now, self._steady, _ = self._reading()

    def look(self) -> timedelta | None:
        """By how much the clock jumped since the last look, forwards or (negative) back; None if
        it did not."""
        now, steady, blur = self._reading()
        jump = (now - self._now) - timedelta(seconds=steady - self._steady)
        self._now, self._steady = now, steady
        return jump if abs(jump) > timedelta(seconds=SLEW + blur) else None

    def _reading(self) -> tuple[datetime, float, float]:
        """Both clocks at one moment, and by how many seconds it may have been two: on a busy
        machine time passes between the two readings."""
        before = self._clock.steady()
        now = self._clock.now()
        after = self._clock.steady()
        return now, after, after - before


def seconds_until(due: datetime | None, now: datetime, *, longest: float = 60.0) -> float:
    """How long to wait for ``due``: at least 0, at most ``longest`` seconds."""
    if due is None:
        return longest
    return max(0.0, min(longest, (due - now) / timedelta(seconds=1)))
