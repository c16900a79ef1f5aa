"""Days that a country works and does not: holidays, moved days off, shortened days."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from escalation.calendar import Hours
from tests.mail_corpora import shared_folder

WEEK = {"mon-fri": ("09:00-13:00", "14:00-18:00")}
RUSSIA = Hours.model_validate(
    {"timezone": "Europe/Moscow", "week": WEEK, "holidays": "RU", "before_holidays": "1h"}
)
FULL, SHORT = [(540, 780), (840, 1080)], [(540, 780), (840, 1020)]


def production_calendar() -> dict[str, Any]:
    file = shared_folder().parents[1] / "data" / "calendar" / "ru-2026-2027.json"
    if not file.exists():
        pytest.skip("needs the shared data: calendar/ru-2026-2027.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_every_day_of_two_years_in_russia() -> None:
    """case I2: the production calendar of 2026 and 2027, day by day."""
    for year, known in production_calendar().items():
        days = [date(int(year), 1, 1) + timedelta(days=n) for n in range(365)]
        for day in days:
            usual = day.weekday() < 5
            off = day.isoformat() in known["weekdays_off"]
            worked = day.isoformat() in known["weekend_days_worked"]
            short = day.isoformat() in known["shortened_by_an_hour"]
            expected = [] if off or not (usual or worked) else SHORT if short else FULL
            assert RUSSIA.intervals(day) == expected, day
        assert sum(bool(RUSSIA.intervals(day)) for day in days) == known["working_days"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-03", SHORT),  # the eve of Unity Day
        ("2026-11-04", []),
        ("2026-12-30", FULL),  # New Year's Eve is off by decree: no eve of a holiday itself
        ("2026-12-31", []),
        ("2027-02-19", FULL),
        ("2027-02-20", SHORT),  # a Saturday, worked for Monday the 22nd, the eve of the 23rd
        ("2027-02-22", []),
        ("2027-05-07", FULL),
        ("2027-11-05", []),
    ],
)
def test_a_day_in_russia(day: str, expected: list[tuple[int, int]]) -> None:
    """case I2, without the shared data: working Saturdays, days off that were moved, eves."""
    assert RUSSIA.intervals(date.fromisoformat(day)) == expected


def test_what_is_written_by_hand_wins() -> None:
    """case I2: own days off, own hours of a day, work on a public holiday."""
    hours = RUSSIA.model_copy(
        update={
            "holidays": ("RU", "2026-11-24"),
            "days": {
                "2026-11-04": ("10:00-12:00",),
                "2026-11-25": (),
                "2026-11-28": ("10:00-15:00",),
            },
        }
    )
    assert hours.intervals(date(2026, 11, 4)) == [(600, 720)]
    assert hours.intervals(date(2026, 11, 24)) == []
    assert hours.intervals(date(2026, 11, 25)) == []
    assert hours.intervals(date(2026, 11, 28)) == [(600, 900)]


def test_a_saturday_that_the_week_names_keeps_its_hours_when_it_is_worked() -> None:
    hours = Hours.model_validate({"week": WEEK | {"sat": ("10:00-15:00",)}, "holidays": ["RU"]})
    assert hours.intervals(date(2027, 2, 20)) == [(600, 900)]
    assert hours.intervals(date(2027, 5, 1)) == []


def test_a_day_shortened_by_more_than_its_last_interval() -> None:
    hours = RUSSIA.model_copy(update={"before_holidays": timedelta(hours=5)})
    assert hours.intervals(date(2026, 11, 3)) == [(540, 720)]
    assert (
        RUSSIA.model_copy(update={"before_holidays": timedelta(hours=9)}).intervals(
            date(2026, 11, 3)
        )
        == []
    )


def test_other_countries_and_parts_of_them() -> None:
    bavaria = Hours.model_validate({"week": WEEK, "holidays": "DE-BY"})
    germany = Hours.model_validate({"week": WEEK, "holidays": "DE"})
    assert bavaria.intervals(date(2026, 1, 6)) == []
    assert germany.intervals(date(2026, 1, 6)) == FULL


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"holidays": "XX"}, "no public holidays are known of 'XX'"),
        ({"holidays": "DE-XX"}, "no public holidays are known of 'DE-XX'"),
        ({"holidays": "Russia"}, "no public holidays are known of 'Russia'"),
        ({"before_holidays": "1h"}, "needs a country"),
        ({"before_holidays": "soon", "holidays": "RU"}, "a duration such as"),
        ({"days": {"tomorrow": []}}, "a date such as"),
        ({"days": {"2026-12-30": ["9-14"]}}, "an interval such as"),
        ({"days": {"2026-12-30": ["09:00-14:00", "13:00-15:00"]}}, "overlap"),
        ({"days": {"2026-12-30": []}, "holidays": ["2026-12-30"]}, "in holidays and in days"),
    ],
)
def test_what_can_not_be_meant_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hours.model_validate({"week": WEEK} | settings)


moments = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(moments, moments, moments)
def test_worked_time_is_additive_and_monotone(
    first: datetime, second: datetime, third: datetime
) -> None:
    """case I3: however a span is split, its parts make the whole, and none runs backwards."""
    start, middle, end = sorted((first, second, third))

    def worked(since: datetime, until: datetime) -> timedelta:
        return RUSSIA.worked(since, until, "UTC")

    assert worked(start, middle) + worked(middle, end) == worked(start, end)
    assert timedelta() <= worked(start, middle) <= worked(start, end) <= end - start
    assert worked(end, start) == timedelta()


@given(moments, st.integers(1, 60 * 60 * 24 * 20))
def test_after_and_worked_are_each_other_s_inverse(start: datetime, seconds: int) -> None:
    span = timedelta(seconds=seconds)
    due = RUSSIA.after(start, span, "UTC")
    assert due is not None
    assert RUSSIA.worked(start, due, "UTC") == span
    assert RUSSIA.worked(start, due - timedelta(microseconds=1), "UTC") < span
