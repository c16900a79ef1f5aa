"""The matcher: readings, words, index, gates, and several questions in one message."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from faq.features import Floats
from faq.index import Encoder, PhraseIndex, Scores
from faq.lexicon import Lexicon
from faq.matching import (
    PRESETS,
    Candidate,
    Contribution,
    Decision,
    Explanation,
    Gates,
    Match,
)
from faq.readings import Reading, readings
from faq.sentences import sentences, windows
from faq.text import Language, content_of, language_of, plain, polite, stem, telling, words

MAX_CHARACTERS: Final = 4_000
SUGGESTIONS: Final = 3
SUGGESTED_FROM: Final = 0.02
"""A suggestion is at least this likely beside the best one."""
STANDS_OUT: Final = 0.65
"""An answer is at least this likely among all keys: near ties are suggestions (case F1)."""
OTHER_READING: Final = 0.97
"""A reading other than the typed one has to know its letters this much better."""
WORDS_KNOWN: Final = 0.7
"""With so many known words a text is what was typed; no other reading is tried."""
PRIORITY: Final = 0.2
"""What one step of an entry's priority adds to its rank: enough between near ties."""
PLAINLY: Final = 0.6
"""From this score on, it does not matter which words are known."""
MANY: Final = 8
"""A word of content that more keys have does not say enough to suggest any."""
LONG: Final = 25
"""In a message of more words, the best sentence counts; in a shorter one its sentences belong
together, and one of them only confirms what the whole suggests."""
FEW: Final = 3
"""With more words of content a question is not part of another one by chance."""
FITTED: Final = (20, 150)
"""The numbers of keys that the confidence was fitted on; below and above it stays."""


_Phrasing: TypeAlias = tuple[int, Sequence[str], str]
"""A key's number, the words of a text, the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One text as it was read, scored and decided."""

    reading: Reading
    words: list[str]
    scores: Scores
    rank: Floats
    chances: Floats
    known: Mapping[str, float]
    confidence: float
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A phrasing that looks like another key's."""

    key: str
    text: str
    other: str
    like: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The keys in order, and how much the text is about the first of them: log-odds."""

    keys: tuple[str, ...]
    scope: float
    match: Match


class PhraseMatcher:
    """The matcher over a ``PhraseIndex``; see ``Matcher``."""

    def __init__(
        self,
        phrasings: Mapping[str, Sequence[str]],
        *,
        gates: Gates = PRESETS["cautious"],
        excluded: Mapping[str, Sequence[str]] | None = None,
        synonyms: Sequence[Sequence[str]] = (),
        priorities: Mapping[str, int] | None = None,
        default_language: Language = "ru",
        encoder: Encoder | None = None,
    ) -> None:
        """
        Args:
            phrasings: the texts of each key; a key without texts is never found.
            excluded: texts that are not this key's, however near.
            synonyms: groups of words read as the first of each group.
            priorities: what prefers a key between near ties, about -10…10.
        """
        self.gates = gates
        self.default_language = default_language
        self.names = tuple(phrasings)
        numbers = {name: number for number, name in enumerate(self.names)}
        own, refused = _cut(phrasings, numbers), _cut(excluded or {}, numbers)
        self._lexicon = Lexicon.of(synonyms, [cut for _, cut, _ in own])
        self._index = PhraseIndex(
            self._in_own_words(own),
            len(self.names),
            excluded=self._in_own_words(refused),
            encoder=encoder,
        )
        self._encoder_reads = encoder is not None
        self._size = float(np.log(np.clip(len(self._index.present), *FITTED)))
        self._bonus = np.zeros(len(self.names), np.float32)
        for name, priority in (priorities or {}).items():
            self._bonus[numbers[name]] = PRIORITY * priority
        self._exact: dict[str, str] = {}
        for number, cut, _ in own:
            self._exact.setdefault(" ".join(cut), self.names[number])
        # A word that several keys use says nothing alone (case F1).
        self._common = self._index.shared(max(2, round(0.05 * len(self.names))))

    def _in_own_words(self, texts: Sequence[_Phrasing]) -> list[_Phrasing]:
        read = self._lexicon.read
        return [(number, read(cut, repair=False), text) for number, cut, text in texts]

    def match(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Match:
        """See ``Matcher``."""
        return self._settle(text[:MAX_CHARACTERS], language, only)[0]

    def explain(
        self, text: str, *, language: Language | None = None, only: Collection[str] | None = None
    ) -> Explanation:
        """See ``Matcher``. Of several questions, the one that decided is explained."""
        match, look, _ = self._settle(text[:MAX_CHARACTERS], language, only)
        order = np.argsort(-look.rank, kind="stable")[: SUGGESTIONS + 2]
        return Explanation(
            match=match,
            way=look.reading.way,
            readings=look.known,
            words=tuple(look.words),
            known=round(look.scores.known, 3),
            confidence=round(look.confidence, 4),
            gates=self.gates,
            top=tuple(self._contribution(int(i), look) for i in order if np.isfinite(look.rank[i])),
        )

    def ranked(self, text: str, *, most: int = 10) -> "Ranking":
        """The best keys for ``text`` whatever the gates say: for measuring."""
        match, _, look = self._settle(text[:MAX_CHARACTERS], None, None)
        order = np.argsort(-look.rank, kind="stable")[:most]
        best = int(order[0]) if len(order) else None
        return Ranking(
            keys=tuple(self.names[i] for i in order),
            scope=-np.inf if best is None else float(look.scores.scope[best]),
            match=match,
        )

    def strays(self, sure: float, close: float) -> Iterator[Stray]:
        """Phrasings that, left out of the index, would be another key's for ``sure``.

        Only with one of its phrasings at least ``close`` (a likeness): neighbours by topic are
        natural, a twin in another entry is not.
        """
        index = self._index
        for number, key in enumerate(index.owner.tolist()):
            rank, likeness = index.without(number)
            best = int(rank.argmax())
            if best == key or float(_chances(rank)[best]) < sure:
                continue
            twin = int(np.where(index.owner == best, likeness, -1).argmax())
            if likeness[twin] >= close:
                yield Stray(
                    key=self.names[key],
                    text=index.texts[number],
                    other=self.names[best],
                    like=index.texts[twin],
                )

    def _settle(
        self, text: str, language: Language | None, only: Collection[str] | None
    ) -> tuple[Match, _Look, _Look]:
        """The decision on a message, what it was made on, and the look at the whole of it."""
        pieces = sentences(text)
        whole, *found = self._looks([text, *pieces] if len(pieces) >= 2 else [text], language, only)
        if whole.match.decision == "none" and not found:
            found = self._looks(windows(text), language, only)
        if not found:
            return whole.match, whole, whole
        answered: dict[str, _Look] = {}
        for look in found:
            if look.match.entry is not None:
                answered.setdefault(look.match.entry, look)
        firsts = list(answered.values())
        if len(firsts) >= 2:
            parts = tuple(look.match for look in firsts)
            return replace(parts[0], read_as=whole.match.read_as, parts=parts), firsts[0], whole
        if whole.match.decision == "answer":
            return whole.match, whole, whole
        offered = {candidate.entry for candidate in whole.match.alternatives}
        long = len(whole.words) > LONG or whole.match.decision == "none"
        fitting = [look for look in found if long or look.match.entry in offered]
        best = max(
            (whole, *fitting),
            key=lambda look: (_ORDER[look.match.decision], look.match.score),
        )
        return best.match, best, whole

    def _looks(
        self, texts: Sequence[str], language: Language | None, only: Collection[str] | None
    ) -> list[_Look]:
        """What several texts are about; together the encoder reads them fastest."""
        read = [self._read(text) for text in texts]
        meant = self._index.meant([reading.text for reading, _, _ in read])
        return [
            self._look(*one, likeness, language, only)
            for one, likeness in zip(read, meant, strict=True)
        ]

    def _look(
        self, reading: Reading, spelt: Sequence[str], known: Mapping[str, float],
        meant: Floats | None, language: Language | None, only: Collection[str] | None,
    ) -> _Look:  # fmt: skip
        words = self._lexicon.read(spelt)
        scores = self._index.score(words, meant)
        rank = scores.rank + self._bonus
        if only is not None:
            rank[[name not in only for name in self.names]] = -np.inf
        chances = _chances(rank)
        exact = self._exact.get(" ".join(spelt))
        if exact is not None and only is not None and exact not in only:
            exact = None
        spoken = language_of(reading.text) or language or self.default_language
        confidence = self._confidence(rank, scores)
        if exact is None and polite(spelt):
            rank[:] = -np.inf  # greetings and thanks ask nothing
        match = self._decide(reading.text, words, rank, chances, scores, exact, confidence, spoken)
        return _Look(
            reading=reading, words=words, scores=scores, rank=rank, chances=chances,
            known=known, confidence=confidence, match=match,
        )  # fmt: skip

    def _confidence(self, rank: Floats, scores: Scores) -> float:
        """How surely the best key is the right one."""
        if not np.isfinite(rank).any():
            return 0.0
        best = int(rank.argmax())
        others = float(np.exp(np.delete(rank, best) - rank[best]).sum())
        odds = min(max(-float(np.log(others + 1e-6)), -5.0), 12.0)
        weights = self._index.weights
        return _share(
            weights.confidence_base
            + weights.confidence["scope"] * float(scores.scope[best])
            + weights.confidence["odds"] * odds
            + weights.confidence["keys"] * self._size
        )

    def _read(self, text: str) -> tuple[Reading, Sequence[str], Mapping[str, float]]:
        """The reading whose letters the index knows best, and all its words; as typed unless
        another is better."""
        known: dict[str, float] = {}
        best: tuple[float, Reading, Sequence[str]] | None = None
        typed = self._lexicon.heard(words(plain(text)))
        own = self._lexicon.read(typed, repair=False)
        if sum(map(self._index.knows, own)) >= WORDS_KNOWN * len(own):
            return Reading(text, "typed"), typed, {text: 1.0}
        for found in readings(text):
            reading = replace(found, text=self._keeping_known(text, found.text))
            cut = self._lexicon.heard(words(plain(reading.text)))
            own = self._lexicon.read(cut, repair=False)
            share = self._index.known(own)
            known[reading.text] = round(share, 3)
            if best is not None and 3 * sum(map(self._index.knows, own)) < len(own):
                continue  # the letters may be familiar, the words are not
            if best is None or share * OTHER_READING > best[0]:
                best = share, reading, cut
        return (best[1], best[2], known) if best else (Reading(text, "typed"), typed, known)

    def _keeping_known(self, typed: str, other: str) -> str:
        """Another reading, with the words that the FAQ knows as typed left alone: PIN, Wi-Fi."""
        chunks = list(zip(typed.split(), other.split(), strict=False))
        if typed == other or len(chunks) != len(other.split()):
            return other
        return " ".join(
            chunk if self._all_known(chunk) and not self._all_known(read) else read
            for chunk, read in chunks
        )

    def _all_known(self, chunk: str) -> bool:
        own = words(plain(chunk))
        return bool(own) and all(len(word) > 2 and self._index.knows(word) for word in own)

    def _decide(
        self, text: str, words: Sequence[str], rank: Floats, chances: Floats, scores: Scores,
        exact: str | None, confidence: float, language: Language,
    ) -> Match:  # fmt: skip
        order = np.argsort(-rank, kind="stable")[: SUGGESTIONS + 1]
        best = int(order[0]) if len(order) and np.isfinite(rank[order[0]]) else None
        topic = telling(words)
        holders = self._holders(topic, rank) if exact is None else []
        if exact is None and (best is None or not (holders or self._says_something(words))):
            return Match(decision="none", entry=None, score=0.0, language=language, read_as=text)
        score = 1.0 if exact is not None else _share(float(scores.scope[best or 0]))
        rivals = self._rivals(words, rank) if exact is None else set()
        decision: Decision = "none"
        entry: str | None = None
        if exact is not None:
            decision, entry = "answer", exact
        elif best is not None and score >= self.gates.scope and not self._talks_past(topic, score):
            stands_out = float(chances[best]) >= STANDS_OUT and not rivals
            sure = stands_out and confidence >= self.gates.sure and len(words) >= 2
            if sure and self._carried(topic, best):
                decision, entry = "answer", self.names[best]
            else:
                decision = "suggest"
        if decision == "none" and holders:
            decision, order = "suggest", np.array(holders)
        ranked = [
            Candidate(self.names[i], round(score * float(chances[i] / chances[best or 0]), 4))
            for i in order
            if int(i) in rivals
            or int(i) in holders
            or (np.isfinite(rank[i]) and chances[i] >= SUGGESTED_FROM * chances[best])
        ]
        others = [candidate for candidate in ranked if candidate.entry != entry]
        return Match(
            decision=decision, entry=entry, score=round(score, 4),
            alternatives=() if decision == "none" else tuple(others[:SUGGESTIONS]),
            language=language, read_as=text,
        )  # fmt: skip

    def _holders(self, topic: Sequence[str], rank: Floats) -> list[int]:
        """The keys that have the only word of content of a text, best first."""
        if len(topic) != 1:
            return []
        keys = self._index.holders({stem(topic[0])})[0]
        if not 0 < len(keys) <= min(MANY, len(self.names) // 2):
            return []
        found = sorted((key for key in keys if np.isfinite(rank[key])), key=lambda k: -rank[k])
        return found[:SUGGESTIONS]

    def _carried(self, topic: Sequence[str], best: int) -> bool:
        """Whether a word of content carries an answer, not function words and numbers alone."""
        known = sum(map(self._index.knows, topic))
        return known > 0 and 2 * known >= len(topic) - 1

    def _says_something(self, words: Sequence[str]) -> bool:
        """One letter, one common word, a bare number say nothing (case F1)."""
        content = [word for word in words if len(word) > 2 and not word.isdigit()]
        return len(content) >= 2 or self._telling(words) >= 1

    def _rivals(self, words: Sequence[str], rank: Floats) -> set[int]:
        """The keys that a few words may as well mean: they are part of phrasings of several keys,
        and not the whole of the best one's. "Forgot my password": the router's, the mailbox's?"""
        content = content_of(words)
        if not 2 <= len(content) <= FEW:
            return set()
        best = int(rank.argmax())
        part, whole = self._index.holders(content)
        rivals = {
            key for key in part
            if np.isfinite(rank[key]) and self._bonus[key] >= self._bonus[best]
        }  # fmt: skip
        return set() if best in whole else rivals - {best}

    def _talks_past(self, topic: Sequence[str], score: float) -> bool:
        """Whether the FAQ shares little but function words with a text: "what's the weather".

        A word is known, too, when it begins like one of the FAQ's: наличкой, наличные.
        """
        if self._encoder_reads or score >= PLAINLY:
            return False
        known = sum(self._index.knows(word) or self._lexicon.resembles(word) for word in topic)
        return known == 0 or (len(topic) >= 3 and known * 3 <= len(topic))

    def _telling(self, words: Sequence[str]) -> int:
        """How many words could alone say what is meant."""
        if len(words) >= 3:
            return len(words)
        return sum(
            len(word) > 2 and not word.isdigit() and stem(word) not in self._common
            for word in words
        ) or int(len(words) == 2)

    def _contribution(self, number: int, look: _Look) -> Contribution:
        own = np.flatnonzero(self._index.owner == number)
        likeness = look.scores.phrases[own]
        nearest = int(likeness.argmax()) if len(own) else -1
        return Contribution(
            entry=self.names[number],
            score=round(_share(float(look.scores.scope[number])), 4),
            probability=round(float(look.chances[number]), 4),
            parts={n: round(float(part[number]), 4) for n, part in look.scores.parts.items()},
            phrasing=self._index.texts[int(own[nearest])] if len(own) else "",
            likeness=round(float(likeness[nearest]), 4) if len(own) else 0.0,
        )


def _cut(texts: Mapping[str, Sequence[str]], numbers: Mapping[str, int]) -> list[_Phrasing]:
    return [
        (numbers[name], words(plain(text)), text) for name, own in texts.items() for text in own
    ]


_ORDER: Final[Mapping[Decision, int]] = {"none": 0, "suggest": 1, "answer": 2}


def _share(odds: float) -> float:
    """A probability from log-odds."""
    return float(1 / (1 + np.exp(-min(max(odds, -30.0), 30.0))))


def _chances(rank: Floats) -> Floats:
    """The probability of each key: a softmax over the rank."""
    if not np.isfinite(rank).any():
        return np.zeros(len(rank), np.float32)
    powers = np.exp(rank - rank.max())
    chances: Floats = (powers / powers.sum()).astype(np.float32)
    return chances
