"""The index: phrasings seen from several sides, and how near a question is to every key.

A question is compared with every phrasing and with the centre of each key's phrasings of one
language, by letters, by stems and by the senses of its words (and by an encoder when there is one);
what was learned at load tells near keys apart. Everything follows from the likenesses to phrasings:
the centre's is their sum over the length of the summed phrasings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from faq.features import (
    Floats,
    Meanings,
    Postings,
    Question,
    Texts,
    dense_group_norms,
    grams,
    stems,
)
from faq.learned import learn
from faq.senses import shipped
from faq.text import asked, language_of, plain, stem, words
from faq.weights import CORE, SEMANTIC, Weights

LEARNED_FROM: Final = 1_500
"""At most so many phrasings are learned from; a fair share of each key."""
LEARNING_COST: Final = 8e8
"""At most so many products a step (phrasings² x keys); about half a second in all."""
FAIR_SHARE: Final = 5
"""With fewer phrasings of each key nothing is learned, unless these are all."""


class Encoder(Protocol):
    """Turns texts into vectors whose products say how alike their meanings are."""

    @property
    def name(self) -> str:
        """Which encoder and version, for the cache of vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 for each text. Safe to call from several threads."""
        ...


def tokens_of(text: str) -> list[str]:
    """The words of a text that are matched."""
    return asked(words(plain(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How near one text is to every key of an index, and to every phrasing."""

    rank: Floats
    """By this the keys are ordered; a softmax over it is their probability."""
    scope: Floats
    """By this the text is about something here, if it is about this key: log-odds."""
    parts: Mapping[str, Floats]
    """What both are made of, each one number for each key."""
    phrases: Floats
    """Likeness to every phrasing, all sides together."""
    known: float
    """The share of the text's letters that the index has seen, 0…1."""


class PhraseIndex:
    """Keys with their phrasings, ready to be asked; never changes, so threads may share it."""

    def __init__(
        self,
        phrasings: Sequence[tuple[int, Sequence[str], str]],
        keys: int,
        *,
        excluded: Sequence[tuple[int, Sequence[str], str]] = (),
        encoder: Encoder | None = None,
        learning: bool = True,
    ) -> None:
        """``phrasings`` and ``excluded`` are a key's number (below ``keys``), words and a text."""
        spoken = [language_of(text) or "" for _, _, text in phrasings]
        order = sorted(range(len(phrasings)), key=lambda i: (phrasings[i][0], spoken[i]))
        ordered = [phrasings[i] for i in order]
        self.texts = tuple(text for _, _, text in ordered)
        self.owner = np.array([key for key, _, _ in ordered], dtype=np.intp)
        self.keys = keys
        self.weights: Weights = CORE if encoder is None else SEMANTIC
        self._number = len(ordered)
        self._excluded = np.array([key for key, _, _ in excluded], dtype=np.intp)
        self._cut = Texts([cut for _, cut, _ in (*ordered, *excluded)])
        self._encoder = encoder
        self.letters = Postings(grams, self._cut)
        self.stems = Postings(stems, self._cut)
        self.senses = Meanings(shipped(), self.stems, self._cut)
        self._vectors: Floats | None = None
        if encoder is not None:
            texts = [text.lower() for _, _, text in (*ordered, *excluded)]
            self._vectors = encoder.encode(texts) if texts else None
        self._group([spoken[i] for i in order])
        self._taught = np.zeros(0, np.intp)
        self._lesson = np.zeros((0, self.keys), np.float32)
        if learning:
            self._learn()

    def likeness(self, tokens: Sequence[str], text: str) -> Floats:
        """Likeness to every phrasing, all sides together, about 0…1."""
        mixed = self._mixed(self._likenesses(tokens, text))[: self._number]
        result: Floats = mixed / np.float32(sum(self.weights.mix.values()))
        return result

    def without(self, number: int) -> tuple[Floats, Floats]:
        """How one phrasing ranks when it is not in the index, and its likeness to the others."""
        sides = self._likenesses(self._cut[number], number)
        mixed = self._mixed(sides)[: self._number] / np.float32(sum(self.weights.mix.values()))
        rank = np.zeros(self.keys, np.float32)
        for name, likeness in sides.items():
            own = likeness[: self._number].copy()
            own[number] = 0
            rank += np.float32(self.weights.rank_unlearned[f"{name}_best"]) * self._by_key(own)
            centre = self._by_centre(name, own)
            rank += np.float32(self.weights.rank_unlearned[f"{name}_centre"]) * centre
        mixed[number] = 0
        return rank, mixed

    def _group(self, spoken: Sequence[str]) -> None:
        """Where each key, and each language of a key, begins among the ordered phrasings."""
        marks = list(zip(self.owner.tolist(), spoken, strict=True))
        new = [i for i in range(self._number) if i == 0 or marks[i] != marks[i - 1]]
        self._group_starts = np.array(new, dtype=np.intp)
        self._present, self._key_starts = np.unique(self.owner, return_index=True)
        _, self._key_groups = np.unique(self.owner[self._group_starts], return_index=True)
        groups = np.full(self._number + len(self._excluded), -1, np.int32)
        for number, start in enumerate(new):
            groups[start : self._number] = number
        size = len(new)
        self._norms: dict[str, Floats] = {
            "letters": self.letters.group_norms(groups, size),
            "stems": self.stems.group_norms(groups, size),
            "senses": dense_group_norms(self.senses.texts, groups, size),
        }
        if self._vectors is not None:
            self._norms["encoder"] = dense_group_norms(self._vectors, groups, size)

    def _learn(self) -> None:
        present = len(self._present)
        if present < 2:
            return
        most = min(LEARNED_FROM, int((LEARNING_COST / present) ** 0.5))
        share = max(1, most // present)
        position = np.arange(self._number) - np.repeat(
            self._key_starts, np.diff([*self._key_starts, self._number])
        )
        sizes = np.bincount(self.owner, minlength=self.keys)[self.owner]
        # Spread evenly over a key's phrasings, so that both languages take part.
        chosen = np.flatnonzero((position * share) % np.maximum(sizes, share) < share)
        if self._number > len(chosen) and share < FAIR_SHARE:
            return
        self._taught = chosen
        # Made before the big tables, or it would keep their memory from being given back.
        self._lesson = np.zeros((len(chosen), self.keys), np.float32)
        senses = self.senses.texts[chosen]
        kernel = np.float32(self.weights.mix["letters"]) * self.letters.among(chosen)
        kernel += np.float32(self.weights.mix["stems"]) * self.stems.among(chosen)
        kernel += np.float32(self.weights.mix["senses"]) * (senses @ senses.T)
        if self._vectors is not None:
            vectors = self._vectors[chosen]
            kernel += np.float32(self.weights.mix["encoder"]) * (vectors @ vectors.T)
        self._lesson[:] = learn(kernel, self.owner[chosen], self.keys)

    def known(self, tokens: Sequence[str]) -> float:
        """The share of a text's letters that the index has seen: whether a reading makes sense."""
        return self.letters.question(tokens).known

    def shared(self, keys: int) -> frozenset[str]:
        """The stems that at least so many keys use."""
        users = self.stems.users(self.owner)
        return frozenset(word for word, number in users.items() if number >= keys)

    def knows(self, token: str) -> bool:
        """Whether a word is one of the index."""
        return stem(token) in self.stems.vocabulary

    def score(self, tokens: Sequence[str], text: str) -> Scores:
        """How near a text is to every key."""
        letters, stemmed = self.letters.question(tokens), self.stems.question(tokens)
        sides = self._sides(letters, stemmed, tokens, text)
        parts: dict[str, Floats] = {}
        for name, likeness in sides.items():
            own = likeness[: self._number]
            parts[f"{name}_best"] = self._by_key(own)
            parts[f"{name}_centre"] = self._by_centre(name, own)
        mixed = self._mixed(sides)
        learned = np.zeros(self.keys, np.float32)
        if len(self._taught):
            learned = mixed[self._taught] @ self._lesson
        parts["learned"] = learned
        table = self.weights.rank if len(self._taught) else self.weights.rank_unlearned
        rank = np.zeros(self.keys, np.float32)
        scope = np.full(self.keys, self.weights.scope_base, np.float32)
        scope += np.float32(
            self.weights.scope["known"] * letters.known
            + self.weights.scope["known_words"] * stemmed.known
        )
        for name, part in parts.items():
            rank += np.float32(table.get(name, 0.0)) * part
            scope += np.float32(self.weights.scope.get(name, 0.0)) * part
        rank[self._refused(mixed)] = -np.inf
        return Scores(
            rank=rank,
            scope=scope,
            parts=parts,
            phrases=mixed[: self._number],
            known=letters.known,
        )

    def _likenesses(self, tokens: Sequence[str], text: str | int) -> dict[str, Floats]:
        """Likeness to every phrasing, side by side; a number stands for a text of the index."""
        letters, stemmed = self.letters.question(tokens), self.stems.question(tokens)
        return self._sides(letters, stemmed, tokens, text)

    def _sides(
        self, letters: Question, stemmed: Question, tokens: Sequence[str], text: str | int
    ) -> dict[str, Floats]:
        sides = {
            "letters": self.letters.likeness(letters),
            "stems": self.stems.likeness(stemmed),
            "senses": self.senses.texts @ self.senses.of(tokens),
        }
        if self._encoder is not None and self._vectors is not None:
            vector = (
                self._vectors[text]
                if isinstance(text, int)
                else self._encoder.encode([str(text).lower()])[0]
            )
            sides["encoder"] = self._vectors @ vector
        return sides

    def _mixed(self, sides: Mapping[str, Floats]) -> Floats:
        total: Floats = sum(
            (np.float32(self.weights.mix[name]) * side for name, side in sides.items()),
            np.zeros(1, np.float32),
        )
        return total

    def _by_key(self, likeness: Floats) -> Floats:
        best = np.zeros(self.keys, np.float32)
        if len(likeness):
            best[self._present] = np.maximum.reduceat(likeness, self._key_starts)
        return best

    def _by_centre(self, name: str, likeness: Floats) -> Floats:
        centre = np.zeros(self.keys, np.float32)
        if len(likeness):
            groups = np.add.reduceat(likeness, self._group_starts) / self._norms[name]
            centre[self._present] = np.maximum.reduceat(groups, self._key_groups)
        return centre

    def _refused(self, mixed: Floats) -> "NDArray[np.intp]":
        """The keys with an excluded phrasing that is nearer than all of their own."""
        if not len(self._excluded):
            return self._excluded
        best = self._by_key(mixed[: self._number])
        against = mixed[self._number :]
        refused: NDArray[np.intp] = self._excluded[
            (against >= best[self._excluded]) & (against > 0)
        ]
        return refused
