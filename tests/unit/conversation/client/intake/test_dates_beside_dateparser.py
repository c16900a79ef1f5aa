"""Dates beside a second reader: where both read a day, it is the same, but for what is listed."""

from __future__ import annotations

from datetime import date, datetime

import dateparser

from bot.conversation.client.intake.dates import read_date

TODAY = date(2026, 11, 23)  # a Monday

SAID = (
    "2026-12-01", "01.12.2026", "1.12.2026", "05.01.2027", "12 марта 2027", "3 мая 2027 года",
    "25 декабря 2026", "завтра", "вчера", "сегодня", "послезавтра", "позавчера", "через 3 дня",
    "через неделю", "2 дня назад", "неделю назад", "через месяц", "через 2 недели", "12 March 2027",
    "March 12, 2027", "December 1st, 2026", "tomorrow", "yesterday", "today", "in 2 weeks",
    "3 days ago", "a week ago", "day after tomorrow", "the day after tomorrow",
    "day before yesterday", "last Friday", "в пятницу", "в среду", "пятница", "Friday",
    "31 декабря 2026", "1 января 2027", "через две недели", "две недели назад", "in 3 days",
    "через год", "5 Dec 2026", "Dec 5, 2026", "2.5 weeks ago",
)  # fmt: skip

DIFFERENCES = {
    # Their day of the week is the one before unless told otherwise, which no client means here.
    "в пятницу", "в среду", "пятница", "Friday",
    # Half a week is three days and a half: theirs by the hour, ours rounded up.
    "2.5 weeks ago",
}  # fmt: skip
"""What the two read differently, on purpose."""


def test_both_read_the_same_day() -> None:
    seen = {}
    for said in SAID:
        theirs = dateparser.parse(
            said,
            languages=["ru", "en"],
            settings={"RELATIVE_BASE": datetime(2026, 11, 23, 12), "DATE_ORDER": "DMY"},  # noqa: DTZ001
        )
        ours = read_date(said, today=TODAY, language="ru")
        if theirs is not None and isinstance(ours, date) and theirs.date() != ours:
            seen[said] = (ours, theirs.date())
    assert set(seen) == DIFFERENCES, seen


def test_every_day_is_read_by_us() -> None:
    assert [s for s in SAID if not isinstance(read_date(s, today=TODAY, language="ru"), date)] == []
