"""What delivery needs of storage.

A transaction is a plain function over a :class:`Transaction`: it runs in one piece, without
awaiting anything, so that no network call can ever happen inside one. A store may run it more than
once (after a conflict) and may commit several together; a function therefore changes nothing but
the transaction.

Order keys: rows of one key are handled strictly one after another, others never wait for them.
An inbox row's key is ``Address.key``; an outbox row's key is the room's key for a room, else the
``Address.key``. Lanes: a chat takes one act at a time, whatever the order keys; of the order keys
of a lane, one after another has its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, Protocol, TypeVar

from bot.conversation.decision import Decision, Outgoing, Room, Timer, Urgency
from bot.conversation.records import Ids, Records
from channels.message import Address, Inbound, Receipt
from channels.protocol import Cursor, StorageUnavailable

__all__ = [
    "Head",
    "InboxRow",
    "Lane",
    "OutboxRow",
    "Place",
    "StorageUnavailable",
    "Store",
    "Transaction",
    "UndeliveredAlarm",
    "Unreadable",
    "VersionConflict",
]

T = TypeVar("T")
Lane = tuple[str, str]
"""Channel and present chat id: one act at a time is on its way there, over all processes."""
LEASE = timedelta(minutes=2)
"""A sender that has not said for so long that its acts are still on their way is taken for gone."""
Id = TypeVar("Id", int, str)

LAST_COPY = 2
"""Sends that may have arrived, after which one more is made and no other."""


class VersionConflict(Exception):
    """Somebody else saved the same client, conversation or ticket first; decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """Something that arrived and is not finished."""

    id: int
    inbound: Inbound
    accepted_at: datetime
    attempts: int
    """How often deciding it failed so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Generic[Id]):
    """A row whose contents this version of the program cannot read: a newer one wrote it before it
    was rolled back, or the file was damaged."""

    row: Id
    """The id of a row of the inbox (a number) or of the outbox (letters and digits)."""
    error: str
    """Why, as a traceback."""
    raw: str
    """What stands in the row."""
    order: str
    """The order key: where it came from, or was to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an outbox row goes, as known now."""

    address: Address
    """The chat's present id; ``thread`` is the room's thread, or None."""
    room: Room | None = None
    open: bool = True
    """False: the room has to be opened first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """Something to deliver."""

    id: str
    outgoing: Outgoing
    place: Place
    order: str
    """The order key."""
    attempts: int
    enqueued_at: datetime
    """Or when a person had it sent again."""
    arrived: tuple[str, ...] = ()
    """Foreign ids of the first messages of this post that arrived before it was broken off."""
    copies: int = 0
    """How many sends of it may have arrived; of a post whose room has yet to be opened: how many
    rooms may have been opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredAlarm:
    """Something the administrators should have read and have not."""

    at: datetime
    """When it was said."""
    words: str
    address: Address
    given_up: bool
    """It is tried no more; False: it waits still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The row that goes next in its order key."""

    row: str
    lane: Lane
    order: str
    """The order key."""
    urgency: Urgency
    due: datetime
    copies: int = 0
    """As of its row."""


class Transaction(Records, Ids, Protocol):
    """Reads (see :class:`Records`), new ids, and the writes of one transaction."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo the writes made inside when an exception leaves the block."""
        ...

    # ---- inbox

    def accept(self, items: Sequence[Inbound], cursor: Cursor | None, now: datetime) -> int:
        """Insert what is new by (channel, external_id); store the cursor. Returns how many.

        A part of an album (``Said.album``) becomes due a moment (0.7 s) after it was accepted, so
        that its siblings can join; everything else at once.
        """
        ...

    def cursor(self, channel: str, source: str) -> str | None: ...

    def next_inbox(self, now: datetime) -> Sequence[InboxRow | Unreadable[int]]:
        """The oldest due row that is first in its order key, with its siblings if it is an album:
        all unfinished rows of the same order key and album. Empty if there is none.

        The rows belong to this transaction: no other gets them before it ends.
        """
        ...

    def finish_inbox(self, rows: Collection[int], now: datetime) -> None:
        """Done; the rows stay, with what they hold: as memory of what was seen, and so that days
        can be run again."""
        ...

    def postpone_inbox(
        self, rows: Collection[int], due: datetime, *, error: str | None = None
    ) -> None:
        """Try again at ``due``; later rows of the key wait. ``error`` (a traceback) counts as a
        failed attempt."""
        ...

    def set_aside(self, rows: Collection[int], error: str, now: datetime) -> None:
        """Poison: kept with its traceback, out of the way, until it is replayed."""
        ...

    def set_aside_rows(self) -> Sequence[tuple[InboxRow | Unreadable[int], str]]:
        """What was set aside, with the tracebacks."""
        ...

    def replay(self, rows: Collection[int], now: datetime) -> None:
        """Put rows that were set aside back into the inbox."""
        ...

    def inbox_due(self) -> datetime | None:
        """When the next unfinished row is due, None if there is none."""
        ...

    # ---- decisions

    def apply(self, decision: Decision, now: datetime) -> None:
        """Save everything of a decision: state with version check, history, outbox rows, timers.

        ``Rewrite`` of a handle replaces an unsent ``Rewrite`` of the same handle and place.
        ``TakeBack`` of an unsent post drops it; one that has arrived in part goes on first.

        Raises:
            VersionConflict: a client, conversation or ticket was saved by another since it was
                read.
        """
        ...

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        """Remember that these foreign messages stand for a handle. Never forgotten."""
        ...

    # ---- outbox

    def heads(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> Sequence[Head]:
        """What may go next: of each order key the first unfinished row, if it waits, also when it
        is due later; most urgent first, then oldest.

        Left out are lanes that have an act in flight, that are paused or parked or in ``busy``, and
        channels in ``full``. What waits there is not even read: it costs nothing."""
        ...

    def pause_over(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> datetime | None:
        """When the next of the pauses is over that something waits for, ``busy`` lanes and ``full``
        channels left out; None if there is none."""
        ...

    def outbox_rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        """Rows by id, in that order; those that are not there are left out."""
        ...

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        """The rows right behind one in its order key, oldest first (to merge lines), as far as they
        can be read."""
        ...

    def start(self, rows: Sequence[str], owner: str) -> bool:
        """Take a row, and those joined to it, in hands and record the attempt; committed before
        anything is sent. Their lease is written by the database's own clock.

        The conditions hold over all processes: the lane has no other act in flight, the first row
        is the first unfinished one of its order key, and all of them wait.

        Returns:
            Whether they are ours. False changes nothing: somebody else was faster.
        """
        ...

    def in_flight(self, rows: Collection[str], owner: str) -> bool:
        """Whether all of these are still in this owner's hands. Nobody else takes them before this
        transaction ends."""
        ...

    def any_delivered(self, rows: Collection[str]) -> bool:
        """Whether one of these is known to have arrived."""
        ...

    def renew(self, rows: Collection[str], owner: str) -> None:
        """These are still on their way: those among them in this owner's hands get a new lease."""
        ...

    def release(self, owner: str, held: Collection[str]) -> int:
        """Rows that stand as this owner's without being among those it ``held``, because it never
        heard that its claim was committed, wait again; the attempt was none. Returns how many."""
        ...

    def delivered(self, row: str, receipt: Receipt) -> None:
        """Arrived: store the receipt and link its messages to the row's handle."""
        ...

    def postpone(
        self,
        row: str,
        due: datetime,
        error: str,
        *,
        arrived: Sequence[str] = (),
        copies: int | None = None,
    ) -> None:
        """Not delivered; keeps its place and is due again then. ``arrived`` is kept for the next
        attempt, which goes on after those messages. ``copies`` None leaves that number as it
        is."""
        ...

    def hasten(self, channel: str, now: datetime, *, later_than: datetime) -> None:
        """What waits for its last copy (``LAST_COPY``) on a channel, and would do so beyond a
        moment, is due now."""
        ...

    def last_copies_wait(self, channel: str, later_than: datetime) -> bool:
        """Whether anything waits for its last copy on a channel beyond that moment."""
        ...

    def undelivered_alarms(self) -> Sequence[UndeliveredAlarm]:
        """What was said to the administrators' chat and is not delivered, oldest first; the newest
        hundred at most."""
        ...

    def fail(self, row: str, state: Literal["failed", "uncertain", "dropped"], error: str) -> None:
        """Out of the way of later rows; kept, can be sent again by ``Decision.resend``."""
        ...

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        """Rows being sent by somebody who is gone: with ``owner`` None every row in flight (nobody
        else can be alive), else those of other owners whose lease ran out by the database's clock.
        Nobody else gets them before this transaction ends."""
        ...

    def set_outbox_aside(self, row: str, error: str) -> None:
        """Kept with its traceback, out of the way of later rows."""
        ...

    def posts_aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        """What was set aside of the outbox, oldest first, with the tracebacks;
        ``Decision.resend`` sends it again."""
        ...

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        """Whatever waits in inbox or outbox for a moment further ahead than ``longest``, and every
        pause of a chat that ends later than that, was written by a clock that was wrong: it is due
        now. Timers are left alone, they may lie as far ahead as they like; so is what waits for its
        last copy, which goes after the next post that is delivered anyway. Returns how many."""
        ...

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        """Nothing goes to the chat before ``until``; survives a restart."""
        ...

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        """Hold everything for a chat we may not write to, until ``park(..., None)``. Returns
        whether that changed anything."""
        ...

    def room_opened(self, room: Room, address: Address) -> None:
        """A room is a thread (``address.thread``), or replies in a plain group (thread None)."""
        ...

    def room_lost(self, room: Room, thread: str | None) -> bool:
        """Its thread vanished: forget it. False if it was not ``thread`` any more, i.e. somebody
        already rebuilt it."""
        ...

    # ---- timers

    def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers that are due, oldest first; they belong to this transaction."""
        ...

    def drop_timer(self, timer: Timer) -> None: ...

    def timer_due(self) -> datetime | None:
        """When the next timer is due."""
        ...


class Store(Protocol):
    """Durable storage."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and commit; undo everything if it raises.

        Raises:
            StorageUnavailable: nothing was committed (disk full, database away or locked).
            VersionConflict: if ``work`` still meets one after a few new runs.
        """
        ...

    async def close(self) -> None: ...
