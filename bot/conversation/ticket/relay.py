"""Words between a client, the desks of their ticket, and the history.

Everything a client says is shown in the ticket's live rooms. What a specialist says is either a
reply, which goes to the client through ``to_client``, or a note, which never leaves the desks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.conversation.decision import Room, Say, Urgency
from bot.conversation.say.contents import all_words, bare, headed
from bot.conversation.state import Message
from bot.conversation.ticket import card, letter_view
from bot.conversation.ticket.moves import at_known_desk
from bot.conversation.ticket.rooms import attend, live_rooms, post_in, record
from bot.conversation.turn import Turn
from channels.message import Content
from escalation import lifecycle
from escalation.ticket import Ticket


def client_corrected(turn: Turn, ticket: Ticket, message: Message, old: Content) -> None:
    """Keep a client's message as it reads now, and show how it read; but not a change that nobody
    can see."""
    attend(turn, ticket)
    turn.save_message(replace(message, ticket=ticket.number))
    if same_to_the_eye(old, message.content):
        return
    for room in live_rooms(turn, ticket):
        show_correction(turn, room, message, old)


def client_said(turn: Turn, ticket: Ticket, message: Message) -> None:
    """Keep a client's message in the ticket and show it in its rooms."""
    message = turn.save_message(replace(message, ticket=ticket.number))
    ticket = at_known_desk(turn, ticket)
    talk = turn.conversation.id
    via = None if talk == ticket.conversation else talk
    if ticket.via != via:  # answers come where the client wrote last
        ticket = turn.save_ticket(replace(ticket, via=via))
    step = lifecycle.client_wrote(ticket, turn.now)
    if step.ticket != ticket:
        ticket = record(turn, step, message.author)
    for room in live_rooms(turn, ticket):
        show(turn, room, message)
    if step.changes:
        card.refresh(turn, ticket)


def beside(
    turn: Turn,
    ticket: Ticket,
    message: Message,
    *,
    label: str = "desk.relay.client",
    **args: str | datetime,
) -> None:
    """Keep something in a ticket and show it quietly: it changes nothing about the ticket."""
    message = turn.save_message(replace(message, ticket=ticket.number))
    for room in live_rooms(turn, ticket):
        show(turn, room, message, label=label, silent=True, **args)


def show(
    turn: Turn,
    room: Room,
    message: Message,
    *,
    label: str = "desk.relay.client",
    silent: bool = False,
    **args: str | datetime,
) -> None:
    """Show a message in a room under its author's name, and what else the label tells."""
    content = _labelled(turn, room, message, label, args)
    buttons = letter_view.buttons(turn, room, message) if message.envelope else None
    say = Say(
        content=content,
        keyboard=buttons,
        handle=message.id,
        reply_to=message.reply_to,
        silent=silent,
        # What its author can recall must be a message of its own.
        merge=not content.parts and buttons is None and message.kind == "client",
    )
    urgency = Urgency.NOTICE if silent else Urgency.PEOPLE
    turn.send(room, say, audience="desk", urgency=urgency)


def show_correction(turn: Turn, room: Room, message: Message, old: Content) -> None:
    """Show in a room how a message was corrected, as an answer to it."""
    content = correction(turn, room, message, old)
    post_in(turn, room, content, reply_to=message.id, urgency=Urgency.PEOPLE)


def _labelled(
    turn: Turn, room: Room, message: Message, label: str, args: Mapping[str, str | datetime]
) -> Content:
    """A message's content with its author's name above it, where it was forwarded from, and what
    it quotes."""
    language = turn.desk_language(room.desk)
    head = turn.words(label, language, name=message.author.name, **args)
    source = message.content.forwarded_from
    if source is not None:
        head = head + "\n" + turn.words("desk.relay.forwarded", language, name=source)
    if message.quote:
        head = head + "\n" + message.quote.wrapped("quote")
    if message.envelope is None:
        return headed(head, message.content)
    head = head + letter_view.head(turn, room, message)
    return letter_view.framed(turn, room, message, headed(head, message.content))


def correction(turn: Turn, room: Room, message: Message, old: Content) -> Content:
    """One marked correction: how it read and how it reads."""
    language = turn.desk_language(room.desk)
    text = turn.words(
        "desk.relay.corrected",
        language,
        name=message.author.name,
        old=all_words(old) or turn.words("desk.relay.no_words", language),
        new=all_words(message.content) or turn.words("desk.relay.no_words", language),
    )
    parts = bare(message.content) if bare(message.content) != bare(old) else ()
    return Content(text=text, parts=parts, source=message.content.source if parts else ())


def same_to_the_eye(old: Content, new: Content) -> bool:
    """Whether an edit changed nothing anybody can see (acceptance case B8)."""
    return replace(old, source=()) == replace(new, source=())
