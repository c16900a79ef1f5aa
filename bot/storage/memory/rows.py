"""The rows of the memory store and the tables they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.conversation.decision import ContactRecord, Outgoing, Room, Say, Timer, TimerKind
from bot.conversation.records import PostState
from bot.conversation.state import Client, Conversation, Identity, Message
from bot.delivery.ports import LAST_COPY, Destination, Entry, OutboxRow, Unreadable
from bot.storage.memory.tables import Journal, Table
from bot.storage.shared import UNDELIVERED
from channels.message import Address, Inbound
from escalation.experts import SideThread
from escalation.ticket import Ticket, TicketEvent

UNFINISHED = frozenset({"waiting", "sending"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something in the inbox."""

    id: int
    inbound: Inbound
    order: str
    album: str | None
    state: Literal["waiting", "done", "aside"]
    due: datetime
    accepted_at: datetime
    attempts: int = 0
    error: str = ""
    finished_at: datetime | None = None
    """By the database's own clock."""
    damaged: str | None = None
    """What a database would hold in place of ``inbound`` if this version could not read it. Values
    in memory never come to that by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Something in the outbox. Within an order key the lowest ``position`` goes first (0, or less
    for what goes in front), then the lowest ``seq``."""

    id: str
    seq: int
    position: int
    order: str
    channel: str
    chat: str
    outgoing: Outgoing
    state: PostState
    due: datetime
    enqueued_at: datetime
    attempts: int = 0
    owner: str = ""
    started_at: datetime | None = None
    error: str = ""
    arrived: tuple[str, ...] = ()
    copies: int = 0
    finished_at: datetime | None = None
    """By the database's own clock."""
    damaged: str | None = None
    """What a database would hold in place of ``outgoing`` if this version could not read it."""

    @property
    def chat_key(self) -> tuple[str, str]:
        return (self.channel, self.chat)

    @property
    def rank(self) -> tuple[int, int]:
        """Its place within the order key."""
        return (self.position, self.seq)

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def alarm(self) -> bool:
        """Whether the administrators should read it."""
        return self.outgoing.alarm and isinstance(self.outgoing.action, Say)

    @property
    def handle(self) -> str | None:
        """The handle it posts."""
        return self.outgoing.action.handle if isinstance(self.outgoing.action, Say) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A foreign message that stands for a handle. ``current`` is false for one that was taken
    back or posted anew: it is still recognised, but no longer the place to edit."""

    seq: int
    handle: str
    channel: str
    chat: str
    message: str
    thread: str | None
    current: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRoom:
    """A room that was opened at least once."""

    room: Room
    address: Address
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nothing goes to a chat now."""

    channel: str
    chat: str
    paused_until: datetime | None = None
    parked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened, when last, and how often."""

    kind: str
    subject: str
    at: datetime
    count: int = 1


class Tables:
    """Everything that is remembered."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """
        Args:
            now: the database's own clock, which leases are written and judged by.
        """
        self.now = now
        self.journal = j = Journal()
        self.clients: Table[str, Client] = Table(j)
        self.conversations: Table[str, Conversation] = Table(
            j,
            {
                "place": lambda c: _dialogue_place(c) if c.letters is None else None,
                "chat": _dialogue_place,
                "client": lambda c: c.client,
            },
        )
        self.identities: Table[tuple[str, str], Identity] = Table(j, {"client": lambda i: i.client})
        self.side_threads: Table[str, SideThread] = Table(j, {"ticket": lambda t: t.ticket})
        self.tickets: Table[int, Ticket] = Table(j, {"conversation": lambda t: t.conversation})
        self.events: Table[int, TicketEvent] = Table(j, {"ticket": lambda e: e.ticket})
        self.messages: Table[str, tuple[int, Message]] = Table(j, {"ticket": lambda m: m[1].ticket})
        self.contacts: Table[int, ContactRecord] = Table(j)
        self.entries: Table[int, Entry] = Table(j)
        self.timers: Table[tuple[TimerKind, str], Timer] = Table(j)
        self.inbox: Table[int, Arrival] = Table(
            j,
            {
                "external": lambda a: (a.inbound.channel, a.inbound.external_id),
                "waiting": lambda a: a.order if a.state == "waiting" else None,
                "aside": lambda a: True if a.state == "aside" else None,
            },
        )
        self.cursors: Table[tuple[str, str], str] = Table(j)
        self.outbox: Table[str, Shipment] = Table(
            j,
            {
                "unfinished": lambda s: s.order if s.unfinished else None,
                "sending": lambda s: True if s.state == "sending" else None,
                "last copy": lambda s: (
                    s.channel if s.unfinished and s.copies >= LAST_COPY else None
                ),
                "alarm": lambda s: True if s.alarm and s.state in UNDELIVERED else None,
                "chat": lambda s: s.chat_key,
                "unfinished chat": lambda s: s.chat_key if s.unfinished else None,
                "handle": lambda s: (s.handle, s.channel, s.chat) if s.handle else None,
            },
        )
        self.rooms: Table[str, OpenedRoom] = Table(
            j,
            {
                "chat": lambda r: (r.address.channel, r.address.chat),
                "thread": lambda r: _thread_key(r) if r.open else None,
            },
        )
        self.links: Table[tuple[str, str, str, str], Link] = Table(
            j,
            {
                "message": lambda m: (m.channel, m.chat, m.message),
                "handle": lambda m: (m.handle, m.channel, m.chat),
            },
        )
        self.marks: Table[tuple[str, str], Mark] = Table(j)
        self.holds: Table[tuple[str, str], Hold] = Table(j)
        self.moved: Table[tuple[str, str], str] = Table(j)
        self._numbers: dict[str, int] = {}

    def next(self, name: str) -> int:
        """The next number of a counter, from 1; like a sequence, it is never rolled back."""
        self.journal.may_write()
        self._numbers[name] = number = self._numbers.get(name, 0) + 1
        return number


def _dialogue_place(conversation: Conversation) -> tuple[str, str]:
    return (conversation.address.channel, conversation.address.chat)


def _thread_key(opened: OpenedRoom) -> tuple[str, str, str] | None:
    address = opened.address
    return (address.channel, address.chat, address.thread) if address.thread is not None else None


class Facet:
    """A part of a transaction that has to do with one thing that is stored."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables


def outbox_row(tables: Tables, row: Shipment) -> OutboxRow | Unreadable[str]:
    if row.damaged is not None:
        error = "ValueError: damaged"
        return Unreadable(row=row.id, error=error, raw=row.damaged, order=row.order)
    return OutboxRow(
        id=row.id,
        outgoing=row.outgoing,
        place=_place(tables, row),
        order=row.order,
        attempts=row.attempts,
        enqueued_at=row.enqueued_at,
        arrived=row.arrived,
        copies=row.copies,
    )


def _place(tables: Tables, row: Shipment) -> Destination:
    to = row.outgoing.to
    if not isinstance(to, Room):
        return Destination(address=to)
    opened = tables.rooms.get(to.key)
    if opened is not None and opened.open:
        return Destination(address=opened.address, room=to)
    return Destination(address=Address(channel=row.channel, chat=row.chat), room=to, open=False)
