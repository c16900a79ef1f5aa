"""Leaving a specialist to ask the bot something, and coming back (acceptance case F5)."""

from __future__ import annotations

from bot.conversation.client import problem
from bot.conversation.state import Idle
from bot.conversation.ticket import life
from bot.conversation.turn import Turn


def leave(turn: Turn) -> None:
    """From now on plain words are for the bot; specialists who are waiting know it."""
    if turn.conversation.with_bot:
        return
    _tell(turn, away=True)
    turn.change(with_bot=True)


def come_back(turn: Turn) -> None:
    """Plain words go to the tickets again."""
    if not turn.conversation.with_bot:
        return
    turn.change(with_bot=False)
    _tell(turn, away=False)


def lapse(turn: Turn) -> None:
    """A question to the bot that ended long ago no longer keeps words from the tickets."""
    conversation = turn.conversation
    if not conversation.with_bot or not isinstance(conversation.waiting, Idle):
        return
    last = conversation.problem_at
    if last is not None and turn.now - last > problem.patience(turn):
        come_back(turn)


def _tell(turn: Turn, *, away: bool) -> None:
    for ticket in turn.tickets():
        if ticket.assignee is not None:
            life.client_away(turn, ticket, away)
