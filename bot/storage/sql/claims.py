"""Which outbox rows may go, and who has them in hands, over SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from bot.conversation.decision import Urgency
from bot.delivery.ports import LEASE, Head, Lane, OutboxRow, Unreadable
from bot.storage.shared import lane_of
from bot.storage.sql.lists import as_list, listed, one_of
from bot.storage.sql.rows import OUTBOX_ROW, outbox_row, with_room
from bot.storage.sql.schema import SENDING, holds, outbox, unfinished, waiting
from bot.storage.sql.session import Facet
from bot.storage.sql.types import DatabaseTime

_p = bindparam

_DIALECTS = ("sqlite", "postgresql")
_LANES = 0x4C616E65
"""Sets the advisory locks of lanes apart from others of the same database ("Lane")."""


# ------------------------------------------------------------------ what may go

# Every condition is a subquery for one value, never an EXISTS: PostgreSQL would turn that into a
# join over all rows that wait whenever it believes that there are few, and about a queue its
# statistics are wrong most of the time.
_row = outbox.alias("candidate")


def _first(column: str, source: FromClause, *where: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a subquery for one value
    """The lowest value of a column among waiting rows: one step of an index.

    Args:
        source: what else the conditions are about.
    """
    lowest = _row.c[column]
    return (
        select(lowest)
        .where(waiting(_row), *where)
        .order_by(*_index_up_to(column))
        .limit(1)
        .correlate(source)
        .scalar_subquery()
    )


def _index_up_to(column: str) -> list[ColumnElement[Any]]:
    """The columns of ``ix_outbox_lane`` up to one."""
    names = ("channel", "lane", "order_key")
    return [_row.c[name] for name in names[: names.index(column) + 1]]


def _none(
    source: FromClause, table: FromClause, *where: ColumnElement[bool]
) -> ColumnElement[bool]:
    """There is no such row."""
    one: Select[Any] = select(literal_column("1")).select_from(table).where(*where).limit(1)
    return one.correlate(source).scalar_subquery().is_(None)


def _nothing_in_flight(column: str, source: FromClause) -> ColumnElement[bool]:
    return _none(source, _row, _row.c.state == SENDING, _row.c[column] == source.c[column])


def _head(source: FromClause) -> Any:  # noqa: ANN401 - as in _first
    """The number of the first unfinished row of an order key."""
    return (
        select(_row.c.seq)
        .where(unfinished(_row), _row.c.order_key == source.c.order_key)
        .order_by(_row.c.position, _row.c.seq)
        .limit(1)
        .correlate(source)
        .scalar_subquery()
    )


def _lanes(dialect: str) -> CTE:
    """Lanes with something waiting, whatever channel may be written to: found by leaping along the
    index from one to the next, past all the rows between them."""
    channels = select(_first("channel", outbox).label("channel")).cte("channels", recursive=True)
    channels = channels.union_all(
        select(_first("channel", channels, _row.c.channel > channels.c.channel)).where(
            channels.c.channel.is_not(None)
        )
    )
    lanes = (
        select(
            channels.c.channel,
            _first("lane", channels, _row.c.channel == channels.c.channel).label("lane"),
        )
        .where(channels.c.channel.is_not(None), channels.c.channel.not_in(listed("full", dialect)))
        .cte("lanes", recursive=True)
    )
    return lanes.union_all(
        select(
            lanes.c.channel,
            _first("lane", lanes, _row.c.channel == lanes.c.channel, _row.c.lane > lanes.c.lane),
        ).where(lanes.c.lane.is_not(None))
    )


def _order_keys(dialect: str) -> CTE:
    """Order keys with something waiting, in the lanes that are open now; found in the same way."""
    lanes = _lanes(dialect)
    held = _none(
        lanes,
        holds,
        holds.c.channel == lanes.c.channel,
        holds.c.chat == func.substr(lanes.c.lane, func.length(lanes.c.channel) + 2),
        or_(holds.c.parked.is_not(None), holds.c.paused_until > _p("now")),
    )
    keys = (
        select(
            lanes.c.channel,
            lanes.c.lane,
            _first(
                "order_key", lanes, _row.c.channel == lanes.c.channel, _row.c.lane == lanes.c.lane
            ).label("order_key"),
        )
        .where(
            lanes.c.lane.is_not(None),
            lanes.c.lane.not_in(listed("busy", dialect)),
            _nothing_in_flight("lane", lanes),
            held,
        )
        .cte("order_keys", recursive=True)
    )
    return keys.union_all(
        select(
            keys.c.channel,
            keys.c.lane,
            _first(
                "order_key",
                keys,
                _row.c.channel == keys.c.channel,
                _row.c.lane == keys.c.lane,
                _row.c.order_key > keys.c.order_key,
            ),
        ).where(keys.c.order_key.is_not(None))
    )


def _heads(dialect: str) -> Select[Any]:
    keys = _order_keys(dialect)
    found: FromClause = outbox
    by_number = outbox.c.seq == _head(keys)
    if dialect == "postgresql":
        # One by one, by number and nothing else: a join might read the whole table, and a row said
        # to wait might be looked for among all that do.
        found = select(outbox).where(by_number).limit(1).lateral("head")
        by_number = true()
    names = ("id", "channel", "chat", "order_key", "due", "urgency", "copies")
    return (
        select(*(found.c[name] for name in names))
        .select_from(keys.join(found, by_number))
        .where(
            keys.c.order_key.is_not(None),
            waiting(found),
            found.c.lane == keys.c.lane,  # of a desk that moved, a key may have rows in two lanes
            _nothing_in_flight("order_key", keys),
        )
        .order_by(found.c.urgency, found.c.seq)
    )


def _pause_over(dialect: str) -> Select[Any]:
    lane = holds.c.channel + ":" + holds.c.chat
    return select(func.min(holds.c.paused_until)).where(
        holds.c.paused_until > _p("now"),
        holds.c.parked.is_(None),
        lane.not_in(listed("busy", dialect)),
        holds.c.channel.not_in(listed("full", dialect)),
        _first("lane", holds, _row.c.channel == holds.c.channel, _row.c.lane == lane).is_not(None),
    )


HEADS = {dialect: _heads(dialect) for dialect in _DIALECTS}
_PAUSE_OVER = {dialect: _pause_over(dialect) for dialect in _DIALECTS}

# ------------------------------------------------------------------ taking and giving back

_LOCK_LANE = select(
    func.pg_try_advisory_xact_lock(func.hashtextextended(outbox.c.lane, _LANES))
).where(outbox.c.id == _p("row"))
_mine = and_(outbox.c.state == SENDING, outbox.c.owner == _p("sender"))


def _candidates(dialect: str) -> Select[Any]:
    """The rows of an act, and whether each may be started. Found by number alone: were it said
    there that they wait, PostgreSQL would read of all rows which wait."""
    may_begin = and_(
        _nothing_in_flight("lane", outbox),
        _nothing_in_flight("order_key", outbox),
        outbox.c.seq == _head(outbox),
    )
    free = and_(waiting(outbox), or_(outbox.c.id != _p("first"), may_begin))
    return (
        select(outbox.c.id, free.label("free"))
        .where(one_of(outbox.c.id, "rows", dialect))
        .with_for_update(of=outbox, skip_locked=True)
    )


def _change(dialect: str, *where: ColumnElement[bool]) -> Update:
    return update(outbox).where(one_of(outbox.c.id, "rows", dialect), *where)


_CANDIDATES = {dialect: _candidates(dialect) for dialect in _DIALECTS}
_START = {
    dialect: _change(dialect).values(
        state="sending",
        owner=_p("sender"),
        started_at=DatabaseTime(),
        attempts=outbox.c.attempts + 1,
    )
    for dialect in _DIALECTS
}
_RENEW = {d: _change(d, _mine).values(started_at=DatabaseTime()) for d in _DIALECTS}
_HELD = {
    dialect: select(outbox.c.id)
    .where(one_of(outbox.c.id, "rows", dialect), _mine)
    .with_for_update()
    for dialect in _DIALECTS
}
_RELEASE = {
    dialect: update(outbox)
    .where(_mine, outbox.c.id.not_in(listed("rows", dialect)))
    .values(state="waiting", attempts=outbox.c.attempts - 1)
    for dialect in _DIALECTS
}
_IN_SENDING = (
    OUTBOX_ROW.select_from(with_room)
    .where(outbox.c.state == SENDING)
    .order_by(outbox.c.seq)
    .with_for_update(of=outbox, skip_locked=True)
)
_ORPHANED = _IN_SENDING.where(
    outbox.c.owner != _p("sender"), outbox.c.started_at <= DatabaseTime(_p("lease", type_=Float))
)


class SqlClaims(Facet):
    """``Claims`` over SQL."""

    def heads(
        self,
        now: datetime,
        *,
        busy: Collection[Lane] = (),
        full: Collection[str] = (),
    ) -> Sequence[Head]:
        found = self._run(HEADS[self._dialect], {"now": now, **_elsewhere(busy, full)})
        return [
            Head(
                row=row.id,
                lane=(row.channel, row.chat),
                order=row.order_key,
                urgency=Urgency(row.urgency),
                due=row.due,
                copies=row.copies,
            )
            for row in found
        ]

    def pause_over(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> datetime | None:
        over: datetime | None = self._run(
            _PAUSE_OVER[self._dialect], {"now": now, **_elsewhere(busy, full)}
        ).scalar()
        return over

    def take(self, rows: Sequence[str], owner: str) -> bool:
        if self._dialect == "postgresql" and not self._run(_LOCK_LANE, {"row": rows[0]}).scalar():
            return False
        # Asked after the lock is there, so that what its last holder did is seen.
        wanted = {"rows": as_list(rows)}
        found = self._run(_CANDIDATES[self._dialect], {**wanted, "first": rows[0]})
        if sum(bool(row.free) for row in found) < len(rows):
            return False
        self._run(_START[self._dialect], {**wanted, "sender": owner})
        return True

    def in_flight(self, rows: Collection[str], owner: str) -> bool:
        held = self._run(_HELD[self._dialect], {"rows": as_list(rows), "sender": owner})
        return len(list(held)) == len(rows)

    def renew(self, rows: Collection[str], owner: str) -> None:
        self._run(_RENEW[self._dialect], {"rows": as_list(rows), "sender": owner})

    def release(self, owner: str, held: Collection[str]) -> int:
        return self._run(_RELEASE[self._dialect], {"rows": as_list(held), "sender": owner}).rowcount

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        if owner is None:
            return [outbox_row(row) for row in self._run(_IN_SENDING)]
        gone = {"sender": owner, "lease": lease / timedelta(seconds=1)}
        return [outbox_row(row) for row in self._run(_ORPHANED, gone)]


def _elsewhere(busy: Collection[Lane], full: Collection[str]) -> dict[str, str]:
    return {"busy": as_list([lane_of(*lane) for lane in busy]), "full": as_list(full)}
