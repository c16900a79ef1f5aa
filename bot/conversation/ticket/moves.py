"""Tickets changing hands between desks, and what their rooms show of it."""

from __future__ import annotations

from bot.conversation.decision import Room
from bot.conversation.ticket import card, history
from bot.conversation.ticket.rooms import attend, live_rooms, record, say_in
from bot.conversation.turn import Turn
from escalation import lifecycle
from escalation.routing import contact_for
from escalation.settings import Desk
from escalation.ticket import BOT, Author, Ticket


def move(
    turn: Turn,
    ticket: Ticket,
    to: Desk,
    *,
    how: lifecycle.Move,
    author: Author,
    reason: str = "",
) -> Ticket:
    """Another desk gets the ticket: the old room is told and closed, the new one gets card and
    history. The client is told by the caller.

    Raises:
        Refused: it is not open, or there already.
    """
    attend(turn, ticket)
    settings, desks = turn.workspace.settings, turn.workspace.desks
    contact = None
    if not to.may_write_to_clients:
        contact = contact_for(settings.routing, desks, ticket.path or (ticket.desk,))
    was_at, before = ticket.path or (ticket.desk,), live_rooms(turn, ticket)
    ticket = record(
        turn, lifecycle.move(ticket, to, how=how, reason=reason, contact=contact), author
    )
    after = live_rooms(turn, ticket)
    key = f"desk.line.{how}" if reason else f"desk.line.{how}_silently"
    for room in before:
        title = to.title.in_language(turn.desk_language(room.desk))
        say_in(turn, room, key, name=author.name, desk=title, reason=reason)
        if room not in after:
            card.retire(turn, ticket, room)
    for room in after:
        if room not in before:
            _enter(turn, ticket, room, known=room.desk in was_at, how=how, reason=reason)
    for room in after:
        if room in before:
            card.refresh_at(turn, ticket, room)
    return ticket


def _enter(
    turn: Turn, ticket: Ticket, room: Room, *, known: bool, how: lifecycle.Move, reason: str
) -> None:
    """Show the ticket in a room it comes to."""
    if known:
        turn.rename(room, closed=False)
    card.show(turn, ticket, room)
    history.show(turn, ticket, room, since=history.left_at(turn, ticket, room))
    for follower in turn.followers:
        follower.on_moved(turn, ticket, room)
    if reason:
        say_in(turn, room, f"desk.line.{how}_here", reason=reason)


def at_known_desk(turn: Turn, ticket: Ticket) -> Ticket:
    """The ticket, given to the fallback desk if its own is no longer among the settings."""
    if ticket.desk in turn.workspace.desks:
        return ticket
    fallback = turn.workspace.desks[turn.workspace.settings.routing.fallback]
    ticket = record(turn, lifecycle.rehome(ticket, fallback), BOT)
    for room in live_rooms(turn, ticket):
        _enter(turn, ticket, room, known=False, how="passed", reason="")
    return ticket
