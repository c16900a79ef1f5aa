"""Texts as bags of features, and how alike a question is to every text of an index.

Two kinds are cut from the words: letter 2- and 3-grams (typos, endings, parts of compounds) and
stems (words). Each is weighted by inverse frequency, and a feature the index has never seen stays
in the question's norm: what talks of other things is far from everything.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from faq.senses import Senses
from faq.text import letters, stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Cut = Callable[[Sequence[str]], list[str]]

NOTHING: Final = (np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)


def grams(tokens: Sequence[str]) -> list[str]:
    """Letter 2- and 3-grams of each word with its borders."""
    found: list[str] = []
    for token in tokens:
        word = f" {letters(token)} "
        found += [word[i : i + 2] for i in range(len(word) - 1)]
        found += [word[i : i + 3] for i in range(len(word) - 2)]
    return found


def stems(tokens: Sequence[str]) -> list[str]:
    """The stem of each word."""
    return [stem(token) for token in tokens]


class Postings:
    """One kind of feature: for each, the texts that have it. Likeness is a cosine, 0…1."""

    def __init__(self, cut: Cut, texts: Sequence[Sequence[str]]) -> None:
        self.cut = cut
        self.height = len(texts)
        self.vocabulary: dict[str, int] = {}
        columns: list[int] = []
        counts: list[int] = []
        sizes: list[int] = []
        number_of = self.vocabulary
        for text in texts:
            bag = Counter(cut(text))
            sizes.append(len(bag))
            counts += bag.values()
            columns += [number_of.setdefault(feature, len(number_of)) for feature in bag]
        rows = np.repeat(np.arange(self.height, dtype=np.int32), sizes)
        self._columns = np.array(columns, dtype=np.int32)
        width = len(number_of)
        frequency = np.bincount(self._columns, minlength=width)
        number = max(1, self.height)
        self.idf: Floats = (np.log((1 + number) / (1 + frequency)) + 1).astype(np.float32)
        self.idf_unknown = float(np.log(1 + number) + 1)
        values = (1 + np.log(np.array(counts, np.float32))) * self.idf[self._columns]
        values /= _norms(rows, values, self.height)[rows]
        order = np.argsort(self._columns, kind="stable")
        self._rows, self._values = rows[order], values[order].astype(np.float32)
        self._starts = np.zeros(width + 1, np.int64)
        np.cumsum(frequency, out=self._starts[1:])
        self._columns = self._columns[order]

    def question(self, tokens: Sequence[str]) -> tuple[Ints, Floats, float]:
        """Known features of a text, their normed weights, and the known share of its weight."""
        ids: list[int] = []
        counts: list[int] = []
        unknown = 0.0
        for feature, count in Counter(self.cut(tokens)).items():
            number = self.vocabulary.get(feature)
            if number is None:
                unknown += ((1 + np.log(count)) * self.idf_unknown) ** 2
            else:
                ids.append(number)
                counts.append(count)
        if not ids:
            return NOTHING
        known_ids = np.array(ids, dtype=np.int32)
        values = (1 + np.log(np.array(counts, np.float32))) * self.idf[known_ids]
        known = float(values @ values)
        values /= np.float32(np.sqrt(known + unknown))
        return known_ids, values, known / (known + unknown)

    def likeness(self, ids: Ints, weights: Floats) -> Floats:
        """The cosine with every text."""
        if not len(ids):
            return np.zeros(self.height, np.float32)
        starts, sizes = self._starts[ids], self._starts[ids + 1] - self._starts[ids]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + sizes, sizes)
        values = self._values[places] * np.repeat(weights, sizes)
        return np.bincount(self._rows[places], values, self.height).astype(np.float32)

    def group_norms(self, groups: Ints, number: int) -> Floats:
        """The length of each group's summed texts; texts of group -1 do not count."""
        group = groups[self._rows]
        kept = group >= 0
        cells = group[kept].astype(np.int64) * max(1, len(self.vocabulary)) + self._columns[kept]
        unique, place = np.unique(cells, return_inverse=True)
        sums = np.bincount(place, self._values[kept], len(unique))
        return _norms((unique // max(1, len(self.vocabulary))).astype(np.int32), sums, number)


class Meanings:
    """The mean sense of each text's words, weighted by how telling they are. Likeness: -1…1."""

    def __init__(self, senses: Senses, words: Postings, texts: Sequence[Sequence[str]]) -> None:
        self._senses = senses
        self._words = words
        self.texts = np.stack([self.of(text) for text in texts]) if texts else self._none()[None, :]

    def of(self, tokens: Sequence[str]) -> Floats:
        """The normed mean sense; zeros when no word is in the table."""
        rows: list[int] = []
        weights: list[float] = []
        for token in tokens:
            row = self._senses.find(token)
            if row >= 0:
                known = self._words.vocabulary.get(stem(token))
                rows.append(row)
                weights.append(
                    self._words.idf_unknown if known is None else float(self._words.idf[known])
                )
        if not rows:
            return self._none()
        mean = np.asarray(weights, np.float32) @ self._senses.vectors(rows)
        result: Floats = mean / np.float32(max(1e-9, float(np.linalg.norm(mean))))
        return result

    def _none(self) -> Floats:
        return np.zeros(self._senses.width, np.float32)


def dense_group_norms(vectors: Floats, groups: Ints, number: int) -> Floats:
    """As ``Postings.group_norms`` for texts that are dense vectors."""
    sums = np.zeros((number, vectors.shape[1]), np.float32)
    kept = groups >= 0
    np.add.at(sums, groups[kept], vectors[kept])
    norms = np.linalg.norm(sums, axis=1)
    norms[norms == 0] = 1
    result: Floats = norms.astype(np.float32)
    return result


def _norms(rows: Ints, values: "NDArray[Any]", height: int) -> Floats:
    """The length of each row, 1 for empty ones."""
    norms = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, height))
    norms[norms == 0] = 1
    return norms.astype(np.float32)
