"""`/email`: the client's proven addresses, where they want to be answered, and parting again."""

from __future__ import annotations

from typing import Final

from bot.conversation.client import proving
from bot.conversation.say import screens
from bot.conversation.say.actions import token
from bot.conversation.say.screens import Row, button, keyboard, named
from bot.conversation.state import Preference
from bot.conversation.ticket import identities
from bot.conversation.turn import Turn
from channels.message import Content, join

PREFERENCES: Final[tuple[Preference, ...]] = ("last", "chat", "letters")
CHOSEN: Final = "✓ "


def show(turn: Turn, message: str | None = None) -> None:
    """The screen; for a client without an address, the question which one is theirs."""
    addresses = turn.client.addresses
    if not addresses:
        if proving.possible(turn):
            proving.ask(turn)
        else:
            turn.say("client.email.in_the_chat")
        return
    own = (turn.words("client.email.own", turn.language, address=each.chat) for each in addresses)
    lines = [
        turn.words("client.email.screen", turn.language) + "\n" + join("\n", own),
        turn.words(f"client.email.prefers.{turn.client.prefers}", turn.language),
    ]
    content = Content(text=join("\n\n", lines))
    screens.change(turn, message, content, keyboard(*_rows(turn)))


def _rows(turn: Turn) -> tuple[Row, ...]:
    rows: list[Row] = []
    for each in PREFERENCES:
        label = turn.label(f"client.button.prefers.{each}", turn.language)
        mark = CHOSEN if each == turn.client.prefers else ""
        rows.append((named(mark + label, "c:prefer", each),))
    for address in turn.client.addresses:
        label = turn.label("client.button.unlink", turn.language, address=address.chat)
        rows.append((named(label, "c:unlink", token(address.chat)),))
    if proving.possible(turn) and len(turn.client.addresses) < proving.MOST:
        rows.append((button(turn, "client.button.another_email", "c:another"),))
    return tuple(rows)


def prefer(turn: Turn, wanted: str) -> str:
    """Choose where to be answered. Returns the key of a note if there is nothing to do."""
    if wanted not in PREFERENCES or not turn.client.addresses:
        return "client.note.unknown"
    if wanted == turn.client.prefers:
        return "client.note.done"
    turn.change_client(prefers=wanted)
    return ""


def unlink(turn: Turn, picked: str) -> str:
    """Part with an address. Returns the key of a note if it is theirs no more."""
    address = next((a for a in turn.client.addresses if token(a.chat) == picked), None)
    if address is None:
        return "client.note.done"
    identities.part(turn, turn.client, address)
    turn.say("client.email.parted", address=address.chat)
    return ""
