"""The words of one FAQ: which of them mean the same, and which one a misspelt word was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.senses import shipped
from faq.text import asked, plain, stem, words

REPAIRED_FROM: Final = 5
"""Shorter words are not repaired: too many are one letter apart."""
LIKE: Final = 0.78
"""One slip in five letters, two in ten; a swap of neighbours is one slip."""
REPAIRS: Final = 6
"""At most so many words of a text are repaired."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Reads texts in the words of a FAQ. Never changes after ``of``."""

    synonyms: dict[tuple[str, ...], tuple[str, ...]]
    """Stems that stand for other words, and those words."""
    own: tuple[str, ...] = ()
    """Every word of the FAQ."""
    _stems: frozenset[str] = field(default=frozenset(), repr=False)
    _longest: int = 1

    @classmethod
    def of(cls, synonyms: Iterable[Sequence[str]], own: Iterable[str]) -> "Lexicon":
        """The lexicon of a FAQ with these words. A group of synonyms is read as its first."""
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        for first, *others in synonyms:
            for other in others:
                known[tuple(stem(w) for w in words(plain(other)))] = tuple(words(plain(first)))
        known.pop((), None)
        different = tuple(dict.fromkeys(own))
        stems = frozenset(map(stem, different))
        return cls(known, different, stems, max(map(len, known), default=1))

    def read(self, tokens: Sequence[str], *, repair: bool = True) -> list[str]:
        """Those of a text's words that are matched: no filler, misspelt ones repaired."""
        tokens = asked(tokens)
        if repair:
            tokens = self._repaired(tokens)
        return self._one_name(tokens) if self.synonyms else tokens

    def _one_name(self, tokens: list[str]) -> list[str]:
        stems = [stem(token) for token in tokens]
        found: list[str] = []
        at = 0
        while at < len(tokens):
            for size in range(min(self._longest, len(tokens) - at), 0, -1):
                name = self.synonyms.get(tuple(stems[at : at + size]))
                if name is not None:
                    found += name
                    at += size
                    break
            else:
                found.append(tokens[at])
                at += 1
        return found

    def _repaired(self, tokens: list[str]) -> list[str]:
        table = shipped()
        left = REPAIRS
        result: list[str] = []
        for token in tokens:
            if (
                left
                and len(token) >= REPAIRED_FROM
                and token.isalpha()
                and stem(token) not in self._stems
                and token not in table
            ):
                left -= 1
                near = process.extractOne(
                    token, self.own, scorer=OSA.normalized_similarity, score_cutoff=LIKE
                )
                token = near[0] if near else token  # noqa: PLW2901  the repaired word
            result.append(token)
        return result
