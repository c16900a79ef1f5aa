"""The loop that every queue is worked through by: inbox, outbox and timers alike.

A worker brings a :meth:`Worker.step`; everything around it is here, in one place: how long to wait
when there is nothing to do, what happens while storage is away, and that a fault of ours in a step
is seen without being the end of the service.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, TypeVar

from bot.delivery.cancellation import strays_are_faults
from bot.delivery.clock import Clock, seconds_until
from bot.delivery.ports import StorageUnavailable, VersionConflict
from bot.delivery.wakeups import Queue, WakeUps, pause

log = logging.getLogger(__name__)

BATCH_SECONDS: Final = 0.02
"""A transaction begins no further row after so many seconds of work: whoever waits for the store
meanwhile, a channel that was told something or an answer that arrived, does not wait long. How many
rows that are does not matter: each is claimed when its turn comes."""
SHORTEST_PAUSE: Final = 0.05
"""Seconds until the next look after a step that handled nothing, even if something is due."""
LONGEST_OVERDUE: Final = 1.0
"""What that pause grows to while something stays due and a step does not get it: another process
has the row, or it is held back."""
OVERDUE_FACTOR: Final = 4.0
"""By how much it grows each time: few looks, also in the first second."""
FIRST_BACKOFF: Final = 0.5
LONGEST_BACKOFF: Final = 5.0
"""Seconds between attempts while storage is away or a step fails; doubles."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one step did."""

    handled: int
    """Rows taken: at least one means that there may be more, and the next step follows at once."""
    due: datetime | None = None
    """Else: when there may be something; None: when somebody rings."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is in the way of one work: storage, or a fault of ours of this kind."""

    kind: type[Exception]
    sentence: str


@dataclass(kw_only=True, eq=False)
class Worker(ABC):
    """Works through one queue until it is stopped."""

    name: ClassVar[Queue]
    """The queue; also what the worker is called in the log and by ``linezero health``."""

    clock: Clock
    wakeups: WakeUps
    last_success: datetime | None = field(default=None, init=False)
    """When a step last succeeded, by ``clock``. An idle worker steps once a minute."""
    _troubles: dict[object, _Trouble] = field(default_factory=dict, init=False)
    _stopping: bool = field(default=False, init=False)

    @abstractmethod
    async def step(self) -> Progress:
        """Take what is due now, a bounded amount of it.

        Raises:
            StorageUnavailable: nothing was done; :meth:`run` tries again.
        """

    @property
    def trouble(self) -> str:
        """What keeps the worker from working now, as a sentence; empty if nothing does."""
        return next((trouble.sentence for trouble in self._troubles.values()), "")

    async def run(self) -> None:
        """Work until cancelled or stopped. Nothing that a step raises ends it."""
        overdue = SHORTEST_PAUSE
        while not self._stopping:
            progress = await self.patiently(self.step)
            self.last_success = now = self.clock.now()
            if progress.handled:
                overdue = SHORTEST_PAUSE
                continue
            wait = seconds_until(progress.due, now)
            if wait > 0:
                overdue = SHORTEST_PAUSE
            else:
                wait, overdue = overdue, min(LONGEST_OVERDUE, overdue * OVERDUE_FACTOR)
            if not self._stopping:
                await pause(self.wakeups, self.name, self.clock, max(SHORTEST_PAUSE, wait))

    def stop(self) -> None:
        """Take nothing more: :meth:`run` returns after the step that is under way."""
        self._stopping = True
        self.wakeups.ring(self.name)

    async def patiently(self, work: Callable[[], Awaitable[R]]) -> R:
        """Do ``work``, again and again with growing pauses until it succeeds.

        Storage that is away is waited for; a fault of ours is logged with its traceback. A spell
        of trouble is told when it begins and when it ends, however long it lasts and however many
        works it stops.
        """
        mine, backoff = object(), FIRST_BACKOFF
        try:
            while True:
                try:
                    with strays_are_faults():
                        result = await work()
                    break
                except (StorageUnavailable, VersionConflict) as error:
                    sentence = f"storage is not available: {error}"
                    self._hindered(mine, _Trouble(StorageUnavailable, sentence))
                except Exception as error:  # noqa: BLE001 - logged with its trace, and tried again
                    sentence = f"a step failed: {type(error).__name__}: {error}"
                    self._hindered(mine, _Trouble(type(error), sentence), trace=error)
                await self.clock.sleep(backoff)
                backoff = min(LONGEST_BACKOFF, backoff * 2)
        except BaseException:
            self._troubles.pop(mine, None)
            raise
        if self._troubles.pop(mine, None) is not None and not self._troubles:
            log.info("%s: working again", self.name)
        return result

    def _hindered(self, work: object, trouble: _Trouble, *, trace: Exception | None = None) -> None:
        known = any(other.kind is trouble.kind for other in self._troubles.values())
        self._troubles[work] = trouble
        if not known:
            level = logging.WARNING if trace is None else logging.ERROR
            message = "%s: %s; trying again"
            log.log(level, message, self.name, trouble.sentence, exc_info=trace)
