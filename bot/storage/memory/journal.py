"""The journal of the memory store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from bot.delivery.ports import Entry, Numbered
from bot.delivery.ports.journal import Decided
from bot.storage.memory.rows import Facet


class MemoryJournal(Facet):
    """``Journal`` over tables."""

    def add(self, entry: Entry) -> None:
        self._tables.entries.put(self._tables.next("entry"), entry)

    def after(self, number: int, limit: int) -> Sequence[Numbered]:
        behind = ((n, entry) for n, entry in self._tables.entries.items() if n > number)
        return [Numbered(n, entry) for n, entry in islice(behind, limit)]

    def last(self) -> int:
        return max((number for number, _ in self._tables.entries.items()), default=0)

    def forget(self, before: datetime, limit: int) -> int:
        kept = min(
            (
                number
                for number, entry in self._tables.entries.items()
                if isinstance(entry, Decided) and entry.at >= before
            ),
            default=self.last() + 1,
        )
        old = [number for number, _ in self._tables.entries.items() if number < kept][:limit]
        for number in old:
            self._tables.entries.remove(number)
        return len(old)
