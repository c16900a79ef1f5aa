"""What the client hears about their ticket from its desk: one message for each change that
matters, in the client's language, without internal names.

The desk's side calls these; the turn is about the ticket's conversation. Imports nothing of the
desk's side.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Final

from bot.conversation.decision import Origin, Say, Urgency
from bot.conversation.say.actions import encode
from bot.conversation.say.contents import all_words, bare, headed
from bot.conversation.say.screens import button, desk_title, keyboard, shortened, ticket_handle
from bot.conversation.state import Idle, Message
from bot.conversation.turn import Turn
from channels.message import Button, Content, FormattedText, Keyboard, join
from escalation.ticket import Status, Ticket

RESOLUTION: Final = 3_000
"""Characters of a resolution that are shown; the client has the dialogue itself above."""


def taken(turn: Turn, ticket: Ticket) -> None:
    """Tell the client that a specialist took the ticket."""
    name = _signature(turn, ticket, ticket.assignee.name if ticket.assignee else "")
    _say(turn, ticket, "client.notice.taken", who=name or desk_title(turn, ticket))


def passed(turn: Turn, ticket: Ticket) -> None:
    """Tell the client that another desk has the ticket."""
    _say(turn, ticket, "client.notice.passed", desk=desk_title(turn, ticket))


def later_than_promised(turn: Turn, ticket: Ticket, at: datetime) -> None:
    """It takes longer than was promised: a new time."""
    _say(turn, ticket, "client.notice.later", at=at)


def waiting_for_others(turn: Turn, ticket: Ticket) -> None:
    """Somebody outside was asked and has to answer first."""
    _say(turn, ticket, "client.notice.waiting_for_others")


def waiting_for_you(
    turn: Turn,
    ticket: Ticket,
    message: Message,
    *,
    origin: Origin | None = None,
    resend_if_uncertain: bool = False,
) -> None:
    """A specialist's question; the ticket waits for the answer."""
    head = turn.words("client.notice.waiting", turn.language, number=ticket.number)
    _post_words(turn, ticket, message, head, origin=origin, resend_if_uncertain=resend_if_uncertain)


def reply(
    turn: Turn,
    ticket: Ticket,
    message: Message,
    *,
    origin: Origin | None = None,
    resend_if_uncertain: bool = False,
) -> None:
    """A specialist's words, whole; signed as the desk wishes, with the ticket's number when the
    client has several open."""
    signature = _signature(turn, ticket, message.author.name)
    number = turn.label("client.ticket.number", turn.language, number=ticket.number)
    several = len(turn.tickets()) > 1
    letters = turn.conversation.letters is not None
    above = (number if several else "", "" if letters else signature)
    head = FormattedText(" · ".join(w for w in above if w))
    _post_words(
        turn,
        ticket,
        message,
        head.wrapped("bold"),
        signed=signature if letters else "",
        origin=origin,
        resend_if_uncertain=resend_if_uncertain,
    )


def correction(turn: Turn, ticket: Ticket, message: Message, old: Content) -> None:
    """How a specialist's words read now, and how they read before (acceptance case B8)."""
    before, now = all_words(old), all_words(message.content)
    new_files = bare(message.content) if bare(message.content) != bare(old) else ()
    key = "client.notice.corrected" if before else "client.notice.corrected_to"
    text = turn.words(key, turn.language, old=before, new=now)
    turn.post(
        Content(text=text, parts=new_files, source=message.content.source if new_files else ()),
        handle=ticket_handle(turn, ticket.number),
        reply_to=message.id,
    )


def resolved(turn: Turn, ticket: Ticket) -> None:
    """Solved, in the specialist's words, and the question whether it is."""
    lines = [turn.words("client.notice.resolved", turn.language, number=ticket.number)]
    if ticket.resolution:
        lines.append(FormattedText(shortened_words(ticket.resolution)))
    lines.append(turn.words("client.notice.is_it_solved", turn.language))
    buttons = keyboard(
        (
            button(turn, "client.button.solved", "c:solved", ticket.number, ticket.reopened),
            button(turn, "client.button.unsolved", "c:unsolved", ticket.number, ticket.reopened),
        )
    )
    _post(turn, ticket, join("\n\n", lines), buttons)


def closed(turn: Turn, ticket: Ticket) -> None:
    """It is over, by the desk's decision or because nobody answered."""
    _say(turn, ticket, "client.notice.closed")
    ask_rating(turn, ticket)


# --------------------------------------------------------------------------- the rating


def resolution(ticket: Ticket) -> int | None:
    """Which resolution of the ticket is in force, counted from 0; None if it has none."""
    return None if ticket.status.open or ticket.resolved_at is None else ticket.reopened


def ask_rating(turn: Turn, ticket: Ticket) -> None:
    """Ask for one to five, after the configured share of resolutions.

    The same ticket and resolution always fall on the same side, so nothing is drawn at random.
    """
    which = resolution(ticket)
    if which is None or ticket.status is not Status.CLOSED:
        return
    draw = zlib.crc32(f"{ticket.number}/{which}".encode()) / 2**32
    if draw >= turn.workspace.settings.tickets.rating:
        return
    stars = tuple(
        Button(label=f"{number} ⭐", action=encode("c:rate", ticket.number, which, number))
        for number in range(1, 6)
    )
    text = turn.words("client.rating.ask", turn.language, number=ticket.number)
    _post(turn, ticket, text, keyboard(stars))


# --------------------------------------------------------------------------- posting


def _signature(turn: Turn, ticket: Ticket, name: str) -> str:
    """Who signs, by the desk's setting."""
    desk = turn.workspace.desks.get(ticket.desk)
    match desk.sign if desk else "none":
        case "name":
            return name
        case "desk":
            return desk_title(turn, ticket)
        case _:
            return ""


def _say(turn: Turn, ticket: Ticket, key: str, **args: str | datetime) -> None:
    text = turn.words(key, turn.language, number=ticket.number, **args)
    _post(turn, ticket, text, None)


def _post(turn: Turn, ticket: Ticket, text: FormattedText, buttons: Keyboard | None) -> None:
    turn.post(
        Content(text=text),
        keyboard=buttons,
        handle=ticket_handle(turn, ticket.number),
        urgency=Urgency.NOTICE,
    )


def _post_words(
    turn: Turn,
    ticket: Ticket,
    message: Message,
    head: FormattedText,
    *,
    signed: str = "",
    origin: Origin | None,
    resend_if_uncertain: bool,
) -> None:
    """Post a specialist's message; a reply to it finds the ticket by the message's own id."""
    quote = message.quote.wrapped("quote")
    head = join("\n", (each for each in (head, quote) if each))
    turn.send(
        turn.conversation.address,
        Say(
            content=headed(head, message.content),
            handle=message.id,
            reply_to=message.reply_to,
            signed=signed,
        ),
        audience="client",
        urgency=Urgency.PEOPLE,
        origin=origin,
        conversation=turn.conversation.id,
        resend_if_uncertain=resend_if_uncertain,
    )
    _turn_to(turn, ticket)


def _turn_to(turn: Turn, ticket: Ticket) -> None:
    """A specialist spoke: the client's next plain words answer them, or, with several tickets,
    could, and are asked about (acceptance case F7)."""
    conversation = turn.conversation
    if conversation.with_bot and isinstance(conversation.waiting, Idle):
        turn.change(with_bot=False)
    if conversation.current_ticket not in {None, ticket.number} and len(turn.tickets()) > 1:
        turn.change(current_ticket=None)


def shortened_words(text: str) -> str:
    """Words of a resolution, cut only if they are very long."""
    return text if len(text) <= RESOLUTION else shortened(text, RESOLUTION)
