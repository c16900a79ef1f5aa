"""Regular expressions that an administrator may write: only such as can never take long.

Python's engine backtracks: a repeat of what repeats itself may be tried in more ways than anybody
can wait for. So a pattern is taken apart and the ways it can try to read an answer are counted; too
many are refused when the file is read, and longer answers than were counted for fit no pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]  # the engine's own reading of it
from typing import Any, Final

from escalation.folding import TO_CYRILLIC, TO_LATIN, plain

LONGEST_ANSWER: Final = 100
"""Characters of an answer that a pattern is tried on; longer ones do not fit."""
_MOST_WAYS: Final = 1_000_000
"""Steps of some 50 ns each."""

_ONE_CHARACTER: Final = frozenset(
    {
        _constants.LITERAL,
        _constants.NOT_LITERAL,
        _constants.ANY,
        _constants.IN,
        _constants.AT,
        _constants.RANGE,
        _constants.CATEGORY,
    }
)
_REPEATS: Final = frozenset(
    {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
)


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern can not be used, or None if it can."""
    try:
        re.compile(pattern)
        parsed = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    try:
        ways = _ways(parsed)
    except ValueError as error:
        return str(error)
    if ways > _MOST_WAYS:
        return "the pattern could take too long: it repeats what already repeats or is optional"
    return None


def fits(pattern: str, answer: str) -> bool:
    """Whether a whole answer is of a pattern, see ``fitting``."""
    return fitting(pattern, answer) is not None


def fitting(pattern: str, answer: str) -> str | None:
    """A whole answer as its pattern has it, spaces around it aside; None if it does not fit.

    Case does not count. Dashes, digits and invisible signs of every kind are brought to one, and
    letters of another alphabet to those they look like if the pattern names letters of one
    alphabet only: people copy numbers out of documents.
    """
    for text in (spelt(pattern, answer).strip(), answer.strip()):
        if len(text) <= LONGEST_ANSWER and re.fullmatch(pattern, text, re.IGNORECASE):
            return text
    return None


def spelt(pattern: str, text: str) -> str:
    """A text in the signs that a pattern is written in."""
    latin, cyrillic = _alphabets(pattern)
    text = plain(text)
    if latin == cyrillic:
        return text
    return text.translate(TO_LATIN if latin else TO_CYRILLIC)


def without(pattern: str, text: str, found: str) -> str:
    """A text without the part that was read as an answer of a pattern."""
    text = plain(text)
    at = spelt(pattern, text).find(found)  # one sign for each, once it is plain
    return text if at < 0 else f"{text[:at]} {text[at + len(found) :]}"


@lru_cache(maxsize=512)
def _alphabets(pattern: str) -> tuple[bool, bool]:
    """Whether a pattern names Latin letters, and whether it names Cyrillic ones."""
    signs = {chr(sign) for sign in _signs(_parser.parse(pattern))}
    letters = {sign for sign in signs if sign.isalpha()}
    return any(map(str.isascii, letters)), any("\u0400" <= sign <= "\u04ff" for sign in letters)


def _signs(parsed: Any) -> Iterator[int]:  # noqa: ANN401 - the engine's types are untyped
    """Every sign that a parsed pattern spells out, ends of ranges included."""
    if isinstance(parsed, tuple) and len(parsed) == 2:
        operation, argument = parsed
        if operation in {_constants.LITERAL, _constants.NOT_LITERAL}:
            yield argument
            return
        if operation is _constants.RANGE:
            yield from argument
            return
    if isinstance(parsed, list | tuple | _parser.SubPattern):
        for each in parsed:
            yield from _signs(each)


def _ways(parsed: Iterable[tuple[Any, Any]]) -> int:
    """In how many ways the engine may try to read ``LONGEST_ANSWER`` characters, at most."""
    ways = 1
    for operation, argument in parsed:
        ways = min(ways * _ways_of(operation, argument), _MOST_WAYS + 1)
    return ways


def _ways_of(operation: Any, argument: Any) -> int:  # noqa: ANN401 - the engine's types are untyped
    if operation in _ONE_CHARACTER:
        return 1
    if operation in _REPEATS:
        inner = argument[2]
        low, high = int(argument[0]), min(int(argument[1]), LONGEST_ANSWER)
        inside = _ways(inner)
        if inside == 1:
            return max(high - low, 0) + 1
        # Every round may be read in each of its ways.
        rounds: int = inside ** min(high, 64)
        return rounds * (max(high - low, 0) + 1)
    if operation is _constants.SUBPATTERN:
        return _ways(argument[-1])
    if operation is _constants.ATOMIC_GROUP:
        return _ways(argument)
    if operation is _constants.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    raise ValueError("back-references, conditions and look-around are not available here")
