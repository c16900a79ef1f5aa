"""What is to happen by itself, later. Timers are set by decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.conversation.decision import Timer


class Timers(Protocol):
    """The timers within a transaction (``tx.timers``)."""

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers that are due, oldest first, ``limit`` at most; they belong to this transaction."""
        ...

    def drop(self, timer: Timer) -> None:
        """It has fired, or need not: forget it."""
        ...

    def next_due(self) -> datetime | None:
        """When the next timer is due, None if there is none."""
        ...
