"""What is done when the machine's clock is found to have jumped (acceptance case A9).

Due times are stored as they are, by the clock of the moment they were written at. A promise ("we
answer at nine", a deadline) keeps its meaning when the clock is corrected. A pause does not: "try
again in four seconds", written by a clock that was a day ahead, would hold a chat back for a day.
So such pauses are cut, and everybody who sleeps looks again. After a jump back nothing tells a
pause of five minutes from a message that was due five minutes "later", so all of them are.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.delivery.clock import Clock, Jumps
from bot.delivery.ports import StorageUnavailable, VersionConflict
from bot.delivery.wakeups import Queue, WakeUps

log = logging.getLogger(__name__)

LOOK: Final = 2.0
"""Seconds between two looks at both clocks: so long at most sleepers oversleep a suspend."""

_QUEUES: Final[tuple[Queue, ...]] = ("inbox", "outbox", "timers")


@dataclass(kw_only=True)
class ClockWatch:
    """Follows the clock as long as the service lives.

    Args:
        cut_waits: makes due what waits for longer than a span; None: than any pause can last.
    """

    clock: Clock
    wakeups: WakeUps
    cut_waits: Callable[[timedelta | None], Awaitable[None]]
    name: str = "clock"

    async def run(self) -> None:
        """Watch until cancelled."""
        jumps = Jumps(self.clock)
        uncut, back = False, False
        while True:
            await self.clock.sleep(LOOK)
            if (by := jumps.look()) is not None:
                self._tell(by)
                uncut, back = True, back or by < timedelta()
            if uncut and await self._look_again(timedelta() if back else None):
                uncut, back = False, False

    def _tell(self, by: timedelta) -> None:
        log.warning(
            "the machine's clock jumped %s by %s and says %s now",
            "ahead" if by > timedelta() else "back",
            timedelta(seconds=round(abs(by) / timedelta(seconds=1))),
            self.clock.now().isoformat(timespec="seconds"),
        )

    async def _look_again(self, longest: timedelta | None) -> bool:
        """Let everybody look at the new time. Returns whether storage let us cut what waits."""
        try:
            await self.cut_waits(longest)
        except (StorageUnavailable, VersionConflict):
            return False
        finally:
            for queue in _QUEUES:
                self.wakeups.ring(queue)
        return True
