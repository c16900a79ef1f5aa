"""Whether work grows with its input and no faster, or is bounded at all: guards against attacks.

Said without a limit in seconds, which a busy machine would break, and without any text that is
known to trouble other programs: inputs are made here, of the pieces that our own code looks for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

LEAST = 0.01
"""Seconds of processor time of the smaller input: enough to be measured."""
LONGEST = 1 << 20
"""Length at which even what is too quick to measure is compared."""
TIMES = 4
"""How much longer the larger input is."""
FACTOR = 2.0
"""How much more than ``TIMES`` it may take: squares would take ``TIMES`` times as much."""
BOUNDED = 10.0
"""Seconds of processor time that bounded work never takes on any machine; what is not bounded
takes minutes or years."""
LOOKS = 6
"""Measurements before a verdict; the shortest of each size counts."""


def repeated(pieces: Sequence[str], seed: int) -> Callable[[int], str]:
    """Texts of any length: a few pieces drawn by ``seed``, again and again."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    unit = "".join(draw.choice(pieces) for _ in range(draw.randint(1, 5))) or " "
    return lambda length: (unit * (length // len(unit) + 1))[:length]


def assert_linear(work: Callable[[T], object], made: Callable[[int], T]) -> None:
    """Work on an input ``TIMES`` as long takes about ``TIMES`` as long.

    Args:
        work: what is measured, on one input.
        made: an input of so many characters, all of one kind.
    """
    length = 1024
    while (small := _took(work, made(length))) < LEAST and length < LONGEST:
        length *= 2
    shorter, longer = made(length), made(length * TIMES)
    large = _took(work, longer)
    for _ in range(LOOKS):
        if large <= max(small, LEAST) * TIMES * FACTOR:
            return
        small = min(small, _took(work, shorter))
        large = min(large, _took(work, longer))
    raise AssertionError(
        f"{length} characters took {small:.3f} s, {TIMES} times as many took {large:.3f} s"
    )


def assert_bounded(work: Callable[[T], object], on: T) -> None:
    """Work on one input comes to an end."""
    took = _took(work, on)
    assert took < BOUNDED, f"took {took:.1f} s"


def _took(work: Callable[[T], object], on: T) -> float:
    began = time.thread_time()
    work(on)
    return time.thread_time() - began
