"""Texts as bags of features, and how alike a question is to every text of an index.

Two kinds are cut from the words: letter 2- and 3-grams (typos, endings, parts of compounds) and
stems (words). Each is weighted by inverse frequency, and a feature the index has never seen stays
in the question's norm: what talks of other things is far from everything.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.senses import Senses
from faq.text import letters, stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Cut = Callable[[Sequence[str]], list[str]]

BIG: Final = 3_000
COMMON: Final = 0.1
BLOCK: Final = 1_024


def grams(tokens: Sequence[str]) -> list[str]:
    """Letter 2- and 3-grams of each word with its borders."""
    found: list[str] = []
    for token in tokens:
        found += _grams_of(token)
    return found


@lru_cache(maxsize=16_384)
def _grams_of(token: str) -> tuple[str, ...]:
    word = f" {letters(token)} "
    return tuple(intern(word[i : i + size]) for size in (2, 3) for i in range(len(word) - size + 1))


def stems(tokens: Sequence[str]) -> list[str]:
    """The stem of each word."""
    return [stem(token) for token in tokens]


class Question(NamedTuple):
    """A text in the features of an index."""

    ids: Ints
    weights: Floats
    known: float
    """The share of its weight that the index has seen, 0…1."""


NOTHING: Final = Question(np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)


class Postings:
    """One kind of feature: for each, the texts that have it. Likeness is a cosine, 0…1."""

    def __init__(self, cut: Cut, texts: Sequence[Sequence[str]]) -> None:
        self.cut = cut
        self.height = len(texts)
        number_of: defaultdict[str, int] = defaultdict()
        number_of.default_factory = number_of.__len__  # a new feature gets the next number
        columns, counts, sizes = array("i"), array("f"), array("i")
        for text in texts:
            bag = Counter(cut(text))
            sizes.append(len(bag))
            counts.extend(bag.values())
            columns.extend(map(number_of.__getitem__, bag))
        self.vocabulary: dict[str, int] = dict(number_of)
        column = np.frombuffer(columns, np.int32) if columns else np.zeros(0, np.int32)
        width = len(number_of)
        frequency = np.bincount(column, minlength=width)
        number = max(1, self.height)
        self.idf: Floats = (np.log((1 + number) / (1 + frequency)) + 1).astype(np.float32)
        self.idf_unknown = float(np.log(1 + number) + 1)
        rows = np.repeat(np.arange(self.height, dtype=np.int32), np.array(sizes, np.int64))
        values = (1 + np.log(np.array(counts, np.float32))) * self.idf[column]
        values /= _norms(rows, values, self.height)[rows]
        order = np.argsort(column, kind="stable")
        self._rows, self._values = rows[order], values[order]
        self._starts = np.zeros(width + 1, np.int64)
        np.cumsum(frequency, out=self._starts[1:])
        # In a big index the features of every tenth text cost most and tell least.
        most = self.height if self.height < BIG else int(COMMON * self.height)
        self._telling = frequency <= most

    def question(self, tokens: Sequence[str]) -> Question:
        """A text in the features known here; its norm counts the unknown ones too."""
        ids: list[int] = []
        counts: list[int] = []
        unknown = 0
        number_of = self.vocabulary.get
        for feature, count in Counter(self.cut(tokens)).items():
            number = number_of(feature)
            if number is None:
                unknown += 1 if count == 1 else 3  # about (1 + log 2)²
            else:
                ids.append(number)
                counts.append(count)
        if not ids:
            return NOTHING
        known_ids = np.array(ids, dtype=np.int32)
        values = (1 + np.log(np.array(counts, np.float32))) * self.idf[known_ids]
        known = float(values @ values)
        total = known + unknown * self.idf_unknown**2
        return Question(known_ids, values / np.float32(total**0.5), known / total)

    def likeness(self, question: Question) -> Floats:
        """The cosine with every text."""
        telling = self._telling[question.ids]
        ids = question.ids[telling]
        if not len(ids):
            return np.zeros(self.height, np.float32)
        starts, ends = self._starts[ids].tolist(), self._starts[ids + 1].tolist()
        spans = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
        values = np.concatenate([self._values[span] for span in spans])
        values *= np.repeat(question.weights[telling], self._starts[ids + 1] - self._starts[ids])
        rows = np.concatenate([self._rows[span] for span in spans])
        return np.bincount(rows, values, self.height).astype(np.float32)

    def among(self, chosen: "NDArray[np.intp]") -> Floats:
        """The likeness of some of the texts to each other."""
        place = np.full(self.height, -1, np.int32)
        place[chosen] = np.arange(len(chosen), dtype=np.int32)
        kept = place[self._rows] >= 0
        rows, values = place[self._rows[kept]], self._values[kept]
        columns = np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self._starts))[
            kept
        ]
        total = np.zeros((len(chosen), len(chosen)), np.float32)
        # Some features at a time: the whole table would be mostly zeros.
        for start in range(0, len(self.vocabulary), BLOCK):
            span = slice(*np.searchsorted(columns, [start, start + BLOCK]).tolist())
            block = np.zeros((len(chosen), BLOCK), np.float32)
            block[rows[span], columns[span] - start] = values[span]
            used = block.any(axis=0)
            block = np.ascontiguousarray(block[:, used])
            total += block @ block.T
        return total

    def group_norms(self, groups: Ints, number: int) -> Floats:
        """The length of each group's summed texts; texts of group -1 do not count."""
        width = max(1, len(self.vocabulary))
        columns = np.repeat(np.arange(len(self.vocabulary)), np.diff(self._starts))
        group = groups[self._rows]
        kept = group >= 0
        cells = group[kept].astype(np.int64) * width + columns[kept]
        order = np.argsort(cells, kind="stable")
        cells, values = cells[order], self._values[kept][order]
        if not len(cells):
            return np.ones(number, np.float32)
        firsts = np.flatnonzero(np.diff(cells, prepend=-1))
        sums = np.add.reduceat(values, firsts)
        return _norms((cells[firsts] // width).astype(np.int32), sums, number)


class Meanings:
    """The mean sense of each text's words, weighted by how telling they are. Likeness: -1…1."""

    def __init__(self, senses: Senses, words: Postings, texts: Sequence[Sequence[str]]) -> None:
        self.table = senses
        self._words = words
        self.texts = np.zeros((max(1, len(texts)), senses.width), np.float32)
        for start in range(0, len(texts), BLOCK):
            self._fill(start, texts[start : start + BLOCK])

    def _fill(self, start: int, texts: Sequence[Sequence[str]]) -> None:
        """Many texts at once."""
        rows: list[int] = []
        weights: list[float] = []
        sizes: list[int] = []
        unknown: list[float] = []
        for text in texts:
            own, own_weights, missing = self._weighted(text)
            rows += own
            weights += own_weights
            if own:
                unknown.append(missing)
            sizes.append(len(own))
        if not rows:
            return
        vectors = self.table.vectors(rows) * np.array(weights, np.float32)[:, None]
        filled = np.flatnonzero(sizes)
        ends: NDArray[np.intp] = np.cumsum(sizes, dtype=np.intp)
        firsts = (ends - np.array(sizes, np.intp))[filled]
        sums = np.add.reduceat(vectors, firsts)
        lengths = np.sqrt((sums**2).sum(1) + np.array(unknown, np.float32))
        self.texts[start + filled] = sums / np.maximum(lengths, 1e-9)[:, None]

    def of(self, tokens: Sequence[str]) -> Floats:
        """The normed mean sense; zeros when no word is in the table."""
        rows, weights, unknown = self._weighted(tokens)
        if not rows:
            return np.zeros(self.table.width, np.float32)
        total = np.array(weights, np.float32) @ self.table.vectors(rows)
        length = max(1e-9, (float(total @ total) + unknown) ** 0.5)
        result: Floats = total / np.float32(length)
        return result

    def _weighted(self, tokens: Sequence[str]) -> tuple[list[int], list[float], float]:
        """The rows of the words in the table, how telling each is, and what is unknown.

        A word that is not in the table stays in the length: a text is not the same without it.
        """
        rows: list[int] = []
        weights: list[float] = []
        unknown = 0.0
        for token in tokens:
            known = self._words.vocabulary.get(stem(token))
            weight = self._words.idf_unknown if known is None else float(self._words.idf[known])
            row = self.table.find(token)
            if row >= 0:
                rows.append(row)
                weights.append(weight)
            else:
                unknown += (weight * self.table.length) ** 2
        return rows, weights, unknown


def dense_group_norms(vectors: Floats, groups: Ints, number: int) -> Floats:
    """As ``Postings.group_norms`` for texts that are dense vectors.

    A vector that is shorter because of unknown words counts with its full length: so the centre
    of a single text is as near as the text.
    """
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
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
