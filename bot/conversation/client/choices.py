"""Choices in words, in a letter or in a chat without buttons, answered with their number or label.

``1``, ``1.``, ``№1``, ``1 — Yes`` and ``Yes`` are presses of the button the number stands for. What
is said beside it is heard, too. A number that nothing offered is a word like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.conversation.client import (
    arrivals,
    buttons,
    closing,
    people,
    problem,
    smalltalk,
    writing,
)
from bot.conversation.client.intake.known_answers import DENIALS
from bot.conversation.say.actions import decode
from bot.conversation.state import Choice, Message
from bot.conversation.ticket import relay
from bot.conversation.turn import Turn
from channels.message import Content, FormattedText, Inbound, Said
from faq.text import normal

_NUMBERED = re.compile(
    r"[\[(«\"]?(?:№|#|no\.?)?\s?(?P<number>\d{1,2})(?:\s?(?P<sign>[.,:;!)\]»\"—–-]+))?(?:\s+|$)"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_AFTER_LABEL = re.compile(r"\s*[.,;:!)»\"—–-]+(?=\s|$)")
LONGEST_LABEL: Final = 20
"""Words of the longest label that is looked for at the beginning of a line."""
_DOUBTING_WORDS: Final = """
    но однако хотя только опять снова пока ещё еще
    but however though although again still only until
"""
_DOUBTS: Final = DENIALS | frozenset(_DOUBTING_WORDS.split())
"""Words that take back what they stand behind."""
_INTO_LINE_1: Final = frozenset(
    {"c:nothelped", "c:none", "c:person", "c:now", "c:topic", "c:step", "c:pick", "c:entry"}
)
"""Choices that go on with the problem: words beside them belong to it."""
_ENDING: Final = frozenset({"c:solved", "c:helped", "c:cancel"})
"""Choices that end something: words beside them are kept and open nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A choice, and the words beside it that say something."""

    choice: Choice
    words: str = ""


def said(turn: Turn, inbound: Inbound, event: Said) -> None:
    """A message in a chat without buttons: a choice, or words as in any other chat."""
    people.meet(turn, inbound)
    known = writing.replied_to(turn, inbound, event.reply_to)
    message = people.keep(turn, inbound, event, reply_to=known)
    if turn.client.quarantined or not answered(turn, inbound, message, known):
        arrivals.heard(turn, inbound, message, known)


def answered(turn: Turn, inbound: Inbound, message: Message, handle: str | None) -> bool:
    """Do what a message chooses; False if it chooses nothing.

    Args:
        handle: of the message of ours that it answers, if that is known.
    """
    chosen = read(message.content.text.text, _offered(turn, handle))
    if chosen is None:
        return False
    action = decode(chosen.choice.action)
    verb = action.verb if action is not None else ""
    if verb in _INTO_LINE_1 and (chosen.words or message.content.parts):
        problem.add(turn, message)
    note = buttons.press(turn, chosen.choice.action, None)
    if note and note != buttons.DONE:
        return _too_late(turn, note)
    _hear(turn, inbound, message, handle, verb, chosen.words)
    return True


def _too_late(turn: Turn, note: str) -> bool:
    """A choice that makes no sense any more is a word for people, if they are there to read it."""
    if turn.tickets():
        return False
    turn.post(Content(text=FormattedText(turn.label(note, turn.language))))
    return True


def _hear(
    turn: Turn, inbound: Inbound, message: Message, handle: str | None, verb: str, words: str
) -> None:
    """What was said beside the choice."""
    if verb in _INTO_LINE_1 or not (words or message.content.parts):
        return
    ticket = turn.own_ticket_behind(handle)
    if verb == "c:rate":
        if words:
            closing.commented(turn, message, words)
    elif verb in _ENDING and ticket is not None and not ticket.status.open:
        relay.beside(turn, ticket, message)
    elif verb not in _ENDING:
        arrivals.heard(turn, inbound, message, handle)


def _offered(turn: Turn, handle: str | None) -> tuple[Choice, ...]:
    """The choices of the message that is answered; of the latest one, if that is not known."""
    talk = turn.conversation
    offered = talk.offered if talk.letters is None else talk.letters.offered
    if handle is None:
        return offered[-1].choices if offered else ()
    return next((each.choices for each in reversed(offered) if each.handle == handle), ())


# --------------------------------------------------------------------------- reading


def read(text: str, choices: tuple[Choice, ...]) -> Chosen | None:
    """The choice a letter begins with. Never raises."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if not choices or not lines:
        return None
    below = "\n".join(lines[1:]).strip()
    label = normal(lines[0])
    for choice in choices:
        if label and label == normal(choice.label):
            return Chosen(choice=choice, words=_telling(below))
    led = _led_by_label(lines[0], below, choices)
    if led is not None:
        return led
    found = _NUMBERED.fullmatch(lines[0])
    if found is None or not 1 <= int(found["number"]) <= len(choices) or _is_list(lines):
        return None
    choice, beside = choices[int(found["number"]) - 1], found["rest"].strip(" \t—–-")
    if normal(beside) == normal(choice.label):
        beside = ""
    if beside and not found["sign"] and _telling(beside):
        return None  # "2 hours without internet" chooses nothing
    return Chosen(
        choice=choice, words="\n".join(w for w in (_telling(beside), _telling(below)) if w)
    )


def _led_by_label(line: str, below: str, choices: tuple[Choice, ...]) -> Chosen | None:
    """The choice whose label begins a line that goes on: "Did not help, I restarted it already".

    A label of one word is one only before a sign ("Internet. No connection since noon"), and what
    ends something only if the rest does not take it back ("Yes, but it broke again").
    """
    ends = [found.end() for found in _WORD.finditer(line)][:LONGEST_LABEL]
    by_label = {normal(choice.label): choice for choice in choices}
    for end in reversed(ends):
        choice = by_label.get(normal(line[:end]))
        if choice is None:
            continue
        sign = _AFTER_LABEL.match(line, end)
        rest = line[sign.end() if sign else end :].strip()
        words = "\n".join(each for each in (rest, below) if each)
        ending = _ends_something(choice)
        if ending and not _DOUBTS.isdisjoint(normal(words).split()):
            return None
        if sign is None and (ending or len(choice.label.split()) == 1):
            return None
        return Chosen(choice=choice, words=_telling(words))
    return None


def _ends_something(choice: Choice) -> bool:
    action = decode(choice.action)
    if action is None:
        return False
    return action.verb in _ENDING or (action.verb == "c:step" and action.arg(2) == "y")


def _is_list(lines: list[str]) -> bool:
    """Whether the lines count something up by themselves: "1. … 2. …"."""
    numbers = {found["number"] for each in lines if (found := _NUMBERED.fullmatch(each))}
    return len(numbers) > 1


def _telling(words: str) -> str:
    """The words, if they say more than thanks."""
    said = words.strip()
    return "" if smalltalk.kind(Content(text=FormattedText(said))) is not None else said
