"""What line 0 makes of a text: the values, the protocol, and the gates between the decisions.

Two gates. The *scope* gate asks whether the question is about anything here at all. The *answer*
gate asks how surely the best key is the right one: by the same score, and by how far it stands out
among all keys. Between are suggestions.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from faq.readings import Way
from faq.text import Language

Decision: TypeAlias = Literal["answer", "suggest", "none"]
Preset: TypeAlias = Literal["cautious", "normal", "bold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Constants, the same for every FAQ. Owners' phrasings resemble each other too much to
    calibrate on: see docs/decisions/0103."""

    scope: float
    """The least score that is worth a suggestion."""
    sure: float
    """The least confidence of an answer."""


PRESETS: Final[Mapping[Preset, Gates]] = {
    "cautious": Gates(scope=0.25, sure=0.8),
    "normal": Gates(scope=0.2, sure=0.6),
    "bold": Gates(scope=0.15, sure=0.45),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key and its score: the text's score times how likely the key is beside the best one."""

    entry: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What line 0 makes of a text."""

    decision: Decision
    entry: str | None
    """The key to answer with; ``None`` unless the decision is ``answer``."""
    score: float
    """How much the text is about the best key at all, 0…1; 1 for a phrasing word for word."""
    alternatives: tuple[Candidate, ...] = ()
    """What to suggest, best first; with an answer, the runners-up; empty for ``none``."""
    language: Language
    """The language the text was read in."""
    read_as: str
    """The reading that won: the text itself, or what it is on the other keyboard, and so on."""
    parts: tuple["Match", ...] = ()
    """For several questions in one message: the match of each, when two or more are answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One key of an explanation: what its score is made of and the phrasing nearest to the text."""

    entry: str
    score: float
    probability: float
    parts: Mapping[str, float]
    phrasing: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a text was decided so."""

    match: Match
    way: Way
    """How the text was read."""
    readings: Mapping[str, float]
    """Each reading and the share of its letters that the index knows."""
    words: tuple[str, ...]
    """The words that were matched: filler dropped, misspelt ones repaired, synonyms replaced."""
    known: float
    confidence: float
    """How surely the best key is the right one, 0…1: what the answer gate looks at."""
    gates: Gates
    top: tuple[Contribution, ...]


class Matcher(Protocol):
    """Keys with phrasings that a text can be matched against. Safe to share between threads."""

    def match(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Match:
        """Decide on ``text``; never raises, whatever the text.

        Args:
            language: what to assume when the text has no letters.
            only: the keys that may be answered or suggested; all when ``None``.
        """
        ...

    def explain(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Explanation:
        """As ``match``, with the reasons."""
        ...
