"""Who holds a conversation: the bot or a person. The bot never talks over a person (case F5)."""

from __future__ import annotations

from bot.conversation.records import Records


def held_by_person(records: Records, conversation: str) -> bool:
    """Whether a specialist has an open ticket of the conversation and the client has not left
    them to ask the bot."""
    known = records.conversation(conversation)
    if known is None or known.with_bot:
        return False
    return any(ticket.assignee is not None for ticket in records.tickets_of(conversation))
