"""Whether a channel takes anything now: a circuit breaker. Pure, over a time that is passed in.

Telegram cannot be told that two sends are the same message, so each send that gets no answer may
be a copy at somebody's screen. While a channel is in an outage its rows are therefore not tried;
one harmless call is, again and again::

                an act without an answer                    the probe is answered
    open  ----------------------------------->  closed  --------------------------->  half-open
      ^                                           ^  |  a probe without an answer:        |  |
      |                                           |  +-> the next one later               |  |
      |                                           +------ an act without an answer -------+  |
      +------------------------------ a post is delivered ---------------------------------- +

Half-open, one act is tried at a time. The state is not kept over a restart: a channel begins
half-open, so that a process which dies in an outage, again and again, spends few copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from channels.message import (
    Act,
    Address,
    DeliveryError,
    Permanent,
    Post,
    Receipt,
    Transient,
    Uncertain,
)

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)
"""Between two probes. The first one goes at once, the pause before the next doubles."""
TRIAL: Final = timedelta(seconds=5)
"""How long the first act that is tried may be silent before another one is tried beside it: a slow
file must not hold up everybody. Doubles."""

News = Literal["delivered", "answered", "silence"]
"""What an act's end says of its channel: it takes posts; it answers; it does not answer."""


def news_of(act: Act, result: Receipt | DeliveryError) -> News:
    """What the end of an act says of its channel. Only a post shows that posts are taken: reactions
    and edits may work while they are not."""
    match result:
        case Receipt():
            return "delivered" if isinstance(act, Post) else "answered"
        case Uncertain(rest=None, unreachable=True) | Transient(unreachable=True):
            return "silence"
        case Uncertain(rest=Transient(unreachable=True)):
            return "silence"
        case Uncertain(rest=Transient() | Permanent()):
            return "delivered"  # in part
        case DeliveryError():
            return "answered"


@dataclass(frozen=True, slots=True)
class Begun:
    """The state of a channel when an act began."""

    round: int = 0
    was_open: bool = field(default=True, kw_only=True)
    """The channel was taking posts: what is wrong now concerns the act's own chat, or is new."""


def _over(until: datetime, now: datetime) -> bool:
    """Whether a pause is over. One that would last longer than any was begun by another clock,
    which has been set back meanwhile."""
    return now >= until or until - now > LONGEST_PAUSE


@dataclass(slots=True)
class Breaker:
    """The state of one channel."""

    state: Literal["open", "closed", "half-open"] = "half-open"
    since: datetime | None = None
    """When the outage began; None while there is none."""
    _round: int = 0
    """Goes up whenever the channel closes: what left before tells old news."""
    _silences: int = 0
    """Acts and probes without an answer since a post was delivered, as far as they count."""
    _address: Address | None = None
    """Where the act went that got no answer."""
    _probe_at: datetime | None = None
    """When to probe; None: a probe is on its way, or none is needed."""
    _trials: int = 0
    """Acts tried since the channel is half-open, and on their way still."""
    _next_trial: datetime | None = None

    def room(self, now: datetime) -> int | None:
        """How many acts may begin; None: no limit."""
        if self.state == "open":
            return None
        free = self._trials == 0 or (self._next_trial is not None and _over(self._next_trial, now))
        return int(self.state == "half-open" and free)

    def begin(self, now: datetime) -> Begun:
        """An act begins. Returns what to give back to :meth:`end`."""
        if self.state == "half-open":
            self._trials += 1
            self._next_trial = now + min(LONGEST_PAUSE, TRIAL * 2 ** min(self._trials - 1, 10))
        return Begun(self._round, was_open=self.state == "open")

    def end(self, begun: Begun, news: News, address: Address, now: datetime) -> None:
        """An act ended.

        Args:
            begun: what :meth:`begin` said.
            news: what its end says of the channel.
            address: where it went.
            now: the time.
        """
        timely = begun.round == self._round
        if timely and self.state == "half-open":
            self._trials -= 1
        if news == "delivered":
            self.state, self.since = "open", None
            self._silences, self._trials, self._probe_at = 0, 0, None
        elif news == "silence" and timely and self.state != "closed":
            self.state, self.since = "closed", self.since or now
            self._round += 1
            self._address = address
            self._later(now)

    def _later(self, now: datetime) -> None:
        doubled = FIRST_PAUSE * 2 ** min(self._silences - 1, 20) if self._silences else timedelta()
        self._probe_at = now + min(LONGEST_PAUSE, doubled)
        self._silences += 1

    def probe(self, now: datetime) -> Address | None:
        """Where to send the probe that is due now, if one is; it is on its way then."""
        if self._probe_at is None or not _over(self._probe_at, now):
            return None
        self._probe_at = None
        return self._address

    def probed(self, *, answered: bool, now: datetime) -> None:
        """A probe came back."""
        if self.state != "closed" or self._probe_at is not None:
            return
        if answered:
            self.state, self._trials, self._next_trial = "half-open", 0, None
        else:
            self._later(now)

    def look_again(self, now: datetime) -> datetime | None:
        """When something may be possible that is not possible now; None: when something ends."""
        at = self._next_trial if self.state == "half-open" and self._trials else self._probe_at
        return at if at is not None and at > now else None


class Outages:
    """The breakers of all channels that can be probed; others are always open."""

    breakers: dict[str, Breaker]

    def __init__(self, channels: Iterable[str]) -> None:
        self.breakers = {name: Breaker() for name in channels}

    def slots(self, free: Mapping[str, int], now: datetime) -> dict[str, int]:
        """Of so many acts that each channel could take, those it may be given."""
        limited = dict(free)
        for name, breaker in self.breakers.items():
            room = breaker.room(now)
            if room is not None and name in limited:
                limited[name] = min(room, limited[name])
        return limited

    def begin(self, channel: str, now: datetime) -> Begun:
        """An act begins: see :meth:`Breaker.begin`."""
        breaker = self.breakers.get(channel)
        return breaker.begin(now) if breaker is not None else Begun()

    def end(self, begun: Begun, news: News, address: Address, now: datetime) -> None:
        """An act ended: see :meth:`Breaker.end`."""
        breaker = self.breakers.get(address.channel)
        if breaker is not None:
            breaker.end(begun, news, address, now)

    def probes(self, now: datetime) -> list[Address]:
        """Where to send the probes that are due now; they are on their way then."""
        return [at for b in self.breakers.values() if (at := b.probe(now)) is not None]

    def probed(self, channel: str, *, answered: bool, now: datetime) -> None:
        """A probe came back: see :meth:`Breaker.probed`."""
        self.breakers[channel].probed(answered=answered, now=now)

    def on_trial(self, now: datetime) -> list[str]:
        """Channels that take one act now, to see whether they take any."""
        return [name for name, breaker in self.breakers.items() if breaker.room(now) == 1]

    def troubled(self) -> list[str]:
        """Channels that have confirmed nothing since something was not answered."""
        return [name for name, breaker in self.breakers.items() if breaker.since is not None]

    def look_again(self, now: datetime) -> datetime | None:
        """When something may be possible that is not possible now, as far as that is known."""
        dues = (breaker.look_again(now) for breaker in self.breakers.values())
        return min((due for due in dues if due is not None), default=None)
