"""What specialists say in a ticket's room: replies, questions, notes, corrections, recalls."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from bot.conversation.decision import Origin
from bot.conversation.desk.prefixes import command_in, less_prefix, starts_with
from bot.conversation.say.contents import after_edit
from bot.conversation.state import Message, MessageKind
from bot.conversation.ticket import card, dialogues, relay, to_client
from bot.conversation.ticket.rooms import Seat, live_rooms, record
from bot.conversation.turn import Turn
from channels.message import Content, Edited, FormattedText, Said
from escalation import lifecycle
from escalation.lifecycle import Refused
from escalation.ticket import Ticket

LOOKED_BACK: Final = 40
"""Messages of a ticket that are looked through first for the speaker's last one."""


def kind_of(turn: Turn, seat: Seat, said: Said) -> tuple[Literal["reply", "note"], Content]:
    """Whether plain words are a reply or a note, and the words without their prefix.

    An answer to a note is a note, whatever it begins with, and so is everything at a desk that may
    not write to clients.
    """
    desk, content = seat.desk, said.content
    if starts_with(content, desk.note_prefix):
        return "note", less_prefix(content, desk.note_prefix)
    answered = answered_message(turn, seat, said.reply_to)
    if not to_client.allowed(turn, seat) or (answered and answered.kind == "note"):
        return "note", content
    if desk.speak == "reply":
        return "reply", content
    if starts_with(content, desk.reply_prefix):
        return "reply", less_prefix(content, desk.reply_prefix)
    return "note", content


def is_note_for_sure(turn: Turn, seat: Seat, said: Said) -> bool:
    """Whether a message is a note even where a button was pressed to write to the client: its
    author put the prefix before it, or answered a note."""
    if not to_client.allowed(turn, seat):
        return False  # its button writes to the desk below
    answered = answered_message(turn, seat, said.reply_to)
    prefixed = starts_with(said.content, seat.desk.note_prefix)
    return prefixed or (answered is not None and answered.kind == "note")


def answered_message(turn: Turn, seat: Seat, foreign: str | None) -> Message | None:
    """The message of the ticket that a foreign message in this chat stands for."""
    if foreign is None:
        return None
    address = seat.inbound.address
    handle = turn.records.handle_at(address.channel, address.chat, foreign)
    message = turn.message(handle) if handle else None
    return message if message and message.ticket == seat.room.ticket else None


def _keep(
    turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content, kind: MessageKind
) -> Message:
    answered = answered_message(turn, seat, said.reply_to)
    # Words picked out of a card, a note or another chat are not for the client.
    known = answered is not None and answered.kind in {"client", "reply"}
    return turn.save_message(
        Message(
            id=turn.ids.new_id(),
            conversation=ticket.conversation,
            ticket=ticket.number,
            kind=kind,
            author=seat.author,
            content=content,
            at=turn.now,
            reply_to=answered.id if answered else None,
            quote=said.quote if known else FormattedText(),
        )
    )


def _origin(seat: Seat, said: Said) -> Origin:
    address = seat.inbound.address
    return Origin(
        channel=address.channel, chat=address.chat, message=said.message, room=seat.room.key
    )


def _mirror(turn: Turn, seat: Seat, ticket: Ticket, message: Message, label: str) -> None:
    """Show it to the other desk that follows the ticket."""
    for room in live_rooms(turn, ticket):
        if room != seat.room:
            desk = seat.desk.title.in_language(turn.desk_language(room.desk))
            relay.show(turn, room, message, label=label, desk=desk)


def _must_say_something(content: Content) -> None:
    if not content:
        raise Refused("desk.refused.nothing_said")


def reply(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content) -> None:
    """Words for the client. Nobody's ticket becomes the speaker's.

    Raises:
        Refused: this desk may not, the ticket is closed, or nothing is said.
    """
    to_client.must_be_allowed(turn, seat)
    _must_say_something(content)
    speaker = lifecycle.reply(ticket, seat.author, turn.now)
    if ticket.desk != seat.room.desk:  # a line above works on it; its assignee stays
        speaker = lifecycle.Step(ticket=lifecycle.spoken_to(ticket, turn.now))
    ticket = record(turn, speaker, seat.author) if speaker.ticket != ticket else ticket
    message = _keep(turn, seat, ticket, said, content, "reply")
    to_client.reply(turn, seat, ticket, message, _origin(seat, said))
    _mirror(turn, seat, ticket, message, "desk.relay.reply")
    if speaker.changes:
        card.refresh(turn, ticket)


def ask(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content) -> None:
    """A question. From a desk that may write to clients it goes to the client, and the ticket
    waits for the answer; from another it goes to the desk below.

    Raises:
        Refused: the ticket is not open, or nothing is said.
    """
    _must_say_something(content)
    if not to_client.allowed(turn, seat):
        lifecycle.must_be_open(ticket)
        message = _keep(turn, seat, ticket, said, content, "note")
        turn.note_event(ticket, "asked", seat.author, detail=content.words)
        _mirror(turn, seat, ticket, message, "desk.relay.question")
        turn.mark(seat.inbound, said.message, "noted")
        return
    ticket = record(turn, lifecycle.ask(ticket, seat.author, content.words, turn.now), seat.author)
    message = _keep(turn, seat, ticket, said, content, "reply")
    to_client.ask(turn, seat, ticket, message, _origin(seat, said))
    _mirror(turn, seat, ticket, message, "desk.relay.reply")
    card.refresh(turn, ticket)


def note(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content) -> None:
    """Words for the desks only; the client never sees them.

    Raises:
        Refused: nothing is said.
    """
    _must_say_something(content)
    message = _keep(turn, seat, ticket, said, content, "note")
    turn.note_event(ticket, "note", seat.author, detail=content.words)
    label = "desk.relay.note" if to_client.allowed(turn, seat) else "desk.relay.answer"
    _mirror(turn, seat, ticket, message, label)
    turn.mark(seat.inbound, said.message, "noted")


def corrected(turn: Turn, seat: Seat, ticket: Ticket, message: Message, event: Edited) -> None:
    """A specialist edited their own message: whoever saw it sees how it reads now (case G5).

    Raises:
        Refused: the new words are marked as a note, but the old ones are with the client; or they
            went to an outside expert, whose letter nobody can change.
    """
    if message.author.id != seat.author.id or message.recalled:
        return
    if message.side_thread is not None:
        raise Refused("desk.refused.letter_left")
    content, desk = event.content, seat.desk
    command = command_in(content)
    if command is not None:
        content = command.rest
    if starts_with(content, desk.note_prefix):
        if message.kind == "reply":
            raise Refused("desk.refused.already_sent")
        content = less_prefix(content, desk.note_prefix)
    elif starts_with(content, desk.reply_prefix) and desk.speak == "note":
        content = less_prefix(content, desk.reply_prefix)
    old, new = message.content, after_edit(message.content, content, event.message)
    if not content or relay.same_to_the_eye(old, new):
        return
    changed = replace(message, content=new)
    if message.kind == "reply":
        to_client.correction(turn, seat, ticket, changed, old)
    turn.save_message(changed)
    for room in live_rooms(turn, ticket):
        if room != seat.room:
            relay.show_correction(turn, room, changed, old)


def recall(turn: Turn, seat: Seat, ticket: Ticket, foreign: str | None) -> None:
    """Take a message back: the one answered, or the speaker's last one.

    Raises:
        Refused: there is none, it is too old, or it is with a client this desk may not write to.
    """
    message = answered_message(turn, seat, foreign) if foreign else None
    if message is None:
        message = _last_own(turn, seat, ticket)
    if message is None or message.kind not in {"reply", "note"} or message.recalled:
        raise Refused("desk.refused.nothing_to_recall")
    if message.side_thread is not None:
        raise Refused("desk.refused.letter_left")
    window = turn.workspace.settings.tickets.recall_within
    if turn.now - message.at > window:
        raise Refused("desk.refused.too_late_to_recall", wait=window)
    if message.kind == "reply":
        to_client.must_be_allowed(turn, seat)
        if _stays(turn, ticket, message):
            raise Refused("desk.refused.stays")
        to_client.take_back(turn, seat, ticket, message)
    for room in live_rooms(turn, ticket):
        if room != seat.room:
            turn.take_back(room, message.id, audience="desk")
    turn.save_message(replace(message, recalled=True))
    turn.note_event(ticket, "recalled", seat.author, detail=message.content.words)


def _last_own(turn: Turn, seat: Seat, ticket: Ticket) -> Message | None:
    """What the speaker last said in a ticket and did not take back. The history is read only as far
    back as anything can still be taken back."""
    oldest = turn.now - turn.workspace.settings.tickets.recall_within
    read = LOOKED_BACK
    while True:
        latest = turn.history(ticket.number, last=read)
        own = [
            m
            for m in latest
            if m.author.id == seat.author.id
            and m.kind in {"reply", "note"}
            and m.side_thread is None
            and not m.recalled
        ]
        if own or len(latest) < read or latest[0].at < oldest:
            return own[-1] if own else None
        read *= 2


def _stays(turn: Turn, ticket: Ticket, message: Message) -> bool:
    """Whether it went where nothing can be taken back, as from a mailbox."""
    places = (
        talk.address
        for talk in dialogues.posted_in(turn, ticket, message.id)
        if not turn.able_in(talk).edits
    )
    return any(
        turn.records.post_state(message.id, place.channel, place.chat) != "waiting"
        for place in places
    )
