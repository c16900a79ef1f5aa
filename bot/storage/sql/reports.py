"""Lists over all conversations, over SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, Table, bindparam, or_, select

from bot.conversation.decision import ContactRecord
from bot.storage.codec import CONTACT, TICKET
from bot.storage.sql.schema import (
    ASIDE,
    contacts,
    inbox,
    messages,
    outbox,
    side_threads,
    tickets,
    waiting,
    whole,
)
from bot.storage.sql.session import Facet
from escalation.ticket import Ticket

_p = bindparam

_CONTACTS = select(contacts.c.body).where(contacts.c.at >= _p("since")).order_by(contacts.c.seq)
_TICKETS = select(tickets.c.body).order_by(tickets.c.number)
_OPEN_TICKETS = _TICKETS.where(tickets.c.ended_at.is_(None))
_RECENT_TICKETS = _TICKETS.where(
    or_(
        tickets.c.ended_at.is_(None),
        tickets.c.ended_at >= _p("since"),
        tickets.c.opened_at >= _p("since"),
    )
)

_named = ('%"path":"%', '%"original":"/%')


def _names_files(table: Table) -> Select[tuple[str]]:
    return select(table.c.body).where(or_(*(table.c.body.like(each) for each in _named)))


_NAMES_OF_FILES = (
    _names_files(messages).where(whole(messages)),
    _names_files(inbox).where(waiting(inbox)),
    _names_files(inbox).where(inbox.c.state == ASIDE),
    _names_files(outbox),
    _names_files(side_threads),
)


class SqlReports(Facet):
    """``Reports`` over SQL."""

    def contacts(self, since: datetime) -> Iterator[ContactRecord]:
        return map(CONTACT.load, self._run(_CONTACTS, {"since": since}).scalars())

    def tickets(
        self, *, open_only: bool = False, since: datetime | None = None
    ) -> Sequence[Ticket]:
        if open_only:
            rows = self._run(_OPEN_TICKETS)
        elif since is None:
            rows = self._run(_TICKETS)
        else:
            rows = self._run(_RECENT_TICKETS, {"since": since})
        return [TICKET.load(body) for body in rows.scalars()]

    def names_of_files(self) -> Iterator[str]:
        for statement in _NAMES_OF_FILES:
            yield from self._run(statement).scalars()
