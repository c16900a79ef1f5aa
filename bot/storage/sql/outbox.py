"""Outbox, rooms, links and holds over SQL."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    Float,
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

from bot.conversation.decision import Outgoing, Rewrite, Room, Say, TakeBack
from bot.delivery.ports import LEASE, OutboxRow, Place, UndeliveredAlarm, Unreadable
from bot.storage.codec import OUTGOING, RECEIPT
from bot.storage.shared import ALARMS, readable_start, undelivered_alarm
from bot.storage.sql import schema
from bot.storage.sql.claims import SqlClaims, as_list, one_of
from bot.storage.sql.schema import (
    ASIDE,
    SENDING,
    holds,
    last_copy,
    links,
    outbox,
    rooms,
    unfinished,
    waiting,
)
from bot.storage.sql.types import DatabaseTime
from bot.storage.sql.upsert import upsert
from channels.message import Address, Receipt

_p = bindparam

_with_room = outbox.outerjoin(
    rooms,
    and_(rooms.c.ticket == outbox.c.room_ticket, rooms.c.desk == outbox.c.room_desk, rooms.c.open),
)
_ROW = select(
    *(
        outbox.c[name]
        for name in (
            "id",
            "order_key",
            "body",
            "attempts",
            "enqueued_at",
            "arrived",
            "copies",
            "channel",
            "chat",
        )
    ),
    rooms.c.channel.label("room_channel"),
    rooms.c.chat.label("room_chat"),
    rooms.c.thread.label("room_thread"),
)
_ROWS = {
    dialect: _ROW.select_from(_with_room).where(one_of(outbox.c.id, "rows", dialect))
    for dialect in ("sqlite", "postgresql")
}
_RANK = select(outbox.c.position, outbox.c.seq).where(outbox.c.id == _p("row"))
_BEHIND = (
    _ROW.select_from(_with_room)
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
_FAIL = _CHOSEN.values(state=_p("outcome"), error=_p("why"))
_DELIVERED = _CHOSEN.values(state="delivered", body=null(), error="", receipt=_p("proof"))
_SENT = select(outbox.c.body, outbox.c.channel, outbox.c.chat).where(outbox.c.id == _p("row"))
_IN_SENDING = (
    _ROW.select_from(_with_room)
    .where(outbox.c.state == SENDING)
    .order_by(outbox.c.seq)
    .with_for_update(of=outbox, skip_locked=True)
)
_ORPHANED = _IN_SENDING.where(
    outbox.c.owner != _p("sender"), outbox.c.started_at <= DatabaseTime(_p("lease", type_=Float))
)
_POSTS_ASIDE = (
    _ROW.add_columns(outbox.c.error)
    .select_from(_with_room)
    .where(outbox.c.state == ASIDE)
    .order_by(outbox.c.seq)
)
_SET_ASIDE = _CHOSEN.values(state="aside", error=_p("why"))
_LINK = upsert(links, ["channel", "chat", "message", "handle"], ["thread", "current"])
_SUPERSEDE = (
    update(links)
    .where(
        links.c.handle == _p("old_handle"),
        links.c.channel == _p("of_channel"),
        links.c.chat == _p("of_chat"),
    )
    .values(current=false())
)
_PAUSE = upsert(holds, ["channel", "chat"], ["paused_until"])
_PARKED = select(holds.c.parked).where(holds.c.channel == _p("channel"), holds.c.chat == _p("chat"))
_PARK = upsert(holds, ["channel", "chat"], ["parked"])
_OPENED = upsert(rooms, ["ticket", "desk"], ["channel", "chat", "thread", "open"])
_FOLLOW_ROOM = (
    update(outbox)
    .where(unfinished(outbox), outbox.c.order_key == _p("room"))
    .values(channel=_p("new_channel"), chat=_p("new_chat"))
)
_LOST = (
    update(rooms)
    .where(
        rooms.c.ticket == _p("of_ticket"),
        rooms.c.desk == _p("of_desk"),
        rooms.c.open,
        rooms.c.thread.is_not_distinct_from(_p("lost")),
    )
    .values(open=false())
)


class SqlOutbox(SqlClaims):
    """The outbox part of ``Transaction`` over SQL."""

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        for message in messages:
            self._run(
                _LINK[self._dialect],
                {
                    "channel": channel,
                    "chat": chat,
                    "message": message,
                    "handle": handle,
                    "thread": thread,
                    "current": True,
                },
            )

    def outbox_rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        found = {row.id: row for row in self._run(_ROWS[self._dialect], {"rows": as_list(ids)})}
        return [_row(found[key]) for key in ids if key in found]

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        rank = self._run(_RANK, {"row": row.id}).first()
        if rank is None:
            raise LookupError(row.id)
        behind = {"order_key": row.order, "position": rank.position, "seq": rank.seq}
        found = (_row(row) for row in self._run(_BEHIND, {**behind, "limit": limit}))
        return readable_start(found)

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
            self.link(action.handle, *place, receipt.messages, thread=receipt.thread)

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

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        if owner is None:
            return [_row(row) for row in self._run(_IN_SENDING)]
        gone = {"sender": owner, "lease": lease / timedelta(seconds=1)}
        return [_row(row) for row in self._run(_ORPHANED, gone)]

    def set_outbox_aside(self, row: str, error: str) -> None:
        self._change_row(_SET_ASIDE, row, why=error)

    def posts_aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        return [(_row(row), row.error) for row in self._run(_POSTS_ASIDE)]

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        hold = {"channel": channel, "chat": chat, "paused_until": until}
        self._run(_PAUSE[self._dialect], hold)

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        place = {"channel": channel, "chat": chat}
        if (self._run(_PARKED, place).scalar() is None) == (reason is None):
            return False
        self._run(_PARK[self._dialect], {**place, "parked": reason})
        return True

    def room_opened(self, room: Room, address: Address) -> None:
        self._run(
            _OPENED[self._dialect],
            {
                "ticket": room.ticket,
                "desk": room.desk,
                "channel": address.channel,
                "chat": address.chat,
                "thread": address.thread,
                "open": True,
            },
        )
        self._run(
            _FOLLOW_ROOM,
            {"room": room.key, "new_channel": address.channel, "new_chat": address.chat},
        )

    def room_lost(self, room: Room, thread: str | None) -> bool:
        lost = {"of_ticket": room.ticket, "of_desk": room.desk, "lost": thread}
        return bool(self._run(_LOST, lost).rowcount)


def _outgoing(body: str) -> Outgoing | None:
    try:
        return OUTGOING.load(body)
    except ValueError:  # of another version
        return None


def _row(row: Any) -> OutboxRow | Unreadable[str]:  # noqa: ANN401 - a row with the columns of _ROW
    try:
        outgoing = OUTGOING.load(row.body)
        arrived = tuple(json.loads(row.arrived))
    except ValueError:  # pydantic's ValidationError is one
        trace = traceback.format_exc()
        return Unreadable(row=row.id, error=trace, raw=row.body or "", order=row.order_key)
    to = outgoing.to
    if not isinstance(to, Room):
        place = Place(address=to)
    elif row.room_chat is None:
        place = Place(address=Address(channel=row.channel, chat=row.chat), room=to, open=False)
    else:
        thread = Address(channel=row.room_channel, chat=row.room_chat, thread=row.room_thread)
        place = Place(address=thread, room=to)
    return OutboxRow(
        id=row.id,
        outgoing=outgoing,
        place=place,
        order=row.order_key,
        attempts=row.attempts,
        enqueued_at=row.enqueued_at,
        copies=row.copies,
        arrived=arrived,
    )
