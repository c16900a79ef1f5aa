"""Numbers that tell where they came from, so that rows which hold them can be copied in bulk.

Everything that the program makes ids of (its own ids, chats, messages, threads, ticket numbers)
gets numbers of one shape: ``7777``, one digit for the series, five for the copy, ``77``, six that
count. The first twelve digits are the mark of a copy. They occur nowhere else, so a copy of a row
is the same row with another mark, in columns and inside of JSON alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count

COPY = 10**8
"""What lies between the same number in two neighbouring copies."""
COUNTED = 10**6
"""How many numbers a copy has room for."""


def mark(series: int, copy: int = 0) -> str:
    """The digits that the numbers of a copy begin with; copy 0 is the original."""
    assert 1 <= series <= 9
    assert 0 <= copy < 100_000
    return f"7777{series}{copy:05}77"


def first(series: int) -> int:
    """The lowest number of a series' original."""
    return int(mark(series)) * COUNTED


class Numbers:
    """An endless source of numbers of the series in force; safe to draw from in any thread."""

    def __init__(self, series: int) -> None:
        self.series = series
        self._counts: dict[int, Iterator[int]] = defaultdict(lambda: count(1))

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        return first(self.series) + next(self._counts[self.series])
