"""What the machine reacts to besides things said in a channel (``channels.message.Inbound``)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.decision import Origin, Outgoing, TimerKind
from channels.message import Address, Inbound, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer the machine had set is due."""

    kind: TimerKind
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """A post did not arrive, or (``reason`` None) nobody knows whether it did."""

    outgoing: str
    """Id to give back in ``Decision.resend``."""
    to: Address
    reason: Reason | None
    detail: str
    conversation: str | None
    origin: Origin | None
    room: str | None
    """Key of the room it was meant for, if it was one."""
    post: Outgoing | None = None
    """What did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLost:
    """A room's thread vanished: a new one is being opened and needs card and history."""

    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something the administrators must know: ``key`` of the text catalogue with arguments. A
    ``desk`` among them is a desk's id and is shown by its title."""

    key: str
    args: dict[str, str]


MachineEvent = Inbound | TimerFired | DeliveryFailed | RoomLost | Alarm


class NotYet(Exception):
    """The event refers to something whose receipt is still on its way: ask again in a moment."""
