"""Which clauses of free sentences name a question: "contract 12345, the address is Lenina 5".

Pure: words in, words out. Every word of a result stands in the text, and in one result only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.conversation.client.intake.known_answers import DENIALS
from escalation.settings import Question
from faq.text import normal, stem

MORE: Final = 4
"""Words of a clause that can go on with the one before: "flat 7"."""

_CLAUSE: Final = re.compile(
    r"[\n;,]+|(?<!\bул)(?<!\bкв)(?<!\bд)(?<!\bг)(?<!\bпр)(?<!\bкорп)(?<!\bapt)(?<!\bno)(?<!\bst)"
    r"[.!?]+(?=\s|$)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LINK: Final = re.compile(
    r"\s*(?P<link>[:=–—-]+(?=\s|$)|:|(?:is|are|это|такой|такая)(?=\s))?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_AROUND_WORDS: Final = """
    the a an my our and also number of but
    мой моя мои наш наша наши номер по у на и а но
"""
_AROUND: Final = frozenset(_AROUND_WORDS.split())
"""Words that may stand before a name, and do not make one."""
_UNKNOWN: Final = re.compile(
    r"(?:я\s)?не\s(?:знаю|помню)\b"
    r"|(?:i\s)?(?:don.?t|do not|can.?t|cannot)\s(?:know|remember|find)\b"
    r"|(?:i.?m |am )?not sure\b|no idea\b|нет под рукой|под рукой нет",
    re.IGNORECASE,
)
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("телефон", "тел", "phone", "tel", "mobile"),
    "email": ("почта", "email", "mail"),
}
"""What questions of a type are called whatever their label is."""

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A clause that names a question."""

    question: str
    words: str
    """What follows the name."""
    sure: bool
    """A sign or a verb joins the two: "address: …", "the address is …"."""
    clauses: tuple[int, ...]
    """The clauses it is made of, by their places in the text."""

    @property
    def unknown(self) -> bool:
        """Whether it says that its writer does not know."""
        return _UNKNOWN.match(self.words) is not None


def clauses(text: str) -> list[str]:
    """A text in pieces, at commas, line ends and ends of sentences; these keep their sign."""
    found, at = [], 0
    for end in (*(sign.end() for sign in _CLAUSE.finditer(text)), len(text)):
        piece = text[at:end].strip(" \t\n;,")
        if _WORD.search(piece):
            found.append(piece)
        at = end
    return found


def told(pieces: Sequence[str], questions: Sequence[Question]) -> list[Told]:
    """The clauses that begin with the short name of a question, each question once.

    What goes on in the next clauses belongs to an answer in words: "Portovaya 14, flat 7".
    """
    known = {question.id: (question, _names(question)) for question in questions}
    found: list[Told] = []
    named = [_named(piece, known) for piece in pieces]
    for at, one in enumerate(named):
        if one is None or any(each.question == one[0] for each in found):
            continue
        name, words, sure = one
        end = at + 1
        if known[name][0].type in {"text", "location"} and words:
            while end < len(pieces) and named[end] is None and _goes_on(pieces[end]):
                end += 1
        words = ", ".join((words, *map(_said, pieces[at + 1 : end])))
        places = tuple(range(at, end))
        found.append(Told(question=name, words=words, sure=sure, clauses=places))
    return found


def says_in_words(one: Told) -> bool:
    """Whether a clause surely holds an answer in free words, not a sentence about it: "address
    Lenina 5", not "address stays the same"."""
    said = normal(one.words).split()
    if not said or not DENIALS.isdisjoint(said) or one.unknown:
        return False
    return one.sure or any(sign.isdigit() for sign in one.words)


def _named(
    piece: str, known: Mapping[str, tuple[Question, tuple[Name, ...]]]
) -> tuple[str, str, bool] | None:
    """The question a clause begins with, what follows, and whether a sign or verb joins them."""
    piece = _said(piece)
    words = list(_WORD.finditer(piece))[:8]
    first = 0
    while first < len(words) and words[first][0].lower() in _AROUND:
        first += 1
    stems = [stem(normal(word[0])) for word in words[first:]]
    for name, (_, names) in known.items():
        for each in names:
            if tuple(stems[: len(each)]) == each:
                rest = _LINK.match(piece, words[first + len(each) - 1].end())
                if rest is not None:
                    return name, rest["rest"].strip(), rest["link"] is not None
    return None


def _said(piece: str) -> str:
    return piece.rstrip(" .!?")


def _names(question: Question) -> tuple[Name, ...]:
    label = question.label
    written = [each for each in (label.ru, label.en) if each] if label is not None else []
    names = (
        tuple(stem(word) for word in normal(each).split() if word not in _AROUND)
        for each in (*written, *_TYPES.get(question.type, ()))
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _goes_on(piece: str) -> bool:
    said = normal(piece).split()
    number = any(sign.isdigit() for sign in piece)
    return number and len(said) <= MORE and DENIALS.isdisjoint(said)
