"""Working hours, clocks that change included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from escalation.calendar import DAYS, Hours

BERLIN = ZoneInfo("Europe/Berlin")  # clocks change on 2026-03-29 and 2026-10-25
OFFICE = Hours(
    week={"mon-fri": ("09:00-13:00", "14:00-18:00"), "sat": ("10:00-15:00",)},
    holidays=("2026-11-23",),
)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20 08:59", "2026-11-20 09:00"),  # a Friday
        ("2026-11-20 09:00", "2026-11-20 09:00"),
        ("2026-11-20 12:59", "2026-11-20 12:59"),
        ("2026-11-20 13:00", "2026-11-20 14:00"),  # lunch
        ("2026-11-20 18:00", "2026-11-21 10:00"),
        ("2026-11-21 15:00", "2026-11-24 09:00"),  # Sunday, then a holiday
    ],
)
def test_when_a_desk_opens(now: str, opens: str) -> None:
    """The calendar under case G8 and case F8: several intervals, lunch, holidays."""
    assert OFFICE.opens(at(now), "Europe/Berlin") == at(opens)
    assert OFFICE.open_at(at(now), "Europe/Berlin") is (now == opens)


def test_hours_are_read_in_their_own_zone() -> None:
    hours = Hours(timezone="Asia/Yekaterinburg", week={"mon-sun": ("09:00-18:00",)})
    now = at("2026-11-20 06:30", ZoneInfo("Europe/Moscow"))
    assert hours.opens(now, "Europe/Moscow") == at("2026-11-20 07:00", ZoneInfo("Europe/Moscow"))


def test_a_desk_that_is_closed_for_over_a_year_says_so() -> None:
    hours = Hours(week={"sun": ("10:00-11:00",)}, days=dict.fromkeys(sundays(), ()))
    assert hours.opens(at("2026-11-20 12:00"), "Europe/Berlin") is None


def sundays() -> list[str]:
    return [(date(2026, 1, 4) + timedelta(weeks=n)).isoformat() for n in range(110)]


def test_a_week_may_wrap_around_and_a_day_may_end_at_midnight() -> None:
    hours = Hours(week={"fri-mon": ("22:00-24:00",)})
    assert [bool(hours.intervals(date(2026, 11, day))) for day in range(16, 23)] == [
        True, False, False, False, True, True, True,
    ]  # fmt: skip
    assert hours.open_at(at("2026-11-20 23:59"), "Europe/Berlin")
    assert hours.opens(at("2026-11-21 00:00"), "Europe/Berlin") == at("2026-11-21 22:00")


def test_an_interval_over_the_hour_that_comes_twice_is_an_hour_longer() -> None:
    hours = Hours(week={"sun": ("01:00-04:00",)})
    ((begin, end),) = hours.spans(date(2026, 10, 25), BERLIN)
    assert end - begin == timedelta(hours=4)
    ((begin, end),) = hours.spans(date(2026, 3, 29), BERLIN)
    assert end - begin == timedelta(hours=2)


def test_a_time_that_comes_twice_never_opens_in_the_past() -> None:
    """Compared by the wall clock, the second 02:50 would be before the first 02:55."""
    hours = Hours(week={"sun": ("02:55-02:58",), "mon": ("09:00-10:00",)})
    second = datetime(2026, 10, 25, 1, 50, tzinfo=UTC)  # 02:50 again in Berlin
    assert hours.opens(second, "Europe/Berlin") == datetime(2026, 10, 26, 8, 0, tzinfo=UTC)


def test_an_interval_inside_the_hour_that_is_skipped_comes_an_hour_later() -> None:
    hours = Hours(week={"sun": ("02:10-02:20",)})
    now = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert hours.opens(now, "Europe/Berlin") == datetime(2026, 3, 29, 1, 10, tzinfo=UTC)


minutes = st.integers(0, 24 * 60)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    week: dict[str, tuple[str, ...]] = {}
    for day in draw(st.sets(st.sampled_from(DAYS))):
        ends = sorted(draw(st.sets(minutes, max_size=6)))
        pairs = zip(ends[::2], ends[1::2], strict=False)
        week[day] = tuple(f"{clock(low)}-{clock(high)}" for low, high in pairs)
    return week


zones = st.sampled_from(
    ["UTC", "Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
     "America/Santiago", "Asia/Kathmandu", "Africa/Casablanca"]
)  # fmt: skip


@given(weeks().filter(lambda week: any(week.values())), zones, st.integers(0, 2 * 365 * 86_400))
def test_opening_is_never_in_the_past_and_is_really_open(
    week: dict[str, tuple[str, ...]], zone: str, seconds: int
) -> None:
    """Acceptance case G8, days on which clocks change included: ``opens`` answers with an open
    moment, and nothing before it is open."""
    hours = Hours(week=week)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    opens = hours.opens(now, zone)
    assert opens is not None
    assert opens >= now
    assert hours.open_at(opens, zone)
    if opens > now:
        between = now + (opens - now) / 2
        assert not hours.open_at(between, zone)
        assert hours.opens(between, zone) == opens


@pytest.mark.parametrize(
    ("week", "message"),
    [
        ({"mon": ("9-18",)}, "an interval such as"),
        ({"mon": ("18:00-09:00",)}, "the end must come after the beginning"),
        ({"mon": ("09:00-13:00", "12:00-18:00")}, "intervals overlap"),
        ({"monday": ("09:00-18:00",)}, "days such as"),
        ({"mon-fri": ("09:00-18:00",), "fri": ("09:00-16:00",)}, "fri is named twice"),
        ({}, "a week without any working hour"),
        ({"mon-fri": ()}, "a week without any working hour"),
    ],
)
def test_hours_that_can_not_be_meant_are_refused(
    week: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Hours(week=week)


@pytest.mark.parametrize("day", ["20270101", "2027-13-01", "1.1.2027", "2027-W01-1"])
def test_a_holiday_is_a_date(day: str) -> None:
    with pytest.raises(ValidationError, match="a date such as"):
        Hours(week={"mon": ("09:00-18:00",)}, holidays=(day,))
