"""The store in memory: the same rules as over SQL, and nothing is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from bot.conversation.decision import Decision
from bot.delivery.ports import Reading, StorageUnavailable, Transaction, VersionConflict
from bot.storage.ids import TimeOrderedIds
from bot.storage.memory.chats import MemoryChats
from bot.storage.memory.claims import MemoryClaims
from bot.storage.memory.decisions import MemoryDecisions
from bot.storage.memory.ids import MemoryIds
from bot.storage.memory.inbox import MemoryInbox
from bot.storage.memory.journal import MemoryJournal
from bot.storage.memory.outbox import MemoryOutbox
from bot.storage.memory.records import MemoryRecords
from bot.storage.memory.reports import MemoryReports
from bot.storage.memory.retention import MemoryRetention
from bot.storage.memory.rows import Tables
from bot.storage.memory.timers import MemoryTimers
from bot.storage.shared import RUNS, Desks, no_desks

__all__ = ["MemoryStore", "MemoryTransaction"]

T = TypeVar("T")


class MemoryTransaction:
    """One transaction over dictionaries; errors undo its changes one by one.

    Args:
        tables: everything that is stored.
        new_id: source of ids.
        desks: where each desk works.
    """

    def __init__(self, tables: Tables, new_id: Callable[[], str], desks: Desks) -> None:
        self.tables = tables
        self.inbox = MemoryInbox(tables)
        self.chats = MemoryChats(tables)
        self.outbox = MemoryOutbox(tables, self.chats)
        self.claims = MemoryClaims(tables)
        self.timers = MemoryTimers(tables)
        self.records = MemoryRecords(tables)
        self.ids = MemoryIds(tables, new_id)
        self.journal = MemoryJournal(tables)
        self.reports = MemoryReports(tables)
        self.retention = MemoryRetention(tables)
        self._decisions = MemoryDecisions(tables, new_id, desks)

    def apply(self, decision: Decision, now: datetime) -> Sequence[str]:
        return self._decisions.apply(decision, now)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with self.tables.journal.undone_on_error():
            yield


class MemoryStore:
    """A ``Store`` in memory, for tests, ``linezero chat`` and the sandbox.

    Args:
        desks: where each desk works; needed as soon as something is sent to a room.
        new_id: source of ids.
        now: what a database's own clock would say; leases go by it.
    """

    def __init__(
        self,
        *,
        desks: Desks = no_desks,
        new_id: Callable[[], str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tables = Tables(now)
        self._transaction = MemoryTransaction(self._tables, new_id or TimeOrderedIds(), desks)
        self._closed = False

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self._run(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        await asyncio.sleep(0)
        if self._closed:
            raise StorageUnavailable("the store is closed")
        with self._tables.journal.reading():
            return work(self._transaction)

    async def _run(self, work: Callable[[MemoryTransaction], T]) -> T:
        await asyncio.sleep(0)  # as the others do, let somebody else have a turn
        if self._closed:
            raise StorageUnavailable("the store is closed")
        for run in range(RUNS):
            try:
                with self._tables.journal.undone_on_error():
                    result = work(self._transaction)
            except VersionConflict:
                if run == RUNS - 1:
                    raise
            else:
                self._tables.journal.forget()
                return result
        raise AssertionError("unreachable")

    async def close(self) -> None:
        self._closed = True
