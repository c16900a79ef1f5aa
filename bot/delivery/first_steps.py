"""Find what ends the process at each start, and set it aside.

An exception is counted in its row. Something that ends the process (a library that crashes, memory
that runs out) leaves nothing behind: the row is the first one at the next start again, and the
service would end at every start. So the first steps after a start are taken one by one, and each is
written down before it is taken. Later ones cost nothing; a row that ends the process then is among
the first at one of the next starts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.delivery.ports import Transaction
from bot.delivery.wakeups import Queue
from channels.protocol import Cursor

STEPS: Final = 20
"""Steps after a start that are written down beforehand."""
DEATHS: Final = 5
"""Processes that may end while they are at the same thing, before it is set aside."""

ENDED_THE_PROCESS: Final = f"The process ended {DEATHS} times in a row while it was at this."
"""Stands where a traceback would."""


class FirstSteps:
    """The first steps of one worker.

    Args:
        queue: its queue.
        left: how many are still to be taken with care.
    """

    def __init__(self, queue: Queue, left: int = STEPS) -> None:
        self._source = f"{queue} begun"
        self.left = left

    def begin(self, tx: Transaction, thing: str, now: datetime) -> bool:
        """Write down what the next step is about; committed before it is taken.

        Returns:
            Whether to take it. False: as many processes as may have ended of it.
        """
        deaths = self._deaths(tx, thing)
        if deaths >= DEATHS:
            self.over(tx, now)
            return False
        self._write(tx, f"{deaths + 1} {thing}", now)
        return True

    def over(self, tx: Transaction, now: datetime) -> None:
        """The step was taken; committed with what came of it."""
        self._write(tx, "", now)

    def _deaths(self, tx: Transaction, thing: str) -> int:
        number, _, noted = (tx.inbox.cursor("", self._source) or "").partition(" ")
        return int(number) if noted == thing else 0

    def _write(self, tx: Transaction, position: str, now: datetime) -> None:
        tx.inbox.accept([], Cursor(channel="", source=self._source, position=position), now)
