"""Who has which outbox rows of the memory store in hands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.ports import LEASE, Head, Lane, OutboxRow, Unreadable
from bot.storage.memory.rows import Facet, Shipment, outbox_row


class MemoryClaims(Facet):
    """``Claims`` over tables."""

    def heads(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> Sequence[Head]:
        heads = [
            head
            for head in self._first_in_line()
            if head.channel not in full
            and head.chat_key not in busy
            and not self._in_flight(head.chat_key)
            and not self._held(head.chat_key, now)
        ]
        heads.sort(key=lambda row: (row.outgoing.urgency, row.seq))
        return [
            Head(
                row=head.id,
                lane=head.chat_key,
                order=head.order,
                urgency=head.outgoing.urgency,
                due=head.due,
                copies=head.copies,
            )
            for head in heads
        ]

    def _first_in_line(self) -> Iterator[Shipment]:
        """The first unfinished row of each order key of which nothing is in flight."""
        for order in self._tables.outbox.values_of("unfinished"):
            rows = self._tables.outbox.where("unfinished", order)
            if all(row.state == "waiting" for row in rows):
                yield min(rows, key=lambda row: row.rank)

    def _in_flight(self, lane: Lane) -> bool:
        return any(row.chat_key == lane for row in self._tables.outbox.where("sending", True))

    def _held(self, lane: Lane, now: datetime) -> bool:
        hold = self._tables.holds.get(lane)
        if hold is None:
            return False
        paused = hold.paused_until is not None and hold.paused_until > now
        return paused or hold.parked is not None

    def pause_over(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> datetime | None:
        pauses = (
            hold.paused_until
            for lane, hold in self._tables.holds.items()
            if hold.paused_until is not None
            and hold.paused_until > now
            and hold.parked is None
            and lane not in busy
            and hold.channel not in full
            and any(
                r.state == "waiting" for r in self._tables.outbox.where("unfinished chat", lane)
            )
        )
        return min(pauses, default=None)

    def take(self, rows: Sequence[str], owner: str) -> bool:
        found = [self._tables.outbox.get(key) for key in rows]
        taken = [row for row in found if row is not None and row.state == "waiting"]
        if len(taken) < len(rows):
            return False
        first = taken[0]
        if self._in_flight(first.chat_key) or first not in self._first_in_line():
            return False
        for row in taken:
            attempt = replace(row, state="sending", owner=owner, started_at=self._tables.now())
            self._tables.outbox.put(row.id, replace(attempt, attempts=row.attempts + 1))
        return True

    def _mine(self, rows: Collection[str], owner: str) -> list[Shipment]:
        found = (self._tables.outbox.get(key) for key in rows)
        return [row for row in found if row and row.state == "sending" and row.owner == owner]

    def in_flight(self, rows: Collection[str], owner: str) -> bool:
        return len(self._mine(rows, owner)) == len(rows)

    def renew(self, rows: Collection[str], owner: str) -> None:
        for row in self._mine(rows, owner):
            self._tables.outbox.put(row.id, replace(row, started_at=self._tables.now()))

    def release(self, owner: str, held: Collection[str]) -> int:
        ours = [row for row in self._tables.outbox.where("sending", True) if row.owner == owner]
        lost = [row for row in ours if row.id not in held]
        for row in lost:
            again = replace(row, state="waiting", attempts=row.attempts - 1)
            self._tables.outbox.put(row.id, again)
        return len(lost)

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        rows = sorted(self._tables.outbox.where("sending", True), key=lambda row: row.seq)
        now = self._tables.now()
        return [
            outbox_row(self._tables, row)
            for row in rows
            if owner is None
            or (row.owner != owner and row.started_at and row.started_at + lease <= now)
        ]
