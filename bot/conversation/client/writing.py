"""Whom the client's words are for: which of their tickets (acceptance case F7), or the bot (F5).

Also how they get there, and when somebody will read them (F8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.client import problem
from bot.conversation.events import NotYet
from bot.conversation.say.screens import (
    button,
    keyboard,
    switcher,
    ticket_handle,
    ticket_title,
)
from bot.conversation.state import ChoosingTicket, Idle, Message
from bot.conversation.ticket import deadlines, life, relay
from bot.conversation.turn import Turn
from channels.message import FormattedText, Inbound, Said, join
from escalation.ticket import Ticket

QUIET: Final = timedelta(minutes=10)
"""With several tickets open, the client is reminded which one it is after so long a pause."""
KEPT: Final = 200
"""Messages that wait for the client to choose a ticket; then the latest ticket gets them."""


def replied_to(turn: Turn, inbound: Inbound, foreign: str | None) -> str | None:
    """Our handle of the message the client replies to.

    Raises:
        NotYet: it decides where the words go, and the receipt that tells is on its way.
    """
    if foreign is None:
        return None
    channel, chat = inbound.channel, inbound.address.chat
    known = turn.records.handle_at(channel, chat, foreign)
    if known is None and _depends(turn) and turn.records.unconfirmed(channel, chat):
        raise NotYet
    return known


def _depends(turn: Turn) -> bool:
    """Whether words would go somewhere else without what they are a reply to."""
    talk, tickets = turn.conversation, turn.tickets()
    aside = talk.with_bot or not isinstance(talk.waiting, Idle)
    return len(tickets) > 1 or (bool(tickets) and aside)


def unplaced(turn: Turn, inbound: Inbound, known: str | None) -> bool:
    """Whether words are a reply to something nobody knows, and it matters what it was: a post that
    arrived without our hearing of it. They must not go where plain words would."""
    event = inbound.event
    if known is not None or not isinstance(event, Said) or event.reply_to is None:
        return False
    several = turn.conversation.letters is None and len(turn.tickets()) > 1
    return several or (turn.records.settled and _depends(turn))


def place(turn: Turn, message: Message) -> Ticket | None:
    """Words that are ``unplaced``: into the only open ticket; None: the client is asked which."""
    tickets = turn.tickets()
    if len(tickets) > 1:
        ask_which(turn, (message.id,), tickets)
        return None
    deliver(turn, tickets[0], message)
    return tickets[0]


def current(turn: Turn, tickets: Sequence[Ticket]) -> Ticket | None:
    """The open ticket that plain words go to: the only one, or the one the client chose."""
    if len(tickets) == 1:
        return tickets[0]
    return next((t for t in tickets if t.number == turn.conversation.current_ticket), None)


def deliver(turn: Turn, ticket: Ticket, message: Message) -> None:
    """Put a message into an open ticket, whole."""
    relay.client_said(turn, ticket, message)


def plain(turn: Turn, message: Message, tickets: Sequence[Ticket]) -> Ticket | None:
    """Words without a reply while tickets are open. None: the client is asked which one."""
    target = current(turn, tickets)
    if target is None:
        ask_which(turn, (message.id,), tickets)
        return None
    last = turn.last_said(target.number) if len(tickets) > 1 else message
    deliver(turn, target, message)
    if last is None or turn.now - last.at > QUIET:
        tell_current(turn, target, tickets)
    return target


def by_reply(turn: Turn, ticket: Ticket, message: Message) -> None:
    """A reply to something of an open ticket: it goes there, and what follows too."""
    deliver(turn, ticket, message)
    tickets = turn.tickets()
    if len(tickets) > 1 and turn.conversation.current_ticket != ticket.number:
        turn.change(current_ticket=ticket.number)
        tell_current(turn, ticket, tickets)


def tell_current(turn: Turn, ticket: Ticket, tickets: Sequence[Ticket]) -> None:
    """Show which ticket the client is writing to, with the others one tap away."""
    others = [other for other in tickets if other.number != ticket.number]
    turn.say(
        "client.writing_to",
        ticket=ticket_title(turn, ticket),
        keyboard=keyboard(*switcher(turn, others)),
        handle=ticket_handle(turn, ticket.number),
    )


def ask_which(turn: Turn, messages: tuple[str, ...], tickets: Sequence[Ticket]) -> None:
    """Ask which ticket the words are for; they are kept meanwhile."""
    first = not isinstance(turn.conversation.waiting, ChoosingTicket)
    turn.change(waiting=ChoosingTicket(messages=messages))
    if first:
        turn.say(
            "client.which_ticket",
            keyboard=keyboard(
                *switcher(turn, tickets), (button(turn, "client.button.new", "c:new"),)
            ),
        )
        problem.wait(turn)


def keep_more(turn: Turn, waiting: ChoosingTicket, message: Message) -> None:
    """More words while the client has not chosen yet."""
    tickets = turn.tickets()
    kept = (*waiting.messages, message.id)
    if len(tickets) == 1 or len(kept) >= KEPT:
        turn.change(waiting=ChoosingTicket(messages=kept))
        settle(turn)
    else:
        ask_which(turn, kept, tickets)


def choose(turn: Turn, ticket: Ticket) -> None:
    """The client chose the ticket to write to; kept words go there now."""
    waiting = turn.conversation.waiting
    turn.change(current_ticket=ticket.number)
    if isinstance(waiting, ChoosingTicket):
        turn.change(waiting=Idle())
        turn.wake("intake", turn.conversation.id, None)
        for kept in waiting.messages:
            message = turn.message(kept)
            if message is not None and message.ticket is None:
                deliver(turn, ticket, message)
        turn.say(
            "client.sent_to",
            ticket=ticket_title(turn, ticket),
            handle=ticket_handle(turn, ticket.number),
        )
    else:
        tell_current(turn, ticket, turn.tickets())


def settle(turn: Turn) -> None:
    """Nobody chose: kept words go to the open ticket that moved last, never into the void."""
    choose(turn, max(turn.tickets(), key=lambda t: (t.changed_at, t.number)))


# --------------------------------------------------------------------------- to the bot and back


def ask_bot(turn: Turn) -> None:
    """From now on plain words are for the bot; specialists who are waiting know it."""
    if turn.conversation.with_bot:
        return
    _tell_desks(turn, away=True)
    turn.change(with_bot=True)


def back_to_tickets(turn: Turn) -> None:
    """Plain words go to the tickets again."""
    if not turn.conversation.with_bot:
        return
    turn.change(with_bot=False)
    _tell_desks(turn, away=False)


def lapse_with_bot(turn: Turn) -> None:
    """A question to the bot that ended long ago no longer keeps words from the tickets."""
    conversation = turn.conversation
    if not conversation.with_bot or not isinstance(conversation.waiting, Idle):
        return
    last = conversation.problem_at
    if last is not None and turn.now - last > problem.patience(turn):
        back_to_tickets(turn)


def _tell_desks(turn: Turn, *, away: bool) -> None:
    for ticket in turn.tickets():
        if ticket.assignee is not None:
            life.client_away(turn, ticket, away)


# --------------------------------------------------------------------------- who reads it, and when


def opens(turn: Turn, ticket: Ticket) -> datetime | None:
    """When the ticket's desk is next open: now, later, or None if that is not known."""
    desk = turn.workspace.desks.get(ticket.desk)
    hours = desk.hours if desk else None
    return turn.now if hours is None else hours.opens(turn.now, turn.workspace.settings.timezone)


def tell_closed(turn: Turn, ticket: Ticket) -> None:
    """Words that nobody will read before tomorrow get an honest notice, once per closed period
    (acceptance case F8)."""
    at = opens(turn, ticket)
    if at is None or at <= turn.now or turn.conversation.told_closed_until == at:
        return
    turn.change(told_closed_until=at)
    turn.say("client.closed_now", when=at, handle=ticket_handle(turn, ticket.number))


def when(turn: Turn, ticket: Ticket) -> FormattedText:
    """When the client may expect an answer, in the desk's hours; said, so not said again while
    the desk stays closed."""
    at = opens(turn, ticket)
    promised = deadlines.first_answer(turn, ticket)
    if at is not None and at > turn.now:
        turn.change(told_closed_until=at)
        words = turn.words("client.opened.closed", turn.language, when=at)
    elif promised is None:
        key = "client.opened.later" if at is None else "client.opened.now"
        return turn.words(key, turn.language)
    else:
        words = FormattedText()
    if promised is None:
        return words
    by = turn.words("client.opened.promised", turn.language, at=promised)
    return join("\n", [words, by] if words else [by])
