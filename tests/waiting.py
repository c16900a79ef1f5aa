"""Waiting in tests: for what must come, with a generous end; never for luck.

How long something takes says nothing on a busy machine. A test waits until it *has* happened; the
end of its patience only keeps a failure from lasting for ever.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

import pytest

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until a wait counts as failed; what is waited for takes milliseconds on a quiet
machine. Below the time limit of a whole test (``timeout`` in ``pyproject.toml``)."""
LOOK = 0.005
"""Seconds between two looks at what tells nobody that it changed."""


def patience() -> asyncio.Timeout:
    """``async with patience(): ...`` raises ``TimeoutError`` when the block does not end."""
    return asyncio.timeout(PATIENCE)


@overload
async def eventually(condition: Callable[[], Coroutine[Any, Any, T]]) -> T: ...
@overload
async def eventually(condition: Callable[[], T]) -> T: ...
async def eventually(condition: Callable[[], object]) -> object:
    """Ask again and again until the answer is true, and return it; for what tells nobody.

    Raises:
        TimeoutError: it never was.
    """
    async with patience():
        while True:
            answer = condition()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await moment()


async def moment() -> None:
    """A short time for threads and sockets, in a loop that looks for what it waits for."""
    await asyncio.sleep(LOOK)


async def turns(number: int = 200) -> None:
    """Let everything in this event loop that can go on do so, and no time pass.

    After that nothing moves unless a clock, a socket or a thread does: what did not happen by now
    can be asserted not to have happened.
    """
    for _ in range(number):
        await asyncio.sleep(0)


class Pauses:
    """Waits hardly any time, and remembers how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._happened = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._happened.set()
        await moment()

    async def happen(self) -> None:
        """Return after the next pause, or at once if there was one since the last call."""
        async with patience():
            await self._happened.wait()
        self._happened.clear()


def hurry(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let so much time pass at once for everything that waits in this event loop, and for nothing
    else: what had a time limit within it is over, as it would be after so many seconds."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    patch.setattr(loop, "time", lambda: clock() + seconds)
