"""Choices in words, for a chat without buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.conversation.decision import Outgoing, Say
from bot.conversation.say.letters import plain_label
from bot.conversation.state import Choice, Conversation, Offered
from bot.conversation.turn import Turn
from channels.message import Address, Button, Buttons, FormattedText

REMEMBERED: Final = 10
"""Messages whose choices can still be answered."""


def number_choices(turn: Turn) -> None:
    """Put numbered choices into what a turn says to clients where no button can be shown, as the
    last step of it. The dialogue remembers what the numbers stand for (``client.choices``)."""
    turn.outgoing = [_numbered(turn, each) for each in turn.outgoing]


def _numbered(turn: Turn, outgoing: Outgoing) -> Outgoing:
    say, to = outgoing.action, outgoing.to
    if not isinstance(say, Say) or not isinstance(say.keyboard, Buttons):
        return outgoing
    if not isinstance(to, Address) or outgoing.conversation is None or turn.able(to).buttons:
        return outgoing
    talk = turn.parties.conversation(outgoing.conversation)
    if talk is None or talk.letters is not None:
        return outgoing
    buttons = [button for row in say.keyboard.rows for button in row]
    acting = [button for button in buttons if button.action is not None]
    lines = [f"{number} — {plain_label(b.label)}" for number, b in enumerate(acting, 1)]
    lines += [f"{plain_label(button.label)}: {button.url}" for button in buttons if button.url]
    content = replace(say.content, text=_below(say.content.text, "\n".join(lines)))
    handle = say.handle or f"choices:{turn.ids.new_id()}"
    turn.parties.put(_remembering(talk, handle, acting))
    return replace(outgoing, action=replace(say, content=content, keyboard=None, handle=handle))


def _below(text: FormattedText, lines: str) -> FormattedText:
    return text + f"\n\n{lines}" if text else FormattedText(lines)


def _remembering(talk: Conversation, handle: str, buttons: list[Button]) -> Conversation:
    choices = tuple(Choice(label=plain_label(b.label), action=b.action or "") for b in buttons)
    offered = Offered(handle=handle, choices=choices)
    return replace(talk, offered=(*talk.offered, offered)[-REMEMBERED:])
