"""Working hours of a desk: when it is open and when it opens next. Pure; time comes in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from escalation.durations import Duration
from escalation.public_holidays import known_country, public_holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INTERVAL = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_OFFSET = re.compile(r"(?:UTC|GMT)([+-]\d{1,2})(?::?00)?", re.ASCII)
_ABBREVIATIONS: Final = {
    "MSK": "Europe/Moscow", "МСК": "Europe/Moscow", "MOSCOW": "Europe/Moscow",
    "МОСКВА": "Europe/Moscow", "YEKT": "Asia/Yekaterinburg", "ALMT": "Asia/Almaty",
    "CEST": "Europe/Berlin", "EEST": "Europe/Kyiv", "EDT": "America/New_York",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
}  # fmt: skip
"""What people call a zone; a hint by spelling alone would name a zone of another continent."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


_SAMPLE: Final = "hours such as ['09:00-18:00'] are expected"


def _minutes(text: str) -> tuple[int, int]:
    if not _INTERVAL.fullmatch(text):
        raise ValueError(f'"{text}": an interval such as "09:00-13:00" is expected')
    begin, end = text.split("-")
    low, high = (int(part[:2]) * 60 + int(part[3:]) for part in (begin, end))
    if low >= high:
        raise ValueError(
            f'"{text}": the end must come after the beginning; '
            'a night shift is two intervals: "22:00-24:00" and, the next day, "00:00-06:00"'
        )
    return low, high


def known_zone(name: str) -> str:
    """The IANA name of a time zone.

    Raises:
        PydanticCustomError: there is none of this name; the nearest one is in the hint.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = _meant_zone(name)
        hint = f"did you mean {near!r}?" if near else "IANA names such as 'Europe/Moscow'"
        said = {"name": name, "hint": hint}
        raise PydanticCustomError("zone", "there is no time zone '{name}'", said) from error
    return name


def _meant_zone(name: str) -> str | None:
    """The zone of an abbreviation, of a difference to UTC, or of a name that looks like it."""
    plain = name.strip().upper().replace(" ", "").replace("\u2212", "-")
    if plain in _ABBREVIATIONS:
        return _ABBREVIATIONS[plain]
    if offset := _OFFSET.fullmatch(plain):
        # The signs of Etc/GMT are those of POSIX: west is plus.
        hours = int(offset[1])
        return f"Etc/GMT{-hours:+d}" if hours and -12 <= hours <= 14 else "UTC"
    near = get_close_matches(name, available_timezones(), n=1, cutoff=0.75)
    return near[0] if near else None


class Hours(BaseModel):
    """Weekly working hours in a time zone, with holidays. A day may have several intervals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str | None = Field(
        None, description="IANA name, e.g. `Europe/Moscow`; default: the workspace's."
    )
    week: dict[str, tuple[str, ...]] = Field(
        description="Intervals per day or range of days: `mon-fri: ['09:00-13:00', "
        "'14:00-18:00']`. A day that is not named is closed."
    )
    holidays: Annotated[
        tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])
    ] = Field(
        (),
        description="A country whose public holidays are kept, with moved days off and Saturdays "
        "worked for them: `RU`, or a part of one: `DE-BY`; closed dates: `2027-01-01`; or a list "
        "of both.",
    )
    before_holidays: Duration = Field(
        timedelta(),
        description="How much earlier the day before a public holiday ends: `1h`. Needs a country "
        "in `holidays`.",
    )
    days: dict[str, tuple[str, ...]] = Field(
        {},
        description="Dates with hours of their own: `'2026-12-30': ['09:00-14:00']`; with none it "
        "is closed. They count before everything else.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return None if value is None else known_zone(value)

    @field_validator("week", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        """One interval may stand without brackets; anything else is told with a sample."""
        if not isinstance(value, dict):
            return value
        for days, intervals in value.items():
            if not isinstance(intervals, str | list | tuple):
                raise PydanticCustomError("hours", _SAMPLE, {"days": str(days), "at": (days,)})
            if isinstance(intervals, str) and not _INTERVAL.fullmatch(intervals):
                raise PydanticCustomError("hours", _SAMPLE, {"days": days, "at": (days,)})
        return {d: (i,) if isinstance(i, str) else i for d, i in value.items()}

    @field_validator("week")
    @classmethod
    def _known_days(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        named: dict[str, str] = {}
        for days, intervals in value.items():
            for day in _days(days):
                if day in named:
                    raise ValueError(f'{day} is named twice: in "{named[day]}" and in "{days}"')
                named[day] = days
            _apart(days, intervals)
        if not any(value.values()):
            raise ValueError("a week without any working hour")
        return value

    @field_validator("holidays")
    @classmethod
    def _known_holidays(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            if text[:1].isalpha():
                known_country(text)
            else:
                _known_date(text)
        return value

    @field_validator("days")
    @classmethod
    def _known_hours(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for text, intervals in value.items():
            _known_date(text)
            _apart(text, intervals)
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.before_holidays and not self._countries:
            raise ValueError("before_holidays needs a country in holidays, such as RU")
        for text in self.days:
            if text in self.holidays:
                raise ValueError(f'"{text}" stands in holidays and in days')
        return self

    @property
    def _countries(self) -> list[str]:
        return [text for text in self.holidays if text[:1].isalpha()]

    def zone(self, default: str) -> ZoneInfo:
        return ZoneInfo(self.timezone or default)

    def intervals(self, day: date) -> list[tuple[int, int]]:
        """Open intervals of a date, in minutes from its midnight, ascending.

        A date in ``days`` has the hours written there. A public holiday, a day off that was moved
        and a date in ``holidays`` have none. A Saturday that is worked in exchange has those of the
        last working day of the week before it, unless the week names its own.
        """
        text = day.isoformat()
        if text in self.days:
            return sorted(map(_minutes, self.days[text]))
        years = [public_holidays(country, day.year) for country in self._countries]
        if text in self.holidays or any(day in year.off for year in years):
            return []
        intervals = self._usual(day.weekday())
        if not intervals and any(day in year.worked for year in years):
            earlier = (self._usual((day.weekday() - back) % 7) for back in range(1, 7))
            intervals = next(filter(None, earlier), [])
        if self.before_holidays and any(day in year.eves for year in years):
            intervals = _shortened(intervals, round(self.before_holidays / timedelta(minutes=1)))
        return intervals

    def _usual(self, weekday: int) -> list[tuple[int, int]]:
        """The intervals of a day of the week, 0 for Monday."""
        return sorted(
            _minutes(text)
            for days, intervals in self.week.items()
            if DAYS[weekday] in _days(days)
            for text in intervals
        )

    def opens(self, now: datetime, default_zone: str) -> datetime | None:
        """When it is next open: ``now`` itself if it is open, None if never within a year.

        Args:
            now: aware time.
            default_zone: IANA zone used when the hours name none.
        """
        zone = self.zone(default_zone)
        moment = now.astimezone(UTC)
        today = now.astimezone(zone).date()
        for ahead in range(367):
            for begin, end in self.spans(today + timedelta(days=ahead), zone):
                if end > moment:
                    return now if begin <= moment else begin.astimezone(now.tzinfo)
        return None

    def after(self, start: datetime, span: timedelta, default_zone: str) -> datetime | None:
        """When so much open time has passed since ``start``, None if that takes over five years.

        It is the end of that time: eight hours from the opening of a day of eight hours are its
        closing, not the next morning.

        Args:
            start: aware time; closed time before the next opening does not count.
            span: open time, longer than nothing.
            default_zone: IANA zone used when the hours name none.
        """
        zone, left = self.zone(default_zone), span
        moment, today = start.astimezone(UTC), start.astimezone(zone).date()
        for ahead in range(5 * 366):
            for begin, end in self.spans(today + timedelta(days=ahead), zone):
                moment = max(moment, begin)
                if end - moment >= left:
                    return (moment + left).astimezone(start.tzinfo)
                if end > moment:
                    left, moment = left - (end - moment), end
        return None

    def worked(self, start: datetime, end: datetime, default_zone: str) -> timedelta:
        """How much open time lies between two moments, nothing if ``end`` comes first.

        It is what :meth:`after` counts: ``worked(start, after(start, span)) == span``.
        """
        zone, total = self.zone(default_zone), timedelta()
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        day, last_day = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last_day:
            for begin, finish in self.spans(day, zone):
                total += max(timedelta(), min(finish, last) - max(begin, first))
            day += timedelta(days=1)
        return total

    def spans(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        """The open intervals of a date as moments in UTC, ascending.

        Hours are what the wall clock says, so a day on which clocks change has an hour more or
        less. A time that is skipped is the moment an hour later; of one that comes twice, the
        first counts.
        """
        spans = [
            (_moment(day, low, zone), _moment(day, high, zone)) for low, high in self.intervals(day)
        ]
        return sorted((begin, end) for begin, end in spans if begin < end)

    def open_at(self, now: datetime, default_zone: str) -> bool:
        return self.opens(now, default_zone) == now


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _known_date(text: str) -> None:
    wrong = f'"{text}": a date such as "2027-01-01" is expected'
    if not _DATE.fullmatch(text):  # fromisoformat reads other forms too
        raise ValueError(wrong)
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(wrong) from error


def _apart(where: str, intervals: tuple[str, ...]) -> None:
    """Each interval is one, and none begins before the one before it ended."""
    last = -1
    for low, high in sorted(_minutes(text) for text in intervals):
        if low < last:
            raise ValueError(f'"{where}": intervals overlap')
        last = high


def _shortened(intervals: list[tuple[int, int]], minutes: int) -> list[tuple[int, int]]:
    """The same working day, so many minutes of work shorter at its end."""
    kept = list(intervals)
    while kept and minutes > 0:
        low, high = kept.pop()
        if high - low > minutes:
            kept.append((low, high - minutes))
        minutes -= high - low
    return kept


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The time somebody works in: their hours, or all the time without any."""

    hours: Hours | None
    zone: str
    """IANA zone for hours that name none."""

    def after(self, start: datetime, span: timedelta) -> datetime | None:
        """See :meth:`Hours.after`; nothing has passed at ``start`` itself."""
        if self.hours is None or span <= timedelta():
            return start + max(span, timedelta())
        return self.hours.after(start, span, self.zone)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """See :meth:`Hours.worked`."""
        if self.hours is None:
            return max(end - start, timedelta())
        return self.hours.worked(start, end, self.zone)

    def opens(self, now: datetime) -> datetime | None:
        """See :meth:`Hours.opens`."""
        return now if self.hours is None else self.hours.opens(now, self.zone)


def _days(text: str) -> tuple[str, ...]:
    """The days a key names: ``mon``, ``mon-fri`` or ``sat,sun``."""
    named: list[str] = []
    for part in text.replace(" ", "").split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            raise ValueError(f'"{text}": days such as "mon", "mon-fri" or "sat,sun" are expected')
        low, high = DAYS.index(ends[0]), DAYS.index(ends[-1])
        named += DAYS[low : high + 1] if low <= high else DAYS[low:] + DAYS[: high + 1]
    return tuple(named)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Minutes from midnight on the wall clock of a zone, as a moment in UTC."""
    if minutes == 24 * 60:
        day, minutes = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    return local.astimezone(UTC)
