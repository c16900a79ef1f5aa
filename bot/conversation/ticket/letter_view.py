"""What a desk sees of a letter beside its words, and the letter itself one tap away."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.conversation.decision import Room
from bot.conversation.say.actions import encode
from bot.conversation.state import Message
from bot.conversation.ticket.rooms import Seat, post_in
from bot.conversation.turn import Turn
from channels.message import Button, Buttons, Content, FormattedText, Media, Text, join
from escalation.lifecycle import Refused
from escalation.ticket import Ticket

FILE_NAME: Final = "letter.eml"
MIME: Final = "message/rfc822"


def head(turn: Turn, room: Room, message: Message) -> FormattedText:
    """The new subject a letter brought, below its author's name."""
    subject = message.envelope.subject if message.envelope is not None else ""
    if not subject:
        return FormattedText()
    language = turn.desk_language(room.desk)
    return FormattedText("\n") + turn.words("desk.letter.subject", language, subject=subject)


def framed(turn: Turn, room: Room, message: Message, content: Content) -> Content:
    """A letter's words with what is hidden of it, and what was odd about it, below."""
    envelope = message.envelope
    if envelope is None:
        return content
    language = turn.desk_language(room.desk)
    lines = [turn.words("desk.letter.warning", language, words=w) for w in envelope.warnings]
    if envelope.quoted.strip():
        lines.insert(0, turn.words("desk.letter.hidden", language))
    if envelope.encrypted:
        lines.insert(0, turn.words("desk.letter.encrypted", language))
    if not lines:
        return content
    below = join("\n", lines)
    if content.text:
        return replace(content, text=content.text + "\n\n" + below)
    return replace(content, text=below)


def buttons(turn: Turn, room: Room, message: Message) -> Buttons | None:
    """The letter as it came, and what was cut off it."""
    envelope = message.envelope
    if envelope is None or message.ticket is None:
        return None
    language = turn.desk_language(room.desk)
    verbs = [
        *(["original"] if envelope.original else []),
        *(["quoted"] if envelope.quoted.strip() else []),
    ]
    row = tuple(
        Button(
            label=turn.label(f"desk.button.{verb}", language),
            action=encode(f"d:{verb}", message.ticket, message.id),
        )
        for verb in verbs
    )
    return Buttons(rows=(row,)) if row else None


# --------------------------------------------------------------------------- the buttons


def original(turn: Turn, seat: Seat, ticket: Ticket, message: str) -> Text:
    """Post the letter as it came, as a file.

    Raises:
        Refused: there is no such letter in this ticket.
    """
    letter = _letter(turn, ticket, message)
    path = letter.envelope.original if letter.envelope is not None else ""
    if not path:
        raise Refused("desk.refused.old_button")
    file = Media(kind="document", path=path, name=FILE_NAME, mime=MIME)
    post_in(turn, seat.room, Content(parts=(file,)), reply_to=message, silent=True)
    return Text(key="desk.done.shown")


def quoted(turn: Turn, seat: Seat, ticket: Ticket, message: str) -> Text:
    """Post what was cut off the letter's words.

    Raises:
        Refused: there is no such letter in this ticket.
    """
    letter = _letter(turn, ticket, message)
    words = letter.envelope.quoted.strip() if letter.envelope is not None else ""
    if not words:
        raise Refused("desk.refused.old_button")
    text = FormattedText(words).wrapped("quote", "expandable")
    post_in(turn, seat.room, Content(text=text), reply_to=message, silent=True)
    return Text(key="desk.done.shown")


def _letter(turn: Turn, ticket: Ticket, message: str) -> Message:
    found = turn.message(message)
    if found is None or found.ticket != ticket.number:
        raise Refused("desk.refused.old_button")
    return found
