"""What need not be asked: answers on the client's card and in what they already said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from bot.conversation.client.intake.answers import (
    LONGEST,
    chosen,
    email,
    file_answer,
    location_answer,
    matching,
    phone,
    remembered,
    sends_file,
    ways_to_say,
)
from bot.conversation.state import Message
from channels.message import Contact, Location
from escalation.settings import Question, Topic
from escalation.ticket import IntakeAnswer
from faq.text import normal, stem

_SHORT: Final = 4
"""Letters of the shortest single word that names an option in free text: "да" names none."""

DENIALS: Final = frozenset({"не", "нет", "без", "no", "not", "without", "t"})
"""A word after one of these says the opposite; ``isn't`` is read as two words."""


def known_answer(
    question: Question,
    topic: Topic,
    *,
    facts: Mapping[str, str],
    said: Sequence[Message],
    language: str,
) -> IntakeAnswer | None:
    """The answer to a question that is known before it is asked.

    Args:
        facts: remembered answers of the client.
        said: what the client said about the problem so far.
    """
    if question.remember and question.id in facts:
        known = remembered(question, facts[question.id], language)
        if known is not None:
            return known
    for message in said:
        found = mentioned(question, topic, message, language)
        if found is not None:
            return found
    return None


def mentioned(
    question: Question, topic: Topic, message: Message, language: str
) -> IntakeAnswer | None:
    """The answer in one message; a bare number or date could mean anything and is none."""
    words = message.content.words[:LONGEST]
    found: str | None = None
    match question.type:
        case "choice":
            return _choice(question, words, language)
        case "pattern" if question.pattern:
            found = _inside(question.pattern, words)
        case "phone":
            found = phone(_without_patterns(topic, words), sure=True) or _shared(message)
        case "email":
            found = email(words)
        case "file" if sends_file(message):
            return file_answer(question, message)
        case "location":
            place = next((p for p in message.content.parts if isinstance(p, Location)), None)
            return location_answer(question, place) if place else None
        case "text" | "number" | "date" | "pattern" | "file":
            pass
        case _:
            assert_never(question.type)
    return IntakeAnswer(question=question.id, value=found, label=found) if found else None


def _shared(message: Message) -> str | None:
    own = (p for p in message.content.parts if isinstance(p, Contact) and p.own)
    return next((phone(f"+{part.phone.lstrip('+')}") for part in own), None)


def _inside(pattern: str, words: str) -> str | None:
    """A pattern in free text, if it is telling enough to mean only this: four signs at least, one
    of them a digit."""
    found = matching(pattern, words)
    return found if found and len(found) >= _SHORT and re.search(r"\d", found) else None


def _without_patterns(topic: Topic, words: str) -> str:
    """The words without what answers a ``pattern`` question: a contract number is no phone."""
    for question in topic.questions:
        if question.type == "pattern" and (found := _inside(question.pattern or "", words)):
            words = words.replace(found, " ")
    return words


def _choice(question: Question, words: str, language: str) -> IntakeAnswer | None:
    """The only option that is named in free text."""
    said = [stem(word) for word in normal(words).split()]
    named = [
        option
        for option in question.options
        if any(_contains(said, way) for way in ways_to_say(option))
    ]
    return chosen(question, named[0], language) if len(named) == 1 else None


def _contains(said: Sequence[str], way: str) -> bool:
    """Whether a way to say something stands in what was said, word after word, and is not
    denied. Words count by their stems."""
    words = normal(way).split()
    if sum(map(len, words)) < _SHORT:
        return False
    stems, width = [stem(word) for word in words], len(words)
    return any(
        list(said[i : i + width]) == stems and (i == 0 or said[i - 1] not in DENIALS)
        for i in range(len(said) - width + 1)
    )
