"""New names for things in the memory store."""

from __future__ import annotations

from collections.abc import Callable

from bot.storage.ids import random_code
from bot.storage.memory.rows import Facet, Tables


class MemoryIds(Facet):
    """``Ids`` over tables.

    Args:
        new_id: source of ids.
    """

    def __init__(self, tables: Tables, new_id: Callable[[], str]) -> None:
        super().__init__(tables)
        self._new_id = new_id

    def new_id(self) -> str:
        return self._new_id()

    def new_ticket_number(self) -> int:
        return self._tables.next("ticket")

    def new_code(self) -> str:
        return random_code()
