"""What the machine reacts to besides things said in a channel (``channels.message.Inbound``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from bot.conversation.decision import (
    Audience,
    Origin,
    Outgoing,
    Room,
    TimerKind,
    audience_before,
)
from channels.message import Address, Inbound, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer the machine had set is due."""

    kind: TimerKind
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceChanged:
    """Hours, holidays or promises may be others than before: also at each start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAPost:
    """A post of which there is news: where it was to go and whose it was."""

    outgoing: str
    """Its id, to give back in ``Decision.resend``."""
    to: Address
    conversation: str | None
    origin: Origin | None
    room: str | None
    """Key of the room it was meant for, if it was one."""
    post: Outgoing | None = None
    """The post itself."""
    audience: Annotated[Audience, Field(default_factory=audience_before)]
    """Whom it was for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(AboutAPost):
    """A post did not arrive, or (``reason`` None) nobody knows whether it did."""

    reason: Reason | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLate(AboutAPost):
    """A post has not arrived yet and is tried on. Told once for each post."""

    detail: str
    since: datetime
    until: datetime
    """When it will be given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesLeftOut(AboutAPost):
    """A post arrived without some of its files, which it names in words."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An answer of line 0 was not sent, as a specialist holds the conversation by now (acceptance
    case F5)."""

    conversation: str
    since: datetime
    """When the answer was made: what it answers was said at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLost:
    """A room's thread vanished: a new one is being opened and needs card and history."""

    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomDoubled:
    """A thread was opened for a room that has another one by now."""

    room: Room
    thread: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something the administrators must know: ``key`` of the text catalogue with arguments. A
    ``desk`` among them is a desk's id and is shown by its title."""

    key: str
    args: Mapping[str, str | datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A channel answers, but confirms no post, and all that waits for it may have arrived twice
    already: something has to be said there that may be repeated."""

    channel: str


MachineEvent = (
    Inbound
    | TimerFired
    | DeliveryFailed
    | DeliveryLate
    | FilesLeftOut
    | Withheld
    | RoomLost
    | RoomDoubled
    | Alarm
    | WorkspaceChanged
    | Unconfirmed
)
"""Everything the machine decides about."""


class NotYet(Exception):
    """The event refers to something whose receipt is still on its way: ask again in a moment."""
