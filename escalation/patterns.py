"""Regular expressions that an administrator may write: only such as can never take long.

Python's engine backtracks: a repeat of what repeats itself may be tried in more ways than anybody
can wait for. So a pattern is taken apart and the ways it can try to read an answer are counted; too
many are refused when the file is read, and longer answers than were counted for fit no pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined]  # the engine's own reading of it
from typing import Any, Final

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
    """Whether a whole answer, spaces around it aside, is of a pattern. Case does not count."""
    text = answer.strip()
    return len(text) <= LONGEST_ANSWER and bool(re.fullmatch(pattern, text, re.IGNORECASE))


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
