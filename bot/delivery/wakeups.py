"""The port for telling a worker that there is something new for it."""

from __future__ import annotations

import asyncio
from typing import Literal, Protocol

from bot.delivery.clock import Clock

Queue = Literal["inbox", "outbox", "timers"]


class WakeUps(Protocol):
    """Hints between workers. Losing one may cost latency, never work: who waits also looks at
    the clock."""

    def ring(self, queue: Queue) -> None:
        """There is something new in a queue."""
        ...

    async def wait(self, queue: Queue) -> None:
        """Until somebody rang since the last wait."""
        ...


async def pause(wakeups: WakeUps, queue: Queue, clock: Clock, seconds: float) -> None:
    """Wait for a ring, ``seconds`` at most."""
    if seconds <= 0:
        return
    ring = asyncio.Task(wakeups.wait(queue))
    nap = asyncio.Task(clock.sleep(seconds))
    try:
        await asyncio.wait({ring, nap}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ring.cancel()
        nap.cancel()
        await asyncio.gather(ring, nap, return_exceptions=True)
