"""Lists over all conversations of the memory store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.conversation.decision import ContactRecord
from bot.storage.codec import INBOUND, MESSAGE, OUTGOING, SIDE_THREAD
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

    def names_of_files(self) -> Iterator[str]:
        tables = self._tables
        yield from (MESSAGE.dump(message) for _, message in tables.messages.rows())
        yield from (INBOUND.dump(a.inbound) for a in tables.inbox.rows() if a.state != "done")
        unsent = (post for post in tables.outbox.rows() if post.state != "delivered")
        yield from (OUTGOING.dump(post.outgoing) for post in unsent)
        yield from (SIDE_THREAD.dump(thread) for thread in tables.side_threads.rows())
