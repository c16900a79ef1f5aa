"""The client's tickets on one screen: status, who has it, next step, dates (`/status`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.conversation.client import closing
from bot.conversation.say import screens
from bot.conversation.say.screens import (
    Row,
    button,
    desk_title,
    keyboard,
    named,
    ticket_handle,
    ticket_title,
)
from bot.conversation.ticket import dialogues
from bot.conversation.turn import Turn
from channels.message import Content, FormattedText, join
from escalation.ticket import Status, Ticket

SHOWN: Final = 10
"""Tickets on the screen, the latest ones."""
ENDED_FOR: Final = timedelta(days=30)
"""How long ended tickets stay on the screen."""


def overview(turn: Turn, message: str | None = None) -> None:
    """Every open ticket and the recently ended ones; a single one is shown at once."""
    tickets = turn.tickets(since=turn.now - ENDED_FOR)[-SHOWN:]
    if len(tickets) == 1:
        one(turn, tickets[0], message)
        return
    if not tickets:
        content = Content(text=turn.words("client.status.none", turn.language))
        screens.change(turn, message, content, keyboard(*menu(turn)))
        return
    lines = [turn.words("client.status.head", turn.language)]
    lines += [_line(turn, ticket) for ticket in tickets]
    rows = tuple((named(ticket_title(turn, t), "c:ticket", t.number),) for t in tickets)
    screens.change(turn, message, Content(text=join("\n\n", lines)), keyboard(*rows))


def by_letter(turn: Turn) -> None:
    """Where every ticket of the client stands, in one letter."""
    latest = turn.all_tickets(since=turn.now - ENDED_FOR)[-SHOWN:]
    if not latest:
        turn.say("client.letter.no_tickets")
        return
    blocks = [turn.words("client.status.head", turn.language)]
    blocks += [join("\n", _lines(turn, ticket)) for ticket in latest]
    blocks.append(turn.words("client.letter.to_a_ticket", turn.language))
    turn.post(Content(text=join("\n\n", blocks)))


def _place(turn: Turn, ticket: Ticket) -> str:
    """Where a ticket was opened, for a client who is one on several channels."""
    if not turn.client.addresses:
        return ""
    opened = dialogues.opened_in(turn, ticket)
    if opened.letters is not None:
        return opened.address.chat
    return turn.label("client.status.place.chat", turn.language)


def _line(turn: Turn, ticket: Ticket) -> FormattedText:
    line = turn.words(
        "client.status.line",
        turn.language,
        number=ticket.number,
        subject=screens.subject(turn, ticket),
        status=turn.words(f"client.status.{ticket.status}", turn.language),
        desk=desk_title(turn, ticket),
        changed=ticket.changed_at,
    )
    place = _place(turn, ticket)
    return line + ", " + place if place else line


def one(turn: Turn, ticket: Ticket, message: str | None = None) -> None:
    """One ticket: where it stands, what happens next, and what the client can do."""
    content = Content(text=join("\n", _lines(turn, ticket)))
    buttons = keyboard(*_buttons(turn, ticket))
    if message is not None:
        screens.change(turn, message, content, buttons)
    else:
        turn.post(content, keyboard=buttons, handle=ticket_handle(turn, ticket.number))


def _lines(turn: Turn, ticket: Ticket) -> list[FormattedText]:
    """All there is to say about where a ticket stands."""
    language = turn.language
    subject = screens.subject(turn, ticket)
    lines = [
        turn.words("client.status.title", language, number=ticket.number, subject=subject),
        turn.words(
            "client.status.state",
            language,
            status=turn.words(f"client.status.{ticket.status}", language),
        ),
        turn.words("client.status.desk", language, desk=desk_title(turn, ticket)),
        turn.words(f"client.status.next.{_next(turn, ticket)}", language),
        turn.words(
            "client.status.dates", language, opened=ticket.opened_at, changed=ticket.changed_at
        ),
    ]
    if place := _place(turn, ticket):
        lines.append(turn.words("client.status.place", language, place=place))
    if ticket.resolution and not ticket.status.open:
        lines.append(turn.words("client.status.resolution", language, resolution=ticket.resolution))
    return lines


def _next(turn: Turn, ticket: Ticket) -> str:
    """Which next step is told."""
    if ticket.status.open or ticket.status is Status.RESOLVED:
        return ticket.status
    return "can_reopen" if closing.in_grace(turn, ticket) else "over"


def _buttons(turn: Turn, ticket: Ticket) -> tuple[Row, ...]:
    number = ticket.number
    rows: list[Row] = []
    if ticket.status.open:
        rows.append((button(turn, "client.button.write", "c:write", number),))
    elif ticket.status is Status.RESOLVED:
        rows.append(
            (
                button(turn, "client.button.solved", "c:solved", number, ticket.reopened),
                button(turn, "client.button.unsolved", "c:unsolved", number, ticket.reopened),
            )
        )
    elif closing.in_grace(turn, ticket):
        rows.append((button(turn, "client.button.reopen", "c:reopen", number),))
    else:
        rows.append((button(turn, "client.button.follow_up", "c:reopen", number),))
    rows.append(
        (
            button(turn, "client.button.tickets", "c:tickets"),
            button(turn, "client.button.new", "c:new"),
        )
    )
    return tuple(rows)


def menu(turn: Turn) -> tuple[Row, ...]:
    """Where to go from anywhere."""
    return (
        (
            button(turn, "client.button.faq", "c:faq"),
            button(turn, "client.button.tickets", "c:tickets"),
        ),
        (
            button(turn, "client.button.language", "c:languages"),
            button(turn, "client.button.person", "c:person"),
        ),
    )
