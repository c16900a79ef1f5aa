"""Outbox, rooms, links and holds of the memory store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.conversation.decision import Rewrite, Room, Say, TakeBack
from bot.delivery.ports import OutboxRow, Place, UndeliveredAlarm, VersionConflict
from bot.storage.memory.rows import Hold, Link, OpenedRoom, OverTables, Shipment
from bot.storage.shared import ALARMS, LEASE, UNDELIVERED, undelivered_alarm
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

    def due_outbox(
        self,
        now: datetime,
        *,
        limit: int,
        busy: Collection[tuple[str, str]] = (),
        full: Collection[str] = (),
    ) -> Sequence[OutboxRow]:
        due = [head for head, since in self._ready(busy, full) if since <= now and head.due <= now]
        due.sort(key=lambda row: (row.outgoing.urgency, row.seq))
        return [self._row(head) for head in due[:limit]]

    def outbox_due(
        self, now: datetime, *, busy: Collection[tuple[str, str]] = (), full: Collection[str] = ()
    ) -> datetime | None:
        ready = self._ready(busy, full)
        return min((max(since, head.due) for head, since in ready), default=None)

    def _ready(
        self, busy: Collection[tuple[str, str]], full: Collection[str]
    ) -> Iterator[tuple[Shipment, datetime]]:
        """The row each order key is waiting to send, in chats that are not parked, with the
        moment the chat's pause is over."""
        for order in self._tables.outbox.values_of("unfinished"):
            rows = self._tables.outbox.where("unfinished", order)
            if any(row.state == "sending" for row in rows):
                continue
            head = min(rows, key=lambda row: row.rank)
            if head.channel in full or head.chat_key in busy:
                continue
            hold = self._tables.holds.get(head.chat_key)
            if hold is None:
                yield head, head.due
            elif hold.parked is None:
                yield head, hold.paused_until or head.due

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        rank = self._tables.outbox[row.id].rank
        rows = self._tables.outbox.where("unfinished", row.order)
        behind = sorted(
            (r for r in rows if r.state == "waiting" and r.rank > rank), key=lambda r: r.rank
        )
        return [self._row(r) for r in behind[:limit]]

    def start(self, rows: Collection[str], owner: str, now: datetime) -> None:
        for key in rows:
            row = self._tables.outbox.get(key)
            if row is None or row.state != "waiting":
                raise VersionConflict(f"outbox row {key} does not wait any more")
            self._tables.outbox.put(
                key,
                replace(
                    row, state="sending", owner=owner, started_at=now, attempts=row.attempts + 1
                ),
            )

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
            undelivered_alarm(row.outgoing, row.channel, row.chat, row.enqueued_at, row.state)
            for row in newest
        ]

    def fail(self, row: str, state: Literal["failed", "uncertain", "dropped"], error: str) -> None:
        shipment = self._tables.outbox[row]
        self._tables.outbox.put(row, replace(shipment, state=state, error=error))

    def interrupted(self, owner: str | None, now: datetime) -> Sequence[OutboxRow]:
        rows = sorted(self._tables.outbox.where("sending", True), key=lambda row: row.seq)
        return [
            self._row(row)
            for row in rows
            if owner is None
            or (row.owner != owner and row.started_at and row.started_at + LEASE <= now)
        ]

    def renew(self, owner: str, now: datetime) -> None:
        for row in self._tables.outbox.where("sending", True):
            if row.owner == owner:
                self._tables.outbox.put(row.id, replace(row, started_at=now))

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

    def _row(self, row: Shipment) -> OutboxRow:
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
