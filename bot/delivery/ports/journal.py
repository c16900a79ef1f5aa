"""The journal: what was decided, and what came of what was posted, in the order in which it
happened. With it and a backup, days can be run again (``linezero replay``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.conversation.decision import Decision, Room
from bot.conversation.events import MachineEvent
from channels.message import Address, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was saved."""

    at: datetime
    event: MachineEvent | None
    """What it was about. None: delivery's own, which the machine had no part in; or it arrived, and
    the inbox does not have it any more."""
    decision: Decision
    names: tuple[str, ...] = ()
    """The new ids, codes and ticket numbers that it took, in order."""
    rows: tuple[str, ...] = ()
    """The ids of the outbox rows it made, in order."""
    settled: bool = False
    """``Records.settled`` at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Posts are being sent, as one act."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A post arrived."""

    row: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A post came to another end."""

    row: str
    state: Literal["failed", "uncertain", "dropped", "aside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A post waits for its next attempt."""

    row: str
    arrived: tuple[str, ...] = ()
    copies: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOpened:
    """A room is there."""

    room: Room
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomForgotten:
    """A room's thread vanished."""

    room: Room
    thread: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Foreign messages stand for a handle."""

    handle: str
    channel: str
    chat: str
    messages: tuple[str, ...]
    thread: str | None


Entry = Decided | Taken | Delivered | Ended | Postponed | RoomOpened | RoomForgotten | Linked


@dataclass(frozen=True, slots=True)
class Numbered:
    """An entry with its place in the journal; what was committed together may have one number."""

    number: int
    entry: Entry


class Journal(Protocol):
    """The journal within a transaction (``tx.journal``)."""

    def add(self, entry: Entry) -> None:
        """Write down what this transaction does. It is read once that is committed."""
        ...

    def after(self, number: int, limit: int) -> Sequence[Numbered]:
        """The entries behind a number, in order.

        Args:
            limit: of so many commits at most.

        Raises:
            ValueError: this version of the program cannot read one of them.
        """
        ...

    def last(self) -> int:
        """The number of the newest entry; 0 if there is none."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Erase the oldest entries, as far as there is no decision among them that was made at or
        after a moment. What is compressed together goes together, once all of it is old.

        Args:
            limit: of how many commits at most, about.

        Returns:
            Of how many that were; 0: all is erased that can be.
        """
        ...
