"""Ids that sort by the moment they were made."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter looks like a digit; character order is number order."""
LENGTH = 20
_RANDOM_BITS = 52
"""The rest of the 100 bits is the time in milliseconds, enough for 8,900 years."""


def random_code() -> str:
    """Six digits nobody can foresee."""
    return f"{secrets.randbelow(10**6):06}"


class TimeOrderedIds:
    """Source of ids: 20 characters, growing within a process even if the clock goes back.

    Across processes and restarts ids are unique but only roughly ordered; nothing may rely on
    their order (acceptance case A9).

    Args:
        milliseconds: the time since 1970.
        random_bits: so many random bits as an integer.
    """

    def __init__(
        self,
        milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._milliseconds = milliseconds
        self._random_bits = random_bits
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        value = (self._milliseconds() << _RANDOM_BITS) | self._random_bits(_RANDOM_BITS)
        with self._lock:
            if value <= self._last:
                # Same millisecond or a clock that went back: a random step up, so that the next
                # id stays as hard to guess as the first.
                value = self._last + 1 + self._random_bits(_RANDOM_BITS - 12)
            self._last = value
        return "".join(ALPHABET[(value >> shift) & 31] for shift in range(5 * LENGTH - 5, -1, -5))
