"""Wake-ups within one process."""

from __future__ import annotations

import asyncio

from bot.delivery.wakeups import Queue


class LocalWakeUps:
    """One event per queue; a ring while nobody waits is remembered."""

    def __init__(self) -> None:
        self._events: dict[Queue, asyncio.Event] = {}

    def _event(self, queue: Queue) -> asyncio.Event:
        return self._events.setdefault(queue, asyncio.Event())

    def ring(self, queue: Queue) -> None:
        self._event(queue).set()

    async def wait(self, queue: Queue) -> None:
        event = self._event(queue)
        await event.wait()
        event.clear()
