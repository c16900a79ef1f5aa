"""The end of a ticket as the client has it: solved or not, reopened, rated."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.client import line0, opening, problem, smalltalk, writing
from bot.conversation.client.intake import intake
from bot.conversation.client.people import author
from bot.conversation.say.screens import button, keyboard, ticket_handle
from bot.conversation.state import Commenting, Idle, Message
from bot.conversation.ticket import dialogues, life
from bot.conversation.ticket.notices import ask_rating, resolution
from bot.conversation.turn import Turn
from channels.message import Inbound
from escalation.ticket import Status, Ticket

COMMENT_FOR: Final = timedelta(minutes=15)
"""How long the bot waits for words to go with a rating."""


# --------------------------------------------------------------------------- words after the end


def ended_at(ticket: Ticket) -> datetime | None:
    """When a ticket was over for the client: at its resolution, else at its closing."""
    return None if ticket.status.open else ticket.resolved_at or ticket.closed_at


def in_grace(turn: Turn, ticket: Ticket) -> bool:
    """Whether an ended ticket can still be reopened."""
    ended = ended_at(ticket)
    return ended is not None and turn.now - ended <= turn.workspace.settings.tickets.reopen_within


def latest_in_grace(turn: Turn) -> Ticket | None:
    """The ended ticket that plain words reopen."""
    since = turn.now - opening.LOOK_BACK
    ended = [ticket for ticket in turn.tickets(since=since) if in_grace(turn, ticket)]
    return max(ended, key=lambda t: (ended_at(t) or t.changed_at, t.number), default=None)


def confirmed(turn: Turn, ticket: Ticket) -> bool:
    """Whether the client said themselves that it is solved."""
    closings = [event for event in turn.records.ticket_events(ticket.number)
                if event.kind == "closed"]  # fmt: skip
    return bool(closings) and closings[-1].author.kind == "client"


def plain(turn: Turn, ticket: Ticket, message: Message) -> None:
    """Words without a reply while the latest ticket is over and can be reopened.

    After the client confirmed that it is solved, a question the FAQ surely knows is a new one.
    """
    if confirmed(turn, ticket):
        found = line0.match(turn, message.content.words)
        if found.decision == "answer":
            line0.consider(turn, message)
            turn.say(
                "client.about_ticket",
                number=ticket.number,
                keyboard=keyboard(
                    (button(turn, "client.button.reopen", "c:reopen", ticket.number),)
                ),
                only_unheld=True,
            )
            return
    reopen(turn, ticket, message)


def wrote(turn: Turn, ticket: Ticket, message: Message, inbound: Inbound) -> None:
    """A reply to something of an ended ticket. Thanks end nothing and open nothing (acceptance
    case F6); within the grace period it is reopened, later a new, linked one begins (G6)."""
    talk = smalltalk.of(message)
    if talk is not None:
        turn.save_message(replace(message, ticket=ticket.number))
        light_answer(turn, inbound, message, talk)
    elif in_grace(turn, ticket):
        reopen(turn, ticket, message)
    elif turn.held:
        # Another ticket of theirs has its person: line 0 is silent, line 1 opens the new one.
        turn.change(follows=ticket.number)
        problem.add(turn, message)
        intake.begin(turn)
    else:
        turn.change(follows=ticket.number)
        line0.consider(turn, message)


def light_answer(turn: Turn, inbound: Inbound, message: Message, talk: smalltalk.Talk) -> None:
    """Small talk gets a smile at most, never a question."""
    if talk == "greeting":
        turn.say("client.hello", only_unheld=True)
    elif talk == "thanks" and message.content.source:
        turn.mark(inbound, message.content.source[0].id, "thanks")


def reopen(turn: Turn, ticket: Ticket, message: Message | None = None) -> Ticket:
    """Back to the same desk with the whole history, and with what was just said."""
    again = life.reopen(turn, ticket, author(turn))
    turn.change(current_ticket=ticket.number)
    if message is not None:
        writing.deliver(turn, again, message)
    turn.say(
        "client.reopened",
        number=ticket.number,
        keyboard=keyboard((button(turn, "client.button.ask_bot", "c:bot"),)),
        handle=ticket_handle(turn, ticket.number),
    )
    writing.tell_closed(turn, again)
    return again


# --------------------------------------------------------------------------- "Is it solved?"


def solved(turn: Turn, ticket: Ticket, which: int | None) -> str:
    """Yes. Returns the key of a note if there is nothing to do."""
    if ticket.status.open or which != ticket.reopened:
        return "client.note.open"
    if ticket.status is Status.CLOSED:
        return "client.note.done"
    closed = life.confirm_solved(turn, ticket)
    turn.say("client.solved", number=ticket.number, handle=ticket_handle(turn, ticket.number))
    ask_rating(turn, closed)
    return ""


def unsolved(turn: Turn, ticket: Ticket, which: int | None) -> str:
    """No. Returns the key of a note if there is nothing to do."""
    if ticket.status.open or (which is not None and which != ticket.reopened):
        return "client.note.open"
    if in_grace(turn, ticket):
        reopen(turn, ticket)
        turn.say("client.unsolved", handle=ticket_handle(turn, ticket.number))
        return ""
    conversation = turn.conversation
    if conversation.follows == ticket.number and isinstance(conversation.waiting, Idle):
        return "client.note.done"
    problem.forget(turn)
    turn.change(follows=ticket.number, problem_at=turn.now, with_bot=True)
    turn.say("client.follow_up", number=ticket.number)
    return ""


# --------------------------------------------------------------------------- the rating


def rated(turn: Turn, ticket: Ticket) -> bool:
    """Whether this resolution has its rating already."""
    for event in reversed(turn.records.ticket_events(ticket.number)):
        if event.kind == "reopened":
            return False
        if event.kind == "rated":
            return True
    return False


def rate(turn: Turn, ticket: Ticket, which: int | None, stars: int | None) -> str:
    """One to five, once per resolution. Returns the key of a note if there is nothing to do."""
    if stars is None or not 1 <= stars <= 5:
        return "client.note.unknown"
    if ticket.status.open or which != ticket.reopened or resolution(ticket) is None:
        return "client.note.open"
    if rated(turn, ticket):
        return "client.note.rated"
    life.rate(turn, ticket, stars)
    if isinstance(turn.conversation.waiting, Idle):
        turn.change(waiting=Commenting(ticket=ticket.number))
        wait = problem.patience(turn) if turn.batch else COMMENT_FOR
        turn.wake("rating", ticket.number, turn.now + wait)
        if turn.batch:
            # Words may stand in the same message; one that asks for them would be one too many.
            turn.say("client.rating.noted")
            return ""
        turn.say(
            "client.rating.comment",
            keyboard=keyboard(
                (button(turn, "client.button.no_comment", "c:nocomment", ticket.number),)
            ),
        )
    else:
        turn.say("client.rating.thanks")
    return ""


def comment(turn: Turn, message: Message) -> None:
    """Words to go with a rating. They open and reopen nothing (acceptance case F6)."""
    if commented(turn, message, message.content.words):
        turn.say("client.rating.thanks")


def commented(turn: Turn, message: Message, words: str) -> bool:
    """Keep words with the rating they came with, or were asked for; False if there is neither
    such a rating nor a word."""
    waiting = turn.conversation.waiting
    if not isinstance(waiting, Commenting):
        return False
    ticket = turn.own_ticket(waiting.ticket)
    end_comment(turn, waiting.ticket)
    if ticket is None or not words.strip():
        return False
    turn.save_message(replace(message, ticket=ticket.number))
    life.rating_comment(turn, ticket, words)
    return True


def comment_not_given(turn: Turn, number: int) -> None:
    """The time for words with a rating is over, in whichever dialogue it was given."""
    ticket = turn.records.ticket(number)
    if ticket is None:
        return
    opened = dialogues.opened_in(turn, ticket)
    client = turn.parties.owner(opened)
    for talk in turn.parties.dialogues(client) if client.addresses else [opened]:
        if talk.waiting == Commenting(ticket=number):
            turn.about(talk, client)
            end_comment(turn, number)


def end_comment(turn: Turn, ticket: int) -> bool:
    """No (more) words with the rating; False if none were waited for."""
    waiting = turn.conversation.waiting
    if not isinstance(waiting, Commenting) or waiting.ticket != ticket:
        return False
    turn.change(waiting=Idle())
    turn.wake("rating", ticket, None)
    return True
