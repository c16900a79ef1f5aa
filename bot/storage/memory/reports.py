"""Lists over all conversations of the memory store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.conversation.decision import ContactRecord
from bot.storage.memory.rows import Facet
from bot.storage.shared import ended_at
from escalation.ticket import Ticket


class MemoryReports(Facet):
    """``Reports`` over tables."""

    def contacts(self, since: datetime) -> Iterator[ContactRecord]:
        return (contact for contact in self._tables.contacts.rows() if contact.at >= since)

    def tickets(
        self, *, open_only: bool = False, since: datetime | None = None
    ) -> Sequence[Ticket]:
        def wanted(ticket: Ticket) -> bool:
            ended = ended_at(ticket)
            if open_only or ended is None:
                return ended is None
            return since is None or ended >= since or ticket.opened_at >= since

        return sorted(filter(wanted, self._tables.tickets.rows()), key=lambda t: t.number)
