"""Dates as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.intake.dates import read_date

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("01.12.2026", date(2026, 12, 1)),
        ("1.12", date(2026, 12, 1)),
        ("5.1.27", date(2027, 1, 5)),
        ("05.01", date(2027, 1, 5)),
        ("20.11", date(2026, 11, 20)),
        ("1/12/2026", date(2026, 12, 1)),
        ("12 марта", date(2027, 3, 12)),
        ("с 12 марта 2026 года", date(2026, 3, 12)),
        ("3 мая", date(2027, 5, 3)),
        ("25-го декабря", date(2026, 12, 25)),
        ("завтра", date(2026, 11, 24)),
        ("Послезавтра, пожалуйста", date(2026, 11, 25)),
        ("вчера вечером", date(2026, 11, 22)),
        ("сегодня", MONDAY),
        ("через 3 дня", date(2026, 11, 26)),
        ("через неделю", date(2026, 11, 30)),
        ("2 дня назад", date(2026, 11, 21)),
        ("в среду", date(2026, 11, 25)),
        ("в понедельник", date(2026, 11, 30)),
        ("12 March", date(2027, 3, 12)),
        ("March 12, 2027", date(2027, 3, 12)),
        ("December 1st", date(2026, 12, 1)),
        ("tomorrow", date(2026, 11, 24)),
        ("in 2 weeks", date(2026, 12, 7)),
        ("next Friday", date(2026, 11, 27)),
        ("31.02", None),
        ("когда-нибудь", None),
        ("1.12 или 2.12", None),
        ("42", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: date | None) -> None:
    assert read_date(text, today=MONDAY, language="ru") == expected


def test_slashes_are_read_as_the_language_does() -> None:
    assert read_date("3/4/2027", today=MONDAY, language="ru") == date(2027, 4, 3)
    assert read_date("3/4/2027", today=MONDAY, language="en") == date(2027, 3, 4)
    assert read_date("25/12/2026", today=MONDAY, language="en") == date(2026, 12, 25)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_what_we_write_we_read(day: date) -> None:
    for written in (day.isoformat(), day.strftime("%d.%m.%Y"), day.strftime("%-d %B %Y")):
        assert read_date(written, today=MONDAY, language="en") == day


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = read_date(text, today=MONDAY, language="en")
    assert found is None or abs(found - MONDAY) < timedelta(days=370_000 * 10)
