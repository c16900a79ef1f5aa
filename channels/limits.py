"""How fast a channel may be written to, as values. A channel brings its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """So many within any stretch of so many seconds, as fast as they come."""

    burst: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Budgets of one channel."""

    whole: Rate
    """All messages together."""
    chat: Rate
    """Each dialogue with one person."""
    group: Quota
    """Each group, all its threads together."""
    is_group: Callable[[str], bool]
    """Whether a chat id is a group's."""


UNLIMITED: Final = Limits(
    whole=Rate(burst=1e9, per_second=1e9),
    chat=Rate(burst=1e9, per_second=1e9),
    group=Quota(burst=1e9, seconds=1),
    is_group=lambda _: False,
)
"""For channels that take everything at once."""
