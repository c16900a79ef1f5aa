"""Buttons the client sees. Every screen that asks something offers a way to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.conversation.decision import TICKET, Rewrite, Urgency
from bot.conversation.say.actions import encode
from bot.conversation.turn import Turn
from channels.message import Button, Buttons, Content
from escalation.ticket import Ticket

LABEL = 40
"""Characters of a title on a button; longer ones are cut at a word."""

Row = tuple[Button, ...]


def button(turn: Turn, key: str, verb: str, *args: str | int, **label: str | int) -> Button:
    """A button with a label of the catalogue."""
    return Button(label=turn.label(key, turn.language, **label), action=encode(verb, *args))


def named(label: str, verb: str, *args: str | int) -> Button:
    """A button with somebody's words on it."""
    return Button(label=shortened(label, LABEL), action=encode(verb, *args))


def person(turn: Turn) -> Row:
    """A row with the button that leads to a person."""
    return (button(turn, "client.button.person", "c:person"),)


def keyboard(*rows: Row) -> Buttons:
    """The rows that have buttons."""
    return Buttons(rows=tuple(row for row in rows if row))


def pairs(buttons: Iterable[Button]) -> tuple[Row, ...]:
    """Two short buttons to a row, a long one alone."""
    rows: list[Row] = []
    for each in buttons:
        last = rows[-1] if rows else ()
        if len(last) == 1 and len(last[0].label) <= LABEL // 2 >= len(each.label):
            rows[-1] = (*last, each)
        else:
            rows.append((each,))
    return tuple(rows)


def ticket_title(turn: Turn, ticket: Ticket) -> str:
    """``№17 · No internet``."""
    return turn.label(
        "client.ticket.title",
        turn.language,
        number=ticket.number,
        subject=subject(turn, ticket),
    )


def subject(turn: Turn, ticket: Ticket) -> str:
    """What a ticket is about, for its client: in their own words, unless these may be somebody
    else's (``Conversation.proven``; acceptance case E4)."""
    if turn.conversation.proven:
        return ticket.subject
    topic = turn.workspace.topics.get(ticket.topic or "")
    if topic is not None:
        return topic.title.in_language(turn.language)
    return turn.label("client.subject.none", turn.language)


def ticket_handle(turn: Turn, number: int) -> str:
    """A handle for words of ours about a ticket: a reply to them is a reply to the ticket."""
    return f"{TICKET}{number}:{turn.ids.new_id()}"


def desk_title(turn: Turn, ticket: Ticket) -> str:
    """Who has a ticket, as clients know them; the company if the desk is no longer there."""
    desk = turn.workspace.desks.get(ticket.desk)
    title = desk.title if desk else turn.workspace.settings.company
    return title.in_language(turn.language)


def switcher(turn: Turn, tickets: Sequence[Ticket]) -> tuple[Row, ...]:
    """One button for each ticket to write to."""
    return tuple((named(ticket_title(turn, t), "c:write", t.number),) for t in tickets)


def take_off(turn: Turn, message: str | None, *, leave: tuple[Row, ...] = ()) -> None:
    """Take the buttons off a message of ours that has done its work, but for some."""
    if message is not None:
        turn.rewrite(
            turn.conversation.address,
            audience="client",
            conversation=turn.conversation.id,
            message=message,
            keyboard=keyboard(*leave),
        )


def change(turn: Turn, message: str | None, content: Content, buttons: Buttons) -> None:
    """Show another page in place of the one whose button was pressed; post it if there is none."""
    if message is None:
        turn.post(content, keyboard=buttons)
    else:
        turn.send(
            turn.conversation.address,
            Rewrite(message=message, content=content, keyboard=buttons),
            audience="client",
            urgency=Urgency.PEOPLE,
            conversation=turn.conversation.id,
        )


def shortened(text: str, limit: int) -> str:
    """The text in one line, cut at a word with an ellipsis if it is longer than ``limit``."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    word = cut.rfind(" ")
    return (cut[:word] if word > limit // 2 else cut).rstrip(" ,.;:–-") + "…"
