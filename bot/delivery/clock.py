"""Time for everything that waits. Logic gets times as arguments; only workers ask a clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

SLEW = 2.0
"""Seconds by which the machine's clock may be corrected at once and still be followed."""


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> datetime:
        """Aware, UTC, never going backwards by more than a correction of ``SLEW``."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock, deaf to jumps.

    Small corrections are followed. A jump (somebody set the date, acceptance case A9) is ignored
    until the next start: due times written before it keep their meaning.
    """

    def __init__(self) -> None:
        self._wall = time.time()
        self._steady = time.monotonic()

    def now(self) -> datetime:
        wall, steady = time.time(), time.monotonic()
        expected = self._wall + (steady - self._steady)
        if abs(wall - expected) <= SLEW:
            self._wall, self._steady = wall, steady
            expected = wall
        return datetime.fromtimestamp(expected, UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def seconds_until(due: datetime | None, now: datetime, *, longest: float = 60.0) -> float:
    """How long to wait for ``due``: at least 0, at most ``longest`` seconds."""
    if due is None:
        return longest
    return max(0.0, min(longest, (due - now) / timedelta(seconds=1)))
