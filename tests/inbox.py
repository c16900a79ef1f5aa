"""An inbox that keeps things in a list, for tests of channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from channels.message import Inbound
from channels.protocol import Cursor, StorageUnavailable
from tests.waiting import PATIENCE

T = TypeVar("T")


class ListInbox:
    """Keeps what is new, like the real one, and can be out of order."""

    def __init__(self) -> None:
        self.items: list[Inbound] = []
        self.asked = 0
        """How often something was handed in, kept or not, or could not even be asked for."""
        self.available = True
        self.fault: Exception | None = None
        """What it raises instead, as no inbox should."""
        self.cursors: dict[str, str] = {}
        self._changed = asyncio.Condition()

    async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
        async with self._changed:
            self.asked += 1
            self._changed.notify_all()
            if self.fault is not None:
                raise self.fault
            if not self.available:
                raise StorageUnavailable("the disk is full")
            known = {item.external_id for item in self.items}
            new = []
            for item in items:
                if item.external_id not in known:
                    known.add(item.external_id)
                    new.append(item)
            self.items += new
            if cursor is not None:
                self.cursors[cursor.source] = cursor.position
            return len(new)

    async def cursor(self, channel: str, source: str) -> str | None:
        if not self.available:
            async with self._changed:
                self.asked += 1
                self._changed.notify_all()
            raise StorageUnavailable("the disk is full")
        return self.cursors.get(source)

    async def until(self, condition: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Wait until something is true, looking again whenever something was handed in."""
        async with asyncio.timeout(seconds), self._changed:
            while not (result := condition()):
                await self._changed.wait()
        return result

    async def have(self, number: int) -> list[Inbound]:
        """Wait until that many things are kept."""
        await self.until(lambda: len(self.items) >= number)
        return self.items
