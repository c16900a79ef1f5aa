"""The words of one FAQ: which of them mean the same, and which one a word of a client was.

A client's word that the FAQ does not have may be misspelt, two words without their space, a name
by ear, a number of the client's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.senses import shipped
from faq.sounds import alike, skeletons
from faq.spacing import Spaces
from faq.text import asked, dictionary_stem, folded, language_of, plain, stem, words

REPAIRED_FROM: Final = 5
"""Shorter words are not repaired: too many are one letter apart."""
LIKE: Final = 0.78
"""One slip in five letters, two in ten; a swap of neighbours is one slip."""
REPAIRS: Final = 6
"""At most so many words of a text are repaired."""
HEARD: Final = 12
"""At most so many names of one skeleton are compared."""
ROOT: Final = 4
"""Words of one root begin with at least so many equal letters, and three in five."""
PART: Final = 4
"""Shorter words beside a client's number belong to it."""
_MONTHS: Final = (
    "январ", "феврал", "март", "апрел", "мая", "июн", "июл", "август", "сентябр", "октябр",
    "ноябр", "декабр", "januar", "februar", "march", "april", "june", "july", "august", "septemb",
    "octob", "novemb", "decemb",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Reads texts in the words of a FAQ. Never changes after ``of``."""

    synonyms: dict[tuple[str, ...], tuple[str, ...]]
    """Stems that stand for other words, and those words."""
    own: tuple[str, ...] = ()
    """Every word of the FAQ."""
    _forms: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Each stem of the FAQ and the first word that has it."""
    _beginnings: frozenset[str] = field(default=frozenset(), repr=False)
    _dictionary: frozenset[str] = field(default=frozenset(), repr=False)
    _longest: int = 1
    _spaces: Spaces = field(default_factory=Spaces, repr=False)
    _numbered: frozenset[str] = frozenset()
    """Stems beside a number in the FAQ: «ошибка 691» is not «ошибка 700»."""
    _by_skeleton: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _folded: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, synonyms: Iterable[Sequence[str]], texts: Iterable[Sequence[str]]) -> "Lexicon":
        """The lexicon of a FAQ of these texts. A group of synonyms is read as its first."""
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        for first, *others in synonyms:
            for other in others:
                known[tuple(stem(w) for w in words(plain(other)))] = tuple(words(plain(first)))
        known.pop((), None)
        cut = list(texts)
        different = tuple(dict.fromkeys(word for text in cut for word in text))
        by_skeleton: dict[str, list[str]] = {}
        joined = {name for text in cut for name in _latin_pairs(text)}
        for name in (*different, *joined):
            if len(name) > 1 and not _has_digit(name):
                for skeleton in skeletons(name.replace(" ", "")):
                    by_skeleton.setdefault(skeleton, []).append(name)
        return cls(
            synonyms=known,
            own=different,
            _forms={stem(word): word for word in reversed(different)},
            _beginnings=frozenset(
                word[:size] for word in different for size in range(ROOT, min(len(word), 10) + 1)
            ),
            _dictionary=frozenset(map(dictionary_stem, different)),
            _longest=max(map(len, known), default=1),
            _spaces=Spaces.of(different),
            _numbered=frozenset(
                stem(word)
                for text in cut
                for one, two in pairwise(text)
                for word, other in ((one, two), (two, one))
                if _has_digit(other)
            ),
            _by_skeleton={skeleton: tuple(names) for skeleton, names in by_skeleton.items()},
            _folded={folded(word): word for word in different if language_of(word) == "ru"},
        )

    def heard(self, tokens: Sequence[str]) -> list[str]:
        """The words of a client's text, apart where a space was lost, without the numbers that
        no phrasing has."""
        spaced = [part for token in tokens for part in self._parted(token)]
        return self._without_numbers(spaced) or spaced

    def resembles(self, token: str) -> bool:
        """Whether a word begins like one of the FAQ: of the same root, mostly."""
        return token[: max(ROOT, -(-len(token) * 3 // 5))] in self._beginnings

    def _parted(self, token: str) -> Sequence[str]:
        if self._knows(token) or token in shipped():
            return (token,)
        return self._spaces.parted(token)

    def _knows(self, token: str) -> bool:
        return stem(token) in self._forms

    def _without_numbers(self, tokens: list[str]) -> list[str]:
        strange = [_is_number(token) and not self._knows(token) for token in tokens]
        if not any(strange):
            return tokens
        kept = []
        for at, token in enumerate(tokens):
            beside = tokens[max(0, at - 1) : at] + tokens[at + 1 : at + 2]
            if strange[at]:
                if any(stem(word) in self._numbered for word in beside):
                    kept.append(token)
                continue
            # The month of a date, the letters of an order, the unit of a measure.
            near = any(strange[max(0, at - 1) : at + 2])
            if near and (len(token) < PART or _is_month(token)) and not self._knows(token):
                continue
            kept.append(token)
        return kept

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
        left = REPAIRS
        result: list[str] = []
        for token in tokens:
            if self._knows(token):
                # Денег where the FAQ has деньги: its letters differ, so it is read as that.
                other = dictionary_stem(token) not in self._dictionary
                result.append(self._forms[stem(token)] if other else token)
            elif left and len(token) > 1 and not _has_digit(token):
                left -= 1
                result += self._nearest(token)
            else:
                result.append(token)
        return result

    def _nearest(self, token: str) -> Sequence[str]:
        """What a strange word is in words of the FAQ; itself when nothing is near."""
        form = self._folded.get(folded(token))
        if form is not None:
            return (form,)
        real = token in shipped()
        named = self._by_ear(token, exact=real)
        if named or real or len(token) < REPAIRED_FROM or not token.isalpha():
            return named or (token,)
        near = process.extractOne(
            token, self.own, scorer=OSA.normalized_similarity, score_cutoff=LIKE
        )
        return (near[0],) if near else (token,)

    def _by_ear(self, token: str, *, exact: bool) -> Sequence[str]:
        """The name of the other alphabet that sounds like this word."""
        russian = language_of(token) == "ru"
        best, found = (1.0 if exact else 0.01), ""
        for skeleton in skeletons(token):
            for name in self._by_skeleton.get(skeleton, ())[:HEARD]:
                if (language_of(name) == "ru") == russian:
                    continue
                joined = name.replace(" ", "")
                share = alike(token, joined) if russian else alike(joined, token)
                if share >= best:
                    best, found = share, name
        return found.split()


def _latin_pairs(text: Sequence[str]) -> Iterator[str]:
    """Two Latin words in a row that may be one name, in a Russian or a very short text."""
    latin = [language_of(word) == "en" for word in text]
    if all(latin) and len(text) > 2:
        return
    for at in range(len(text) - 1):
        if latin[at] and latin[at + 1]:
            yield f"{text[at]} {text[at + 1]}"


def _has_digit(token: str) -> bool:
    return any(letter.isdigit() for letter in token)


def _is_number(token: str) -> bool:
    """A number, or letters and digits as in an order's id; "4to" is a word."""
    digits = sum(letter.isdigit() for letter in token)
    return 2 * digits >= len(token)


def _is_month(token: str) -> bool:
    return token.startswith(_MONTHS)
