"""How fast a channel may be written to. Pure: budgets over a time that is passed in.

Telegram's limits are soft and unpublished; the numbers everybody measures are about 30 messages a
second for a bot, 1 a second for a chat, and 20 a minute for a group with all its topics together
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). A 429 answer is
obeyed besides, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.decision import Urgency


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


TELEGRAM = Limits(
    whole=Rate(burst=30, per_second=30),
    chat=Rate(burst=3, per_second=1),
    # A second more than the minute: what leaves evenly may arrive closer together.
    group=Quota(burst=20, seconds=61),
    is_group=lambda chat: chat.startswith("-"),
)
UNLIMITED = Limits(
    whole=Rate(burst=1e9, per_second=1e9),
    chat=Rate(burst=1e9, per_second=1e9),
    group=Quota(burst=1e9, seconds=1),
    is_group=lambda _: False,
)

RESERVED = {Urgency.PEOPLE: 0.0, Urgency.NOTICE: 0.1, Urgency.COSMETIC: 0.4}
"""Share of a group's burst that less urgent things leave to more urgent ones."""


class Budget(Protocol):
    """What a chat may still be sent."""

    def level(self, now: datetime) -> float:
        """What there is now."""
        ...

    def take(self, cost: float, now: datetime) -> None:
        """Spend, into debt if need be."""
        ...

    def wait(self, floor: float, now: datetime) -> float:
        """Seconds until there is ``floor`` (0: there is)."""
        ...

    def full(self, now: datetime) -> bool:
        """Whether nothing spent counts any more."""
        ...


class Log:
    """What was spent lately, and when: a ``Quota`` holds for every stretch of time, also for one
    that begins in the middle of another. A bucket of twenty tokens that fills up within a minute
    would let forty through in its first one."""

    __slots__ = ("_quota", "_spent")

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._spent: list[tuple[datetime, float]] = []

    def _lately(self, now: datetime) -> list[tuple[datetime, float]]:
        since = now - timedelta(seconds=self._quota.seconds)
        return [(at, cost) for at, cost in self._spent if at > since]

    def level(self, now: datetime) -> float:
        return self._quota.burst - sum(cost for _, cost in self._lately(now))

    def take(self, cost: float, now: datetime) -> None:
        self._spent = [*self._lately(now), (now, cost)]

    def wait(self, floor: float, now: datetime) -> float:
        missing = min(floor, self._quota.burst) - self.level(now)
        seconds = 0.0
        for at, cost in self._lately(now):
            if missing <= 0:
                break
            missing -= cost
            seconds = (at - now) / timedelta(seconds=1) + self._quota.seconds
        return max(0.0, seconds)

    def full(self, now: datetime) -> bool:
        return not self._lately(now)


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
        self._chats: dict[str, Budget] = {}

    def _chat(self, chat: str, now: datetime) -> Budget:
        budget = self._chats.get(chat)
        if budget is None:
            limits = self._limits
            group = limits.is_group(chat)
            budget = Log(limits.group) if group else Bucket(limits.chat, now)
            self._chats[chat] = budget
        return budget

    def wait(self, chat: str, urgency: Urgency, now: datetime, *, cost: int = 1) -> float:
        """Seconds until something of this urgency may go to the chat; 0 if now.

        A person's chat takes a post of several messages as soon as it takes one: its rate is
        forgiving. A group's is not.
        """
        group = self._limits.is_group(chat)
        reserved = self._limits.group.burst * RESERVED[urgency]
        floor = max(1, cost) + reserved if group else 1
        return max(self._whole.wait(1, now), self._chat(chat, now).wait(floor, now))

    def spend(self, chat: str, cost: int, now: datetime) -> None:
        """Account for ``cost`` messages to the chat; 0 counts for the whole channel only."""
        self._whole.take(max(1, cost), now)
        if cost:
            self._chat(chat, now).take(cost, now)

    def short(self, chat: str, now: datetime) -> bool:
        """Whether the chat's budget is under half: time to join lines."""
        limits = self._limits
        burst = (limits.group if limits.is_group(chat) else limits.chat).burst
        return self._chat(chat, now).level(now) < burst / 2

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
