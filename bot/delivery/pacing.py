"""How fast a channel may be written to: its limits as spent so far. Pure: budgets over a time that
is passed in. A channel's request for a pause is obeyed besides, elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.decision import Urgency
from channels.limits import Limits, Quota, Rate

RESERVED = {Urgency.PEOPLE: 0.0, Urgency.NOTICE: 0.1, Urgency.COSMETIC: 0.4}
"""Share of a group's burst that less urgent things leave to more urgent ones."""

SHARE = 0.5
"""Share of a group's burst that one of its rooms gets at most, however much it has to say."""
LEFT = 0.5
"""A room leaves so much to the others of its group for each message it had of late: the first words
of a second room find room beside one that never ends, those of a third beside two."""
FREELY = 5
"""Messages of a room that go as fast as they come."""
CALM = 0.75
"""Share of a group's burst: while there is more, no room has to keep a distance between its
messages. Below, what comes back to the group should come back evenly, not once a minute."""

_SOON = 1e-6
"""Seconds: the resolution of a moment."""


class Budget(Protocol):
    """What a chat may still be sent."""

    def level(self, now: datetime) -> float:
        """What there is now."""
        ...

    def spent(self, room: str, now: datetime) -> float:
        """What a room of the chat had of late; 0 where rooms share nothing."""
        ...

    def take(self, cost: float, now: datetime, room: str | None) -> None:
        """Spend, into debt if need be."""
        ...

    def wait(self, cost: float, reserved: float, now: datetime, room: str | None) -> float:
        """Seconds until a room may have ``cost`` with ``reserved`` left over (0: now)."""
        ...

    def full(self, now: datetime) -> bool:
        """Whether nothing spent counts any more."""
        ...


class Log:
    """What was spent lately, when and by which room: a ``Quota`` holds for every stretch of time,
    also for one that begins in the middle of another. A bucket of twenty tokens that fills up
    within a minute would let forty through in its first one."""

    __slots__ = ("_quota", "_spent")

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._spent: list[tuple[datetime, float, str | None]] = []

    def _to(self, now: datetime) -> None:
        """Forget what does not count any more. After the clock went back, what was spent by the
        old one counts from now on."""
        since = now - timedelta(seconds=self._quota.seconds)
        self._spent = [(min(at, now), cost, room) for at, cost, room in self._spent if at > since]

    def level(self, now: datetime) -> float:
        self._to(now)
        return self._level(now)

    def _level(self, then: datetime) -> float:
        since = then - timedelta(seconds=self._quota.seconds)
        return self._quota.burst - sum(cost for at, cost, _ in self._spent if at > since)

    def spent(self, room: str, now: datetime) -> float:
        self._to(now)
        return sum(cost for _, cost, of in self._spent if of == room)

    def take(self, cost: float, now: datetime, room: str | None) -> None:
        self._to(now)
        self._spent.append((now, cost, room))

    def wait(self, cost: float, reserved: float, now: datetime, room: str | None) -> float:
        self._to(now)
        window = timedelta(seconds=self._quota.seconds)
        mine = [(at, spent) for at, spent, of in self._spent if room is not None and of == room]
        moments = {at + window for at, _, _ in self._spent}
        if mine:
            moments.add(mine[-1][0] + self._distance)
        for then in (now, *sorted(moment for moment in moments if moment > now)):
            if self._may(cost, reserved, mine, then):
                return (then - now) / timedelta(seconds=1)
        return self._quota.seconds  # everything comes back in that time

    @property
    def _distance(self) -> timedelta:
        """Between the messages of a room that has more to say than the group takes."""
        return timedelta(seconds=self._quota.seconds / (self._quota.burst * SHARE))

    def _may(
        self, cost: float, reserved: float, mine: list[tuple[datetime, float]], then: datetime
    ) -> bool:
        """Whether a room that had ``mine`` may have ``cost`` at a moment, if nobody has more until
        then. Once it may, it may at every later moment."""
        burst, level = self._quota.burst, self._level(then)
        since = then - timedelta(seconds=self._quota.seconds)
        had = sum(spent for at, spent in mine if at > since)
        return (
            level >= min(burst, cost + reserved + had * LEFT)
            and had <= max(0.0, burst * SHARE - cost)
            and (had < FREELY or level >= burst * CALM or then >= mine[-1][0] + self._distance)
        )

    def full(self, now: datetime) -> bool:
        self._to(now)
        return not self._spent


class Bucket:
    """Tokens that come back with time. One message of several takes as soon as one is there: the
    rest is debt."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def level(self, now: datetime) -> float:
        elapsed = max(0.0, (now - self._at) / timedelta(seconds=1))
        self._tokens = min(self._rate.burst, self._tokens + elapsed * self._rate.per_second)
        self._at = now
        return self._tokens

    def spent(self, room: str, now: datetime) -> float:
        return 0.0

    def take(self, cost: float, now: datetime, room: str | None = None) -> None:
        self._tokens = self.level(now) - cost

    def wait(
        self,
        cost: float,
        reserved: float,
        now: datetime,
        room: str | None = None,
    ) -> float:
        missing = min(1.0, self._rate.burst) - self.level(now)
        return 0.0 if missing <= _SOON else missing / self._rate.per_second

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

    def wait(
        self, chat: str, urgency: Urgency, now: datetime, *, cost: int = 1, room: str | None = None
    ) -> float:
        """Seconds until something of this urgency may go to the chat; 0 if now.

        A person's chat takes a post of several messages as soon as it takes one: its rate is
        forgiving. A group's is not, and no room of a group gets all of it.
        """
        reserved = self._limits.group.burst * RESERVED[urgency]
        budget = self._chat(chat, now)
        return max(self.whole_wait(now), budget.wait(max(1, cost), reserved, now, room))

    def spend(self, chat: str, cost: int, now: datetime, *, room: str | None = None) -> None:
        """Account for ``cost`` messages to the chat; 0 counts for the whole channel only."""
        self._whole.take(max(1, cost), now)
        if cost:
            self._chat(chat, now).take(cost, now, room)

    def spent(self, chat: str, room: str, now: datetime) -> float:
        """How many messages a room of a group had of late: who had fewest takes the next turn."""
        budget = self._chats.get(chat)
        return 0.0 if budget is None else budget.spent(room, now)

    def short(self, chat: str, now: datetime, *, room: str | None = None) -> bool:
        """Whether less than half of the chat's budget is left, or of the room's share: time to
        join lines."""
        limits = self._limits
        if not limits.is_group(chat):
            return self._chat(chat, now).level(now) < limits.chat.burst / 2
        burst, budget = limits.group.burst, self._chat(chat, now)
        had = 0.0 if room is None else budget.spent(room, now)
        return budget.level(now) < burst / 2 or had >= burst * SHARE / 2

    def room_for(self, now: datetime) -> int:
        """How many messages the whole channel takes now."""
        return max(0, int(self._whole.level(now) + _SOON))

    def whole_wait(self, now: datetime) -> float:
        """Seconds until the channel takes anything at all."""
        return self._whole.wait(1, 0, now)

    def window(self, chat: str) -> timedelta:
        """The time in which a group's whole budget comes back."""
        return timedelta(seconds=self._limits.group.seconds if self._limits.is_group(chat) else 0)

    def blocked(self, now: datetime) -> list[str]:
        """Chats that take nothing now, not even words of people."""
        return [c for c, budget in self._chats.items() if budget.wait(1, 0, now, None) > 0]

    def next_free(self, now: datetime) -> float | None:
        """Seconds until a chat that is blocked now takes something; None if none is."""
        waits = [w for b in self._chats.values() if (w := b.wait(1, 0, now, None)) > 0]
        whole = self.whole_wait(now)
        return min(waits, default=None) if whole <= 0 else max(whole, min(waits, default=0.0))

    def forget_idle(self, now: datetime) -> None:
        """Drop budgets of which nothing is spent."""
        self._chats = {c: b for c, b in self._chats.items() if not b.full(now)}
