"""What the machine may look up while it decides: a read-only view of everything said so far.

The view belongs to the transaction the decision will be saved in, so it cannot be stale.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.conversation.decision import Room
from bot.conversation.state import Client, Conversation, Identity, Message
from channels.message import Address
from escalation.experts import SideThread
from escalation.ticket import Ticket, TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often something happened in a span of time."""

    count: int
    first: datetime | None
    """When, for the first time in it; None if it did not happen."""


PostState = Literal["waiting", "sending", "delivered", "failed", "uncertain", "dropped", "aside"]


class Records(Protocol):
    """Lookups. Nothing here changes anything; unknown things are None or empty."""

    settled: bool
    """Receipts were waited for long enough: decide with what is known. Then a thread or a reply
    that nobody knows may still be about a post of ours, and whoever wrote must not be left without
    an answer."""

    def client(self, client: str) -> Client | None: ...

    def conversation(self, conversation: str) -> Conversation | None: ...

    def conversation_at(self, address: Address) -> Conversation | None:
        """The dialogue of the client who lives at an address (thread ignored). One that goes on by
        letters is one of many at its address and never found so."""
        ...

    def conversations_at(self, channel: str, chat: str) -> Sequence[Conversation]:
        """All dialogues with an address, oldest first."""
        ...

    def latest_exchanges(
        self, channel: str, chat: str, *, suspicious: bool, limit: int
    ) -> Sequence[Conversation]:
        """The latest exchanges of letters with an address, oldest first: of those that began with a
        letter whose sender seems to be forged, or of the others."""
        ...

    def conversations_of(self, client: str) -> Sequence[Conversation]:
        """The dialogues of a client: those at addresses they proved, and those begun as theirs at
        addresses nobody proved to be another's. Oldest first."""
        ...

    def identity(self, channel: str, chat: str) -> Identity | None:
        """Whose address it was proved to be."""
        ...

    def side_thread(self, thread: str) -> SideThread | None: ...

    def side_threads_of(self, ticket: int) -> Sequence[SideThread]:
        """The exchanges with outside experts about a ticket, oldest first."""
        ...

    def ticket(self, number: int) -> Ticket | None: ...

    def tickets_of(self, conversation: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        """Tickets that are open, or were resolved or closed at or after ``since``; oldest first.

        ``since`` None: the open ones only.
        """
        ...

    def tickets_of_client(self, client: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        """The same of all dialogues of a client (:meth:`conversations_of`)."""
        ...

    def open_tickets(self, *, after: int, limit: int) -> Sequence[Ticket]:
        """Open tickets with a number above ``after``, in that order."""
        ...

    def overdue_tickets(
        self, now: datetime, *, limit: int, desk: str | None = None
    ) -> Sequence[Ticket]:
        """Tickets with a promise that was due at or before ``now``, the longest ago first; of one
        desk or of all."""
        ...

    def history(self, ticket: int, *, last: int | None = None) -> Sequence[Message]:
        """What was said in a ticket, oldest first: all of it, or so many of the latest messages."""
        ...

    def last_said(self, ticket: int) -> Message | None:
        """The latest message of the client in a ticket."""
        ...

    def message(self, message: str) -> Message | None: ...

    def ticket_events(self, ticket: int) -> Sequence[TicketEvent]:
        """The ticket's history of changes, oldest first."""
        ...

    def last_left(self, ticket: int, desk: str) -> datetime | None:
        """When a ticket last went from a desk to another; None if it never did."""
        ...

    def handle_at(self, channel: str, chat: str, message: str) -> str | None:
        """Which of our handles a foreign message stands for."""
        ...

    def places_of(self, handle: str, channel: str, chat: str) -> Sequence[str]:
        """The foreign messages that stand for a handle in a chat, in order."""
        ...

    def post_state(self, handle: str, channel: str, chat: str) -> PostState | None:
        """How far the post with a handle has come in a chat. What is known by the foreign message
        alone has been delivered; so has what was said there by somebody themselves."""
        ...

    def post_states(
        self, handles: Collection[str], channel: str, chat: str
    ) -> Mapping[str, PostState]:
        """The same of many posts; those that never were are left out."""
        ...

    def posts_since(self, handle: str, since: datetime, *, to: Address | None = None) -> int:
        """How many posts with a handle were made at or after a moment, to one address (thread
        ignored) or to all."""
        ...

    def room_at(self, channel: str, chat: str, thread: str) -> Room | None:
        """The ticket's place a thread is."""
        ...

    def place_of_room(self, room: Room) -> Address | None:
        """Where a room is: its thread, or the chat of a plain group; None while it is not open."""
        ...

    def unconfirmed(self, channel: str, chat: str) -> bool:
        """Whether posts to the chat are on their way whose foreign ids are not known yet: then an
        unknown thread or reply may become known in a moment (acceptance case G4). Never once
        ``settled``."""
        ...

    def current_chat(self, channel: str, chat: str) -> str:
        """The id a chat has today, if it moved since the administrator wrote it down."""
        ...

    def marked(self, kind: str, subject: str) -> bool:
        """Whether something happened that is remembered by a mark."""
        ...

    def tally(self, kind: str, since: datetime) -> Tally:
        """How often something of a kind happened at or after a moment. Each subject counts as a
        whole, by its last time."""
        ...


class Ids(Protocol):
    """Where new names come from, so that tests can foresee them."""

    def new_id(self) -> str:
        """A unique id, 20 characters at most, of letters and digits."""
        ...

    def new_ticket_number(self) -> int:
        """The next ticket number; numbers of rolled-back decisions may stay unused."""
        ...

    def new_code(self) -> str:
        """Six digits nobody can foresee."""
        ...
