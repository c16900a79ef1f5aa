"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday noon."""


class StandingClock:
    """``now`` is what the test says; sleepers wake when it gets there."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._steady = timedelta()
        self._sleepers: list[tuple[timedelta, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._steady / timedelta(seconds=1)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._steady + timedelta(seconds=seconds), future))
        try:
            await future
        finally:
            self._sleepers = [s for s in self._sleepers if s[1] is not future]

    def advance(self, seconds: float = 0, **span: float) -> None:
        """Move on by some seconds (or ``minutes=``, ``hours=``, ``days=``), waking who is due."""
        passed = timedelta(seconds=seconds, **span)
        self._now += passed
        self._steady += passed
        for due, future in list(self._sleepers):
            if due <= self._steady and not future.done():
                future.set_result(None)

    def jump(self, seconds: float = 0, **span: float) -> None:
        """Somebody sets the clock, or the machine slept: nobody's waiting ends by that."""
        self._now += timedelta(seconds=seconds, **span)
