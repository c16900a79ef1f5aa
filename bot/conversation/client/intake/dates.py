"""Dates as people write them: ``12.03``, ``12 марта``, ``March 12``, ``завтра``, ``in 3 days``.

A date is taken only where the words around it leave no doubt. A version, a street, a share of an
hour and a decimal number look like dates; "last", "before" and "not" turn one into another. What
is doubtful is asked again, since a wrong day costs a visit and a question costs a line.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from bot.conversation.client.intake.date_words import (
    AFTER_A_DAY,
    BEFORE_A_NUMBER,
    BOUNDS,
    COUNTS,
    HOUSE,
    MONTHS,
    NEAR,
    NOT,
    ONE,
    SHORT_WEEKDAYS,
    STREET,
    STREET_AFTER,
    UNITS,
    WEEKDAYS,
    WHICH,
)


class NoDate(Enum):
    """Why a text names no day; the value ends the key of what is asked then."""

    NONE = ""
    SEVERAL = "several"  #: more than one day, or a span of days
    TIME = "time"  #: an hour, which this question does not keep
    BOUND = "bound"  #: "before" or "after" a day, or any but that day
    WHICH = "which"  #: "next Friday", and two Fridays may be meant


@dataclass(frozen=True, slots=True)
class _Found:
    """A date, or what is wrong with it, and where it stands in the text."""

    start: int
    end: int
    when: date | NoDate


_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|-?го|-?е|-?ое|-?ого)?"
_YEAR: Final = (
    r"(?:,?\s*(?P<year>(?:19|20)\d\d)(?:\s*г(?:ода|\.)?)?(?![\w])"
    r"|\s+(?:of\s+)?(?P<whose>прошлого|этого|следующего|last|this|next)\s+(?:года|year)\b)?"
)
_BORDER: Final = r"(?<![\w.,:/№#+-])"
_END: Final = r"(?![\w/:]|[.,-]\d)"
_OPEN: Final = r"(?<![\w.,:/№#+])"
"""As ``_BORDER``, and a span of days may end here: ``10-12 декабря``."""

_ISO = re.compile(rf"{_BORDER}((?:19|20)\d\d)([-./])(\d{{1,2}})\2(\d{{1,2}}){_END}")
_WHOLE = re.compile(rf"{_BORDER}(\d{{1,2}})([-./])(\d{{1,2}})\2((?:19|20)\d\d|\d\d){_END}")
_PAIR = re.compile(rf"{_BORDER}(\d{{1,2}})([./])(\d{{1,2}}){_END}")
_DAY_MONTH = re.compile(rf"{_OPEN}{_DAY}\s*(?:of\s+)?\b(?P<month>{_MONTH})\b\.?{_YEAR}")
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w/:]|[.,]\d){_YEAR}"
)
_NEAR = re.compile(rf"\b(?:{'|'.join(sorted(NEAR, key=len, reverse=True))})\b")
_COUNT: Final = rf"(?:(?P<count>\d{{1,3}}(?:[.,]\d)?|{'|'.join(COUNTS)})\s+)?"
_UNIT: Final = rf"(?P<unit>{'|'.join(sorted(UNITS, key=len, reverse=True))})\b"
_AHEAD = re.compile(
    rf"(?:\b(?:через|спустя|in)\s+{_COUNT}{_UNIT}|(?<![\w-]){_COUNT.replace('count', 'n')}"
    rf"{_UNIT.replace('unit', 'u')}\s+from\s+(?:now|today)\b)"
)
_AGO = re.compile(rf"(?<![\w.,-]){_COUNT}{_UNIT}\s+(?:назад|ago)\b")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\b")
_WEEK: Final = {
    -1: re.compile(r"\bна прошлой неделе|\bthe week before\b|\blast week\b"),
    0: re.compile(r"\bна этой неделе|\bthis week\b"),
    1: re.compile(r"\bна следующей неделе|\bnext week\b"),
}
_OTHER_WEEK: Final = re.compile(r"\bна той неделе|\bпозапрошл\w+|\bчерез неделю\b|\bthat week\b")

_RANGE_BEFORE = re.compile(
    r"(?:\d(?:-?го)?\s*(?:-|,|по|до|и|или|либо|to|and|or|till|until|through)\s*|\bпо\s+)$"
)
_RANGE_AFTER = re.compile(r"\s*(?:-\s*\d|(?:по|до|to|till|until|through|or|and|или|и)\s+\d)")
_TIME = re.compile(
    r"(?<![\d.])\d{1,2}:\d\d\b"
    r"|\b\d{1,2}\s?(?:am|pm|a\.m|p\.m|o'clock|утра|вечера|ночи|час(?:а|ов|ам|у)?|ч)\b"
    r"|\b(?:в|at|к|около|after|после|до|с|from)\s+\d{1,2}(?:\.\d\d)?(?=\s*(?:$|[,!?;]|\.(?!\d)"
    r"|-\s*\d|дня|ровно|до\s|to\s|или\s|or\s))"
    r"|\bв\s+\d{1,2}\.\d\d\b"
)
_CANNOT = re.compile(
    r"\bне (?:могу|смогу|получится|выйдет|подходит)\b|\b(?:can't|cannot|can not)\b"
)
_FROM = re.compile(r"\b(?:с|со|from|since|on|the|в|во|на|числа)\s*$")


def read_date(text: str, *, today: date, language: str) -> date | NoDate:
    """The one date a text names.

    A date without a year is the one nearest to ``today``; a day of the week is the next one. Parts
    of a week are days, halves rounded up. ``language`` decides how ``3/4`` reads: day first, but
    for English month first.
    """
    words = " ".join(text.lower().replace("ё", "е").split())
    words = words.replace("после завтра", "послезавтра")
    found = _without_overlaps(_all(words, today, language))
    days = {each.when for each in found if isinstance(each.when, date)}
    faults = [each.when for each in found if isinstance(each.when, NoDate)]
    if len(days) > 1:
        return NoDate.SEVERAL
    if faults:
        return faults[0]
    taken = [(each.start, each.end) for each in found]
    if any(not any(a <= m.start() < b for a, b in taken) for m in _TIME.finditer(words)):
        return NoDate.TIME
    if not days:
        return NoDate.NONE
    return NoDate.BOUND if _CANNOT.search(words) else days.pop()


def _all(words: str, today: date, language: str) -> Iterator[_Found]:
    """Everything that reads as a date, surest first."""
    for found in (
        *_written(words, today, language),
        *_named(words, today),
        *_counted(words, today),
        *_near(words, today),
        *_weekdays(words, today),
    ):
        yield _judged(words, found)


def _without_overlaps(found: Iterator[_Found]) -> list[_Found]:
    kept: list[_Found] = []
    for each in found:
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return kept


def _judged(words: str, found: _Found) -> _Found:
    """The date in the light of the words around it."""
    if found.when is NoDate.NONE:
        return found
    before, after = words[: found.start].rstrip(), words[found.end :]
    near = _FROM.sub("", before).rstrip()
    if _RANGE_BEFORE.search(words[: found.start]) or _RANGE_AFTER.match(after):
        return _Found(found.start, found.end, NoDate.SEVERAL)
    last = re.search(r"[\w']+$", near)
    if last is not None and last[0] in BOUNDS | NOT:
        return _Found(found.start, found.end, NoDate.BOUND)
    bound = re.search(r"[\w']+$", before)
    if bound is not None and bound[0] in BOUNDS | NOT:
        return _Found(found.start, found.end, NoDate.BOUND)
    return found


# --------------------------------------------------------------------------- figures


def _written(words: str, today: date, language: str) -> Iterator[_Found]:
    for m in _ISO.finditer(words):
        yield from _on(m, int(m[4]), int(m[3]), int(m[1]), today)
    for m in _WHOLE.finditer(words):
        if not _is_numbered(words, m):
            year = int(m[4]) if len(m[4]) == 4 else 2000 + int(m[4])
            day, month = _ordered(m[1], m[3], slash=m[2] == "/", language=language)
            yield from _on(m, day, month, year, today)
    for m in _PAIR.finditer(words):
        if _is_a_day(words, m):
            day, month = _ordered(m[1], m[3], slash=m[2] == "/", language=language)
            yield from _on(m, day, month, None, today)


def _ordered(first: str, second: str, *, slash: bool, language: str) -> tuple[int, int]:
    day, month = int(first), int(second)
    if slash and language == "en":
        day, month = month, day
    return (month, day) if slash and month > 12 else (day, month)


def _is_numbered(words: str, match: re.Match[str]) -> bool:
    """Whether the word before says that the figures are a version or a number of something."""
    before = re.search(r"([\w.']+)[\s:№#]*$", words[: match.start()])
    if before is None:
        return False
    word = before[1].rstrip(".")
    return word in BEFORE_A_NUMBER or word[0].isdigit()


def _is_a_day(words: str, match: re.Match[str]) -> bool:
    """Whether two figures are day and month, and not a decimal number, a share or a version."""
    if _is_numbered(words, match) or re.match(r"\s*(?:%|°|\w)", words[match.end() :]):
        follows = re.match(r"\s*(\w+)", words[match.end() :])
        if _is_numbered(words, match) or follows is None or follows[1] not in AFTER_A_DAY:
            return False
    if match[0] == "24/7":
        return False
    around = re.findall(r"\w+", words[: match.start()] + " " + words[match.end() :])
    if match[2] == "/" or (len(match[3]) == 1 and match[3] != "0"):
        return len([word for word in around if word not in AFTER_A_DAY]) <= 2
    latin = around and words[: match.start()].rstrip()[-1:].isascii()
    cyrillic = any("а" <= sign <= "я" for sign in words)
    return not (latin and cyrillic and re.search(r"[a-z]\s*$", words[: match.start()]))


# --------------------------------------------------------------------------- names of months


def _named(words: str, today: date) -> Iterator[_Found]:
    for m in (*_DAY_MONTH.finditer(words), *_MONTH_DAY.finditer(words)):
        if _in_an_address(words, m) or (m["month"] == "may" and _is_a_verb(words, m)):
            yield _Found(m.start(), m.end(), NoDate.NONE)
            continue
        year = int(m["year"]) if m["year"] else None
        if m["whose"]:
            year = today.year + WHICH[m["whose"]]
        elif m["year"] is None and re.match(r"\s*,?\s*\d{1,4}\b(?![.:])", words[m.end() :]):
            # "8 марта 12" is a house as well as a year.
            yield _Found(m.start(), m.end(), NoDate.NONE)
            continue
        yield from _on(m, int(m["day"]), MONTHS[m["month"]], year, today)


def _in_an_address(words: str, match: re.Match[str]) -> bool:
    """Streets are named after days: "улица 8 Марта, дом 12"."""
    before = re.findall(r"[\w-]+", words[: match.start()])[-2:]
    after = re.findall(r"[\w-]+", words[match.end() :])[:2]
    return (
        not STREET.isdisjoint(before)
        or (bool(after) and after[0] in STREET_AFTER)
        or not HOUSE.isdisjoint(after)
    )


def _is_a_verb(words: str, match: re.Match[str]) -> bool:
    return bool(re.match(r"\s+(?:be|not|have|need|come|also|i|we|you|it)\b", words[match.end() :]))


# --------------------------------------------------------------------------- counted from today


def _counted(words: str, today: date) -> Iterator[_Found]:
    for pattern, sign in ((_AHEAD, 1), (_AGO, -1)):
        for m in pattern.finditer(words):
            parts = m.groupdict()
            word, count = parts.get("unit") or parts["u"], parts.get("count") or parts.get("n")
            if count is None and (word not in ONE or m[0] == "через день"):
                # "2-3 дня назад" names no day, and "через день" may be every other one.
                yield _Found(m.start(), m.end(), NoDate.NONE)
                continue
            size, unit = UNITS[word]
            yield _Found(m.start(), m.end(), _moved(today, sign * _count(count) * size, unit))


def _count(written: str | None) -> Decimal:
    if written is None:
        return Decimal(1)
    return Decimal(str(COUNTS.get(written, written)).replace(",", "."))


def _moved(today: date, count: Decimal, unit: str) -> date | NoDate:
    if unit == "days":
        whole = int(abs(count) + Decimal("0.5")) * (1 if count > 0 else -1)
        return today + timedelta(days=whole)
    if count % 1:
        return NoDate.NONE
    months = today.year * 12 + today.month - 1 + int(count)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return NoDate.NONE
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _near(words: str, today: date) -> Iterator[_Found]:
    for m in _NEAR.finditer(words):
        yield _Found(m.start(), m.end(), today + timedelta(days=NEAR[m[0]]))


# --------------------------------------------------------------------------- days of the week


def _weekdays(words: str, today: date) -> Iterator[_Found]:
    few = len(words.split()) <= 3
    weeks = [count for count, pattern in _WEEK.items() if pattern.search(words)]
    for m in _WEEKDAY.finditer(words):
        if m[0] in SHORT_WEEKDAYS and not few:
            continue
        before = re.findall(r"\w+", words[: m.start()])[-1:]
        number = WEEKDAYS[m[0]]
        if _OTHER_WEEK.search(words):
            yield _Found(m.start(), m.end(), NoDate.WHICH)
        elif len(weeks) == 1:
            yield _Found(m.start(), m.end(), _in_week(today, weeks[0], number))
        elif before and before[0] in {"black", "черная", "черную", "черной"}:
            continue
        else:
            which = WHICH.get(before[0]) if before else None
            yield _Found(m.start(), m.end(), _weekday(today, number, which))


def _in_week(today: date, weeks: int, number: int) -> date:
    return today + timedelta(days=weeks * 7 + number - today.weekday())


def _weekday(today: date, number: int, which: int | None) -> date | NoDate:
    """The day of the week that is meant, if people agree which "last" and "next" mean."""
    ahead = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    back = today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    match which:
        case None:
            return ahead
        case 0:
            here = _in_week(today, 0, number)
            return here if here >= today else NoDate.WHICH
        case 1:
            return ahead if ahead == _in_week(today, 1, number) else NoDate.WHICH
        case _:
            return back if back == _in_week(today, -1, number) else NoDate.WHICH


# --------------------------------------------------------------------------- the calendar


def _on(
    match: re.Match[str], day: int, month: int, year: int | None, today: date
) -> Iterator[_Found]:
    """The date, in the year nearest to today if none is named; nothing if there is no such day."""
    found = []
    for each in (year,) if year else (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(each, month, day))
        except ValueError:
            continue
    when = min(found, key=lambda one: abs(one - today)) if found else NoDate.NONE
    yield _Found(match.start(), match.end(), when)
