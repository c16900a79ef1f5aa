"""The inbox of the memory store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.ports import InboxRow, Unreadable
from bot.storage.memory.rows import Arrival, Facet
from bot.storage.shared import ALBUM_GATHERING, album_of
from channels.message import Inbound
from channels.protocol import Cursor


class MemoryInbox(Facet):
    """``Inbox`` over tables."""

    def accept(self, items: Sequence[Inbound], cursor: Cursor | None, now: datetime) -> int:
        new = 0
        for item in items:
            if self._tables.inbox.where("external", (item.channel, item.external_id)):
                continue
            album = album_of(item)
            number = self._tables.next("inbox")
            self._tables.inbox.put(
                number,
                Arrival(
                    id=number,
                    inbound=item,
                    order=item.address.key,
                    album=album,
                    state="waiting",
                    due=now + ALBUM_GATHERING if album else now,
                    accepted_at=now,
                ),
            )
            new += 1
        if cursor is not None:
            self._tables.cursors.put((cursor.channel, cursor.source), cursor.position)
        return new

    def cursor(self, channel: str, source: str) -> str | None:
        return self._tables.cursors.get((channel, source))

    def next(self, now: datetime) -> Sequence[InboxRow | Unreadable[int]]:
        heads = (head for head in self._heads() if head.due <= now)
        head = min(heads, key=lambda row: row.id, default=None)
        if head is None:
            return []
        if head.album is None:
            return [_row(head)]
        siblings = self._tables.inbox.where("waiting", head.order)
        return [_row(s) for s in sorted(siblings, key=lambda s: s.id) if s.album == head.album]

    def finish(self, rows: Collection[int], now: datetime) -> None:
        self._change(rows, lambda row: replace(row, state="done", finished_at=self._tables.now()))

    def postpone(self, rows: Collection[int], due: datetime, *, error: str | None = None) -> None:
        self._change(
            rows,
            lambda row: replace(
                row,
                due=due,
                attempts=row.attempts + (error is not None),
                error=row.error if error is None else error,
            ),
        )

    def set_aside(self, rows: Collection[int], error: str, now: datetime) -> None:
        self._change(rows, lambda row: replace(row, state="aside", error=error))

    def aside(self) -> Sequence[tuple[InboxRow | Unreadable[int], str]]:
        rows = self._tables.inbox.where("aside", True)
        return [(_row(row), row.error) for row in sorted(rows, key=lambda row: row.id)]

    def replay(self, rows: Collection[int], now: datetime) -> None:
        aside = [n for n in rows if (row := self._tables.inbox.get(n)) and row.state == "aside"]
        self._change(aside, lambda row: replace(row, state="waiting", due=now, attempts=0))

    def next_due(self) -> datetime | None:
        return min((head.due for head in self._heads()), default=None)

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        latest = now + longest
        rows = [a for a in self._tables.inbox.rows() if a.state == "waiting" and a.due > latest]
        self._change([row.id for row in rows], lambda row: replace(row, due=now))
        return len(rows)

    def _heads(self) -> Iterator[Arrival]:
        """The first unfinished row of each order key."""
        for order in self._tables.inbox.values_of("waiting"):
            yield min(self._tables.inbox.where("waiting", order), key=lambda row: row.id)

    def _change(self, rows: Collection[int], change: Callable[[Arrival], Arrival]) -> None:
        for number in rows:
            row = self._tables.inbox.get(number)
            if row is not None:
                self._tables.inbox.put(number, change(row))


def _row(row: Arrival) -> InboxRow | Unreadable[int]:
    if row.damaged is not None:
        error = "ValueError: damaged"
        return Unreadable(row=row.id, error=error, raw=row.damaged, order=row.order)
    return InboxRow(
        id=row.id, inbound=row.inbound, accepted_at=row.accepted_at, attempts=row.attempts
    )
