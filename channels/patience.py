"""How long a channel's posts are tried, and how many are on their way at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long posts of one channel are tried, and how far apart.

    Raises:
        ValueError: there is no pause, or one that is not longer than nothing; or a post may be late
            and is never given up.
    """

    pauses: tuple[timedelta, ...]
    """After the first failed attempt, the second, …; the last one repeats."""
    late: timedelta | None = None
    """Age of a post at which the desk hears that it has not arrived yet; None: never."""
    gives_up: timedelta | None = None
    """Age of a post after which it is tried no more, provided that it was tried once after each of
    the pauses: what waited while the service stood still is not old. None: it is tried for ever."""
    last_copy: timedelta = timedelta(minutes=30)
    """How long a post waits that may have arrived twice already, unless another one is delivered
    on its channel meanwhile: then it is tried for the last time."""
    answer: float = 90.0
    """Seconds after which a send that has said nothing counts as uncertain, and a probe as not
    answered."""
    at_once: int = 30
    """Acts on their way at once."""

    def __post_init__(self) -> None:
        if not self.pauses or min(self.pauses) <= timedelta():
            raise ValueError("a pause is needed between two attempts")
        if self.late is not None and self.gives_up is None:
            raise ValueError("who hears that a post is late wants to know until when")

    def with_trials(self) -> Patience:
        """The same for a channel where something can be said that only shows whether posts are
        taken: nothing else has to be spent on finding that out."""
        return replace(self, last_copy=_DAY)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many failed attempts, from 1."""
        return self.pauses[min(max(attempts, 1), len(self.pauses)) - 1]

    def next_try(self, attempts: int, age: timedelta, asked: timedelta | None) -> timedelta | None:
        """How long to wait for the next attempt; None when it was tried for long enough and often
        enough. The last attempt is made when the time is up, not a pause before.

        Args:
            attempts: failed ones so far, from 1.
            age: of the post.
            asked: the pause that the far side wants.
        """
        wait = asked if asked is not None else self.pause(attempts)
        if self.gives_up is None:
            return wait
        left = self.gives_up - age
        if left > timedelta():
            return min(wait, left)
        return wait if attempts < len(self.pauses) else None


def _doubling(first: float, last: float) -> Iterator[timedelta]:
    while first < last:
        yield timedelta(seconds=first)
        first *= 2
    yield timedelta(seconds=last)


_DAY = timedelta(days=1)

CHAT: Final = Patience(pauses=tuple(_doubling(2, 300)), gives_up=_DAY)
"""For services that answer at once: 2 seconds doubling up to 5 minutes, for a day. An outage is
waited for however long it lasts (``outages``)."""

LETTERS: Final = Patience(
    pauses=tuple(timedelta(minutes=minutes) for minutes in (1, 4, 10, 15, 30, 60)),
    late=timedelta(hours=1),
    gives_up=timedelta(days=5),
    answer=1800.0,
    at_once=12,
)
"""For mail (RFC 5321 §4.5.4.1, case D1): soon at first, as a server that greylists takes the second
or third attempt; then every hour, for five days. A server may take ten minutes after the final dot
and five for every command before (§4.5.3.2)."""
