"""The outbox of the memory store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.conversation.decision import Rewrite, Say, TakeBack
from bot.delivery.ports import LAST_COPY, OutboxRow, UndeliveredAlarm, Unreadable
from bot.storage.memory.chats import MemoryChats
from bot.storage.memory.rows import Facet, Shipment, Tables, outbox_row
from bot.storage.shared import ALARMS, UNDELIVERED, readable_start, undelivered_alarm
from channels.message import Receipt


class MemoryOutbox(Facet):
    """``Outbox`` over tables.

    Args:
        chats: where what is delivered gets its links.
    """

    def __init__(self, tables: Tables, chats: MemoryChats) -> None:
        super().__init__(tables)
        self._chats = chats

    def rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        found = (self._tables.outbox.get(key) for key in ids)
        return [outbox_row(self._tables, row) for row in found if row is not None]

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        rank = self._tables.outbox[row.id].rank
        rows = self._tables.outbox.where("unfinished", row.order)
        behind = sorted(
            (r for r in rows if r.state == "waiting" and r.rank > rank), key=lambda r: r.rank
        )
        return readable_start(outbox_row(self._tables, r) for r in behind[:limit])

    def any_delivered(self, rows: Collection[str]) -> bool:
        found = (self._tables.outbox.get(key) for key in rows)
        return any(row is not None and row.state == "delivered" for row in found)

    def delivered(self, row: str, receipt: Receipt) -> None:
        shipment = self._tables.outbox[row]
        if shipment.state == "delivered":
            return
        self._tables.outbox.put(
            row, replace(shipment, state="delivered", error="", finished_at=self._tables.now())
        )
        action, place = shipment.outgoing.action, shipment.chat_key
        if isinstance(action, (Say, TakeBack)) and action.handle is not None:
            self._supersede(action.handle, *place)
        if isinstance(action, (Say, Rewrite)) and action.handle is not None:
            self._chats.link(action.handle, *place, receipt.messages, thread=receipt.thread)

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
        self._tables.outbox.put(
            row, replace(shipment, state=state, error=error, finished_at=self._tables.now())
        )

    def set_aside(self, row: str, error: str) -> None:
        self._tables.outbox.put(row, replace(self._tables.outbox[row], state="aside", error=error))

    def aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        rows = sorted(self._tables.outbox.rows(), key=lambda row: row.seq)
        return [(outbox_row(self._tables, row), row.error) for row in rows if row.state == "aside"]

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        latest = now + longest
        rows = [
            row
            for row in self._tables.outbox.rows()
            if row.state == "waiting" and row.due > latest and row.copies < LAST_COPY
        ]
        for row in rows:
            self._tables.outbox.put(row.id, replace(row, due=now))
        return len(rows)
