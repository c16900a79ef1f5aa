"""The index: phrasings as vectors of letter n-grams and word stems, and how near a question is.

Two kinds of features, letter 2- and 3-grams of each word (typos, endings) and stems (words), each
weighted by inverse frequency. A question is compared with every phrasing *and* with the centroid of
each key's phrasings. Features that the index has never seen stay in the question's norm: what talks
of other things is far from everything.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from faq.text import asked, letters, plain, stem, words

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

# What the best phrasing and the centroid count for, by letters and by stems.
WEIGHTS: Final = {
    "letters_best": 4.0,
    "letters_centre": 14.2,
    "stems_best": 0.6,
    "stems_centre": 5.5,
}


def tokens_of(text: str) -> list[str]:
    """The words of a text that are matched."""
    return asked(words(plain(text)))


def grams(tokens: Sequence[str]) -> list[str]:
    """Letter 2- and 3-grams of each word with its borders."""
    found: list[str] = []
    for token in tokens:
        word = f" {letters(token)} "
        found += [word[i : i + 2] for i in range(len(word) - 1)]
        found += [word[i : i + 3] for i in range(len(word) - 2)]
    return found


def stems(tokens: Sequence[str]) -> list[str]:
    return [stem(token) for token in tokens]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How near one text is to every key of an index, and to every phrasing."""

    keys: Floats
    """The sum by which keys are ranked, one for each key."""
    parts: Mapping[str, Floats]
    """What the sum is made of."""
    phrases: Floats
    """Likeness to every phrasing by letters, 0…1."""
    known: float
    """The share of the text's weight that the index has seen, 0…1."""


class Features:
    """One kind of feature: its vocabulary, and phrasings and centroids in columns by feature."""

    def __init__(
        self, cut: Callable[[Sequence[str]], list[str]], texts: Sequence[list[str]],
        owner: Ints, keys: int,
    ) -> None:  # fmt: skip
        self.cut = cut
        self.vocabulary: dict[str, int] = {}
        counted = [Counter(cut(text)) for text in texts]
        for bag in counted:
            for feature in bag:
                self.vocabulary.setdefault(feature, len(self.vocabulary))
        size, number = len(self.vocabulary), max(1, len(texts))
        frequency = np.zeros(size, np.float32)
        for bag in counted:
            for feature in bag:
                frequency[self.vocabulary[feature]] += 1
        self.idf: Floats = np.log((1 + number) / (1 + frequency)).astype(np.float32) + 1
        self.idf_unknown = float(np.log(1 + number) + 1)
        rows = np.repeat(np.arange(len(texts), dtype=np.int32), [len(bag) for bag in counted])
        columns = np.array(
            [self.vocabulary[feature] for bag in counted for feature in bag], dtype=np.int32
        )
        counts = np.array([n for bag in counted for n in bag.values()], dtype=np.float32)
        values = (1 + np.log(counts)) * self.idf[columns] if counts.size else counts
        values = _normed(rows, values, len(texts))
        self.phrases = _Columns(rows, columns, values, size, len(texts))
        # A centroid is the normed mean of its key's phrasings.
        cells = owner[rows].astype(np.int64) * max(size, 1) + columns
        unique, inverse = np.unique(cells, return_inverse=True)
        sums = np.bincount(inverse, values, len(unique)).astype(np.float32)
        owners = (unique // max(size, 1)).astype(np.int32)
        sums = _normed(owners, sums, keys)
        self.centres = _Columns(owners, (unique % max(size, 1)).astype(np.int32), sums, size, keys)

    def question(self, tokens: Sequence[str]) -> tuple[Ints, Floats, float]:
        """Known features of a text, their normed weights, and the known share of its weight."""
        ids: list[int] = []
        weights: list[float] = []
        unknown = 0.0
        for feature, count in Counter(self.cut(tokens)).items():
            weight = 1 + float(np.log(count)) if count > 1 else 1.0
            number = self.vocabulary.get(feature)
            if number is None:
                unknown += (weight * self.idf_unknown) ** 2
            else:
                ids.append(number)
                weights.append(weight)
        known_ids = np.array(ids, dtype=np.int32)
        values = np.array(weights, dtype=np.float32) * self.idf[known_ids]
        known = float(values @ values)
        total = known + unknown
        if total:
            values = values / np.float32(np.sqrt(total))
        return known_ids, values, known / total if total else 0.0


class _Columns:
    """A sparse matrix by columns: for each feature, the rows that have it."""

    def __init__(self, rows: Ints, columns: Ints, values: Floats, width: int, height: int) -> None:
        order = np.argsort(columns, kind="stable")
        self.rows = rows[order]
        self.values = values[order].astype(np.float32)
        self.height = height
        self.starts = np.zeros(width + 1, np.int64)
        np.cumsum(np.bincount(columns, minlength=width), out=self.starts[1:])

    def times(self, columns: Ints, weights: Floats) -> Floats:
        """The product with a sparse vector, one number for each row."""
        if not len(columns):
            return np.zeros(self.height, np.float32)
        spans = [
            slice(start, stop)
            for start, stop in zip(self.starts[columns], self.starts[columns + 1], strict=True)
        ]
        rows = np.concatenate([self.rows[span] for span in spans])
        values = np.concatenate(
            [self.values[span] * weight for span, weight in zip(spans, weights, strict=True)]
        )
        return np.bincount(rows, values, self.height).astype(np.float32)


class PhraseIndex:
    """Keys with their phrasings, ready to be asked; never changes, so threads may share it."""

    def __init__(self, phrasings: Iterable[tuple[int, str]], keys: int) -> None:
        """``phrasings`` are pairs of a key's number (below ``keys``) and a text."""
        pairs = list(phrasings)
        self.texts = tuple(text for _, text in pairs)
        self.owner = np.array([key for key, _ in pairs], dtype=np.int32)
        self.keys = keys
        tokens = [tokens_of(text) for text in self.texts]
        self.letters = Features(grams, tokens, self.owner, keys)
        self.stems = Features(stems, tokens, self.owner, keys)

    def known(self, tokens: Sequence[str]) -> float:
        """The share of a text's letters that the index has seen: whether a reading makes sense."""
        return self.letters.question(tokens)[2]

    def score(self, tokens: Sequence[str]) -> Scores:
        """How near a text is to every key."""
        parts: dict[str, Floats] = {}
        phrases = np.zeros(len(self.texts), np.float32)
        known = 0.0
        for name, features in (("letters", self.letters), ("stems", self.stems)):
            ids, values, share = features.question(tokens)
            likeness = features.phrases.times(ids, values)
            best = np.zeros(self.keys, np.float32)
            np.maximum.at(best, self.owner, likeness)
            parts[f"{name}_best"] = best
            parts[f"{name}_centre"] = features.centres.times(ids, values)
            if name == "letters":
                phrases, known = likeness, share
        total = np.zeros(self.keys, np.float32)
        for name, part in parts.items():
            total += np.float32(WEIGHTS[name]) * part
        return Scores(keys=total, parts=parts, phrases=phrases, known=known)


def _normed(rows: Ints, values: Floats, height: int) -> Floats:
    """``values`` scaled so that each row has the length one."""
    norms = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, height))
    norms[norms == 0] = 1
    result: Floats = (values / norms[rows]).astype(np.float32)
    return result
