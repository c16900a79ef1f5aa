"""Check words of a workspace: missing languages, and markup that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from channels.markup import MarkupError, parse
from config.paths import items, select
from config.texts.files import markup_mistake
from faq import Document, Mistake

_NAMES: Final = {"ru": "Russian", "en": "English"}

DESK_WORDS: Final = (("desks", "*", "title"), ("experts", "*", "title"))
TOPIC_WORDS: Final = (
    ("title",),
    ("questions", "*", "ask"),
    ("questions", "*", "label"),
    ("questions", "*", "options", "*", "label"),
)
FAQ_WORDS: Final = (
    ("section", "title"),
    ("entries", "*", "title"),
    ("entries", "*", "answer"),
    ("entries", "*", "steps", "*", "text"),
    ("entries", "*", "buttons", "*", "text"),
)
_FAQ_MARKUP: Final = (("entries", "*", "answer"), ("entries", "*", "steps", "*", "text"))


def missing_languages(
    document: Document, patterns: Sequence[tuple[str, ...]], languages: Sequence[str]
) -> Iterator[Mistake]:
    """Warnings about words that are missing in a language the workspace speaks.

    A plain string stands for the default language, the first one.
    """
    for pattern in patterns:
        for path, value in select(document.data, *pattern):
            written = {languages[0]} if isinstance(value, str) else {s for s, _ in items(value)}
            for language in languages:
                if written and language not in written:
                    yield document.mistake(
                        path,
                        f"there are no {_NAMES.get(language, language)} words here",
                        hint=f"add {language}: …, or take {language} out of `languages`",
                        severity="warning",
                    )


def markup_mistakes(document: Document) -> Iterator[Mistake]:
    """Answers and steps of a FAQ file whose markup can not be meant."""
    for pattern in _FAQ_MARKUP:
        for path, value in select(document.data, *pattern):
            told = [(path, value)] if isinstance(value, str) else [
                ((*path, language), words) for language, words in items(value)
            ]  # fmt: skip
            for at, words in told:
                if isinstance(words, str):
                    try:
                        parse(words, strict=True)
                    except MarkupError as error:
                        message, hint = markup_mistake(error)
                        yield document.mistake(at, message, hint=hint)
