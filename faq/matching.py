"""From scores to a decision: answer, suggest, or say nothing.

Two gates. The *scope* gate asks whether the question is about anything here at all: the absolute
score, more of it for short texts. The *answer* gate asks whether one key stands out: the score
again, and the probability of the best key among all. Between the gates are suggestions.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

import numpy as np

from faq.index import PhraseIndex, Scores, tokens_of
from faq.readings import Reading, Way, readings
from faq.text import Language, language_of, normal, stem

Decision: TypeAlias = Literal["answer", "suggest", "none"]
Preset: TypeAlias = Literal["cautious", "normal", "bold"]

MAX_CHARACTERS: Final = 4_000
SUGGESTIONS: Final = 3
OTHER_READING: Final = 0.97
"""A reading other than the typed one has to be this much better."""
LONG: Final = 25
"""From this many words on, a message is also read sentence by sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Constants, the same for every FAQ: owners' phrasings resemble each other too much to
    calibrate on (docs/decisions)."""

    scope: float
    """The least score that is worth a suggestion."""
    answer: float
    """The least score of an answer."""
    sure: float
    """The least probability, among all keys, of an answer."""


PRESETS: Final[Mapping[Preset, Gates]] = {
    "cautious": Gates(scope=6.5, answer=9.0, sure=0.9),
    "normal": Gates(scope=6.5, answer=8.0, sure=0.75),
    "bold": Gates(scope=5.5, answer=6.5, sure=0.75),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key and its score."""

    entry: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What line 0 makes of a text."""

    decision: Decision
    entry: str | None
    """The key to answer with; ``None`` unless the decision is ``answer``."""
    score: float
    """The score of the best key, 0 when nothing was scored."""
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
    """Each reading and the share of it that the index knows."""
    known: float
    scope: float
    """The scope gate that applied, scaled for the length of the text."""
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


@dataclass(frozen=True, slots=True)
class _Read:
    reading: Reading
    tokens: list[str]
    scores: Scores
    known: Mapping[str, float]


@dataclass(slots=True)
class PhraseMatcher:
    """The matcher over a ``PhraseIndex``."""

    phrasings: Mapping[str, Sequence[str]]
    gates: Gates = field(default_factory=lambda: PRESETS["cautious"])
    excluded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts that are not this key's, however near."""
    default_language: Language = "ru"
    _names: tuple[str, ...] = field(init=False)
    _index: PhraseIndex = field(init=False)
    _exact: dict[str, str] = field(init=False)
    _common: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = tuple(self.phrasings)
        pairs = [
            (number, text)
            for number, name in enumerate(self._names)
            for text in self.phrasings[name]
        ]
        self._index = PhraseIndex(pairs, len(self._names))
        self._exact = {}
        users: dict[str, set[int]] = {}
        for number, text in pairs:
            self._exact.setdefault(normal(text), self._names[number])
            for token in tokens_of(text):
                users.setdefault(stem(token), set()).add(number)
        # A word that several keys use says nothing alone.
        limit = max(2, round(0.05 * len(self._names)))
        self._common = frozenset(word for word, keys in users.items() if len(keys) >= limit)

    def match(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Match:
        """See ``Matcher``."""
        whole = self.explain(text, language=language, only=only).match
        pieces = _questions(text)
        if len(pieces) < 2:
            return whole
        found = [self.explain(piece, language=language, only=only).match for piece in pieces]
        answered: dict[str, Match] = {}
        for part in found:
            if part.entry is not None:
                answered.setdefault(part.entry, part)
        if len(answered) >= 2:
            parts = tuple(answered.values())
            first = parts[0]
            return Match(
                decision="answer", entry=first.entry, score=first.score,
                alternatives=first.alternatives, language=first.language,
                read_as=whole.read_as, parts=parts,
            )  # fmt: skip
        if whole.decision == "answer" or not answered:
            best = max((whole, *found), key=lambda m: (m.decision != "none", m.score))
            return whole if whole.decision != "none" else best
        return next(iter(answered.values()))

    def explain(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Explanation:
        """See ``Matcher``."""
        text = text[:MAX_CHARACTERS]
        read = self._read(text)
        scores = read.scores.keys.copy()
        if only is not None:
            allowed = np.array([name in only for name in self._names], dtype=bool)
            scores[~allowed] = -np.inf
        spoken = language_of(read.reading.text) or language or self.default_language
        exact = self._exact.get(normal(read.reading.text))
        if exact is not None and only is not None and exact not in only:
            exact = None
        scope = self.gates.scope * _scale(read.tokens, self._common)
        order = np.argsort(-scores, kind="stable")[: SUGGESTIONS + 2]
        ranked = [
            Candidate(self._names[i], round(float(scores[i]), 3))
            for i in order
            if np.isfinite(scores[i]) and scores[i] > 0
        ]
        chances = _chances(scores)
        match = self._decide(ranked, exact, scope, chances, spoken, read.reading.text)
        return Explanation(
            match=match,
            way=read.reading.way,
            readings=read.known,
            known=read.scores.known,
            scope=scope,
            top=tuple(
                self._contribution(int(i), read.scores, chances) for i in order if scores[i] > 0
            ),
        )

    def _decide(
        self, ranked: list[Candidate], exact: str | None, scope: float,
        chances: Mapping[int, float], language: Language, read_as: str,
    ) -> Match:  # fmt: skip
        best = ranked[0] if ranked else None
        decision: Decision = "none"
        entry: str | None = None
        if exact is not None:
            decision, entry = "answer", exact
            ranked = [c for c in ranked if c.entry != exact]
        elif best is not None and math.isfinite(scope) and best.score >= scope:
            sure = chances[self._names.index(best.entry)] >= self.gates.sure
            answer = max(self.gates.answer, scope)
            if sure and best.score >= answer:
                decision, entry = "answer", best.entry
                ranked = ranked[1:]
            else:
                decision = "suggest"
                floor = max(0.5 * best.score, 0.6 * self.gates.scope)
                ranked = [c for c in ranked if c.score >= floor]
        return Match(
            decision=decision, entry=entry, score=best.score if best else 0.0,
            alternatives=() if decision == "none" else tuple(ranked[:SUGGESTIONS]),
            language=language, read_as=read_as,
        )  # fmt: skip

    def _read(self, text: str) -> _Read:
        """The reading whose best key scores highest."""
        known: dict[str, float] = {}
        best: _Read | None = None
        for reading in readings(text):
            tokens = tokens_of(reading.text)
            share = self._index.known(tokens)
            known[reading.text] = round(share, 3)
            if best is not None and share * OTHER_READING <= best.scores.known:
                continue
            scores = self._index.score(tokens)
            if best is None or _top(scores) * OTHER_READING > _top(best.scores):
                best = _Read(reading, tokens, scores, known)
        assert best is not None  # noqa: S101  a text always reads as itself
        return best

    def _contribution(
        self, number: int, scores: Scores, chances: Mapping[int, float]
    ) -> Contribution:
        own = np.flatnonzero(self._index.owner == number)
        nearest = int(own[np.argmax(scores.phrases[own])])
        return Contribution(
            entry=self._names[number],
            score=round(float(scores.keys[number]), 3),
            probability=round(chances[number], 4),
            parts={name: round(float(part[number]), 4) for name, part in scores.parts.items()},
            phrasing=self._index.texts[nearest],
            likeness=round(float(scores.phrases[nearest]), 4),
        )


def _top(scores: Scores) -> float:
    return float(scores.keys.max()) if len(scores.keys) else 0.0


def _chances(scores: "np.typing.NDArray[np.float32]") -> dict[int, float]:
    """The probability of each key: a softmax over the scores."""
    finite = np.isfinite(scores)
    if not finite.any():
        return {}
    powers = np.where(finite, np.exp(np.where(finite, scores, 0) - scores[finite].max()), 0)
    return dict(enumerate((powers / powers.sum()).tolist()))


def _scale(tokens: Sequence[str], common: Collection[str]) -> float:
    """How much higher the scope gate stands for a text that says little; infinite for nothing."""
    telling = [
        token for token in tokens
        if len(token) > 2 and not token.isdigit() and stem(token) not in common
    ]  # fmt: skip
    content = [token for token in tokens if len(token) > 2 and not token.isdigit()]
    if len(content) >= 3:
        return 1.0
    if not telling and len(content) < 2:
        return math.inf
    return 1.15


_BREAK = re.compile(
    r"(?<=[?!])\s+|\n+|(?<=[.;])\s+|\s+(?:а еще|а ещё|и еще|и ещё|and also|also)\s+"
)


def _questions(text: str) -> list[str]:
    """The sentences of a message that may be questions of their own."""
    pieces = [piece.strip() for piece in _BREAK.split(text[:MAX_CHARACTERS])]
    return [piece for piece in pieces if len(tokens_of(piece)) >= 2][:12]


class Phrasebook:
    """A small matcher over named phrases: topics in free words, the choices of an intake question.

    >>> Phrasebook({"yes": ["да", "ага"], "no": ["нет"]}).match("Да!").entry
    'yes'
    """

    def __init__(
        self,
        phrases: Mapping[str, Sequence[str]],
        *,
        preset: Preset = "normal",
        default_language: Language = "ru",
    ) -> None:
        self.matcher: Matcher = PhraseMatcher(
            phrases, gates=PRESETS[preset], default_language=default_language
        )

    def match(self, text: str, *, language: Language | None = None) -> Match:
        """The key that ``text`` means: sure, or several to ask about, or none."""
        return self.matcher.match(text, language=language)
