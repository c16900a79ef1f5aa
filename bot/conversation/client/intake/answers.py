"""What counts as an answer to an intake question: read, checked and brought into one form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from bot.conversation.client.intake.dates import read_date
from bot.conversation.state import Message
from channels.message import Contact, Location, Media
from escalation.patterns import fits
from escalation.settings import Option, Question
from escalation.ticket import IntakeAnswer
from faq import Phrasebook
from faq.text import normal

LONGEST: Final = 4_000
"""Characters of a typed answer that are looked at."""

_SEARCHED: Final = 1_000
"""Characters of a longer text that are searched for a pattern."""
_AROUND: Final = " \t\n.,;:!?()[]{}<>«»\"'№#"
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-zА-Яа-яЁё0-9\-]+\.)+[A-Za-zА-Яа-яЁё]{2,24}")
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[\s()\-.]{0,2}\d){6,17}(?!\w)")
_NUMBER = re.compile(
    r"(?<![\w.,])[-−]?(?:\d{1,3}(?:[ \u00a0]\d{3})+|\d+)(?:[.,]\d+)?(?![\w]|[.,]\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Not an answer to this question; ``key`` of the text catalogue says what is expected."""

    key: str
    args: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer. ``own`` is false for something that is certainly somebody else's."""

    answer: IntakeAnswer
    own: bool = True


def read(question: Question, message: Message, *, language: str, today: date) -> Given | Refusal:
    """The answer to a question that a message holds."""
    found: Given | Refusal
    match question.type:
        case "file":
            found = _file(question, message)
        case "location":
            found = _location(question, message)
        case "phone":
            found = _phone(question, message)
        case _:
            found = _typed(question, message.content.words[:LONGEST], language, today)
    if isinstance(found, Given):
        return replace(found, answer=replace(found.answer, messages=(message.id,)))
    return found


def chosen(question: Question, option: Option, language: str) -> IntakeAnswer:
    """The answer that choosing an option gives."""
    label = option.label.in_language(language)
    return IntakeAnswer(question=question.id, value=option.id, label=label)


def remembered(question: Question, value: str, language: str) -> IntakeAnswer | None:
    """An answer from the client's card; None if the question was changed since, and it is none of
    its answers any more."""
    if question.type == "choice":
        option = next((o for o in question.options if o.id == value), None)
        return None if option is None else chosen(question, option, language)
    if question.type == "pattern" and not fits(question.pattern or ".+", value):
        return None
    return IntakeAnswer(question=question.id, value=value, label=value)


def _given(question: Question, value: str, label: str | None = None) -> Given:
    label = value if label is None else label
    return Given(answer=IntakeAnswer(question=question.id, value=value, label=label))


def _wrong(question: Question, why: str = "", **args: str | int) -> Refusal:
    return Refusal(key=f"client.wrong.{why or question.type}", args=args)


def _typed(question: Question, words: str, language: str, today: date) -> Given | Refusal:
    text = words.strip()
    found: str | None = None
    match question.type:
        case "choice":
            option = option_named(question, text)
            return (
                _wrong(question)
                if option is None
                else Given(answer=chosen(question, option, language))
            )
        case "number":
            return _number(question, text)
        case "email":
            found = email(text)
        case "date":
            when = read_date(text, today=today, language=language)
            if when is not None:
                return _given(question, when.isoformat(), when.strftime("%d.%m.%Y"))
        case "pattern":
            found = matching(question.pattern or ".+", text)
        case _:
            found = text or None
    return _wrong(question) if found is None else _given(question, found)


# --------------------------------------------------------------------------- choices


def option_named(question: Question, text: str) -> Option | None:
    """The option meant by typed words: its label, its number on the screen, or near to that."""
    said = normal(text)
    if not said:
        return None
    if said.isdecimal() and 1 <= int(said) <= len(question.options):
        labels = {normal(own) for o in question.options for own in _own_words(o)}
        if said not in labels:
            return question.options[int(said) - 1]
    for option in question.options:
        if said in {normal(own) for own in (*_own_words(option), *_phrases(option), option.id)}:
            return option
    book = _book(question.options)
    match = book.match(text)
    return next((o for o in question.options if o.id == match.entry), None)


def _own_words(option: Option) -> tuple[str, ...]:
    label = option.label
    return tuple(words for words in (label.ru, label.en) if words)


def _phrases(option: Option) -> tuple[str, ...]:
    return (*option.phrases.ru, *option.phrases.en)


def ways_to_say(option: Option) -> tuple[str, ...]:
    """Everything that names an option."""
    return (*_own_words(option), *_phrases(option))


@lru_cache(maxsize=512)
def _book(options: tuple[Option, ...]) -> Phrasebook:
    return Phrasebook({option.id: ways_to_say(option) for option in options})


# --------------------------------------------------------------------------- forms of writing


def email(text: str) -> str | None:
    """The one e-mail address in a text, its domain in lower case."""
    found = {f"{a.rpartition('@')[0]}@{a.rpartition('@')[2].lower()}" for a in _EMAIL.findall(text)}
    return found.pop() if len(found) == 1 else None


def phone(text: str, *, sure: bool = False) -> str | None:
    """The one phone number in a text as ``+`` and digits (ITU E.164: 15 digits at most).

    Ten digits that begin with 9, and eleven that begin with 8, are Russian numbers.

    Args:
        sure: read only what is written as a phone number beyond doubt, for text that was no
            answer to a question about phones.
    """
    found = {number for m in _PHONE.finditer(text) if (number := _dialled(m[0], sure=sure))}
    return found.pop() if len(found) == 1 else None


def _dialled(written: str, *, sure: bool) -> str | None:
    digits = re.sub(r"\D", "", written)
    if written.startswith("+"):
        return f"+{digits}" if 8 <= len(digits) <= 15 else None
    if len(digits) == 11 and digits[0] in "78" and digits[1] in "3489":
        return f"+7{digits[1:]}"
    if len(digits) == 10 and digits[0] == "9" and not (sure and written.isdecimal()):
        return f"+7{digits}"
    return None


def matching(pattern: str, text: str) -> str | None:
    """The one part of a text, up to three words long, that is a whole ``pattern``; spaces inside
    a number do not count."""
    if fits(pattern, text):
        return text.strip()
    words = [word.strip(_AROUND) for word in text[:_SEARCHED].split()]
    for width in (1, 2, 3):
        found = {
            written
            for i in range(len(words) - width + 1)
            for written in ("".join(words[i : i + width]), " ".join(words[i : i + width]))
            if written and fits(pattern, written)
        }
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _number(question: Question, text: str) -> Given | Refusal:
    found = _NUMBER.findall(text)
    if len(found) != 1:
        return _wrong(question)
    plain = re.sub(r"[ \u00a0]", "", found[0]).replace("−", "-").replace(",", ".")
    value = Decimal(plain)  # a float keeps sixteen digits, and none of four hundred
    low, high = question.min, question.max
    if (low is not None and value < low) or (high is not None and value > high):
        if low is not None and high is not None:
            return _wrong(question, "number.range", low=_tidy(low), high=_tidy(high))
        if low is not None:
            return _wrong(question, "number.low", low=_tidy(low))
        return _wrong(question, "number.high", high=_tidy(high or 0))
    return _given(question, _tidy(value))


def _tidy(value: float | Decimal) -> str:
    """As people write it: ``5`` and not ``5.0``, never in powers of ten."""
    written = format(Decimal(str(value)), "f")
    tidy = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if tidy == "-0" else tidy


# --------------------------------------------------------------------------- things that are sent


def _phone(question: Question, message: Message) -> Given | Refusal:
    for part in message.content.parts:
        if isinstance(part, Contact) and (number := phone(f"+{part.phone.lstrip('+')}")):
            answer = IntakeAnswer(question=question.id, value=number, label=number)
            return Given(answer=answer, own=part.own)
    found = phone(message.content.words[:LONGEST])
    return _wrong(question) if found is None else _given(question, found)


def sends_file(message: Message) -> bool:
    """Whether a message brings a picture, a recording or a document; a sticker is none."""
    return any(isinstance(p, Media) and p.kind != "sticker" for p in message.content.parts)


def file_answer(question: Question, message: Message) -> IntakeAnswer:
    """The answer that a message with files gives."""
    files = [p for p in message.content.parts if isinstance(p, Media) and p.kind != "sticker"]
    label = ", ".join(p.name or p.kind for p in files)
    return IntakeAnswer(
        question=question.id, value=str(len(files)), label=label, messages=(message.id,)
    )


def _file(question: Question, message: Message) -> Given | Refusal:
    if not sends_file(message):
        return _wrong(question)
    return Given(answer=file_answer(question, message))


def location_answer(question: Question, place: Location) -> IntakeAnswer:
    """The answer that a point on the map gives."""
    value = f"{place.latitude:.6f},{place.longitude:.6f}"
    named = ", ".join(words for words in (place.title, place.address) if words)
    return IntakeAnswer(question=question.id, value=value, label=named or value)


def _location(question: Question, message: Message) -> Given | Refusal:
    for part in message.content.parts:
        if isinstance(part, Location):
            return Given(answer=location_answer(question, part))
    # An address in words is as good a place as a point on the map.
    words = " ".join(message.content.words[:LONGEST].split())
    return _given(question, words) if len(normal(words).split()) >= 2 else _wrong(question)
