"""To which dialogue a letter belongs (acceptance cases C15 and E2).

A letter joins a dialogue only if it points there by something nobody can guess **and** its sender
takes part there **and** our own mail server does not call the sender forged. Anything less begins
a dialogue of its own, of which people are told what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.conversation.state import Conversation
from bot.conversation.turn import Turn
from channels.letter import Letter
from channels.message import Inbound

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before any ticket."""

LATEST: Final = 50
"""Exchanges with an address that are looked at: there may be thousands."""
LOOKED_UP: Final = 30
"""Message-IDs and numbers of a letter that are looked up, nearest first: it may hold any number."""
DIGITS: Final = 9
"""Of the longest ticket number that is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a letter proves and what it merely suggests."""

    joins: Conversation | None = None
    signed: bool = False
    """It joins by our own signature: its sender has read a letter of ours."""
    looks_like: int | None = None
    """The ticket it seems to go on about, if it joins nothing."""


def weigh(turn: Turn, inbound: Inbound, letter: Letter) -> Evidence:
    """The strongest evidence first: our signed address, our signed Message-ID, a Message-ID the
    sender's own letter had; a number in the subject is a hint and no more."""
    looks_like: int | None = None
    for conversation, signed in _pointed(turn, inbound, letter):
        if _may_join(turn, conversation, inbound, letter):
            return Evidence(joins=conversation, signed=signed)
        looks_like = looks_like or _latest_ticket(turn, conversation)
    tags = letter.mentions[:LOOKED_UP]
    numbers = (int(each) for each in tags if each.isdecimal() and len(each) <= DIGITS)
    mentioned = (number for number in numbers if turn.records.ticket(number) is not None)
    return Evidence(looks_like=looks_like or next(mentioned, None))


def _pointed(turn: Turn, inbound: Inbound, letter: Letter) -> Iterator[tuple[Conversation, bool]]:
    records = turn.records
    for pointer in letter.points_to:
        if conversation := records.conversation(pointer.place):
            yield conversation, True
    for answered in letter.answers[:LOOKED_UP]:
        handle = records.handle_at(inbound.channel, inbound.address.chat, answered)
        message = records.message(handle) if handle is not None else None
        conversation = records.conversation(message.conversation) if message else None
        if conversation is not None:
            yield conversation, False


def _may_join(turn: Turn, conversation: Conversation, inbound: Inbound, letter: Letter) -> bool:
    if conversation.letters is None or not takes_part(turn, conversation, inbound):
        return False
    # What began with a doubtful sender goes on with one: their own words are all it holds.
    return not letter.suspicious or conversation.letters.suspicious


def takes_part(turn: Turn, conversation: Conversation, inbound: Inbound) -> bool:
    """Whether the sender is the dialogue's client: at its address, or at a proven one of theirs."""
    channel, chat = inbound.channel, inbound.address.chat
    if (conversation.address.channel, conversation.address.chat) == (channel, chat):
        return True
    identity = turn.parties.identity(inbound.address)
    return identity is not None and identity.client == turn.parties.owner(conversation).id


def _latest_ticket(turn: Turn, conversation: Conversation) -> int | None:
    tickets = turn.records.tickets_of(conversation.id, since=LONG_AGO)
    return max((ticket.number for ticket in tickets), default=None)
