"""The rows of inbox and outbox, as delivery sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.conversation.decision import Outgoing, Room, Urgency
from channels.message import Address, Inbound

Lane = tuple[str, str]
"""Channel and present chat id: one act at a time is on its way there, over all processes."""
LEASE = timedelta(minutes=2)
"""A sender that has not said for so long that its acts are still on their way is taken for gone."""
Id = TypeVar("Id", int, str)

LAST_COPY = 2
"""Sends that may have arrived, after which one more is made and no other."""


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
class Destination:
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
    place: Destination
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
