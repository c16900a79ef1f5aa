"""The inbox over SQL."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select, update

from bot.delivery.ports import InboxRow, Unreadable
from bot.storage.codec import INBOUND
from bot.storage.shared import ALBUM_GATHERING, album_of
from bot.storage.sql.schema import ASIDE, cursors, inbox, waiting
from bot.storage.sql.session import Facet
from bot.storage.sql.types import DatabaseTime
from bot.storage.sql.upsert import insert_new, upsert
from channels.message import Inbound
from channels.protocol import Cursor

_p = bindparam

_earlier = inbox.alias("earlier")
_first_of_its_key = ~exists().where(
    waiting(_earlier), _earlier.c.order_key == inbox.c.order_key, _earlier.c.id < inbox.c.id
)

_ACCEPT = insert_new(inbox)
_SET_CURSOR = upsert(cursors, ["channel", "source"], ["position"])
_CURSOR = select(cursors.c.position).where(
    cursors.c.channel == _p("channel"), cursors.c.source == _p("source")
)
_ROW = (inbox.c.id, inbox.c.order_key, inbox.c.body, inbox.c.accepted_at, inbox.c.attempts)
_NEXT = (
    select(*_ROW, inbox.c.album)
    .where(waiting(inbox), inbox.c.due <= _p("now"), _first_of_its_key)
    .order_by(inbox.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=inbox)
)
_SIBLINGS = (
    select(*_ROW)
    .where(waiting(inbox), inbox.c.order_key == _p("order_key"), inbox.c.album == _p("album"))
    .order_by(inbox.c.id)
    .with_for_update(of=inbox)
)
_CHOSEN = update(inbox).where(inbox.c.id == _p("row"))
_FINISH = _CHOSEN.values(state="done", finished_at=DatabaseTime())
_POSTPONE = _CHOSEN.values(due=_p("new_due"))
_FAILED_ONCE = _POSTPONE.values(attempts=inbox.c.attempts + 1, error=_p("why"))
_SET_ASIDE = _CHOSEN.values(state="aside", error=_p("why"))
_ASIDE_ROWS = select(*_ROW, inbox.c.error).where(inbox.c.state == ASIDE).order_by(inbox.c.id)
_REPLAY = _CHOSEN.where(inbox.c.state == ASIDE).values(
    state="waiting", due=_p("new_due"), attempts=0
)
_NEXT_DUE = select(func.min(inbox.c.due)).where(waiting(inbox), _first_of_its_key)

_beyond: ColumnElement[datetime] = _p("latest")
_CUT = update(inbox).where(waiting(inbox), inbox.c.due > _beyond).values(due=_p("now"))


class SqlInbox(Facet):
    """``Inbox`` over SQL."""

    def accept(self, items: Sequence[Inbound], cursor: Cursor | None, now: datetime) -> int:
        new = 0
        for item in items:
            album = album_of(item)
            new += self._run(
                _ACCEPT[self._dialect],
                {
                    "channel": item.channel,
                    "external_id": item.external_id,
                    "order_key": item.address.key,
                    "album": album,
                    "state": "waiting",
                    "due": now + ALBUM_GATHERING if album else now,
                    "accepted_at": now,
                    "attempts": 0,
                    "error": "",
                    "body": INBOUND.dump(item),
                },
            ).rowcount
        if cursor is not None:
            self._run(
                _SET_CURSOR[self._dialect],
                {
                    "channel": cursor.channel,
                    "source": cursor.source,
                    "position": cursor.position,
                },
            )
        return new

    def cursor(self, channel: str, source: str) -> str | None:
        position: str | None = self._run(_CURSOR, {"channel": channel, "source": source}).scalar()
        return position

    def next(self, now: datetime) -> Sequence[InboxRow | Unreadable[int]]:
        head = self._run(_NEXT, {"now": now}).first()
        if head is None:
            return []
        if head.album is None:
            return [_row(head)]
        album = {"order_key": head.order_key, "album": head.album}
        return [_row(row) for row in self._run(_SIBLINGS, album)]

    def finish(self, rows: Collection[int], now: datetime) -> None:
        for row in rows:
            self._run(_FINISH, {"row": row})

    def postpone(self, rows: Collection[int], due: datetime, *, error: str | None = None) -> None:
        for row in rows:
            if error is None:
                self._run(_POSTPONE, {"row": row, "new_due": due})
            else:
                self._run(_FAILED_ONCE, {"row": row, "new_due": due, "why": error})

    def set_aside(self, rows: Collection[int], error: str, now: datetime) -> None:
        for row in rows:
            self._run(_SET_ASIDE, {"row": row, "why": error})

    def aside(self) -> Sequence[tuple[InboxRow | Unreadable[int], str]]:
        return [(_row(row), row.error) for row in self._run(_ASIDE_ROWS)]

    def replay(self, rows: Collection[int], now: datetime) -> None:
        for row in rows:
            self._run(_REPLAY, {"row": row, "new_due": now})

    def next_due(self) -> datetime | None:
        due: datetime | None = self._run(_NEXT_DUE).scalar()
        return due

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        return self._run(_CUT, {"now": now, "latest": now + longest}).rowcount


def _row(row: Any) -> InboxRow | Unreadable[int]:  # noqa: ANN401 - a row with the columns of _ROW
    try:
        inbound = INBOUND.load(row.body)
    except ValueError:
        trace = traceback.format_exc()
        return Unreadable(row=row.id, error=trace, raw=row.body or "", order=row.order_key)
    return InboxRow(id=row.id, inbound=inbound, accepted_at=row.accepted_at, attempts=row.attempts)
