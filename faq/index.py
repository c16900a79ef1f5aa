"""The index: phrasings seen from several sides, and how near a question is to every key.

A question is compared with every phrasing and with the centre of each key's phrasings of one
language, by letters, by stems and by the senses of its words (and by an encoder when there is one);
what was learned at load tells near keys apart. Everything follows from the likenesses to phrasings:
the centre's is their sum over the length of the summed phrasings.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from faq.features import (
    BIG,
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
from faq.text import asked, content_of, language_of, plain, stem, words
from faq.weights import CORE, SEMANTIC, Weights

LEARNED_FROM: Final = 1_500
"""At most so many phrasings are learned from; a fair share of each key."""
LEARNING_COST: Final = 8e8
"""At most so many products a step (phrasings² x keys); about half a second in all."""
AXES: Final = 128
"""So many numbers of an encoder's vector are kept in a big FAQ."""
HANDFUL: Final = 10
"""Of fewer keys it tells nothing how near they are to each other."""
FAIR_SHARE: Final = 5
"""With fewer phrasings of each key nothing is learned, unless these are all."""


class Encoder(Protocol):
    """Turns texts into vectors whose products say how alike their meanings are."""

    @property
    def name(self) -> str:
        """Which encoder and version, for the cache of vectors."""
        ...

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        """One row of length 1 for each text. Safe to call from several threads.

        Args:
            keep: the texts are a FAQ's phrasings, which come again at the next start.
        """
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
    """Likeness to every phrasing, all sides together, about 0…1."""
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
        self._axes: Floats | None = None
        if encoder is not None and self._cut:
            self._encode(encoder, [text for _, _, text in (*ordered, *excluded)])
        self._group([spoken[i] for i in order])
        self.neighbours: dict[str, Floats] = {
            name: np.full(keys, usual, np.float32) for name, usual in self.weights.usual.items()
        }
        self._taught = np.zeros(0, np.intp)
        self._lesson = np.zeros((0, self.keys), np.float32)
        if learning:
            self._learn()
        self._order = self._order_of(len(self._taught) / max(1, self._number))

    def _encode(self, encoder: Encoder, texts: Sequence[str]) -> None:
        """The texts' vectors; those of a big FAQ only along their main axes."""
        vectors = encoder.encode([text.lower() for text in texts], keep=True)
        if len(texts) >= BIG and vectors.shape[1] > AXES:
            _, axes = np.linalg.eigh(vectors.T @ vectors)
            self._axes = np.ascontiguousarray(axes[:, -AXES:], np.float32)
            vectors = vectors @ self._axes
        self._vectors = vectors

    def meant(self, texts: Sequence[str]) -> list[Floats | None]:
        """By the encoder, how like some texts are to every phrasing; together they cost least."""
        if self._encoder is None or self._vectors is None:
            return [None] * len(texts)
        asked = self._encoder.encode([text.lower() for text in texts])
        if self._axes is not None:
            asked = asked @ self._axes
        return list((self._vectors @ asked.T).T)

    def likeness(self, tokens: Sequence[str], text: str) -> Floats:
        """Likeness to every phrasing, all sides together, about 0…1."""
        mixed = self._mixed(self._sides(tokens, self.meant([text])[0]))[: self._number]
        result: Floats = mixed / np.float32(sum(self.weights.mix.values()))
        return result

    def without(self, number: int) -> tuple[Floats, Floats]:
        """How one phrasing ranks when it is not in the index, and its likeness to the others."""
        meant = None if self._vectors is None else self._vectors @ self._vectors[number]
        sides = self._sides(self._cut[number], meant)
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
        self.present, self._key_starts = np.unique(self.owner, return_index=True)
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

    def _order_of(self, share: float) -> Mapping[str, float]:
        """What each part counts in the order of the keys, when so much was learned from.

        Where a key has many phrasings the nearest ones tell more than what a few of them taught.
        """
        learned, plain = self.weights.rank, self.weights.rank_unlearned
        return {
            name: share * learned.get(name, 0.0) + (1 - share) * plain.get(name, 0.0)
            for name in {**learned, **plain}
        }

    def _learn(self) -> None:
        present = len(self.present)
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
        kernel = self.letters.among(chosen)
        kernel *= np.float32(self.weights.mix["letters"])
        kernel += np.float32(self.weights.mix["stems"]) * self.stems.among(chosen)
        kernel += np.float32(self.weights.mix["senses"]) * (senses @ senses.T)
        if self._vectors is not None:
            vectors = self._vectors[chosen]
            kernel += np.float32(self.weights.mix["encoder"]) * (vectors @ vectors.T)
        self._lesson[:] = learn(kernel, self.owner[chosen], self.keys)
        if present >= HANDFUL:
            self._note_neighbours(kernel, self.owner[chosen])

    def _note_neighbours(self, kernel: Floats, owner: "NDArray[np.intp]") -> None:
        """How near each key's phrasings are to each other, and to those of other keys.

        A question is expected to be as near: where phrasings are all alike, one that is not
        is about something else; where keys crowd, being near to one tells little.
        """
        same = owner[:, None] == owner
        np.fill_diagonal(kernel, 0)
        scale = sum(self.weights.mix.values())
        often = np.bincount(owner, minlength=self.keys)
        for name, near, enough in (
            ("tight", (kernel * same).max(1), often > 1),
            ("crowd", (kernel * ~same).max(1), often > 0),
        ):
            means = np.bincount(owner, near, self.keys) / np.maximum(often, 1) / scale
            usual = self.weights.usual[name]
            self.neighbours[name] = np.where(enough, means, usual).astype(np.float32)

    def known(self, tokens: Sequence[str]) -> float:
        """The share of a text's letters that the index has seen: whether a reading makes sense."""
        return self.letters.question(tokens).known

    def shared(self, keys: int) -> frozenset[str]:
        """The stems that at least so many keys use."""
        users = self.stems.users(self.owner)
        return frozenset(word for word, number in users.items() if number >= keys)

    def holders(self, content: Collection[str]) -> tuple[set[int], set[int]]:
        """The keys with a phrasing that has all these stems, and those with one that has no other
        content than these."""
        rows = self.stems.holding(content)
        rows = rows[rows < self._number]
        whole = {int(self.owner[row]) for row in rows if content_of(self._cut[row]) == content}
        return set(self.owner[rows].tolist()), whole

    def knows(self, token: str) -> bool:
        """Whether a word is one of the index."""
        return stem(token) in self.stems.vocabulary

    def score(self, tokens: Sequence[str], meant: Floats | None) -> Scores:
        """How near a text is to every key, by its words and what ``meant`` said of it."""
        letters, stemmed = self.letters.question(tokens), self.stems.question(tokens)
        sides = self._sides(tokens, meant, letters, stemmed)
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
        rank = np.zeros(self.keys, np.float32)
        scope = np.full(self.keys, self.weights.scope_base, np.float32)
        scope += np.float32(
            self.weights.scope["known"] * letters.known
            + self.weights.scope["known_words"] * stemmed.known
        )
        for name, part in parts.items():
            rank += np.float32(self._order.get(name, 0.0)) * part
            scope += np.float32(self.weights.scope.get(name, 0.0)) * part
        for name, near in self.neighbours.items():
            scope += np.float32(self.weights.scope[name]) * near
        rank[self._refused(mixed)] = -np.inf
        return Scores(
            rank=rank,
            scope=scope,
            parts=parts,
            phrases=mixed[: self._number] / np.float32(sum(self.weights.mix.values())),
            known=letters.known,
        )

    def _sides(
        self,
        tokens: Sequence[str],
        meant: Floats | None,
        letters: Question | None = None,
        stemmed: Question | None = None,
    ) -> dict[str, Floats]:
        """Likeness to every phrasing, side by side."""
        sides = {
            "letters": self.letters.likeness(letters or self.letters.question(tokens)),
            "stems": self.stems.likeness(stemmed or self.stems.question(tokens)),
            "senses": self.senses.texts @ self.senses.of(tokens),
        }
        if meant is not None:
            sides["encoder"] = meant
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
            best[self.present] = np.maximum.reduceat(likeness, self._key_starts)
        return best

    def _by_centre(self, name: str, likeness: Floats) -> Floats:
        centre = np.zeros(self.keys, np.float32)
        if len(likeness):
            groups = np.add.reduceat(likeness, self._group_starts) / self._norms[name]
            centre[self.present] = np.maximum.reduceat(groups, self._key_groups)
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
