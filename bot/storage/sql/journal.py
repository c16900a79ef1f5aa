"""The journal over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select

from bot.delivery.ports import Entry, Numbered
from bot.delivery.ports.journal import Decided
from bot.storage.journal_codec import packed, unpacked
from bot.storage.sql.schema import journal
from bot.storage.sql.session import Facet

_p = bindparam

_ADD = insert(journal).inline()
_AFTER = (
    select(journal.c.number, journal.c.kind, journal.c.body)
    .where(journal.c.number > _p("number"))
    .order_by(journal.c.number)
    .limit(_p("limit"))
)
_LAST = select(func.max(journal.c.number))
_KEPT = select(func.min(journal.c.number)).where(
    journal.c.at.is_not(None), journal.c.at >= _p("before")
)
_OLD = (
    select(journal.c.number)
    .where(journal.c.number < _p("kept"))
    .order_by(journal.c.number)
    .limit(_p("limit"))
)
_FORGET = delete(journal).where(journal.c.number <= _p("number"))


class SqlJournal(Facet):
    """``Journal`` over SQL."""

    def add(self, entry: Entry) -> None:
        at = entry.at if isinstance(entry, Decided) else None
        self._run(_ADD, {"at": at, "kind": type(entry).__name__, "body": packed(entry)})

    def after(self, number: int, limit: int) -> Sequence[Numbered]:
        rows = self._run(_AFTER, {"number": number, "limit": limit})
        return [Numbered(row.number, unpacked(row.kind, bytes(row.body))) for row in rows]

    def last(self) -> int:
        return self._run(_LAST).scalar() or 0

    def forget(self, before: datetime, limit: int) -> int:
        kept: int | None = self._run(_KEPT, {"before": before}).scalar()
        behind = self.last() + 1 if kept is None else kept
        old = list(self._run(_OLD, {"kept": behind, "limit": limit}).scalars())
        if old:
            self._run(_FORGET, {"number": old[-1]})
        return len(old)
