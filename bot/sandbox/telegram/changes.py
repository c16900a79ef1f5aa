"""The sandbox's own log of what happened, for the page's event stream and for waiting tests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from bot.sandbox.telegram.state import Json

T = TypeVar("T")

KEPT = 5_000
"""Events remembered for a page that reconnects."""


class Changes:
    """Numbered events. Everything that changes the world is recorded here and wakes waiters."""

    def __init__(self) -> None:
        self.seq = 0
        self._events: deque[Json] = deque(maxlen=KEPT)
        self._waiters: set[asyncio.Future[None]] = set()

    def record(self, event_type: str, **fields: object) -> None:
        """Adds an event (`type` as in the control API's event stream)."""
        self.seq += 1
        self._events.append({"seq": self.seq, "type": event_type, **fields})
        self.wake()

    def wake(self) -> None:
        """Lets every waiter look again, without an event of its own."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def after(self, seq: int) -> list[Json]:
        """The remembered events with a number above `seq`."""
        if not self._events or seq >= self.seq:
            return []
        return [event for event in self._events if event["seq"] > seq]

    async def next(self) -> None:
        """Returns after the next change."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float) -> T:  # noqa: ASYNC109 - the time limit is part of what a test states
        """Looks at once and after every change until `predicate` returns something true.

        Raises:
            TimeoutError: Nothing true within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                await self.next()
        return found
