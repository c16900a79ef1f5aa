"""Budgets: never over the limit, never slower than needed, people before receipts (case B3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.decision import Urgency
from bot.delivery.pacing import TELEGRAM, Pacer

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
GROUP, PERSON = "-1001", "42"


def test_200_messages_to_a_group_arrive_at_the_groups_rate() -> None:
    """For case B3."""
    now = START
    sent: list[datetime] = []
    pacer = Pacer(TELEGRAM, now)
    while len(sent) < 200:
        wait = pacer.wait(GROUP, Urgency.PEOPLE, now)
        now += timedelta(seconds=wait)
        assert pacer.wait(GROUP, Urgency.PEOPLE, now) < 1e-3
        pacer.spend(GROUP, 1, now)
        sent.append(now)
    for position, moment in enumerate(sent):
        within = [m for m in sent[position:] if m - moment <= timedelta(minutes=1)]
        assert len(within) <= 20
    minutes = (sent[-1] - sent[0]) / timedelta(minutes=1)
    assert minutes < 200 / 19


def test_a_busy_group_leaves_room_for_people() -> None:
    """For case B3."""
    pacer = Pacer(TELEGRAM, START)
    posts = 0
    while pacer.wait(GROUP, Urgency.COSMETIC, START) == 0:
        pacer.spend(GROUP, 1, START)
        posts += 1
    assert 0 < posts < TELEGRAM.group.burst
    assert pacer.wait(GROUP, Urgency.NOTICE, START) == 0
    assert pacer.wait(GROUP, Urgency.PEOPLE, START) == 0


def test_one_full_chat_holds_up_no_other() -> None:
    pacer = Pacer(TELEGRAM, START)
    while pacer.wait(GROUP, Urgency.PEOPLE, START) == 0:
        pacer.spend(GROUP, 1, START)
    assert pacer.blocked(START) == [GROUP]
    assert pacer.wait(PERSON, Urgency.PEOPLE, START) == 0


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from([GROUP, PERSON, "-1002"]),
            st.sampled_from(list(Urgency)),
            st.integers(1, 3),
            st.floats(0, 30, allow_nan=False),
        ),
        max_size=200,
    )
)
def test_what_waits_as_long_as_told_may_go(
    steps: list[tuple[str, Urgency, int, float]],
) -> None:
    now = START
    pacer = Pacer(TELEGRAM, now)
    for chat, urgency, cost, pause in steps:
        now += timedelta(seconds=pause)
        wait = pacer.wait(chat, urgency, now)
        assert 0 <= wait < 3600
        now += timedelta(seconds=wait + 1e-6)
        assert pacer.wait(chat, urgency, now) < 1e-3
        pacer.spend(chat, cost, now)
        pacer.forget_idle(now)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Urgency)), st.integers(1, 11), st.floats(0, 90, allow_nan=False)
        ),
        max_size=120,
    )
)
def test_a_group_never_gets_more_than_twenty_messages_within_a_minute(
    wishes: list[tuple[Urgency, int, float]],
) -> None:
    """case B3: whenever they are wished for, albums included, in every stretch of a minute."""
    now, pacer = START, Pacer(TELEGRAM, START)
    sent: list[datetime] = []
    for urgency, cost, pause in wishes:
        now += timedelta(seconds=pause)
        if pacer.wait(GROUP, urgency, now, cost=cost) == 0:
            pacer.spend(GROUP, cost, now)
            sent += [now] * cost
        for moment in sent:
            assert sum(moment <= each <= moment + timedelta(minutes=1) for each in sent) <= 20


def test_eighteen_messages_to_a_quiet_group_go_at_once() -> None:
    pacer = Pacer(TELEGRAM, START)
    for _ in range(18):
        assert pacer.wait(GROUP, Urgency.PEOPLE, START) == 0
        pacer.spend(GROUP, 1, START)


@given(back=st.floats(0, 86400))
def test_a_clock_that_goes_back_gives_no_tokens_away(back: float) -> None:
    pacer = Pacer(TELEGRAM, START)
    while pacer.wait(PERSON, Urgency.PEOPLE, START) == 0:
        pacer.spend(PERSON, 1, START)
    earlier = START - timedelta(seconds=back)
    assert pacer.wait(PERSON, Urgency.PEOPLE, earlier) > 0
