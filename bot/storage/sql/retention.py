"""What is kept for a time only, over SQL.

Rows that become shorter are taken out and put in again: SQLite gives room back where rows go, but
not where they shrink.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, insert, null, select, tuple_, update

from bot.conversation.state import Message
from bot.delivery.ports.retention import Reached
from bot.storage.codec import MESSAGE
from bot.storage.sql.records import SqlRecords
from bot.storage.sql.schema import contacts, finished, inbox, links, messages, outbox, whole
from bot.storage.sql.session import Facet, Session
from bot.storage.sql.types import Instant, Number
from bot.storage.thinning import may_be_erased, may_be_thinned, thinned

_p = bindparam

BEGINNING: Final = Reached(datetime.min.replace(tzinfo=UTC), 0)

_DONE = (
    select(inbox)
    .where(finished(inbox), inbox.c.finished_at < _p("before"))
    .order_by(inbox.c.finished_at)
    .limit(_p("limit"))
    .with_for_update(skip_locked=True)
)
_NO_ARRIVAL = delete(inbox).where(inbox.c.id == _p("row"))
_ARRIVED_ONCE = insert(inbox).inline()

_linked = exists().where(
    links.c.handle == outbox.c.handle,
    links.c.channel == outbox.c.channel,
    links.c.chat == outbox.c.chat,
)
_SETTLED = (
    select(outbox.c.seq, outbox.c.state, outbox.c.handle, _linked.label("linked"))
    .where(finished(outbox), outbox.c.finished_at < _p("before"))
    .order_by(outbox.c.finished_at)
    .limit(_p("limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_NO_POST = delete(outbox).where(outbox.c.seq == _p("row"))
_STAYS = update(outbox).where(outbox.c.seq == _p("row")).values(finished_at=null())

_position = tuple_(messages.c.at, messages.c.seq)
_OLD = (
    select(messages)
    .where(
        whole(messages),
        messages.c.at < _p("before"),
        _position > tuple_(_p("since", type_=Instant()), _p("behind", type_=Number)),
    )
    .order_by(messages.c.at, messages.c.seq)
    .limit(_p("limit"))
    .with_for_update(skip_locked=True)
)
_NO_MESSAGE = delete(messages).where(messages.c.seq == _p("row"))
_SAID_ONCE = insert(messages).inline()

_OLD_CONTACTS = (
    select(contacts.c.seq)
    .where(contacts.c.at < _p("before"))
    .order_by(contacts.c.at)
    .limit(_p("limit"))
    .with_for_update(skip_locked=True)
)
_NO_CONTACT = delete(contacts).where(contacts.c.seq == _p("row"))


class SqlRetention(Facet):
    """``Retention`` over SQL.

    Args:
        records: tells what tickets and dialogues still need.
    """

    def __init__(self, session: Session, records: SqlRecords) -> None:
        super().__init__(session)
        self._records = records

    def thin_inbox(self, before: datetime, limit: int) -> int:
        found = list(self._run(_DONE, {"before": before, "limit": limit}))
        for row in found:
            self._run(_NO_ARRIVAL, {"row": row.id})
        bare = {"order_key": "", "album": None, "error": "", "body": None, "finished_at": None}
        for row in found:
            self._run(_ARRIVED_ONCE, {**row._asdict(), **bare})
        return len(found)

    def erase_posts(self, before: datetime, limit: int) -> int:
        found = list(self._run(_SETTLED, {"before": before, "limit": limit}))
        for row in found:
            erased = may_be_erased(row.state, row.handle, linked=row.linked)
            self._run(_NO_POST if erased else _STAYS, {"row": row.seq})
        return len(found)

    def thin_messages(
        self, before: datetime, limit: int, after: Reached | None = None
    ) -> Reached | None:
        start = after or BEGINNING
        wanted = {"before": before, "since": start.at, "behind": start.seq, "limit": limit}
        found = list(self._run(_OLD, wanted))
        self._shorten(
            [
                (row, thinned(message))
                for row in found
                if (message := self._unneeded(row, before)) is not None
            ]
        )
        return Reached(found[-1].at, found[-1].seq) if len(found) == limit else None

    def _unneeded(self, row: Any, before: datetime) -> Message | None:  # noqa: ANN401 - a row of messages
        try:
            message = MESSAGE.load(row.body)
            ticket = self._records.ticket(row.ticket) if row.ticket is not None else None
            talk = self._records.conversation(row.conversation)
        except ValueError:  # of another version: left as it is
            return None
        return message if may_be_thinned(message, ticket, talk, before) else None

    def _shorten(self, rows: Sequence[tuple[Any, Message]]) -> None:
        for row, _ in rows:
            self._run(_NO_MESSAGE, {"row": row.seq})
        for row, message in rows:
            body = {"body": MESSAGE.brief(message), "thinned": True}
            self._run(_SAID_ONCE, {**row._asdict(), **body})

    def erase_contacts(self, before: datetime, limit: int) -> int:
        old = list(self._run(_OLD_CONTACTS, {"before": before, "limit": limit}).scalars())
        for row in old:
            self._run(_NO_CONTACT, {"row": row})
        return len(old)
