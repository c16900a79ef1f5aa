"""Who holds a conversation: the bot or a person. The bot never talks over a person (case F5)."""

from __future__ import annotations

from datetime import datetime

from bot.conversation.knowledge import Knowledge
from bot.conversation.records import Records


def held_by_person(records: Records, conversation: str, now: datetime) -> bool:
    """Whether a specialist has an open ticket that plain words in a dialogue would reach, in
    whichever dialogue of its client it was opened; see :attr:`Knowledge.held`."""
    talk = records.conversation(conversation)
    if talk is None:
        return False
    known = Knowledge(now=now, records=records)
    known.about(talk, known.parties.owner(talk))
    return known.held
