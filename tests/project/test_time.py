"""Tests that pass on any day, in any zone and on a busy machine: what is asked of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests import moved
from tests.linear import assert_linear, repeated
from tests.project.waits import in_tests, offences

TESTS = Path(__file__).parents[1]
ALLOWED = {
    "waiting.py": "the one place where tests wait",
    "moved.py": "moves the clock",
    "linear.py": "the one place where processor time is measured",
    "crash/storing.py": "a process that is killed somewhere in its work",
    "moody_reader.py": "a child that hangs",
    "unit/delivery/test_clock.py": "tests the machine's clock itself, on a time of its own",
}
"""Modules that may, and why."""
MOST = 25
"""Tests that may look at a clock that cannot be moved."""


def test_no_test_reads_the_machines_clock_or_waits_for_luck() -> None:
    assert in_tests(TESTS, set(ALLOWED)) == []
    assert all((TESTS / each).exists() for each in ALLOWED), "no longer needed"


def test_few_tests_look_at_another_clock_and_each_says_why(request: pytest.FixtureRequest) -> None:
    marked = {
        (item.nodeid.partition("[")[0], *mark.args)
        for item in request.session.items
        for mark in item.iter_markers("real_time")
    }
    assert all(len(each) == 2 and len(str(each[1])) > 10 for each in marked), marked
    assert len(marked) <= MOST


@pytest.mark.parametrize(
    "line",
    [
        "SystemClock()",
        "x = datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "time.time()",
        "time.localtime()",
        "time.sleep(0)",
        "await asyncio.sleep(0.1)",
        "await asyncio.sleep(SOON)",
        "time.monotonic()",
        "await page.wait_for_timeout(300)",
        "threading.Timer(0.3, release)",
        "async with asyncio.timeout(5): ...",
        "await asyncio.wait_for(answer(), 3)",
        "await asyncio.wait_for(answer(), timeout=3)",
        "await telegram.wait_for(lambda: here, 5)",
        "f(lambda: time.time())",
    ],
)
def test_what_a_test_may_not_do(line: str) -> None:
    assert [at for at, _ in offences(f"async def test() -> None:\n    {line}\n")] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "StandingClock().now()",
        "SystemClock(wall=clock.wall, steady=clock.steady)",
        "time.localtime(5.0)",
        "await asyncio.sleep(0)",
        "async with asyncio.timeout(0): ...",
        "async with asyncio.timeout(PATIENCE): ...",
        "await telegram.wait_for(lambda: here)",
        "await telegram.wait_for(lambda: here, PATIENCE)",
    ],
)
def test_what_a_test_may_do(line: str) -> None:
    assert list(offences(f"async def test() -> None:\n    {line}\n")) == []


def test_a_marked_test_may_look() -> None:
    marked = '@pytest.mark.real_time("the time of a file")\ndef test() -> None:\n    time.time()\n'
    assert list(offences(marked)) == []


# --------------------------------------------------------------------------- another date


def test_every_commit_meets_its_moment_again() -> None:
    drawn = [moved.draw(f"{number}") for number in range(500)]
    assert drawn == [moved.draw(f"{number}") for number in range(500)]
    assert {each.kind for each in drawn} == set(moved.KINDS)
    assert {each.zone for each in drawn} == set(moved.ZONES)
    assert all(each.at.year in range(2026, 2047) for each in drawn)
    leap = {(each.at.month, each.at.day) for each in drawn if each.kind == "a leap day"}
    assert leap == {(2, 28), (2, 29)}
    new_year = {f"{each.at:%m-%d %H:%M}" for each in drawn if each.kind == "a new year"}
    assert new_year == {"12-31 23:58"}


def test_nights_of_a_clock_change_are_before_it() -> None:
    for number in range(200):
        moment = moved.draw(f"{number}")
        if moment.kind.startswith("clocks"):
            instant, zone = moment.at.astimezone(UTC), ZoneInfo(moment.zone)
            later = (instant + 2 * moved.BEFORE).astimezone(zone).utcoffset()
            before = moment.at.utcoffset()
            assert later is not None
            assert before is not None
            assert (later > before) == moment.kind.endswith("forward")
            assert later != before


def test_when_clocks_change() -> None:
    forward, back = moved.changes(2027, "Europe/Berlin")
    assert forward == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert back == datetime(2027, 10, 31, 1, tzinfo=UTC)


def test_a_moment_can_be_given_again() -> None:
    moment = moved.draw("a commit")
    told = dict(part.split("=") for part in str(moment).split())
    again = datetime.fromisoformat(told["MOMENT"]).replace(tzinfo=ZoneInfo(told["ZONE"]))
    assert moment.at - again < timedelta(minutes=1)


# --------------------------------------------------------------------------- bounded work


def test_work_that_grows_as_squares_is_told_from_work_that_does_not() -> None:
    def squares(text: str) -> int:
        return sum(text.count("b", number) for number in range(0, len(text), 8))

    assert_linear(str.split, repeated(["a", " "], 1))
    with pytest.raises(AssertionError, match="times as many took"):
        assert_linear(squares, repeated(["a"], 1))
