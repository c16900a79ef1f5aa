"""Outbox, rooms, links and holds of the memory store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.conversation.decision import Rewrite, Room, Say, TakeBack
from bot.delivery.ports import (
    LAST_COPY,
    LEASE,
    Head,
    Lane,
    OutboxRow,
    Place,
    UndeliveredAlarm,
    Unreadable,
)
from bot.storage.memory.rows import Hold, Link, OpenedRoom, OverTables, Shipment
from bot.storage.shared import ALARMS, UNDELIVERED, readable_start, undelivered_alarm
from channels.message import Address, Receipt


class MemoryOutbox(OverTables):
    """The outbox part of ``Transaction`` over tables."""

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        for message in messages:
            key = (channel, chat, message, handle)
            known = self._tables.links.get(key)
            seq = known.seq if known else self._tables.next("link")
            link = Link(
                seq=seq, handle=handle, channel=channel, chat=chat, message=message, thread=thread
            )
            self._tables.links.put(key, link)

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

    def outbox_rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        found = (self._tables.outbox.get(key) for key in ids)
        return [self._row(row) for row in found if row is not None]

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        rank = self._tables.outbox[row.id].rank
        rows = self._tables.outbox.where("unfinished", row.order)
        behind = sorted(
            (r for r in rows if r.state == "waiting" and r.rank > rank), key=lambda r: r.rank
        )
        return readable_start(self._row(r) for r in behind[:limit])

    def start(self, rows: Sequence[str], owner: str) -> bool:
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

    def any_delivered(self, rows: Collection[str]) -> bool:
        found = (self._tables.outbox.get(key) for key in rows)
        return any(row is not None and row.state == "delivered" for row in found)

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

    def delivered(self, row: str, receipt: Receipt) -> None:
        shipment = self._tables.outbox[row]
        if shipment.state == "delivered":
            return
        self._tables.outbox.put(row, replace(shipment, state="delivered", error=""))
        action, place = shipment.outgoing.action, shipment.chat_key
        if isinstance(action, (Say, TakeBack)) and action.handle is not None:
            self._supersede(action.handle, *place)
        if isinstance(action, (Say, Rewrite)) and action.handle is not None:
            self.link(action.handle, *place, receipt.messages, thread=receipt.thread)

    def _supersede(self, handle: str, channel: str, chat: str) -> None:
        for link in self._tables.links.where("handle", (handle, channel, chat)):
            key = (link.channel, link.chat, link.message, link.handle)
            self._tables.links.put(key, replace(link, current=False))

    def postpone(
        self,
        row: str,
        due: datetime,
        error: str,
        *,
        arrived: Sequence[str] = (),
        copies: int | None = None,
    ) -> None:
        shipment = self._tables.outbox[row]
        self._tables.outbox.put(
            row,
            replace(
                shipment,
                state="waiting",
                due=due,
                error=error,
                arrived=tuple(arrived),
                copies=shipment.copies if copies is None else copies,
            ),
        )

    def hasten(self, channel: str, now: datetime, *, later_than: datetime) -> None:
        for row in self._waiting_for_last_copy(channel):
            if row.due > later_than:
                self._tables.outbox.put(row.id, replace(row, due=now))

    def last_copies_wait(self, channel: str, later_than: datetime) -> bool:
        return any(row.due > later_than for row in self._waiting_for_last_copy(channel))

    def _waiting_for_last_copy(self, channel: str) -> list[Shipment]:
        rows = self._tables.outbox.where("last copy", channel)
        return [row for row in rows if row.state == "waiting"]

    def undelivered_alarms(self) -> Sequence[UndeliveredAlarm]:
        rows = self._tables.outbox.where("alarm", True)
        newest = sorted((r for r in rows if r.state in UNDELIVERED), key=lambda r: r.seq)[-ALARMS:]
        return [
            undelivered_alarm(
                None if row.damaged else row.outgoing,
                row.channel,
                row.chat,
                row.enqueued_at,
                row.state,
            )
            for row in newest
        ]

    def fail(self, row: str, state: Literal["failed", "uncertain", "dropped"], error: str) -> None:
        shipment = self._tables.outbox[row]
        self._tables.outbox.put(row, replace(shipment, state=state, error=error))

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        rows = sorted(self._tables.outbox.where("sending", True), key=lambda row: row.seq)
        now = self._tables.now()
        return [
            self._row(row)
            for row in rows
            if owner is None
            or (row.owner != owner and row.started_at and row.started_at + lease <= now)
        ]

    def set_outbox_aside(self, row: str, error: str) -> None:
        self._tables.outbox.put(row, replace(self._tables.outbox[row], state="aside", error=error))

    def posts_aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        rows = sorted(self._tables.outbox.rows(), key=lambda row: row.seq)
        return [(self._row(row), row.error) for row in rows if row.state == "aside"]

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        latest = now + longest
        arrivals = [a for a in self._tables.inbox.rows() if a.state == "waiting" and a.due > latest]
        for arrival in arrivals:
            self._tables.inbox.put(arrival.id, replace(arrival, due=now))
        rows = [
            row
            for row in self._tables.outbox.rows()
            if row.state == "waiting" and row.due > latest and row.copies < LAST_COPY
        ]
        for row in rows:
            self._tables.outbox.put(row.id, replace(row, due=now))
        pauses = [
            h for h in self._tables.holds.rows() if h.paused_until and h.paused_until > latest
        ]
        for hold in pauses:
            self._tables.holds.put((hold.channel, hold.chat), replace(hold, paused_until=now))
        return len(arrivals) + len(rows) + len(pauses)

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        key = (channel, chat)
        hold = self._tables.holds.get(key) or Hold(channel=channel, chat=chat)
        self._tables.holds.put(key, replace(hold, paused_until=until))

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        key = (channel, chat)
        hold = self._tables.holds.get(key) or Hold(channel=channel, chat=chat)
        if (hold.parked is None) == (reason is None):
            return False
        self._tables.holds.put(key, replace(hold, parked=reason))
        return True

    def room_opened(self, room: Room, address: Address) -> None:
        self._tables.rooms.put(room.key, OpenedRoom(room=room, address=address, open=True))
        for row in self._tables.outbox.where("unfinished", room.key):
            self._tables.outbox.put(
                row.id, replace(row, channel=address.channel, chat=address.chat)
            )

    def room_lost(self, room: Room, thread: str | None) -> bool:
        opened = self._tables.rooms.get(room.key)
        if opened is None or not opened.open or opened.address.thread != thread:
            return False
        self._tables.rooms.put(room.key, replace(opened, open=False))
        return True

    def _row(self, row: Shipment) -> OutboxRow | Unreadable[str]:
        if row.damaged is not None:
            error = "ValueError: damaged"
            return Unreadable(row=row.id, error=error, raw=row.damaged, order=row.order)
        return OutboxRow(
            id=row.id,
            outgoing=row.outgoing,
            place=self._place(row),
            order=row.order,
            attempts=row.attempts,
            enqueued_at=row.enqueued_at,
            arrived=row.arrived,
            copies=row.copies,
        )

    def _place(self, row: Shipment) -> Place:
        to = row.outgoing.to
        if not isinstance(to, Room):
            return Place(address=to)
        opened = self._tables.rooms.get(to.key)
        if opened is not None and opened.open:
            return Place(address=opened.address, room=to)
        return Place(address=Address(channel=row.channel, chat=row.chat), room=to, open=False)
