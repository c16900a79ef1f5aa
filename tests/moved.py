"""The suite on another date and in another time zone: `make test-moved`.

    python -m tests.moved [--moment 2028-02-29T23:58] [--zone Asia/Kathmandu] [-- PYTEST ARGUMENTS]

What is not given is drawn from the commit's hash, so that every commit meets another moment and
the same commit always the same one: nights when clocks change, leap days, new years, plain days
years ahead. Every process of the suite adds the same difference to the machine's time, inside the
process (``time-machine``): wall clocks and dates move, monotonic time stays. Other programs
(PostgreSQL, Dovecot, Chromium, the kernel's file times) keep the machine's clock; a test that has
to compare with theirs carries the mark ``real_time`` and is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

AHEAD = "LINEZERO_TESTS_AHEAD"
"""Environment variable: seconds that every process of the suite adds to the machine's time."""
ZONE = "LINEZERO_TESTS_ZONE"
"""Environment variable: the time zone those processes live in."""
YEARS = range(2027, 2046)
CHANGING = (
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Berlin",
    "Europe/Dublin",  # winter is the exception there
    "Pacific/Auckland",
)
"""Zones whose clocks change twice a year."""
ZONES = (
    *CHANGING,
    "America/Sao_Paulo",
    "Asia/Kathmandu",  # + 5:45
    "Asia/Kolkata",
    "Asia/Tashkent",
    "Asia/Vladivostok",
    "Europe/Moscow",
    "Pacific/Kiritimati",  # + 14, the first to have a day
    "Pacific/Niue",  # - 11, among the last
    "UTC",
)
BEFORE = timedelta(minutes=2)
"""How long before a night's event the suite starts: it runs on both sides of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and where the suite pretends to be."""

    at: datetime
    """Aware, in the zone."""
    zone: str
    kind: str
    """What is special about it, in words."""

    def __str__(self) -> str:
        return f"MOMENT={self.at:%Y-%m-%dT%H:%M} ZONE={self.zone}"


def draw(seed: str) -> Moment:
    """The moment of a commit; the same for the same hash."""
    chance = random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - no secret
    kind = chance.choice(KINDS)
    zone = chance.choice(CHANGING if kind.startswith("clocks") else ZONES)
    year = chance.choice([y for y in YEARS if kind != "a leap day" or y % 4 == 0])
    if kind.startswith("clocks"):
        forward, back = changes(year, zone)
        instant = (forward if kind.endswith("forward") else back) - BEFORE
        return Moment(at=instant.astimezone(ZoneInfo(zone)), zone=zone, kind=kind)
    day, clock = date(year, 1, 1), timedelta()
    if kind == "a new year":
        clock = -BEFORE
    elif kind == "a leap day":
        day = date(year, 2, 29)
        clock = chance.choice([-BEFORE, timedelta(hours=12), timedelta(days=1) - BEFORE])
    else:
        day += timedelta(days=chance.randrange(365))
        clock = timedelta(minutes=chance.randrange(24 * 60))
    at = datetime(day.year, day.month, day.day) + clock  # noqa: DTZ001 - of a zone, which comes next
    return Moment(at=at.replace(tzinfo=ZoneInfo(zone)), zone=zone, kind=kind)


KINDS = (
    "clocks go forward",
    "clocks go back",
    "a leap day",
    "a new year",
    "a plain day",
    "a plain day",
)


def changes(year: int, zone: str) -> tuple[datetime, datetime]:
    """The instants (UTC) of a year at which a zone's clocks go forward and back."""
    place, found = ZoneInfo(zone), {}
    for number in range(366):
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=number)
        if _offset(day, place) == _offset(day + timedelta(days=1), place):
            continue
        halves = (day + timedelta(minutes=30 * n) for n in range(1, 49))  # none changes in between
        instant = next(each for each in halves if _offset(each, place) != _offset(day, place))
        found[_offset(instant, place) > _offset(day, place)] = instant
    return found[True], found[False]


def _offset(instant: datetime, place: ZoneInfo) -> timedelta:
    offset = instant.astimezone(place).utcoffset()
    assert offset is not None
    return offset


def is_moved() -> bool:
    """Whether this process belongs to a suite on another date."""
    return AHEAD in os.environ


def move() -> None:
    """Move this process, if its suite is; it stays so. For programs of the suite, too."""
    if not is_moved():
        return
    zone = ZoneInfo(os.environ[ZONE])
    ahead = timedelta(seconds=float(os.environ[AHEAD]))
    time_machine.travel(datetime.now(zone) + ahead, tick=True).start()
    here = datetime.now().astimezone()
    if here.utcoffset() != here.astimezone(zone).utcoffset():
        raise RuntimeError(f"this system does not know the time zone {zone}: install tzdata")


def commit() -> str:
    """The hash of what is checked out; of a copy without history, today's date."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or f"{datetime.now(UTC):%Y-%m-%d}"


def main() -> None:
    """Run pytest with every process moved."""
    options = argparse.ArgumentParser()
    options.add_argument("--moment", help="local time in the zone, as 2028-02-29T23:58")
    options.add_argument("--zone", help="as Asia/Kathmandu")
    options.add_argument("arguments", nargs="*", help="for pytest")
    given = options.parse_args()
    seed = commit()
    moment = draw(seed)
    why = f"{moment.kind}, drawn from {seed[:12]}"
    if given.moment or given.zone:
        zone, why = given.zone or moment.zone, "as told"
        at = datetime.fromisoformat(given.moment) if given.moment else moment.at
        moment = Moment(at=at.replace(tzinfo=ZoneInfo(zone)), zone=zone, kind=why)
    sys.stdout.write(f"The suite at {moment.at.isoformat()} in {moment.zone}: {why}.\n")
    sys.stdout.write(f"Repeat with: make test-moved {moment}\n")
    sys.stdout.flush()
    ahead = moment.at.timestamp() - time.time()
    os.environ.update({AHEAD: f"{ahead:.3f}", ZONE: moment.zone, "TZ": moment.zone})
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *given.arguments])  # noqa: S606


if __name__ == "__main__":
    main()
