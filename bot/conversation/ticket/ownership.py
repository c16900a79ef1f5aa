"""Which of the client's tickets something is about; a ticket of anybody else is none (case E6)."""

from __future__ import annotations

from bot.conversation.say.screens import TICKET
from bot.conversation.turn import Turn
from escalation.ticket import Ticket


def ticket_of(turn: Turn, known: str | None) -> Ticket | None:
    """The client's ticket that a handle is about."""
    number: int | None = None
    if known is not None and known.startswith(TICKET):
        word = known.removeprefix(TICKET).partition(":")[0]
        number = int(word) if word.isdecimal() else None
    elif known is not None and (message := turn.message(known)) is not None:
        number = message.ticket
    return own_ticket(turn, number)


def own_ticket(turn: Turn, number: int | None) -> Ticket | None:
    """A ticket by its number, if it is this client's (acceptance case E6)."""
    ticket = turn.ticket(number) if number is not None else None
    return ticket if ticket and turn.owns(ticket) else None
