"""What becomes of an outbox row once the channel has answered, or has not."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

from bot.conversation.decision import (
    GROUPS,
    Audience,
    Decision,
    Mark,
    Marking,
    Origin,
    Outgoing,
    Release,
    Rewrite,
    Room,
    Say,
    Urgency,
)
from bot.conversation.events import (
    Alarm,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    RoomDoubled,
    RoomLost,
    Unconfirmed,
    Withheld,
)
from bot.delivery import noted
from bot.delivery.decisions import Decide, tell_admins
from bot.delivery.outages import Begun
from bot.delivery.ports import LAST_COPY, OutboxRow, Transaction, Unreadable
from bot.delivery.preparing import Prepared, posted_anew
from bot.delivery.traces import headline
from channels.message import (
    Address,
    DeliveryError,
    MarkState,
    Permanent,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from channels.patience import CHAT, Patience

log = logging.getLogger(__name__)

CROWDED, LATE = "crowded", "late"
"""Marks: the administrators were warned of a group, the desk was told of a post."""
INTERRUPTIONS = 5
"""Processes that may end while they send the same post, before it is given up."""
SECOND_THOUGHT = timedelta(minutes=1)
"""How long a post waits for its last copy that alone is not answered while others are: the trouble
is with its chat, or with itself."""


class Outcomes:
    """Settles rows inside a transaction."""

    def __init__(
        self,
        decide: Decide,
        *,
        patience: Mapping[str, Patience] | None = None,
        repeatable: Collection[str] = (),
    ) -> None:
        """
        Args:
            decide: what follows from a failure.
            patience: how long posts are tried, by channel; that of a chat where none is given.
            repeatable: channels with ``Channel.repeatable``: what may have arrived is sent
                again, also a person's words (case A4).
        """
        self._decide = decide
        self._patience = patience or {}
        self._repeatable = frozenset(repeatable)

    def settle(
        self,
        tx: Transaction,
        prepared: Prepared,
        result: Receipt | DeliveryError,
        now: datetime,
        begun: Begun = Begun(),  # noqa: B008 - a frozen value
    ) -> None:
        """Write down how an act ended and what follows from it.

        Args:
            begun: how its channel did when it began.
        """
        match result:
            case Receipt():
                self._delivered(tx, prepared, result, now)
            case Transient() as error:
                self._again(tx, prepared, error, now)
            case Uncertain(rest=Transient() as rest, arrived=arrived):
                self._again(tx, prepared, rest, now, arrived=arrived)
            case Permanent() as error:
                self._permanent(tx, prepared, error, now)
            case Uncertain(rest=Permanent() as rest):
                self._permanent(tx, prepared, rest, now)
            case Uncertain() as error if prepared.outbound.address.channel in self._repeatable:
                self._again(tx, prepared, Transient(error.detail), now)
            case Uncertain() as error:
                for row in prepared.rows:
                    again = self._next_copy(row, begun)
                    self._uncertain(tx, row, error.detail, now, again, arrived=error.arrived)
            case _:
                raise TypeError(f"unknown delivery error {type(result).__name__}") from result

    def leave(
        self,
        tx: Transaction,
        prepared: Prepared,
        result: Receipt | DeliveryError,
        now: datetime,
        trace: str,
    ) -> None:
        """Write down how an act ended and nothing else, as what should follow from it failed.

        Later rows of the same place must not wait for a mistake of ours. What would be tried again
        is; what has not arrived, and of which nobody could be told, is set aside."""
        if isinstance(result, Receipt) and prepared.opens is not None:
            address = replace(prepared.outbound.address, thread=result.thread)
            if tx.records.place_of_room(prepared.opens) is None:
                noted.room_opened(tx, prepared.opens, address)
            noted.postpone(tx, prepared.row.id, now, "its room was opened first", copies=0)
            return
        for row in prepared.rows:
            if isinstance(result, Receipt):
                noted.delivered(tx, row.id, result)
            elif (wait := self._left_to_try(row, result, now)) is not None:
                noted.postpone(tx, row.id, now + wait, str(result), arrived=row.arrived)
            else:
                noted.set_aside(tx, row.id, trace)
                args = {"row": row.id, "error": headline(trace)}
                self._alarm(tx, now, "admin.outbox_aside", args)

    def _left_to_try(
        self, row: OutboxRow, result: DeliveryError, now: datetime
    ) -> timedelta | None:
        if not isinstance(result, Transient):
            return None
        age = now - row.enqueued_at
        return self._patience_with(row).next_try(row.attempts + 1, age, None)

    def interrupted(self, tx: Transaction, row: OutboxRow, now: datetime) -> None:
        """Settle a row that was being sent when its process died (acceptance case A3). A few times
        that is no reason to give up words of ours: of what a process had in hand when it died, most
        never went out. What was in hand each time may be what it dies of."""
        detail, copies = "interrupted while it was being sent", row.copies + 1
        if copies >= INTERRUPTIONS:
            self._unsure(tx, row, f"{detail}, {copies} times", now)
        elif row.place.address.channel in self._repeatable:
            noted.postpone(tx, row.id, now, detail, copies=copies)
        else:
            again = self._next_copy(row, Begun(was_open=False)) if row.copies else timedelta()
            arrived = row.arrived
            self._uncertain(tx, row, detail, now, again, arrived=arrived, most=INTERRUPTIONS)

    def try_out(self, tx: Transaction, channel: str, now: datetime) -> bool:
        """Whatever waits for a channel may have arrived twice already: have something said there
        that can show whether posts are taken, and may be repeated. Returns whether anything is."""
        return bool(self._decide(tx, Unconfirmed(channel=channel), now).outgoing)

    def aside(self, tx: Transaction, row: Unreadable[str], now: datetime) -> None:
        """Set a row aside that cannot be read, and tell the administrators of it."""
        noted.set_aside(tx, row.row, row.error)
        args = {"row": row.row, "error": headline(row.error)}
        self._alarm(tx, now, "admin.outbox_aside", args)

    def unsent(self, tx: Transaction, row: OutboxRow, why: Permanent | str, now: datetime) -> None:
        """Settle a row that is not given to its channel at all.

        Args:
            why: what forbids it; or, in words, why there is nothing to send any more.
        """
        if isinstance(why, Permanent):
            self._failed(tx, row, why, now)
            return
        noted.fail(tx, row.id, "dropped", why)
        talk = row.outgoing.conversation
        if row.outgoing.only_unheld and talk is not None:
            self._decide(tx, Withheld(conversation=talk, since=row.enqueued_at), now)

    # ---------------------------------------------------------------- how an act ends

    def _delivered(
        self, tx: Transaction, prepared: Prepared, receipt: Receipt, now: datetime
    ) -> None:
        address = prepared.outbound.address
        if prepared.opens is not None:
            thread = Address(channel=address.channel, chat=address.chat, thread=receipt.thread)
            found = tx.records.place_of_room(prepared.opens)
            if found is None:
                noted.room_opened(tx, prepared.opens, thread)
            elif found.thread != thread.thread:
                self._decide(tx, RoomDoubled(room=prepared.opens, thread=thread), now)
            noted.postpone(tx, prepared.row.id, now, "its room was opened first", copies=0)
            return
        for row in prepared.rows:
            noted.delivered(tx, row.id, receipt)
            self._mark(tx, row, "delivered", now)
        if files := (*receipt.left_out, *prepared.left_out):
            left_out = FilesLeftOut(**_about(prepared.row), files=files)
            self._decide(tx, left_out, now)
        if receipt.crowded:
            self._crowded(tx, prepared, now)

    def _again(
        self,
        tx: Transaction,
        prepared: Prepared,
        error: Transient,
        now: datetime,
        *,
        arrived: Sequence[str] = (),
    ) -> None:
        patience = self._patience_with(prepared.row)
        attempts = prepared.row.attempts + 1
        asked = None if error.retry_after is None else _span(error.retry_after)
        for row in prepared.rows:
            age = now - row.enqueued_at
            wait = patience.next_try(attempts, age, asked)
            if wait is None:
                self._failed(tx, row, Permanent(Reason.GAVE_UP, error.detail), now)
                continue
            noted.postpone(tx, row.id, now + wait, error.detail, arrived=arrived or row.arrived)
            self._late(tx, row, error.detail, now)
        if error.whole_chat:
            address = prepared.outbound.address
            tx.chats.pause(address.channel, address.chat, now + (asked or patience.pause(attempts)))

    def _patience_with(self, row: OutboxRow) -> Patience:
        return self._patience.get(row.place.address.channel, CHAT)

    def _late(self, tx: Transaction, row: OutboxRow, detail: str, now: datetime) -> None:
        """Tell of a post that is late, once (acceptance case D1)."""
        patience, since = self._patience_with(row), row.enqueued_at
        if patience.late is None or patience.gives_up is None or now - since < patience.late:
            return
        is_post = isinstance(row.outgoing.action, Say)
        if not is_post or not self._first(tx, LATE, row.id, now):
            return
        until = since + patience.gives_up
        late = DeliveryLate(**_about(row), detail=detail, since=since, until=until)
        self._decide(tx, late, now)

    def _next_copy(self, row: OutboxRow, begun: Begun) -> timedelta:
        """How long to wait after a send that may have arrived."""
        patience = self._patience_with(row)
        if row.copies + 1 < LAST_COPY:
            return patience.pause(1)
        return SECOND_THOUGHT if begun.was_open else patience.last_copy

    def _uncertain(
        self,
        tx: Transaction,
        row: OutboxRow,
        detail: str,
        now: datetime,
        again: timedelta,
        *,
        arrived: Sequence[str] = (),
        most: int = LAST_COPY,
    ) -> None:
        """Settle a post that may have arrived.

        Words of ours are sent twice more at most (case A3); a room too many does less harm than
        the loss of what was to be said there.

        Args:
            most: copies that may have arrived, with which another one is made still.
        """
        opening = row.place.room is not None and not row.place.open
        copies = row.copies + 1
        if not opening and (isinstance(row.outgoing.action, Release) or row.outgoing.is_trial):
            noted.fail(tx, row.id, "dropped", detail)
        elif opening or (row.outgoing.resend_if_uncertain and copies <= most):
            arrived = arrived or row.arrived
            noted.postpone(tx, row.id, now + again, detail, arrived=arrived, copies=copies)
        else:
            self._unsure(tx, row, detail, now)

    def _unsure(self, tx: Transaction, row: OutboxRow, detail: str, now: datetime) -> None:
        """Give up a post that may have arrived; a person may have it sent again."""
        if not isinstance(row.outgoing.action, Say):
            noted.fail(tx, row.id, "dropped", detail)
            return
        noted.fail(tx, row.id, "uncertain", detail)
        self._mark(tx, row, "unsure", now)
        self._tell(tx, row, None, detail, now)

    def _permanent(
        self, tx: Transaction, prepared: Prepared, error: Permanent, now: datetime
    ) -> None:
        row, room = prepared.row, prepared.row.place.room
        address = prepared.outbound.address
        match error.reason:
            case Reason.MOVED if error.moved_to:
                new = Address(channel=address.channel, chat=error.moved_to)
                old = Address(channel=address.channel, chat=address.chat)
                noted.apply(tx, Decision(moved=((old, new),)), now)
                alarm = {"old": address.chat, "new": error.moved_to}
                self._alarm(tx, now, "admin.chat_moved", alarm)
                self._requeue(tx, prepared, now, "the chat moved")
            case Reason.THREAD_GONE if room is not None:
                if noted.room_lost(tx, room, address.thread):
                    self._decide(tx, RoomLost(room=room.key), now)
                self._requeue(tx, prepared, now, "its thread was deleted", rebuilt=room)
            case Reason.NO_THREADS | Reason.NO_RIGHTS if prepared.opens is not None:
                self._plain(tx, prepared, error, now)
            case Reason.NO_THREADS if room is not None:
                noted.room_lost(tx, room, address.thread)
                noted.room_opened(tx, room, Address(channel=address.channel, chat=address.chat))
                self._decide(tx, RoomLost(room=room.key), now)
                self._requeue(tx, prepared, now, "the group has no topics any more", rebuilt=room)
            case Reason.MESSAGE_GONE if (anew := _posted_anew(row)) is not None:
                noted.fail(tx, row.id, "dropped", str(error))
                noted.apply(tx, Decision(outgoing=(anew,)), now)
            case Reason.CHAT_GONE | Reason.NO_RIGHTS if _waits_for_its_group(row):
                self._parked(tx, prepared, error, now)
            case _:
                for each in prepared.rows:
                    self._failed(tx, each, error, now)

    # ---------------------------------------------------------------- what follows

    def _crowded(self, tx: Transaction, prepared: Prepared, now: datetime) -> None:
        """Warn of a group that will lose old threads, once (acceptance case B10)."""
        address, room = prepared.outbound.address, prepared.row.place.room
        if not self._first(tx, CROWDED, f"{address.channel}:{address.chat}", now):
            return
        args = {"desk": room.desk if room else "", "chat": address.chat}
        self._alarm(tx, now, "admin.forum_crowded", args)

    def _first(self, tx: Transaction, kind: str, subject: str, now: datetime) -> bool:
        """Whether something happens for the first time; it is remembered."""
        if tx.records.marked(kind, subject):
            return False
        mark = Marking(kind=kind, subject=subject, at=now, once=True)
        noted.apply(tx, Decision(marks=(mark,)), now)
        return True

    def _requeue(
        self,
        tx: Transaction,
        prepared: Prepared,
        now: datetime,
        why: str,
        *,
        rebuilt: Room | None = None,
    ) -> None:
        """Send it again where it goes now; but no second card to a room that has just been given
        one with all that was said."""
        for row in prepared.rows:
            action = row.outgoing.action
            if rebuilt and isinstance(action, Say) and action.handle == f"card:{rebuilt.key}":
                noted.fail(tx, row.id, "dropped", why)
            else:
                noted.postpone(tx, row.id, now, why)

    def _plain(self, tx: Transaction, prepared: Prepared, error: Permanent, now: datetime) -> None:
        """Make a room of replies in a group that has no topics, or where we may open none."""
        room, address = prepared.opens, prepared.outbound.address
        if room is None:
            return
        noted.room_opened(tx, room, Address(channel=address.channel, chat=address.chat))
        if error.reason is Reason.NO_RIGHTS:
            args = {"desk": room.desk, "chat": address.chat, "detail": error.detail}
            self._alarm(tx, now, "admin.no_topic_right", args)
        self._requeue(tx, prepared, now, "the group takes no topics")

    def _parked(self, tx: Transaction, prepared: Prepared, error: Permanent, now: datetime) -> None:
        """Let everything for a group wait that we may not write to, and tell of it."""
        address = prepared.outbound.address
        self._requeue(tx, prepared, now, error.detail)
        if tx.chats.park(address.channel, address.chat, error.detail):
            self._tell(tx, prepared.row, error.reason, error.detail, now)

    def _failed(self, tx: Transaction, row: OutboxRow, error: Permanent, now: datetime) -> None:
        if not isinstance(row.outgoing.action, Say):
            noted.fail(tx, row.id, "dropped", str(error))
            return
        noted.fail(tx, row.id, "failed", str(error))
        self._mark(tx, row, "failed", now)
        self._tell(tx, row, error.reason, error.detail, now)

    def _mark(self, tx: Transaction, row: OutboxRow, state: MarkState, now: datetime) -> None:
        origin = row.outgoing.origin
        if origin is None:
            return
        place = Address(channel=origin.channel, chat=origin.chat)
        mark = Mark(message=origin.message, state=state)
        outgoing = Outgoing(to=place, action=mark, urgency=Urgency.COSMETIC, audience="desk")
        noted.apply(tx, Decision(outgoing=(outgoing,)), now)

    def _alarm(self, tx: Transaction, now: datetime, key: str, args: Mapping[str, str]) -> None:
        """Tell the administrators; a mistake in that is no reason to leave the row unsettled."""
        tell_admins(self._decide, tx, Alarm(key=key, args=args), now)

    def _tell(
        self, tx: Transaction, row: OutboxRow, reason: Reason | None, detail: str, now: datetime
    ) -> None:
        failed = DeliveryFailed(**_about(row), reason=reason, detail=detail)
        self._decide(tx, failed, now)


def _span(seconds: float) -> timedelta:
    """A pause that was asked for, from a second to a year: some make no sense."""
    return timedelta(seconds=min(max(1.0, seconds), 365 * 86400.0))


def _waits_for_its_group(row: OutboxRow) -> bool:
    """Whether a post waits until its group takes it; anything else that a group does not take has
    nothing to say any more by then."""
    return isinstance(row.outgoing.action, Say) and row.outgoing.audience in GROUPS


def _posted_anew(row: OutboxRow) -> Outgoing | None:
    """A post that somebody deleted before it could be changed, as it would read now; ahead of
    further changes of it that wait. None if nothing can be made of the change."""
    action = row.outgoing.action
    say = posted_anew(action) if isinstance(action, Rewrite) else None
    if say is None:
        return None
    urgency = min(row.outgoing.urgency, Urgency.NOTICE)
    return replace(row.outgoing, action=say, urgency=urgency, front=True)


class _About(TypedDict):
    """The fields of ``AboutAPost``."""

    outgoing: str
    to: Address
    conversation: str | None
    origin: Origin | None
    room: str | None
    post: Outgoing
    audience: Audience


def _about(row: OutboxRow) -> _About:
    room = row.place.room
    return _About(
        outgoing=row.id,
        to=row.place.address,
        conversation=row.outgoing.conversation,
        origin=row.outgoing.origin,
        room=room.key if room else None,
        post=row.outgoing,
        audience=row.outgoing.audience,
    )
