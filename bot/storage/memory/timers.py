"""Timers of the memory store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.decision import Timer
from bot.storage.memory.rows import Facet


class MemoryTimers(Facet):
    """``Timers`` over tables."""

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        due = [(t.due, t) for t in self._tables.timers.rows() if t.due and t.due <= now]
        due.sort(key=lambda pair: (pair[0], pair[1].kind, pair[1].subject))
        return [timer for _, timer in due[:limit]]

    def drop(self, timer: Timer) -> None:
        self._tables.timers.remove((timer.kind, timer.subject))

    def next_due(self) -> datetime | None:
        return min((t.due for t in self._tables.timers.rows() if t.due), default=None)
