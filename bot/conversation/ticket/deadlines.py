"""What was promised about a ticket, as it stands at this moment of a turn."""

from __future__ import annotations

from datetime import datetime

from bot.conversation.turn import Turn
from channels.message import FormattedText
from escalation import promises
from escalation.clocks import Clock
from escalation.promises import Promise
from escalation.ticket import Ticket


def promise_of(turn: Turn, ticket: Ticket) -> Promise | None:
    """The promise in force for a ticket."""
    return promises.promise_for(turn.workspace.settings.promises, ticket)


def clocks(turn: Turn, ticket: Ticket) -> tuple[Clock, ...]:
    """The clocks of a ticket now, whether or not the turn has kept them already."""
    return promises.follow(ticket, promise_of(turn, ticket), turn.now, turn.workspace.working_time)


def nearest(turn: Turn, ticket: Ticket) -> tuple[datetime, Clock] | None:
    """The promise that is due first, and when; None without any, and while all stand still."""
    return promises.nearest(clocks(turn, ticket), turn.workspace.working_time)


def first_answer(turn: Turn, ticket: Ticket) -> datetime | None:
    """By when the client was promised a first answer; None without such a promise."""
    running = (clock for clock in clocks(turn, ticket) if clock.kind == "first_answer")
    return next((clock.due(turn.workspace.working_time) for clock in running), None)


def line(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    """The nearest deadline in words, for a card; nothing without any."""
    found = nearest(turn, ticket)
    if found is None:
        return FormattedText()
    due, clock = found
    key = "desk.card.deadline" if due > turn.now else "desk.card.overdue"
    what = turn.words(f"desk.clock.{clock.kind}", language)
    return turn.words(key, language, what=what, at=due)
