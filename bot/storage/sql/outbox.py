"""Outbox, rooms, links and holds over SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    exists,
    false,
    null,
    select,
    tuple_,
    update,
)

from bot.conversation.decision import Outgoing, Rewrite, Say, TakeBack
from bot.delivery.ports import OutboxRow, UndeliveredAlarm, Unreadable
from bot.storage.codec import OUTGOING, RECEIPT
from bot.storage.shared import ALARMS, readable_start, undelivered_alarm
from bot.storage.sql import schema
from bot.storage.sql.chats import SqlChats
from bot.storage.sql.lists import as_list, one_of
from bot.storage.sql.rows import OUTBOX_ROW, outbox_row, with_room
from bot.storage.sql.schema import (
    ASIDE,
    last_copy,
    links,
    outbox,
    unfinished,
    waiting,
)
from bot.storage.sql.session import Facet, Session
from bot.storage.sql.types import DatabaseTime
from channels.message import Receipt

_p = bindparam

_ROWS = {
    dialect: OUTBOX_ROW.select_from(with_room).where(one_of(outbox.c.id, "rows", dialect))
    for dialect in ("sqlite", "postgresql")
}
_RANK = select(outbox.c.position, outbox.c.seq).where(outbox.c.id == _p("row"))
_BEHIND = (
    OUTBOX_ROW.select_from(with_room)
    .where(
        unfinished(outbox),
        waiting(outbox),
        outbox.c.order_key == _p("order_key"),
        tuple_(outbox.c.position, outbox.c.seq) > tuple_(_p("position"), _p("seq")),
    )
    .order_by(outbox.c.position, outbox.c.seq)
    .limit(_p("limit"))
)
_CHOSEN = update(outbox).where(outbox.c.id == _p("row"))
_POSTPONE = _CHOSEN.values(
    state="waiting", due=_p("new_due"), error=_p("why"), arrived=_p("so_far")
)
_POSTPONE_COPY = _CHOSEN.values(
    state="waiting", due=_p("new_due"), error=_p("why"), arrived=_p("so_far"), copies=_p("sent")
)
_LAST_COPIES = and_(last_copy(outbox), outbox.c.channel == _p("in_channel"))
_HASTEN = update(outbox).where(_LAST_COPIES, outbox.c.due > _p("later_than")).values(due=_p("now"))
_LAST_COPIES_WAIT = select(exists().where(_LAST_COPIES, outbox.c.due > _p("later_than")))
_ALARMS = (
    select(*(outbox.c[name] for name in ("body", "channel", "chat", "enqueued_at", "state")))
    .where(schema.undelivered_alarm(outbox))
    .order_by(outbox.c.seq.desc())
    .limit(ALARMS)
)
_FAIL = _CHOSEN.values(state=_p("outcome"), error=_p("why"), finished_at=DatabaseTime())
_DELIVERED = _CHOSEN.values(
    state="delivered", body=null(), error="", receipt=_p("proof"), finished_at=DatabaseTime()
)
_SENT = select(outbox.c.body, outbox.c.channel, outbox.c.chat).where(outbox.c.id == _p("row"))
_ASIDE_ROWS = (
    OUTBOX_ROW.add_columns(outbox.c.error)
    .select_from(with_room)
    .where(outbox.c.state == ASIDE)
    .order_by(outbox.c.seq)
)
_SET_ASIDE = _CHOSEN.values(state="aside", error=_p("why"))
_ARRIVED = {
    dialect: select(outbox.c.id).where(
        one_of(outbox.c.id, "rows", dialect), outbox.c.state == _p("delivered")
    )
    for dialect in ("sqlite", "postgresql")
}
_SUPERSEDE = (
    update(links)
    .where(
        links.c.handle == _p("old_handle"),
        links.c.channel == _p("of_channel"),
        links.c.chat == _p("of_chat"),
    )
    .values(current=false())
)
_beyond: ColumnElement[datetime] = _p("latest")
_CUT = (
    update(outbox)
    # What waits for its last copy waits longer than for a pause, and not only for its time.
    .where(waiting(outbox), outbox.c.due > _beyond, ~last_copy(outbox))
    .values(due=_p("now"))
)


class SqlOutbox(Facet):
    """``Outbox`` over SQL.

    Args:
        chats: where what is delivered gets its links.
    """

    def __init__(self, session: Session, chats: SqlChats) -> None:
        super().__init__(session)
        self._chats = chats

    def rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        found = {row.id: row for row in self._run(_ROWS[self._dialect], {"rows": as_list(ids)})}
        return [outbox_row(found[key]) for key in ids if key in found]

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        rank = self._run(_RANK, {"row": row.id}).first()
        if rank is None:
            raise LookupError(row.id)
        behind = {"order_key": row.order, "position": rank.position, "seq": rank.seq}
        found = (outbox_row(row) for row in self._run(_BEHIND, {**behind, "limit": limit}))
        return readable_start(found)

    def any_delivered(self, rows: Collection[str]) -> bool:
        found = self._run(
            _ARRIVED[self._dialect], {"rows": as_list(rows), "delivered": "delivered"}
        )
        return found.first() is not None

    def delivered(self, row: str, receipt: Receipt) -> None:
        sent = self._run(_SENT, {"row": row}).first()
        if sent is None:
            raise LookupError(row)
        if sent.body is None:
            return
        self._run(_DELIVERED, {"row": row, "proof": RECEIPT.dump(receipt)})
        action, place = OUTGOING.load(sent.body).action, (sent.channel, sent.chat)
        if isinstance(action, (Say, TakeBack)) and action.handle is not None:
            channel, chat = place
            self._run(
                _SUPERSEDE,
                {"old_handle": action.handle, "of_channel": channel, "of_chat": chat},
            )
        if isinstance(action, (Say, Rewrite)) and action.handle is not None:
            self._chats.link(action.handle, *place, receipt.messages, thread=receipt.thread)

    def postpone(
        self,
        row: str,
        due: datetime,
        error: str,
        *,
        arrived: Sequence[str] = (),
        copies: int | None = None,
    ) -> None:
        values = {"new_due": due, "why": error, "so_far": json.dumps(list(arrived))}
        if copies is None:
            self._change_row(_POSTPONE, row, **values)
        else:
            self._change_row(_POSTPONE_COPY, row, **values, sent=copies)

    def hasten(self, channel: str, now: datetime, *, later_than: datetime) -> None:
        self._run(_HASTEN, {"in_channel": channel, "later_than": later_than, "now": now})

    def last_copies_wait(self, channel: str, later_than: datetime) -> bool:
        wanted = {"in_channel": channel, "later_than": later_than}
        return bool(self._run(_LAST_COPIES_WAIT, wanted).scalar())

    def undelivered_alarms(self) -> Sequence[UndeliveredAlarm]:
        newest_first = list(self._run(_ALARMS))
        return [
            undelivered_alarm(_outgoing(r.body), r.channel, r.chat, r.enqueued_at, r.state)
            for r in reversed(newest_first)
        ]

    def fail(self, row: str, state: Literal["failed", "uncertain", "dropped"], error: str) -> None:
        self._change_row(_FAIL, row, outcome=state, why=error)

    def _change_row(self, statement: Update, row: str, **values: object) -> None:
        if not self._run(statement, {"row": row, **values}).rowcount:
            raise LookupError(row)

    def set_aside(self, row: str, error: str) -> None:
        self._change_row(_SET_ASIDE, row, why=error)

    def aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        return [(outbox_row(row), row.error) for row in self._run(_ASIDE_ROWS)]

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        return self._run(_CUT, {"now": now, "latest": now + longest}).rowcount


def _outgoing(body: str) -> Outgoing | None:
    try:
        return OUTGOING.load(body)
    except ValueError:  # of another version
        return None
