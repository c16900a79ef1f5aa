"""Dates as people write them: ``12.03``, ``12 марта``, ``March 12``, ``завтра``, ``in 3 days``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("мая", "may"),
    ("июн", "jun"), ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"),
    ("ноя", "nov"), ("дек", "dec"),
)  # fmt: skip
_WEEKDAYS: Final = (
    ("понедельник", "monday"), ("вторник", "tuesday"), ("сред", "wednesday"),
    ("четверг", "thursday"), ("пятниц", "friday"), ("суббот", "saturday"),
    ("воскресень", "sunday"),
)  # fmt: skip
_NEAR: Final = {
    "позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1, "послезавтра": 2,
    "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip
_NUMBERS: Final = {"день": 1, "неделю": 7, "day": 1, "week": 7}

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})[.\-](\d{1,2})(?:[.\-](\d{4}|\d{2}))?\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\b")
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|-?го|-?е)?\s+(?:of\s+)?([a-zа-я]{3,})\.?(?:,?\s+(\d{4}))?"
)
_MONTH_DAY = re.compile(r"\b([a-z]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(\d{4}))?")
_AHEAD = re.compile(r"\b(через|in)\s+(\d{1,3})\s+(день|дня|дней|недел[юиь]|days?|weeks?)\b")
_AGO = re.compile(r"\b(\d{1,3})\s+(день|дня|дней|недел[юиь]|days?|weeks?)\s+(?:назад|ago)\b")
_SOON = re.compile(r"\b(?:через|in a)\s+(день|неделю|day|week)\b")


def read_date(text: str, *, today: date, language: str) -> date | None:
    """The one date a text names, None if there is none or more than one.

    A date without a year is the one nearest to ``today``; a day of the week is the next one.
    ``language`` decides how ``3/4`` reads: day first, but for English month first.
    """
    words = " ".join(text.lower().replace("ё", "е").split())
    for way in (_iso, _worded, _numeric, _relative):
        found = set(way(words, today, language))
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _iso(words: str, today: date, language: str) -> Iterator[date]:
    for year, month, day in _ISO.findall(words):
        yield from _on(int(day), int(month), int(year), today)


def _worded(words: str, today: date, language: str) -> Iterator[date]:
    for day, name, year in _DAY_MONTH.findall(words):
        if month := _month(name):
            yield from _on(int(day), month, _year(year), today)
    for name, day, year in _MONTH_DAY.findall(words):
        if month := _month(name):
            yield from _on(int(day), month, _year(year), today)


def _numeric(words: str, today: date, language: str) -> Iterator[date]:
    for day, month, year in _DOTTED.findall(words):
        yield from _on(int(day), int(month), _year(year), today)
    for first, second, year in _SLASHED.findall(words):
        day, month = (second, first) if language == "en" else (first, second)
        if int(month) > 12:
            day, month = month, day
        yield from _on(int(day), int(month), _year(year), today)


def _relative(words: str, today: date, language: str) -> Iterator[date]:
    for word in re.findall(r"[a-zа-я]+", words):
        if word in _NEAR:
            yield today + timedelta(days=_NEAR[word])
    for _, count, unit in _AHEAD.findall(words):
        yield today + timedelta(days=int(count) * _days(unit))
    for count, unit in _AGO.findall(words):
        yield today - timedelta(days=int(count) * _days(unit))
    for unit in _SOON.findall(words):
        yield today + timedelta(days=_NUMBERS[unit])
    for number, names in enumerate(_WEEKDAYS):
        if any(re.search(rf"\b{name}", words) for name in names):
            yield today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _days(unit: str) -> int:
    return 7 if unit.startswith(("недел", "week")) else 1


def _month(name: str) -> int | None:
    for number, starts in enumerate(_MONTHS, start=1):
        if name.startswith(starts) or (number == 5 and name == "май"):
            return number
    return None


def _year(text: str) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _on(day: int, month: int, year: int | None, today: date) -> Iterator[date]:
    """The date, in the year nearest to today if none is named; nothing if there is no such day."""
    years = (year,) if year else (today.year - 1, today.year, today.year + 1)
    found = []
    for each in years:
        try:
            found.append(date(each, month, day))
        except ValueError:
            continue
    if found:
        yield min(found, key=lambda when: abs(when - today))
