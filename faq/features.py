"""Texts as bags of features, and how alike a question is to every text of an index.

Two kinds are cut from the words: letter 2- and 3-grams (typos, endings, parts of compounds) and
stems (words). Each is weighted by inverse frequency, and a feature the index has never seen stays
in the question's norm: what talks of other things is far from everything.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.senses import Senses
from faq.text import letters, stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Cut = Callable[[str], Sequence[str]]

BIG: Final = 3_000
COMMON: Final = 0.3
"""Features that a larger share of the texts has lie in a table."""
BLOCK: Final = 1_024


@lru_cache(maxsize=16_384)
def grams(token: str) -> tuple[str, ...]:
    """Letter 2- and 3-grams of a word with its borders."""
    word = f" {letters(token)} "
    return tuple(intern(word[i : i + size]) for size in (2, 3) for i in range(len(word) - size + 1))


def stems(token: str) -> tuple[str, ...]:
    """The stem of a word, alone."""
    return (stem(token),)


class Texts:
    """Texts as numbers of their words; each different word is kept, and cut, once."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        number_of: dict[str, int] = {}
        flat = [number_of.setdefault(word, len(number_of)) for text in texts for word in text]
        self.words = tuple(number_of)
        self.numbers: Ints = np.array(flat, np.int32)
        self.starts: Ints = np.zeros(len(texts) + 1, np.int32)
        np.cumsum([len(text) for text in texts], out=self.starts[1:])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> list[str]:
        """The words of one text."""
        return [self.words[n] for n in self.numbers[self.starts[number] : self.starts[number + 1]]]


class Question(NamedTuple):
    """A text in the features of an index."""

    ids: Ints
    weights: Floats
    known: float
    """The share of its weight that the index has seen, 0…1."""


NOTHING: Final = Question(np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)


class Postings:
    """One kind of feature: for each, the texts that have it. Likeness is a cosine, 0…1."""

    def __init__(self, cut: Cut, texts: Texts) -> None:
        self.cut = cut
        self.height = len(texts)
        self.vocabulary: dict[str, int] = {}
        new = self.vocabulary.setdefault
        of_word = [[new(part, len(self.vocabulary)) for part in cut(word)] for word in texts.words]
        width = len(self.vocabulary)
        columns, rows, counts = self._counted(of_word, texts)
        frequency = np.bincount(columns, minlength=width)
        number = max(1, self.height)
        self.idf: Floats = (np.log((1 + number) / (1 + frequency)) + 1).astype(np.float32)
        self.idf_unknown = float(np.log(1 + number) + 1)
        counts = (1 + np.log(counts)) * self.idf[columns]
        counts /= _norms(rows, counts, self.height)[rows]
        order = np.argsort(columns, kind="stable")
        self._rows, self._values = rows[order], counts[order]
        self._starts: NDArray[np.int64] = np.zeros(width + 1, np.int64)
        np.cumsum(frequency, out=self._starts[1:])
        # In a big index the features of every third text are most of the postings: they lie in a
        # table without gaps, where one product costs less than the bookkeeping of postings.
        most = self.height if self.height < BIG else int(COMMON * self.height)
        self._telling = frequency <= most
        common = np.flatnonzero(~self._telling)
        self._place = np.cumsum(~self._telling, dtype=np.int32) - 1
        self._table = np.zeros((len(common), self.height), np.float32)
        for place, feature in enumerate(common.tolist()):
            span = slice(self._starts[feature], self._starts[feature + 1])
            self._table[place, self._rows[span]] = self._values[span]

    def _counted(self, of_word: Sequence[Sequence[int]], texts: Texts) -> tuple[Ints, Ints, Floats]:
        """Feature, text and count of every feature of every text."""
        sizes = np.array([len(parts) for parts in of_word], np.int32)
        parts = np.array([part for parts in of_word for part in parts], np.int32)
        starts = np.cumsum(sizes, dtype=np.int32) - sizes
        found: list[tuple[Ints, Ints, Floats]] = [(NOTHING.ids, NOTHING.ids, NOTHING.weights)]
        # Some texts at a time: a big FAQ should not need three times its memory for a moment.
        for first in range(0, self.height, BLOCK):
            last = min(first + BLOCK, self.height)
            words = slice(texts.starts[first], texts.starts[last])
            # Each word stands for its features: sizes[word] of them, from starts[word] on.
            repeats = sizes[texts.numbers[words]]
            ends = np.cumsum(repeats, dtype=np.int32)
            place = np.arange(repeats.sum(), dtype=np.int32)
            place += np.repeat(starts[texts.numbers[words]] - (ends - repeats), repeats)
            row = np.repeat(np.arange(last - first), np.diff(texts.starts[first : last + 1]))
            cells = parts[place] * np.int64(BLOCK) + np.repeat(row, repeats)
            cells, counts = np.unique(cells, return_counts=True)
            found.append(
                (
                    (cells // BLOCK).astype(np.int32),
                    (cells % BLOCK + first).astype(np.int32),
                    counts.astype(np.float32),
                )
            )
        columns, rows, amounts = zip(*found, strict=True)
        return np.concatenate(columns), np.concatenate(rows), np.concatenate(amounts)

    def question(self, tokens: Sequence[str]) -> Question:
        """A text in the features known here; its norm counts the unknown ones too."""
        ids: list[int] = []
        counts: list[int] = []
        unknown = 0
        number_of = self.vocabulary.get
        cut = self.cut
        for feature, count in Counter([part for token in tokens for part in cut(token)]).items():
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
        common = self._place[question.ids[~telling]]
        ids = question.ids[telling]
        total = np.zeros(self.height, np.float32)
        if len(ids):
            starts, ends = self._starts[ids], self._starts[ids + 1]
            spans = [slice(*span) for span in zip(starts.tolist(), ends.tolist(), strict=True)]
            values = np.concatenate([self._values[span] for span in spans])
            values *= np.repeat(question.weights[telling], ends - starts)
            rows = np.concatenate([self._rows[span] for span in spans])
            total = np.bincount(rows, values, self.height).astype(np.float32)
        if len(common):
            weights = np.zeros(len(self._table), np.float32)
            weights[common] = question.weights[~telling]
            total += weights @ self._table
        return total

    def holding(self, features: Iterable[str]) -> Ints:
        """The texts that have all of these features."""
        held: Ints | None = None
        for feature in features:
            number = self.vocabulary.get(feature)
            if number is None:
                return NOTHING.ids
            rows = self._rows[self._starts[number] : self._starts[number + 1]]
            held = rows if held is None else np.intersect1d(held, rows, assume_unique=True)
        return NOTHING.ids if held is None else held

    def among(self, chosen: "NDArray[np.intp]") -> Floats:
        """The likeness of some of the texts to each other."""
        place = np.full(self.height, -1, np.int32)
        place[chosen] = np.arange(len(chosen), dtype=np.int32)
        kept = place[self._rows] >= 0
        rows, values = place[self._rows[kept]], self._values[kept]
        columns = self._columns[kept]
        total = np.zeros((len(chosen), len(chosen)), np.float32)
        # Some features at a time: the whole table would be mostly zeros.
        for start in range(0, len(self.vocabulary), BLOCK):
            span = slice(*np.searchsorted(columns, [start, start + BLOCK]).tolist())
            used, place_in_block = np.unique(columns[span], return_inverse=True)
            block = np.zeros((len(chosen), len(used)), np.float32)
            block[rows[span], place_in_block] = values[span]
            total += block @ block.T
        return total

    def group_norms(self, groups: Ints, number: int) -> Floats:
        """The length of each group's summed texts; texts of group -1 do not count.

        The groups do not fall from text to text, so that the cells are in order already.
        """
        group = groups[self._rows]
        kept = group >= 0
        cells = self._columns[kept].astype(np.int64) * max(1, number) + group[kept]
        if not len(cells):
            return np.ones(number, np.float32)
        firsts = np.flatnonzero(np.diff(cells, prepend=-1))
        sums = np.add.reduceat(self._values[kept], firsts)
        return _norms((cells[firsts] % number).astype(np.int32), sums, number)

    def users(self, groups: "NDArray[np.intp]") -> dict[str, int]:
        """In how many groups of texts each feature is; texts beyond ``groups`` do not count."""
        kept = self._rows < len(groups)
        columns, group = self._columns[kept], groups[self._rows[kept]]
        new = (np.diff(columns, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
        number = np.bincount(columns[new], minlength=len(self.vocabulary)).tolist()
        return dict(zip(self.vocabulary, number, strict=True))

    @property
    def _columns(self) -> Ints:
        """The feature of every posting."""
        return np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self._starts))


class Meanings:
    """The mean sense of each text's words, weighted by how telling they are. Likeness: -1…1."""

    def __init__(self, senses: Senses, words: Postings, texts: Texts) -> None:
        self.table = senses
        self._words = words
        self.texts: Floats = np.zeros((max(1, len(texts)), senses.width), np.float32)
        weighed = [self._weighed(word) for word in texts.words]
        rows = np.array([row for row, _ in weighed], np.intp)
        weights = np.array([weight for _, weight in weighed], np.float32)
        found = rows >= 0
        vectors = np.zeros((len(rows), senses.width), np.float32)
        vectors[found] = senses.vectors(rows[found]) * weights[found, None]
        missing = np.where(found, 0, (weights * senses.length) ** 2)
        # A block of texts at a time; each with words, so that no sum is empty.
        filled = np.flatnonzero(np.diff(texts.starts))
        for start in range(0, len(filled), BLOCK):
            some = filled[start : start + BLOCK]
            first, last = texts.starts[some[0]], texts.starts[some[-1] + 1]
            numbers, firsts = texts.numbers[first:last], texts.starts[some] - first
            sums = np.add.reduceat(vectors[numbers], firsts)
            lengths = (sums**2).sum(1) + np.add.reduceat(missing[numbers], firsts)
            self.texts[some] = sums / np.maximum(np.sqrt(lengths), 1e-9)[:, None]

    def of(self, tokens: Sequence[str]) -> Floats:
        """The normed mean sense; zeros when no word is in the table."""
        rows: list[int] = []
        weights: list[float] = []
        unknown = 0.0
        for row, weight in map(self._weighed, tokens):
            if row >= 0:
                rows.append(row)
                weights.append(weight)
            else:
                unknown += (weight * self.table.length) ** 2
        if not rows:
            return np.zeros(self.table.width, np.float32)
        total = np.array(weights, np.float32) @ self.table.vectors(rows)
        length = max(1e-9, (float(total @ total) + unknown) ** 0.5)
        result: Floats = total / np.float32(length)
        return result

    def _weighed(self, token: str) -> tuple[int, float]:
        """The row of a word in the table, or -1, and how telling it is.

        A word that is not in the table stays in the length: a text is not the same without it.
        """
        known = self._words.vocabulary.get(stem(token))
        weight = self._words.idf_unknown if known is None else float(self._words.idf[known])
        return self.table.find(token), weight


def dense_group_norms(vectors: Floats, groups: Ints, number: int) -> Floats:
    """As ``Postings.group_norms`` for texts that are dense vectors.

    A vector that is shorter because of unknown words counts with its full length: so the centre
    of a single text is as near as the text.
    """
    kept = groups >= 0
    starts = np.flatnonzero(np.diff(groups[kept], prepend=-1))
    if not len(starts):
        return np.ones(number, np.float32)
    own = vectors[kept] / np.maximum(np.linalg.norm(vectors[kept], axis=1, keepdims=True), 1e-9)
    norms = np.linalg.norm(np.add.reduceat(own, starts), axis=1)
    norms[norms == 0] = 1
    result: Floats = norms.astype(np.float32)
    return result


def _norms(rows: Ints, values: "NDArray[Any]", height: int) -> Floats:
    """The length of each row, 1 for empty ones."""
    norms = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, height))
    norms[norms == 0] = 1
    return norms.astype(np.float32)
