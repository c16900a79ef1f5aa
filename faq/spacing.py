"""Words that lost the space between them: ``гдемойзаказ``, read with the words of the FAQ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from faq.text import FILLER, FUNCTION, dictionary_stem

PARTED_FROM: Final = 5
"""Shorter words are left whole."""
PARTED_TO: Final = 240
"""Of longer ones only the beginning is read."""
LONGEST: Final = 18
"""A word inside has at most so many letters."""
ENDING: Final = 3
"""So many letters may follow the stem of a word of the FAQ."""
COVERED: Final = 0.6
"""So much of a long run has to be words."""
RUN: Final = 14
"""Shorter ones have to be words from end to end."""


@dataclass(frozen=True, slots=True)
class Spaces:
    """The words by which a run of letters is taken apart."""

    words: frozenset[str] = FUNCTION | FILLER
    stems: frozenset[str] = frozenset()

    @classmethod
    def of(cls, own: Iterable[str]) -> "Spaces":
        """By the words of a FAQ, their other forms, and function words."""
        different = [word for word in own if len(word) > 2]
        stems = frozenset(s for s in map(dictionary_stem, different) if len(s) > 2)
        return cls((FUNCTION | FILLER).union(different), stems)

    def parted(self, token: str) -> tuple[str, ...]:
        """The words that a run of letters is made of; the run itself when it is none.

        The cheapest way to read it: a word costs one, a letter that is in no word costs more.
        """
        if len(token) < PARTED_FROM or not token.isalpha():
            return (token,)
        run = token[:PARTED_TO]
        costs = [0.0] + [1e9] * len(run)
        begins = [0] * (len(run) + 1)
        known = [False] * (len(run) + 1)
        for end in range(1, len(run) + 1):
            for start in range(max(0, end - LONGEST), end):
                cost = self._cost(run[start:end])
                word = cost > 0
                if not word:
                    if end - start > 1:
                        continue
                    cost = 1.5
                if costs[start] + cost < costs[end]:
                    costs[end], begins[end], known[end] = costs[start] + cost, start, word
        return self._read(token, begins, known)

    def _cost(self, part: str) -> float:
        """What a word costs; 0 when it is none. Short words and other forms are less likely."""
        if part in self.words:
            return 1.0 if len(part) > 2 else 1.6
        for ending in range(ENDING + 1):
            if len(part) - ending > 2 and part[: len(part) - ending] in self.stems:
                return 1.2 + 0.3 * ending
        return 0.0

    def _read(self, token: str, begins: list[int], known: list[bool]) -> tuple[str, ...]:
        parts: list[str] = []
        covered = 0
        at = len(begins) - 1
        strange = ""
        while at > 0:
            part = token[begins[at] : at]
            if known[at]:
                if strange:
                    parts.append(strange)
                    strange = ""
                parts.append(part)
                covered += len(part)
            else:
                strange = part + strange
            at = begins[at]
        if strange:
            parts.append(strange)
        short = len(token) < RUN
        if short and min(map(len, parts)) <= 2 and not self.words.issuperset(parts):
            return (token,)  # an ending is not a lost word
        enough = len(token) if short else COVERED * len(token)
        longest = max(map(len, parts))
        if covered < enough or len(parts) < 2 or longest <= 2:
            return (token,)
        return tuple(reversed(parts))
