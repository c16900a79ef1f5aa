"""What may go when it was kept for a time only, and what is left: the same for every store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.conversation.records import PostState
from bot.conversation.state import ChoosingTicket, Conversation, Message
from bot.storage.shared import ended_at
from channels.message import Content, FormattedText
from escalation.ticket import Ticket


def thinned(message: Message) -> Message:
    """Who said something, when, to whom and in which ticket, without what it was."""
    return replace(message, content=Content(), quote=FormattedText(), envelope=None, thinned=True)


def may_be_thinned(
    message: Message, ticket: Ticket | None, talk: Conversation | None, before: datetime
) -> bool:
    """Whether nothing that is going on needs the words of a message.

    Args:
        ticket: which it belongs to, if to any.
        talk: the dialogue it was said in.
        before: whatever ended or was said later is left alone.
    """
    if message.at >= before or (talk is not None and message.id in _needed(talk)):
        return False
    if message.ticket is None:
        return True
    ended = ended_at(ticket) if ticket is not None else message.at
    return ended is not None and ended < before


def may_be_erased(state: PostState, handle: str | None, *, linked: bool) -> bool:
    """Whether nobody asks for a finished outbox row again.

    Args:
        handle: what it posted.
        linked: a foreign message stands for the handle at its place, which says as much.
    """
    if handle is None:
        return state in {"delivered", "dropped"}
    return state == "delivered" and linked


def _needed(talk: Conversation) -> Iterator[str]:
    """Messages that the next event of a dialogue may look into."""
    yield from talk.problem
    if isinstance(talk.waiting, ChoosingTicket):
        yield from talk.waiting.messages
    if talk.letters is not None and talk.letters.last is not None:
        yield talk.letters.last
