"""Changes that are noted in the journal as they are made."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.conversation.decision import Decision, Room
from bot.conversation.events import MachineEvent
from bot.conversation.records import Ids
from bot.delivery.ports import Transaction
from bot.delivery.ports.journal import (
    Decided,
    Delivered,
    Ended,
    Linked,
    Postponed,
    RoomForgotten,
    RoomOpened,
    Taken,
)
from channels.message import Address, Receipt


@dataclass
class Named:
    """New names, each of which is remembered after a letter for its kind."""

    ids: Ids
    names: list[str] = field(default_factory=list)

    def new_id(self) -> str:
        return self._named("i", self.ids.new_id())

    def new_code(self) -> str:
        return self._named("c", self.ids.new_code())

    def new_ticket_number(self) -> int:
        return int(self._named("n", str(self.ids.new_ticket_number())))

    def _named(self, kind: str, name: str) -> str:
        self.names.append(f"{kind}:{name}")
        return name


class Renamed:
    """The names of before once more, in their order; new ones when there are no more.

    Args:
        names: as :class:`Named` remembered them.
        ids: gives further ones.
    """

    def __init__(self, names: Sequence[str], ids: Ids) -> None:
        self._ids = ids
        self._left = {
            kind: deque(name[2:] for name in names if name.startswith(f"{kind}:"))
            for kind in ("i", "c", "n")
        }

    def new_id(self) -> str:
        return self._left["i"].popleft() if self._left["i"] else self._ids.new_id()

    def new_code(self) -> str:
        return self._left["c"].popleft() if self._left["c"] else self._ids.new_code()

    def new_ticket_number(self) -> int:
        left = self._left["n"]
        return int(left.popleft()) if left else self._ids.new_ticket_number()


def save(tx: Transaction, decision: Decision, now: datetime) -> Sequence[str]:
    """Save a decision with everything that follows from it.

    Returns:
        The ids of the outbox rows it made.
    """
    rows = tx.apply(decision, now)
    for room, thread in decision.opened:
        tx.chats.room_opened(room, thread)
    for message in decision.messages:
        for ref in message.content.source:
            tx.chats.link(message.id, ref.channel, ref.chat, [ref.id], thread=None)
    return rows


def decide(
    tx: Transaction, event: MachineEvent, decision: Decision, names: Sequence[str], now: datetime
) -> None:
    """Save what the machine decided about an event."""
    rows = save(tx, decision, now)
    tx.journal.add(
        Decided(
            at=now,
            event=event,
            decision=decision,
            names=tuple(names),
            rows=tuple(rows),
            settled=tx.records.settled,
        )
    )


def apply(tx: Transaction, decision: Decision, now: datetime) -> None:
    """Save a decision the machine had no part in."""
    rows = save(tx, decision, now)
    tx.journal.add(Decided(at=now, event=None, decision=decision, rows=tuple(rows)))


def take(tx: Transaction, rows: Sequence[str], owner: str) -> bool:
    """As ``Claims.take``."""
    if not tx.claims.take(rows, owner):
        return False
    tx.journal.add(Taken(rows=tuple(rows)))
    return True


def delivered(tx: Transaction, row: str, receipt: Receipt) -> None:
    """As ``Outbox.delivered``."""
    tx.outbox.delivered(row, receipt)
    tx.journal.add(Delivered(row=row, receipt=receipt))


def fail(
    tx: Transaction, row: str, state: Literal["failed", "uncertain", "dropped"], error: str
) -> None:
    """As ``Outbox.fail``."""
    tx.outbox.fail(row, state, error)
    tx.journal.add(Ended(row=row, state=state))


def set_aside(tx: Transaction, row: str, error: str) -> None:
    """As ``Outbox.set_aside``."""
    tx.outbox.set_aside(row, error)
    tx.journal.add(Ended(row=row, state="aside"))


def postpone(
    tx: Transaction,
    row: str,
    due: datetime,
    error: str,
    *,
    arrived: Sequence[str] = (),
    copies: int | None = None,
) -> None:
    """As ``Outbox.postpone``."""
    tx.outbox.postpone(row, due, error, arrived=arrived, copies=copies)
    tx.journal.add(Postponed(row=row, arrived=tuple(arrived), copies=copies))


def room_opened(tx: Transaction, room: Room, address: Address) -> None:
    """As ``Chats.room_opened``."""
    tx.chats.room_opened(room, address)
    tx.journal.add(RoomOpened(room=room, address=address))


def room_lost(tx: Transaction, room: Room, thread: str | None) -> bool:
    """As ``Chats.room_lost``."""
    changed = tx.chats.room_lost(room, thread)
    tx.journal.add(RoomForgotten(room=room, thread=thread))
    return changed


def link(
    tx: Transaction,
    handle: str,
    channel: str,
    chat: str,
    messages: Sequence[str],
    *,
    thread: str | None,
) -> None:
    """As ``Chats.link``."""
    tx.chats.link(handle, channel, chat, messages, thread=thread)
    tx.journal.add(
        Linked(handle=handle, channel=channel, chat=chat, messages=tuple(messages), thread=thread)
    )
