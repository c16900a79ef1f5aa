"""The tables, for SQLite and PostgreSQL alike.

Whatever only the program reads is one JSON column (``body``); whatever is searched by, or asked for
in figures, has a column of its own, which is written with the body. Such a column is null, or
empty, where the body does not say it or cannot be read. The migrations under
``bot/storage/migrations`` build exactly this.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    text,
)

from bot.storage.shared import UNDELIVERED
from bot.storage.sql.types import Derived, Instant, Name, Number
from escalation.ticket import MOVES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# States are written out in the SQL text instead of being bound: only so do both databases see that
# a partial index fits a query.
WAITING: ColumnElement[str] = literal_column("'waiting'", Text)
SENDING: ColumnElement[str] = literal_column("'sending'", Text)
ASIDE: ColumnElement[str] = literal_column("'aside'", Text)
EMPTY: ColumnElement[str] = literal_column("''", Text)


def waiting(table: FromClause) -> ColumnElement[bool]:
    """Rows that wait for their turn."""
    return table.c.state == WAITING


def unfinished(table: FromClause) -> ColumnElement[bool]:
    """Outbox rows that wait or are being sent."""
    return table.c.state.in_([SENDING, WAITING])


def last_copy(table: FromClause) -> ColumnElement[bool]:
    """Outbox rows that wait and will be sent only once more."""
    return and_(waiting(table), table.c.copies >= literal_column("2", Integer))


def finished(table: FromClause) -> ColumnElement[bool]:
    """Rows nothing is left to be done about, which may be thinned some day."""
    return table.c.finished_at.is_not(None)


def undelivered_alarm(table: FromClause) -> ColumnElement[bool]:
    """Outbox rows that the administrators have not read."""
    told = [literal_column(f"'{state}'", Text) for state in sorted(UNDELIVERED)]
    return and_(table.c.alarm, table.c.state.in_(told))


def moves(table: FromClause) -> ColumnElement[bool]:
    """Ticket events by which a ticket left a desk for another."""
    return table.c.kind.in_([literal_column(f"'{kind}'", Text) for kind in sorted(MOVES)])


def of_client(table: FromClause) -> ColumnElement[bool]:
    """Messages a client said."""
    return table.c.kind == literal_column("'client'", Text)


def whole(table: FromClause) -> ColumnElement[bool]:
    """Messages whose words are still there."""
    return ~table.c.thinned


def _fact(name: str) -> Column[str]:
    """Something that rows are asked for by; empty if there is no such thing. The default is for the
    rows of a process of a former version."""
    return Column(name, Name, nullable=False, server_default=text("''"))


def _partial_index(name: str, table: Table, columns: str, where: ColumnElement[bool]) -> None:
    """An index of the rows that fulfil ``where`` only: finished work costs nothing."""
    indexed = [table.c[column] for column in columns.split()]
    Index(name, *indexed, sqlite_where=where, postgresql_where=where)


# ------------------------------------------------------------------ state and history

clients = Table(
    "clients",
    metadata,
    Column("id", Name, primary_key=True),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Name, primary_key=True),
    Column("channel", Name, nullable=False),
    Column("chat", Name, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("exchange", Name, nullable=False),  # of letters: its id; empty for a chat
    Column("client", Name, nullable=False),
    Column("suspicious", Boolean, nullable=False, server_default=false()),  # its sender: forged?
    UniqueConstraint("channel", "chat", "exchange"),
    Index(None, "client"),
    Index(None, "channel", "chat", "suspicious", "exchange"),
)

identities = Table(
    "identities",
    metadata,
    Column("channel", Name, primary_key=True),
    Column("chat", Name, primary_key=True),
    Column("client", Name, nullable=False),
    Column("proven_at", Instant, nullable=False),
    Index(None, "client"),
)

side_threads = Table(
    "side_threads",
    metadata,
    Column("id", Name, primary_key=True),
    Column("ticket", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "ticket", "id"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("conversation", Name, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),  # null while open
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    _fact("desk"),
    Column("line", SmallInteger, nullable=False, server_default=text("0")),
    _fact("topic"),
    _fact("status"),
    _fact("priority"),
    _fact("assignee"),  # who has it, as channel:id
    _fact("channel"),  # of the dialogue it was opened in
    _fact("client"),  # who opened it
    Column("first_reply_at", Instant),
    Column("resolved_at", Instant),
    Column("due_next", Instant),  # the nearest of its deadlines
    Index(None, "conversation", "number"),
    Index(None, "opened_at"),
    Index(None, "ended_at"),
)
_partial_index("ix_tickets_due_next", tickets, "due_next", tickets.c.due_next.is_not(None))

ticket_numbers = Table(
    "ticket_numbers",
    metadata,
    Column("number", Number, primary_key=True),
    Column("at", Instant),
    sqlite_autoincrement=True,
)

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("ticket", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    _fact("kind"),
    _fact("desk"),  # that had the ticket then; of a move the one it left
    _fact("before"),
    _fact("after"),
    Column("at", Instant),
    Index(None, "ticket", "seq"),
)
_partial_index("ix_ticket_events_moves", ticket_events, "ticket before at", moves(ticket_events))

messages = Table(
    "messages",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Name, nullable=False, unique=True),
    Column("conversation", Name, nullable=False),
    Column("ticket", BigInteger),
    Column("body", Text, nullable=False),
    _fact("kind"),
    Column("at", Instant),
    Column("thinned", Boolean, nullable=False, server_default=false()),  # its words are gone
    Index(None, "ticket", "seq"),
)
_partial_index("ix_messages_client", messages, "ticket seq", of_client(messages))
_partial_index("ix_messages_whole", messages, "at seq", whole(messages))

contacts = Table(
    "contacts",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    _fact("conversation"),
    _fact("channel"),
    _fact("language"),
    _fact("outcome"),
    _fact("entry"),
    Index(None, "at"),
)

marks = Table(
    "marks",
    metadata,
    Column("kind", Name, primary_key=True),
    Column("subject", Name, primary_key=True),
    Column("at", Instant, nullable=False),  # the last time
    Column("count", Integer, nullable=False),
    Index(None, "kind", "at"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Number, primary_key=True),
    Column("at", Instant),  # of the first decision in it
    Column("body", LargeBinary, nullable=False),  # see journal_stream
)

# ------------------------------------------------------------------ work to do

timers = Table(
    "timers",
    metadata,
    Column("kind", Name, primary_key=True),
    Column("subject", Name, primary_key=True),
    Column("due", Instant, nullable=False),
    Index(None, "due"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("channel", Name, primary_key=True),
    Column("source", Name, primary_key=True),
    Column("position", Name, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("channel", Name, nullable=False),
    Column("external_id", Name, nullable=False),
    Column("order_key", Name, nullable=False),
    Column("album", Name),
    Column("state", Text, nullable=False),  # waiting, done, aside
    Column("due", Instant, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Name, nullable=False),
    Column("body", Text),  # null in rows that were done before bodies were kept
    Column("finished_at", Instant),  # by the database's clock
    UniqueConstraint("channel", "external_id"),
)
_partial_index("ix_inbox_waiting", inbox, "id due order_key", waiting(inbox))
_partial_index("ix_inbox_order", inbox, "order_key id", waiting(inbox))
_partial_index("ix_inbox_aside", inbox, "id", inbox.c.state == ASIDE)
_partial_index("ix_inbox_finished", inbox, "finished_at", finished(inbox))

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Name, nullable=False, unique=True),
    Column("order_key", Name, nullable=False),
    Column("position", BigInteger, nullable=False),  # 0; less for what goes in front, then seq
    Column("urgency", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", Instant, nullable=False),
    Column("channel", Name, nullable=False),
    Column("chat", Name, nullable=False),
    Column("room_ticket", BigInteger),
    Column("room_desk", Name),
    Column("handle", Name),  # what it posts
    Column("target", Name),  # what it rewrites: a handle, or a foreign message after a blank
    Column("enqueued_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Name, nullable=False),
    Column("started_at", Instant),
    Column("error", Name, nullable=False),
    Column("arrived", Text, nullable=False),
    Column("body", Text),  # null once delivered
    Column("receipt", Text),
    # Made by the database, so that it follows wherever a row is readdressed.
    Column("lane", Name, Derived("channel || ':' || chat")),
    Column("copies", Integer, nullable=False, server_default=text("0")),  # that may have arrived
    Column("alarm", Boolean, nullable=False, server_default=false()),
    Column("finished_at", Instant),  # by the database's clock
)
# The search for what may go walks it from channel to channel, lane to lane, order key to order key,
# and steps over those that may not, however many rows wait there.
_partial_index("ix_outbox_lane", outbox, "channel lane order_key position seq", waiting(outbox))
_partial_index("ix_outbox_in_flight", outbox, "lane", outbox.c.state == SENDING)
_partial_index("ix_outbox_order", outbox, "order_key position seq", unfinished(outbox))
_partial_index("ix_outbox_sending", outbox, "order_key", outbox.c.state == SENDING)
_partial_index("ix_outbox_last_copy", outbox, "channel due", last_copy(outbox))
_partial_index("ix_outbox_alarm", outbox, "seq", undelivered_alarm(outbox))
_partial_index("ix_outbox_finished", outbox, "finished_at", finished(outbox))
_partial_index("ix_outbox_handle", outbox, "handle channel chat", outbox.c.handle.is_not(None))

# ------------------------------------------------------------------ places

rooms = Table(
    "rooms",
    metadata,
    Column("ticket", BigInteger, primary_key=True, autoincrement=False),
    Column("desk", Name, primary_key=True),
    Column("channel", Name, nullable=False),
    Column("chat", Name, nullable=False),
    Column("thread", Name),
    Column("open", Boolean, nullable=False),
    Index(None, "channel", "chat", "thread"),
)

links = Table(
    "links",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("channel", Name, nullable=False),
    Column("chat", Name, nullable=False),
    Column("message", Name, nullable=False),
    Column("handle", Name, nullable=False),
    Column("thread", Name),
    Column("current", Boolean, nullable=False),
    UniqueConstraint("channel", "chat", "message", "handle"),
    Index(None, "handle", "channel", "chat"),
)

holds = Table(
    "holds",
    metadata,
    Column("channel", Name, primary_key=True),
    Column("chat", Name, primary_key=True),
    Column("paused_until", Instant),
    Column("parked", Name),
    Index(None, "paused_until"),
)

moved_chats = Table(
    "moved_chats",
    metadata,
    Column("channel", Name, primary_key=True),
    Column("chat", Name, primary_key=True),
    Column("now_chat", Name, nullable=False),
)
