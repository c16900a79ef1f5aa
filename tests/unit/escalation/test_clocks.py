"""Clocks as values: they count working time, stand still and go on, and never run backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.calendar import Hours, WorkingTime
from escalation.clocks import Clock

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, 09:00 in Moscow
HOURS = Hours(
    timezone="Europe/Moscow",
    week={"mon-fri": ("09:00-13:00", "14:00-18:00")},
    holidays=("2026-11-25",),
)
NIGHT = Hours(timezone="Europe/Berlin", week={"mon-sun": ("00:00-06:00", "22:00-24:00")})


def calendars(desk: str) -> WorkingTime:
    return WorkingTime({"office": HOURS, "night": NIGHT}.get(desk), "UTC")


def clock(hours: float = 8, desk: str = "office") -> Clock:
    return Clock(kind="resolution", target=timedelta(hours=hours), desk=desk)


def after(**span: float) -> datetime:
    return START + timedelta(**span)


def test_it_counts_working_time_over_lunch_night_and_a_holiday() -> None:
    """case G8, case I2: due on Tuesday's end; Wednesday is a holiday."""
    running = clock(16).started(START)
    assert running.due(calendars) == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert clock(17).started(START).due(calendars) == datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    assert running.worked(after(hours=5), calendars) == timedelta(hours=4)


def test_it_stands_still_while_somebody_else_is_waited_for() -> None:
    """case I3: an hour, then two days of waiting, then the rest."""
    asked = clock(2).started(START).stopped(after(hours=1), calendars)
    assert asked.due(calendars) is None
    assert asked.worked(after(days=2), calendars) == timedelta(hours=1)
    again = asked.started(after(days=3))
    assert again.due(calendars) == after(days=3, hours=1)


def test_it_goes_on_at_another_desk_in_that_desk_s_hours() -> None:
    """case I7: what was counted stays; from then on the other desk's working time counts."""
    moved = clock(4).started(START).at_desk("night", after(hours=1), calendars)
    assert moved.worked(after(hours=1), calendars) == timedelta(hours=1)
    assert moved.due(calendars) == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # 22:00 + 3 h, Berlin


def test_shares_of_the_target() -> None:
    """case I6: a warning before, the breach, and twice the promise."""
    running = clock(4).started(START)
    assert running.due(calendars, 0.75) == after(hours=3)
    assert running.due(calendars, 1) == after(hours=4)
    assert running.due(calendars, 2) == after(hours=9)


def test_what_is_counted_already_is_due_at_once() -> None:
    late = clock(1).started(START).stopped(after(hours=3), calendars).started(after(days=1))
    assert late.due(calendars) == after(days=1)


MOMENTS = st.integers(0, 60 * 24 * 20).map(lambda minutes: START + timedelta(minutes=minutes))
ACTS = st.lists(st.tuples(MOMENTS, st.sampled_from(["start", "stop", "office", "night", "gone"])))


@given(ACTS)
def test_whatever_happens_to_it_time_never_runs_backwards(
    acts: list[tuple[datetime, str]],
) -> None:
    """case I3: asking, answering, pausing, resuming, moving in any order, and also with a clock of
    the machine that is set back in between."""
    running, counted = clock(), timedelta()
    for now, act in acts:
        assert running.worked(now, calendars) >= counted
        if act == "start":
            running = running.started(now)
        elif act == "stop":
            running = running.stopped(now, calendars)
        else:
            running = running.at_desk(act, now, calendars)
        assert running.worked(now, calendars) >= counted
        counted = running.spent


@given(ACTS.map(lambda acts: sorted(acts, key=lambda act: act[0])))
def test_it_counts_what_it_ran_and_nothing_else(acts: list[tuple[datetime, str]]) -> None:
    """case I3: worked time is additive over any split into runs and pauses."""
    running, expected = clock(), timedelta()
    since, desk = None, "office"
    for now, act in acts:
        if act not in {"start", "stop"}:
            if since is not None:
                expected += calendars(desk).worked(since, now)
                since = now
            desk = act
            running = running.at_desk(act, now, calendars)
        elif act == "start":
            running, since = running.started(now), since or now
        else:
            if since is not None:
                expected += calendars(desk).worked(since, now)
            running, since = running.stopped(now, calendars), None
    assert running.stopped(acts[-1][0] if acts else START, calendars).spent == expected + (
        calendars(desk).worked(since, acts[-1][0]) if since is not None else timedelta()
    )


@given(st.floats(0.1, 4), MOMENTS)
def test_it_is_due_when_it_has_counted_its_share(share: float, begin: datetime) -> None:
    running = clock().started(begin)
    due = running.due(calendars, share)
    assert due is not None
    assert running.worked(due, calendars) == running.target * share
