"""The timers: what is to happen later by itself. They are set by decisions."""

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
        """Erase a timer that has fired, or need not fire."""
        ...

    def next_due(self) -> datetime | None:
        """When the next timer is due, None if there is none."""
        ...
