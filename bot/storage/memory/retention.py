"""What is kept for a time only, in the memory store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.delivery.ports.retention import Reached
from bot.storage.memory.rows import Arrival, Facet, Shipment
from bot.storage.thinning import may_be_erased, may_be_thinned, thinned
from channels.message import Content, Said

Row = TypeVar("Row", Arrival, Shipment)


class MemoryRetention(Facet):
    """``Retention`` over tables."""

    def thin_inbox(self, before: datetime, limit: int) -> int:
        found = _finished(self._tables.inbox.rows(), before)[:limit]
        for row in found:
            bare = replace(row.inbound, event=Said(message="", content=Content()))
            kept = replace(row, inbound=bare, order="", album=None, error="", finished_at=None)
            self._tables.inbox.put(row.id, kept)
        return len(found)

    def erase_posts(self, before: datetime, limit: int) -> int:
        found = _finished(self._tables.outbox.rows(), before)[:limit]
        for row in found:
            linked = self._tables.links.where("handle", (row.handle, row.channel, row.chat))
            if may_be_erased(row.state, row.handle, linked=bool(linked)):
                self._tables.outbox.remove(row.id)
            else:
                self._tables.outbox.put(row.id, replace(row, finished_at=None))
        return len(found)

    def thin_messages(
        self, before: datetime, limit: int, after: Reached | None = None
    ) -> Reached | None:
        start = (after.at, after.seq) if after is not None else None
        old = sorted(
            (message.at, seq, message)
            for seq, message in self._tables.messages.rows()
            if message.at < before
            and not message.gone
            and (start is None or (message.at, seq) > start)
        )[:limit]
        for _, seq, message in old:
            ticket = self._tables.tickets.get(message.ticket) if message.ticket else None
            talk = self._tables.conversations.get(message.conversation)
            if may_be_thinned(message, ticket, talk, before):
                self._tables.messages.put(message.id, (seq, thinned(message)))
        return Reached(*old[-1][:2]) if len(old) == limit else None

    def erase_contacts(self, before: datetime, limit: int) -> int:
        old = [key for key, each in self._tables.contacts.items() if each.at < before][:limit]
        for key in old:
            self._tables.contacts.remove(key)
        return len(old)


def _finished(rows: Iterable[Row], before: datetime) -> list[Row]:
    """The rows that were finished before a moment, in that order."""
    old = [(row.finished_at, row) for row in rows if row.finished_at and row.finished_at < before]
    return [row for _, row in sorted(old, key=lambda pair: pair[0])]
