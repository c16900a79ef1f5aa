"""The life of the service: its parts begin in the order of a list and end in reverse.

A part begins in :meth:`Service.start` and leaves on the life's stack whatever has to be done at
its end. So whoever stands later in the list may count on those before: they are there first and go
last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.delivery.cancellation import strays_are_faults
from bot.delivery.clock import Clock

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
"""Seconds before something that broke is begun anew; doubles each time."""
GOOD_WHILE: Final = 600.0
"""Seconds of running after which it begins with the first pause again."""


@dataclass(frozen=True, slots=True)
class Life:
    """What the parts of a service share while it lives.

    Args:
        stack: undone at the end, the latest first.
        tasks: runs what goes on beside; a fault in there ends the service.
    """

    stack: AsyncExitStack
    tasks: asyncio.TaskGroup

    def beside(self, name: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Have something go on beside the others. At the end it is cancelled and waited for."""
        task = self.tasks.create_task(work, name=name)
        self.stack.push_async_callback(ended, task)
        return task


class Service(Protocol):
    """A part of the service with a life of its own."""

    @property
    def name(self) -> str: ...

    async def start(self, life: Life) -> None:
        """Begin, and return once the next part may begin.

        Must not take for ever unless it may be cancelled meanwhile: then the service ends.
        """
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What the service is there for: it goes on until the end, and a fault in it ends the service,
    as nothing is known about its state then."""

    name: str
    run: Callable[[], Coroutine[None, None, None]]

    async def start(self, life: Life) -> None:
        life.beside(self.name, self.run())


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that goes on until the end, or until there is none left; begun anew if it breaks."""

    name: str
    work: Callable[[], Awaitable[None]]
    clock: Clock

    async def start(self, life: Life) -> None:
        life.beside(self.name, self.kept_running())

    async def kept_running(self) -> None:
        """Do the work, anew after a pause if it breaks: a fault in what happens beside the desk's
        work is no reason to end that."""
        pause = FIRST_PAUSE
        while True:
            began = self.clock.steady()
            try:
                with strays_are_faults():
                    await self.work()
            except Exception:
                log.exception("%s broke, and is begun anew", self.name)
            else:
                return
            if self.clock.steady() - began >= GOOD_WHILE:
                pause = FIRST_PAUSE
            await self.clock.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


async def unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Do something, unless ``stop`` is set before it is done: then it is cancelled.

    Raises:
        Exception: what the work raises.
    """
    task, stopping = asyncio.Task(work), asyncio.Task(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for each in (task, stopping):
            await ended(each)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has come to its end."""
    task.cancel()
    await asyncio.wait({task})
