"""Mistakes of meaning, which no schema sees: each with its line and what to do about it."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from faq.document import Mistake, Step
from faq.loading import Faq, claims
from faq.markup import shown_length
from faq.matcher import PhraseMatcher
from faq.shapes import Entry
from faq.text import LANGUAGES, Language, mixed_alphabets, normal, plain, polite, telling, words

ENOUGH: Final = 5
"""Titles included. Five to ten phrasings are worth four to ten points of right answers."""
MESSAGE: Final = 4_096
CAPTION: Final = 1_024
BUTTON: Final = 64
SURE: Final = 0.95
"""A phrasing that without itself would be another entry's for this probability is strange…"""
CLOSE: Final = 0.7
"""… if one of that entry's phrasings is at least so like it."""


def lint(faq: Faq, *, today: date | None = None) -> list[Mistake]:
    """Warnings about a FAQ that loads, in the order of its files and lines.

    Two entries that claim one question (case F2) and links to nowhere are errors of ``load``.
    """
    spoken = [
        language for language in LANGUAGES if any(language in e.title for e in faq.entries.values())
    ]
    found: list[Mistake] = []
    for name, entry in faq.entries.items():
        for path, message, hint in (
            *_too_few(entry, spoken),
            *_missing_languages(entry, spoken),
            *_too_long(entry),
            *_repeated(entry),
            *_expired(entry, today),
        ):
            found.append(faq.places[name].mistake(*path, message=message, hint=hint, warn=True))
    found += _phrasings_that_say_nothing(faq)
    found += _strays(faq)
    return sorted(found, key=lambda m: (str(m.file), m.line, m.column))


Lint = Iterator[tuple[tuple[Step, ...], str, str]]


def _too_few(entry: Entry, spoken: list[Language]) -> Lint:
    for language in spoken:
        count = len(entry.questions.get(language, ())) + (language in entry.title)
        if 0 < count < ENOUGH:
            yield (
                ("questions", language),
                f"{entry.id!r} has only {count} phrasing(s) in {language!r}, its title included",
                f"write at least {ENOUGH}: `linezero faq gaps` shows how clients put it",
            )


def _missing_languages(entry: Entry, spoken: list[Language]) -> Lint:
    for language in spoken:
        for part, texts in (
            ("title", entry.title),
            ("answer", entry.answer),
            ("questions", entry.questions),
        ):
            if texts and language not in texts:
                yield (
                    (part,),
                    f"{entry.id!r} has no {part} in {language!r}",
                    f"add `{language}:`; until then clients get the other language",
                )


def _too_long(entry: Entry) -> Lint:
    for language, answer in (entry.answer or {}).items():
        length = shown_length(answer)
        if length > MESSAGE:
            hint = "shorten it, or it is sent as several messages"
            yield ("answer", language), f"the answer has {length:,} of {MESSAGE:,} characters", hint
        elif entry.files and length > CAPTION:
            hint = "shorten it, or it is sent after the file as a message of its own"
            yield (
                ("answer", language),
                f"the answer has {length:,} characters, {CAPTION:,} go under a file",
                hint,
            )
    for number, step in enumerate(entry.steps):
        for language, text in step.text.items():
            if shown_length(text) > MESSAGE:
                yield (
                    ("steps", number, "text", language),
                    f"the step has more than {MESSAGE:,} characters",
                    "shorten it or split it into two steps",
                )
    for number, button in enumerate(entry.buttons):
        for language, text in button.text.items():
            if len(text) > BUTTON:
                yield (
                    ("buttons", number, "text", language),
                    f"the button has {len(text)} characters",
                    f"phones show about 30; keep it under {BUTTON}",
                )


def _repeated(entry: Entry) -> Lint:
    seen: set[str] = {normal(title) for title in entry.title.values()}
    for language, texts in entry.questions.items():
        for number, text in enumerate(texts):
            if normal(text) in seen:
                path = ("questions", language, number)
                yield path, f"{text!r} is there twice", "the title counts as a phrasing; delete one"
            seen.add(normal(text))
    for language, texts in entry.excluded.items():
        for number, text in enumerate(texts):
            if normal(text) in seen:
                path = ("not", language, number)
                yield path, f"{text!r} is both a question and excluded", "delete one of them"


def _expired(entry: Entry, today: date | None) -> Lint:
    if today and entry.valid.until and entry.valid.until < today:
        yield (
            ("valid", "until"),
            f"{entry.id!r} has not been answered since {entry.valid.until}",
            "delete the entry or set a later date",
        )


def _phrasings_that_say_nothing(faq: Faq) -> Iterator[Mistake]:
    """Phrasings without content, greetings, and words of two alphabets."""
    for name, entry in faq.entries.items():
        for path, text in claims(entry):
            if path[0] != "questions":
                continue
            own = words(plain(text))
            strange = next(filter(mixed_alphabets, text.split()), None)
            if polite(own):
                message = f"{text!r} is a greeting or thanks"
                hint = "it answers only a message of nothing else; other messages pass it by"
            elif not telling(own):
                message = f"{text!r} has no word of content"
                hint = "add the word that says what it is about"
            elif strange is not None:
                message = f"{strange!r} has letters of two alphabets"
                hint = "type the word anew; Latin a, c, e, o, p, x look like Russian ones"
            else:
                continue
            yield faq.places[name].mistake(*path, message=message, hint=hint, warn=True)


def _strays(faq: Faq) -> Iterator[Mistake]:
    """Phrasings nearer to another entry than to the other phrasings of their own."""
    matcher = faq.matcher
    if not isinstance(matcher, PhraseMatcher):
        return
    for stray in matcher.strays(SURE, CLOSE):
        entry = faq.entries[stray.key]
        for path, text in claims(entry):
            if text == stray.text and path[0] == "questions":
                yield faq.places[stray.key].mistake(
                    *path,
                    message=f"{text!r} is nearer to {stray.other!r} ({stray.like!r}) "
                    f"than to the rest of {stray.key!r}",
                    hint="say what is different about it, or move it there",
                    warn=True,
                )
                break
