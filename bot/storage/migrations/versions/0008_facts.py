"""Columns for what is asked, and marks in place of rows that were something else.

What is there already is filled in from the bodies, a thousand rows at a time. A row whose body
nobody can read keeps its columns empty: it must not keep the service from starting.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import DatabaseTime, Instant, Name, Number

revision = "0008"
down_revision = "0007"

log = logging.getLogger(__name__)

BATCH = 1000
MOVES = ("escalated", "passed", "returned")
SETTLED = ("delivered", "dropped", "failed", "uncertain")
TOLD = ("automatic:", "limit:", "missing:")
"""How the handles begin of what administrators were told once."""
DAY_BOOK = "day-book-"
"""How the names begin of dialogues with nobody that counted a channel's automatic letters."""
MINUTE = "%Y-%m-%dT%H:%M"

FACTS: Mapping[str, Sequence[str]] = {
    "tickets": ("desk", "topic", "status", "priority", "assignee", "channel", "client"),
    "ticket_events": ("kind", "desk", "before", "after"),
    "messages": ("kind",),
    "contacts": ("conversation", "channel", "language", "outcome", "entry"),
}
TIMES: Mapping[str, Sequence[str]] = {
    "tickets": ("first_reply_at", "resolved_at", "due_next"),
    "ticket_events": ("at",),
    "messages": ("at",),
    "inbox": ("finished_at",),
    "outbox": ("finished_at",),
}
INDEXES: Mapping[str, Sequence[Sequence[str]]] = {
    "conversations": (("channel", "chat", "suspicious", "exchange"),),
    "tickets": (
        ("desk", "status"),
        ("client", "number"),
        ("topic", "opened_at"),
        ("opened_at",),
        ("ended_at",),
    ),
    "ticket_events": (("at",), ("kind", "at")),
    "messages": (("conversation", "seq"), ("at",)),
    "contacts": (("conversation", "seq"), ("outcome", "at")),
}
PARTIAL: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("ix_tickets_due_next", "tickets", ("due_next",), "due_next IS NOT NULL"),
    (
        "ix_ticket_events_moves",
        "ticket_events",
        ("ticket", "before", "at"),
        "kind IN ('escalated', 'passed', 'returned')",
    ),
    ("ix_messages_client", "messages", ("ticket", "seq"), "kind = 'client'"),
    ("ix_contacts_entry_at", "contacts", ("entry", "at"), "entry != ''"),
    ("ix_inbox_finished", "inbox", ("finished_at",), "finished_at IS NOT NULL"),
    ("ix_outbox_finished", "outbox", ("finished_at",), "finished_at IS NOT NULL"),
)


def _table(name: str, **columns: Any) -> Any:  # noqa: ANN401 - types of columns
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


_KEYS: Mapping[str, Any] = {"id": Name}
_KINDS: Mapping[str, Any] = {
    "line": sa.Integer,
    "suspicious": sa.Boolean,
    **dict.fromkeys(("first_reply_at", "resolved_at", "at"), Instant),
}
_conversations = _table(
    "conversations", id=Name, channel=Name, chat=Name, version=sa.Integer, body=sa.Text,
    exchange=Name, client=Name,
)  # fmt: skip
_outbox = _table(
    "outbox", id=Name, channel=Name, chat=Name, handle=Name, state=sa.Text,
    enqueued_at=Instant, started_at=Instant, finished_at=Instant,
)  # fmt: skip
_inbox = _table("inbox", state=sa.Text, accepted_at=Instant, finished_at=Instant)
_links = _table(
    "links", channel=Name, chat=Name, message=Name, handle=Name, thread=Name, current=sa.Boolean
)
_marks = _table("marks", kind=Name, subject=Name, at=Instant, count=sa.Integer)


def upgrade() -> None:
    for table, facts in FACTS.items():
        for name in facts:
            _add(table, sa.Column(name, Name(), nullable=False, server_default=sa.text("''")))
            if (table, name) == ("tickets", "desk"):
                zero = sa.text("0")
                _add(
                    table, sa.Column("line", sa.SmallInteger(), nullable=False, server_default=zero)
                )
    for table, times in TIMES.items():
        for name in times:
            _add(table, sa.Column(name, Instant(), nullable=True))
    suspicious: sa.Column[Any] = sa.Column(
        "suspicious", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("conversations", suspicious)
    op.create_table(
        "marks",
        sa.Column("kind", Name(), nullable=False),
        sa.Column("subject", Name(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_marks_kind_at"), "marks", ["kind", "at"])
    _fill("tickets", "number", _ticket)
    _fill_events()
    _fill("messages", "seq", lambda body: {"at": _moment(body["at"]), "kind": _text(body["kind"])})
    _fill("contacts", "seq", _contact)
    _fill("conversations", "id", lambda body: {"suspicious": _suspicious(body)})
    _name_channels()
    _finish()
    _flags_to_marks()
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    for index, table, columns, where in PARTIAL:
        which: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
        op.create_index(index, table, list(columns), **which)


def downgrade() -> None:
    _marks_to_flags()
    for index, table, _columns, _where in PARTIAL:
        op.drop_index(index, table)
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    op.drop_table("marks")
    for table, times in TIMES.items():
        for name in times:
            op.drop_column(table, name)
    for table, facts in FACTS.items():
        for name in facts:
            op.drop_column(table, name)
    op.drop_column("tickets", "line")
    op.drop_column("conversations", "suspicious")


def _add(table: str, column: sa.Column[Any]) -> None:
    op.add_column(table, column)


# ------------------------------------------------------------------ from bodies into columns


def _ticket(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        **{name: _text(body.get(name)) for name in ("desk", "topic", "status", "priority")},
        "line": int(body["line"]),
        "assignee": _text((body.get("assignee") or {}).get("id")),
        "client": _text(body.get("client")),
        "first_reply_at": _moment(body.get("first_reply_at")),
        "resolved_at": _moment(body.get("resolved_at")),
    }


def _contact(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    names = ("conversation", "language", "outcome", "entry")
    return {name: _text(body.get(name)) for name in names}


def _suspicious(body: Any) -> bool:  # noqa: ANN401 - JSON
    return bool((body["letters"] or {}).get("suspicious"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def _read(body: str | None, facts: Callable[[Any], dict[str, Any]]) -> dict[str, Any] | None:
    """What a body says; None if nobody can read it."""
    try:
        return facts(json.loads(body or ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _fill(table: str, key: str, facts: Callable[[Any], dict[str, Any]]) -> None:
    rows = _table(table, **{key: _KEYS.get(key, Number), "body": sa.Text})
    column = rows.c[key]
    query = sa.select(column.label("key"), rows.c.body).order_by(column).limit(BATCH)
    unreadable = 0
    last: int | str | None = None
    while found := _all(query if last is None else query.where(column > last)):
        changes = []
        for row in found:
            read = _read(row.body, facts)
            unreadable += read is None
            if read is not None:
                changes.append({"the_key": row.key, **{f"new_{n}": v for n, v in read.items()}})
        _write(table, key, changes)
        last = found[-1].key
    if unreadable:
        log.warning("migration 0008: %d rows of %s cannot be read", unreadable, table)


def _write(table: str, key: str, changes: Sequence[dict[str, Any]]) -> None:
    """Change rows, all of them in the same columns."""
    if not changes:
        return
    names = [name.removeprefix("new_") for name in changes[0] if name != "the_key"]
    rows = _table(
        table,
        **{key: _KEYS.get(key, Number)},
        **{name: _KINDS.get(name, Name) for name in names},
    )
    statement = (
        sa.update(rows)
        .where(rows.c[key] == sa.bindparam("the_key"))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )
    op.get_bind().execute(statement, changes)


def _fill_events() -> None:
    """The desk of an event is the one that had the ticket then: its history tells."""
    rows = _table("ticket_events", seq=Number, ticket=sa.BigInteger, body=sa.Text)
    order = sa.tuple_(rows.c.ticket, rows.c.seq)
    query = sa.select(rows.c.seq, rows.c.ticket, rows.c.body).order_by(rows.c.ticket, rows.c.seq)
    query = query.limit(BATCH)
    ticket, desk = None, ""
    unreadable = 0
    last: Any = None
    while found := _all(query if last is None else query.where(order > last)):
        changes = []
        for row in found:
            if row.ticket != ticket:
                ticket, desk = row.ticket, ""
            read = _read(row.body, _event)
            unreadable += read is None
            if read is not None:
                begun = read.pop("begun_at")
                desk = begun or desk
                moved = read["kind"] in MOVES
                at = read["before"] if moved else desk
                desk = read["after"] if moved else desk
                new = {f"new_{name}": value for name, value in read.items()}
                changes.append({"the_key": row.seq, **new, "new_desk": at})
        _write("ticket_events", "seq", changes)
        last = sa.tuple_(sa.literal(found[-1].ticket), sa.literal(found[-1].seq))
    if unreadable:
        log.warning("migration 0008: %d rows of ticket_events cannot be read", unreadable)


def _event(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    kind = _text(body["kind"])
    return {
        "at": _moment(body["at"]),
        "kind": kind,
        "before": _text(body.get("before")),
        "after": _text(body.get("after")),
        "begun_at": _text(body.get("extra", {}).get("desk")) if kind == "opened" else "",
    }


def _name_channels() -> None:
    """Tickets and contacts have the channel of their dialogue."""
    for table in ("tickets", "contacts"):
        rows = _table(table, conversation=Name, channel=Name)
        of = _conversations.c.id == rows.c.conversation
        channel = sa.select(_conversations.c.channel).where(of).scalar_subquery()
        op.execute(sa.update(rows).values(channel=sa.func.coalesce(channel, "")))


def _finish() -> None:
    """When it was is not known: as good as when it came in, or was last tried."""
    done = sa.update(_inbox).where(_inbox.c.state == "done")
    op.execute(done.values(finished_at=_inbox.c.accepted_at))
    settled = sa.update(_outbox).where(_outbox.c.state.in_(SETTLED))
    tried = sa.func.coalesce(_outbox.c.started_at, _outbox.c.enqueued_at)
    op.execute(settled.values(finished_at=tried))


# ------------------------------------------------------------------ flags and marks


def _flags_to_marks() -> None:
    now = DatabaseTime()
    flags = _links.c.message == _links.c.handle
    late = sa.and_(flags, _links.c.handle.like("late:%"))
    _mark(
        sa.select(sa.literal("late"), sa.func.substr(_links.c.handle, 6), now, 1)
        .where(late)
        .group_by(_links.c.handle)
    )
    crowded = sa.and_(flags, _links.c.handle == "crowded")
    lane = _links.c.channel + ":" + _links.c.chat
    _mark(sa.select(sa.literal("crowded"), lane, now, 1).where(crowded).group_by(lane))
    op.execute(sa.delete(_links).where(sa.or_(late, crowded)))
    told = sa.or_(*(_outbox.c.handle.like(f"{begin}%") for begin in TOLD))
    _mark(
        sa.select(sa.literal("told"), _outbox.c.handle, sa.func.max(_outbox.c.enqueued_at), 1)
        .where(told)
        .group_by(_outbox.c.handle)
    )
    book = sa.and_(_conversations.c.id.like(f"{DAY_BOOK}%"), _conversations.c.client == "")
    for row in _all(sa.select(_conversations.c.channel, _conversations.c.body).where(book)):
        counted = _read(row.body, _written) or {}
        for at, count in counted.items():
            values = {"kind": f"letters:{row.channel}", "subject": at, "count": count}
            moment = datetime.strptime(at, MINUTE).replace(tzinfo=UTC)
            op.execute(sa.insert(_marks).values(**values, at=moment))
    op.execute(sa.delete(_conversations).where(book))


def _written(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    moments = (_moment(each) for each in body["letters"]["automatic"])
    return Counter(f"{moment:{MINUTE}}" for moment in moments if moment is not None)


def _mark(found: Any) -> None:  # noqa: ANN401 - a select of kind, subject, at and count
    op.execute(sa.insert(_marks).from_select(["kind", "subject", "at", "count"], found))


def _marks_to_flags() -> None:
    for channel, chat, handle in _flags():
        place = {"channel": channel, "chat": chat, "message": handle, "handle": handle}
        op.execute(sa.insert(_links).values(**place, thread=None, current=True))
    books: dict[str, list[str]] = {}
    letters = sa.select(_marks.c.kind, _marks.c.at, _marks.c.count).order_by(_marks.c.at)
    for row in _all(letters.where(_marks.c.kind.like("letters:%"))):
        channel = row.kind.partition(":")[2]
        books.setdefault(channel, []).extend([row.at.isoformat()] * row.count)
    for channel, written in books.items():
        name = f"{DAY_BOOK}{channel}"
        body = {
            "id": name,
            "client": "",
            "address": {"channel": channel, "chat": "", "thread": name},
            "language": "",
            "letters": {"subject": "", "automatic": written},
            "version": 1,
        }
        columns = {"channel": channel, "chat": "", "exchange": name, "client": "", "version": 1}
        op.execute(sa.insert(_conversations).values(id=name, **columns, body=json.dumps(body)))


def _flags() -> Iterator[tuple[str, str, str]]:
    """Links to itself that the former version looks for: channel, chat and handle. What was late
    and is gone needs none."""
    late = sa.and_(_marks.c.kind == "late", _outbox.c.id == _marks.c.subject)
    waited = sa.select(_outbox.c.channel, _outbox.c.chat, _outbox.c.id).join(_marks, late)
    for row in _all(waited):
        yield row.channel, row.chat, f"late:{row.id}"
    for row in _all(sa.select(_marks.c.subject).where(_marks.c.kind == "crowded")):
        channel, _, chat = row.subject.partition(":")
        yield channel, chat, "crowded"


def _all(query: Any) -> Sequence[Any]:  # noqa: ANN401 - a select
    return op.get_bind().execute(query).fetchall()
