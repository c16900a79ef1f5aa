"""The circuit breaker of a channel: pure, over a time that is passed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.delivery.outages import (
    LONGEST_PAUSE,
    TRIAL,
    Begun,
    Breaker,
    News,
    Outages,
    news_of,
)
from channels.message import (
    Act,
    Address,
    Content,
    DeliveryError,
    FormattedText,
    OpenThread,
    Permanent,
    Post,
    React,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from tests.clock import START as NOW

ANNA = Address(channel="telegram", chat="7")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WORDS = Post(content=Content(text=FormattedText("hello")))
REACTION = React(message="5", state="delivered")
RECEIPT = Receipt(at=NOW)
SILENT = Transient("", unreachable=True)


def opened() -> Breaker:
    breaker = Breaker()
    breaker.end(breaker.begin(NOW), "delivered", ANNA, NOW)
    return breaker


def closed() -> Breaker:
    breaker = opened()
    breaker.end(breaker.begin(NOW), "silence", ANNA, NOW)
    return breaker


@pytest.mark.parametrize(
    ("act", "result", "news"),
    [
        (WORDS, RECEIPT, "delivered"),
        (REACTION, RECEIPT, "answered"),
        (OpenThread(title="№1"), RECEIPT, "answered"),
        (WORDS, Uncertain(""), "silence"),
        (WORDS, Uncertain("", arrived=("1",)), "silence"),
        (WORDS, Uncertain("", arrived=("1",), rest=SILENT), "silence"),
        (WORDS, Uncertain("", arrived=("1",), rest=Transient("429")), "delivered"),
        (WORDS, Uncertain("", arrived=("1",), rest=Permanent(Reason.REFUSED)), "delivered"),
        (WORDS, Uncertain("", unreachable=False), "answered"),
        (REACTION, SILENT, "silence"),
        (WORDS, Transient("429", retry_after=5, whole_chat=True), "answered"),
        (WORDS, Permanent(Reason.BLOCKED), "answered"),
    ],
)
def test_what_the_end_of_an_act_says_of_its_channel(
    act: Act, result: Receipt | DeliveryError, news: News
) -> None:
    """case B1: being asked for a pause is no outage; and a reaction that works does not show that
    posts do."""
    assert news_of(act, result) == news


def test_a_channel_begins_with_one_act() -> None:
    """case A3: a process that dies in an outage again and again spends one copy a life."""
    breaker = Breaker()
    assert breaker.room(NOW) == 1
    begun = breaker.begin(NOW)
    assert breaker.room(NOW) == 0
    breaker.end(begun, "delivered", ANNA, NOW)
    assert breaker.room(NOW) is None


def test_an_act_without_an_answer_closes_the_channel_and_is_asked_after_at_once() -> None:
    breaker = closed()
    assert breaker.room(NOW) == 0
    assert breaker.probe(NOW) == ANNA
    assert breaker.probe(NOW) is None  # it is on its way
    breaker.probed(answered=True, now=NOW)
    assert breaker.room(NOW) == 1


def test_probes_get_rarer_up_to_one_in_five_minutes() -> None:
    breaker, now, probes = closed(), NOW, list[float]()
    while now < NOW + HOUR:
        assert breaker.probe(now) == ANNA
        probes.append((now - NOW).total_seconds())
        breaker.probed(answered=False, now=now)
        following = breaker.look_again(now)
        assert following is not None
        now = following
    assert probes[:10] == [0, 2, 6, 14, 30, 62, 126, 254, 510, 810]


def test_an_outage_of_posts_alone_is_tried_less_and_less() -> None:
    """The probe is answered, the post is not: six hours take few copies, and the end of it is seen
    within the longest pause."""
    breaker, now, trials = closed(), NOW, list[float]()
    while now < NOW + 6 * HOUR:
        assert breaker.probe(now) == ANNA
        breaker.probed(answered=True, now=now)
        trials.append((now - NOW).total_seconds())
        breaker.end(breaker.begin(now), "silence", ANNA, now)
        assert breaker.room(now) == 0
        following = breaker.look_again(now)
        assert following is not None
        assert following - now <= LONGEST_PAUSE
        now = following
    assert trials[:5] == [0, 2, 6, 14, 30]
    assert len(trials) < 90


def test_what_left_before_the_outage_does_not_make_it_longer() -> None:
    breaker = opened()
    early = [breaker.begin(NOW) for _ in range(5)]
    for begun in early[:3]:
        breaker.end(begun, "silence", ANNA, NOW)
    assert breaker.probe(NOW) == ANNA
    breaker.probed(answered=True, now=NOW)
    breaker.end(early[3], "silence", ANNA, NOW + SECOND)  # of the same moment as the first
    assert breaker.room(NOW + SECOND) == 1
    breaker.end(early[4], "delivered", ANNA, NOW + SECOND)  # one that got through does count
    assert breaker.room(NOW + SECOND) is None


def test_a_slow_first_act_does_not_hold_up_everybody() -> None:
    """A large file may take a minute: others are tried beside it, more rarely each time."""
    breaker = Breaker()
    breaker.begin(NOW)
    assert breaker.look_again(NOW) == NOW + TRIAL
    assert breaker.room(NOW + TRIAL - SECOND) == 0
    assert breaker.room(NOW + TRIAL) == 1
    assert breaker.look_again(NOW + TRIAL) is None, "there is room now"
    breaker.begin(NOW + TRIAL)
    assert breaker.look_again(NOW + TRIAL) == NOW + TRIAL + 2 * TRIAL


def test_reactions_and_refusals_change_nothing() -> None:
    breaker = Breaker()
    for _ in range(3):
        assert breaker.room(NOW) == 1
        breaker.end(breaker.begin(NOW), "answered", ANNA, NOW)
    assert breaker.room(NOW) == 1


def test_it_is_known_since_when_an_outage_lasts() -> None:
    breaker = closed()
    breaker.probe(NOW)
    breaker.probed(answered=True, now=NOW + SECOND)
    breaker.end(breaker.begin(NOW + SECOND), "silence", ANNA, NOW + SECOND)
    assert breaker.since == NOW
    breaker.end(breaker.begin(NOW + SECOND), "delivered", ANNA, NOW + 2 * SECOND)
    assert breaker.since is None


def test_channels_without_probes_are_always_open() -> None:
    outages = Outages(["telegram"])
    assert outages.slots({"telegram": 30, "email": 12}, NOW) == {"telegram": 1, "email": 12}
    begun = outages.begin("email", NOW)
    assert begun.was_open
    outages.end(begun, "silence", Address(channel="email", chat="a@b.example"), NOW)
    assert outages.slots({"telegram": 30, "email": 12}, NOW) == {"telegram": 1, "email": 12}
    assert outages.probes(NOW) == []


def test_each_channel_has_an_outage_of_its_own() -> None:
    outages = Outages(["telegram", "max"])
    for channel in ("telegram", "max"):
        there = Address(channel=channel, chat="7")
        outages.end(outages.begin(channel, NOW), "delivered", there, NOW)
    outages.end(outages.begin("max", NOW), "silence", Address(channel="max", chat="7"), NOW)
    assert outages.slots({"telegram": 30, "max": 30}, NOW) == {"telegram": 30, "max": 0}
    assert outages.probes(NOW) == [Address(channel="max", chat="7")]
    outages.probed("max", answered=True, now=NOW)
    assert outages.on_trial(NOW) == ["max"]


class AnyHistory(RuleBasedStateMachine):
    """Whatever comes back in whatever order, nothing gets stuck and no flood gets through."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = NOW
        self.sent: list[tuple[Begun, bool]] = []
        """Acts on their way, and whether each began as the only one."""
        self.probes = 0

    @precondition(lambda self: self.breaker.room(self.now) != 0)
    @rule()
    def send(self) -> None:
        alone = self.breaker.room(self.now) == 1
        self.sent.append((self.breaker.begin(self.now), alone))
        if alone:
            assert self.breaker.room(self.now) == 0

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 9), news=st.sampled_from(["delivered", "answered", "silence"]))
    def come_back(self, which: int, news: News) -> None:
        begun, _ = self.sent.pop(which % len(self.sent))
        self.breaker.end(begun, news, ANNA, self.now)
        if news == "delivered":
            assert self.breaker.room(self.now) is None

    @rule()
    def look_after(self) -> None:
        self.probes += self.breaker.probe(self.now) is not None

    @precondition(lambda self: self.probes)
    @rule(answered=st.booleans())
    def probe_comes_back(self, *, answered: bool) -> None:
        self.probes -= 1
        self.breaker.probed(answered=answered, now=self.now)

    @rule(seconds=st.floats(0, 400))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def something_goes_on(self) -> None:
        """There is room, or something is on its way, or it is known when to look again."""
        again = self.breaker.look_again(self.now)
        due = replace(self.breaker).probe(self.now) is not None
        assert (
            self.breaker.room(self.now) != 0 or self.sent or self.probes or due or again is not None
        )
        assert again is None or again - self.now <= LONGEST_PAUSE

    @invariant()
    def closed_means_nothing_goes(self) -> None:
        if self.breaker.state == "closed":
            assert self.breaker.room(self.now) == 0
            assert self.breaker.since is not None


TestAnyHistory = AnyHistory.TestCase


@given(st.floats(0, 6 * 3600), st.booleans())
def test_the_end_of_an_outage_is_seen_and_few_acts_are_spent(
    seconds: float,
    posts_alone: bool,
) -> None:
    """Everything fails for so long, then works: within the longest pause, or as long again as it
    lasted, it is open."""
    breaker, now, acts = closed(), NOW, 1
    over = NOW + timedelta(seconds=seconds)
    for _ in range(200):
        if breaker.probe(now) is not None:
            breaker.probed(answered=posts_alone or now >= over, now=now)
        if breaker.room(now):
            acts += now < over
            news: News = "delivered" if now >= over else "silence"
            breaker.end(breaker.begin(now), news, ANNA, now)
        if breaker.state == "open":
            break
        now = max(now, breaker.look_again(now) or now)
    assert breaker.state == "open"
    assert now - over <= min(LONGEST_PAUSE, max(2 * SECOND, over - NOW + 2 * SECOND))
    assert acts <= (90 if posts_alone else 1)


def test_a_clock_that_is_set_back_does_not_lengthen_an_outage() -> None:
    """case A9: the next probe would have been a day away."""
    breaker = closed()
    assert breaker.probe(NOW) == ANNA
    breaker.probed(answered=False, now=NOW)
    earlier = NOW - 24 * HOUR
    assert breaker.probe(earlier) == ANNA
    breaker.probed(answered=True, now=earlier)
    breaker.begin(NOW)
    assert breaker.room(NOW) == 0
    assert breaker.room(earlier) == 1
