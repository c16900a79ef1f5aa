"""Budgets: never over the limit, never slower than needed, people before receipts (case B3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.decision import Urgency
from bot.delivery.pacing import Pacer
from channels.telegram.limits import TELEGRAM

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


ROOMS = ["1@internet", "2@internet", "3@internet", "4@internet"]


def taken(pacer: Pacer, room: str, now: datetime, most: int = 99) -> int:
    """How many words of people a room may say at once."""
    count = 0
    while count < most and pacer.wait(GROUP, Urgency.PEOPLE, now, room=room) == 0:
        pacer.spend(GROUP, 1, now, room=room)
        count += 1
    return count


def test_no_room_takes_more_than_half_and_each_further_one_finds_room() -> None:
    """F9: whatever the first one has to say."""
    now, pacer = START, Pacer(TELEGRAM, START)
    counts = []
    for room in ROOMS[:3]:
        until, count = now + timedelta(seconds=59), 0
        pacer = Pacer(TELEGRAM, START) if room == ROOMS[0] else pacer
        at = now
        while at < until:
            count += taken(pacer, room, at)
            at += timedelta(seconds=1)
        counts.append(count)
        now = START + timedelta(seconds=50)  # the others begin before anything has come back
    first, second, third = counts
    assert first <= TELEGRAM.group.burst / 2
    assert second >= 4
    assert third >= 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ROOMS),
            st.sampled_from(list(Urgency)),
            st.integers(1, 11),
            st.floats(0, 20, allow_nan=False),
        ),
        max_size=80,
    )
)
def test_a_room_that_waits_as_long_as_told_may_go_and_others_only_help(
    wishes: list[tuple[str, Urgency, int, float]],
) -> None:
    """What is told is exact, in every state: neither too early, nor later than needed. And the
    group as a whole never gets more than it takes."""
    now, pacer = START, Pacer(TELEGRAM, START)
    sent: list[tuple[datetime, int, str]] = []
    for room, urgency, cost, pause in wishes:
        now += timedelta(seconds=pause)
        wait = pacer.wait(GROUP, urgency, now, cost=cost, room=room)
        assert 0 <= wait <= TELEGRAM.group.seconds
        if wait > 1e-3:
            early = now + timedelta(seconds=wait - 1e-3)
            assert pacer.wait(GROUP, urgency, early, cost=cost, room=room) > 0
        now += timedelta(seconds=wait)
        assert pacer.wait(GROUP, urgency, now, cost=cost, room=room) < 1e-3
        pacer.spend(GROUP, cost, now, room=room)
        sent.append((now, cost, room))
        minute = [each for each in sent if now - each[0] <= timedelta(minutes=1)]
        assert sum(cost for _, cost, _ in minute) <= 20
        mine = [cost for _, cost, of in minute if of == room]
        assert sum(mine) <= max(10, *mine)


@given(st.lists(st.floats(0, 90, allow_nan=False), max_size=60), st.floats(0, 600))
def test_the_first_words_of_a_room_go_at_once_beside_one_that_never_ends(
    pauses: list[float], moment: float
) -> None:
    """F9, property: one room takes all it is given, at any times whatever."""
    pacer, now, at = Pacer(TELEGRAM, START), START, START + timedelta(seconds=moment)
    for pause in pauses:
        now += timedelta(seconds=pause)
        if now >= at:
            break
        taken(pacer, ROOMS[0], now)
    assert taken(pacer, ROOMS[1], at, 5) == 5


@given(back=st.floats(1, 86400))
def test_a_clock_that_goes_back_holds_a_group_back_for_one_window_at_most(back: float) -> None:
    pacer = Pacer(TELEGRAM, START)
    for _ in range(20):
        pacer.spend(GROUP, 1, START)
    pacer.spend(PERSON, 3, START)
    earlier = START - timedelta(seconds=back)
    assert pacer.wait(GROUP, Urgency.PEOPLE, earlier) <= TELEGRAM.group.seconds
    assert pacer.wait(PERSON, Urgency.PEOPLE, earlier) <= 1
    later = earlier + timedelta(seconds=TELEGRAM.group.seconds)
    assert pacer.wait(GROUP, Urgency.PEOPLE, later) == 0
