"""How fast a channel may be written to. Pure: token buckets over a time that is passed in.

Telegram's limits are soft and unpublished; the numbers everybody measures are about 30 messages a
second for a bot, 1 a second for a chat, and 20 a minute for a group with all its topics together
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). A 429 answer is
obeyed besides, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.decision import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Budgets of one channel."""

    whole: Rate
    """All messages together."""
    chat: Rate
    """Each dialogue with one person."""
    group: Rate
    """Each group, all its threads together."""
    is_group: Callable[[str], bool]
    """Whether a chat id is a group's."""


TELEGRAM = Limits(
    whole=Rate(burst=30, per_second=30),
    chat=Rate(burst=3, per_second=1),
    group=Rate(burst=18, per_second=19 / 60),
    is_group=lambda chat: chat.startswith("-"),
)
UNLIMITED = Limits(
    whole=Rate(burst=1e9, per_second=1e9),
    chat=Rate(burst=1e9, per_second=1e9),
    group=Rate(burst=1e9, per_second=1e9),
    is_group=lambda _: False,
)

RESERVED = {Urgency.PEOPLE: 0.0, Urgency.NOTICE: 0.1, Urgency.COSMETIC: 0.4}
"""Share of a group's burst that less urgent things leave to more urgent ones."""


class Bucket:
    """Tokens that come back with time."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def level(self, now: datetime) -> float:
        """Tokens there are now."""
        elapsed = max(0.0, (now - self._at) / timedelta(seconds=1))
        return min(self._rate.burst, self._tokens + elapsed * self._rate.per_second)

    def take(self, cost: float, now: datetime) -> None:
        """Take tokens, into debt if need be."""
        self._tokens = self.level(now) - cost
        self._at = max(now, self._at)

    def wait(self, floor: float, now: datetime) -> float:
        """Seconds until there are ``floor`` tokens (0: there are)."""
        missing = min(floor, self._rate.burst) - self.level(now)
        return 0.0 if missing <= 1e-9 else missing / self._rate.per_second

    def full(self, now: datetime) -> bool:
        return self.level(now) >= self._rate.burst


class Pacer:
    """The budgets of one channel as spent so far."""

    def __init__(self, limits: Limits, now: datetime) -> None:
        self._limits = limits
        self._whole = Bucket(limits.whole, now)
        self._chats: dict[str, Bucket] = {}

    def _rate(self, chat: str) -> Rate:
        return self._limits.group if self._limits.is_group(chat) else self._limits.chat

    def _chat(self, chat: str, now: datetime) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            bucket = self._chats[chat] = Bucket(self._rate(chat), now)
        return bucket

    def wait(self, chat: str, urgency: Urgency, now: datetime) -> float:
        """Seconds until something of this urgency may go to the chat; 0 if now."""
        reserved = self._limits.group.burst * RESERVED[urgency]
        floor = 1 + (reserved if self._limits.is_group(chat) else 0)
        return max(self._whole.wait(1, now), self._chat(chat, now).wait(floor, now))

    def spend(self, chat: str, cost: int, now: datetime) -> None:
        """Account for ``cost`` messages to the chat; 0 counts for the whole channel only."""
        self._whole.take(max(1, cost), now)
        if cost:
            self._chat(chat, now).take(cost, now)

    def short(self, chat: str, now: datetime) -> bool:
        """Whether the chat's budget is under half: time to join lines."""
        return self._chat(chat, now).level(now) < self._rate(chat).burst / 2

    def room_for(self, now: datetime) -> int:
        """How many messages the whole channel takes now."""
        return int(self._whole.level(now))

    def blocked(self, now: datetime) -> list[str]:
        """Chats that take nothing now, not even words of people."""
        return [c for c, bucket in self._chats.items() if bucket.wait(1, now) > 0]

    def next_free(self, now: datetime) -> float | None:
        """Seconds until a chat that is blocked now takes something; None if none is."""
        waits = [w for b in self._chats.values() if (w := b.wait(1, now)) > 0]
        whole = self._whole.wait(1, now)
        return min(waits, default=None) if whole <= 0 else max(whole, min(waits, default=0.0))

    def forget_idle(self, now: datetime) -> None:
        """Drop buckets that are full again."""
        self._chats = {c: b for c, b in self._chats.items() if not b.full(now)}
