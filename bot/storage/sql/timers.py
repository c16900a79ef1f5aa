"""Timers over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from bot.conversation.decision import Timer
from bot.storage.sql.schema import timers
from bot.storage.sql.session import Facet

_p = bindparam

_DUE = (
    select(timers.c.kind, timers.c.subject, timers.c.due)
    .where(timers.c.due <= _p("now"))
    .order_by(timers.c.due, timers.c.kind, timers.c.subject)
    .limit(_p("limit"))
    .with_for_update(skip_locked=True)
)
_DROP = delete(timers).where(timers.c.kind == _p("kind"), timers.c.subject == _p("subject"))
_NEXT_DUE = select(func.min(timers.c.due))


class SqlTimers(Facet):
    """``Timers`` over SQL."""

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        rows = self._run(_DUE, {"now": now, "limit": limit})
        return [Timer(kind=row.kind, subject=row.subject, due=row.due) for row in rows]

    def drop(self, timer: Timer) -> None:
        self._run(_DROP, {"kind": timer.kind, "subject": timer.subject})

    def next_due(self) -> datetime | None:
        due: datetime | None = self._run(_NEXT_DUE).scalar()
        return due
