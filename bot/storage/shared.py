"""Functions that all stores share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.decision import Outgoing, Place, Rewrite, Say
from bot.conversation.records import PostState
from bot.conversation.say.contents import all_words
from bot.delivery.ports import OutboxRow, UndeliveredAlarm, Unreadable
from channels.message import Address, Inbound, Said
from escalation.ticket import Ticket

ALBUM_GATHERING = timedelta(seconds=0.7)
"""How long the first part of an album waits for its siblings."""

RESENDABLE: Final[frozenset[PostState]] = frozenset({"failed", "uncertain", "dropped", "aside"})
"""States of a post that goes again when a person says so."""

UNDELIVERED: Final = frozenset({"waiting", "sending", "failed", "uncertain"})
"""States of an alarm that nobody has read yet, as far as we know."""
ALARMS: Final = 100
"""How many of them are shown."""

RUNS = 4
"""How often a transaction is run at most when others keep getting in its way."""

Desks = Callable[[str], Address]
"""Where a desk works: its chat, as the administrator wrote it down.

Raises:
    LookupError: there is no such desk.
"""


def no_desks(desk: str) -> Address:
    """For a store that nobody told of desks."""
    raise LookupError(f"where desk {desk!r} works is not known to the store")


def album_of(inbound: Inbound) -> str | None:
    """The album an arrival is a part of."""
    return inbound.event.album if isinstance(inbound.event, Said) else None


def order_key(place: Place) -> str:
    """Rows with the same key are delivered strictly one after another."""
    return place.key


def lane_of(channel: str, chat: str) -> str:
    """A lane as one text: its column."""
    return f"{channel}:{chat}"


def rewritten(old: Rewrite, new: Rewrite) -> Rewrite:
    """One rewrite instead of two: the newer one, with the older one's words if it has none."""
    if new.content is not None or old.content is None:
        return new
    return replace(new, content=old.content)


def undelivered_alarm(
    said: Outgoing | None, channel: str, chat: str, at: datetime, state: PostState
) -> UndeliveredAlarm:
    """An outbox row as what the administrators have not read; None if we cannot read it either."""
    words = all_words(said.action.content).text if said and isinstance(said.action, Say) else ""
    return UndeliveredAlarm(
        at=at,
        words=words,
        address=Address(channel=channel, chat=chat),
        given_up=state in {"failed", "uncertain"},
    )


def ended_at(ticket: Ticket) -> datetime | None:
    """When a ticket was last ended, None while it is open."""
    if ticket.status.open:
        return None
    return ticket.closed_at or ticket.resolved_at or ticket.changed_at


def readable_start(rows: Iterable[OutboxRow | Unreadable[str]]) -> Sequence[OutboxRow]:
    """Rows up to the first that cannot be read."""
    start: list[OutboxRow] = []
    for row in rows:
        if isinstance(row, Unreadable):
            break
        start.append(row)
    return start


def unforeseen(error: StopIteration) -> RuntimeError:
    """What a work raised, as something that a future can pass on: ``StopIteration`` would leave
    whoever waits for it waiting for ever (PEP 479 does the same for generators)."""
    told = RuntimeError(f"a work raised {type(error).__name__}")
    told.__cause__ = error
    return told
