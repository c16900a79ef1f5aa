"""What becomes of exchanges with people outside when their ticket moves or ends."""

from __future__ import annotations

from bot.conversation.decision import Room
from bot.conversation.desk.inquiry import answer_bar, exchange
from bot.conversation.turn import Turn
from escalation.ticket import Ticket


def on_moved(turn: Turn, ticket: Ticket, room: Room) -> None:
    """Answers nobody has decided about are decided about in the room the ticket came to."""
    answer_bar.show_again(turn, ticket, room)


def on_ended(turn: Turn, ticket: Ticket) -> None:
    """Nobody outside is waited for any more."""
    exchange.end_all(turn, ticket)
