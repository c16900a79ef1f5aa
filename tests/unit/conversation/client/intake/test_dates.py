"""Dates as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.intake.dates import NoDate, read_date

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
        ("next Monday", date(2026, 11, 30)),
        ("the day after tomorrow", date(2026, 11, 25)),
        ("the day before yesterday", date(2026, 11, 21)),
        ("после завтра", date(2026, 11, 25)),
        ("last Friday", date(2026, 11, 20)),
        ("в прошлую пятницу", date(2026, 11, 20)),
        ("во вторник на следующей неделе", date(2026, 12, 1)),
        ("на прошлой неделе в среду", date(2026, 11, 18)),
        ("в эту пятницу", date(2026, 11, 27)),
        ("в пятницу 27 ноября", date(2026, 11, 27)),
        ("завтра, 24 ноября", date(2026, 11, 24)),
        ("завтра после обеда", date(2026, 11, 24)),
        ("через две недели", date(2026, 12, 7)),
        ("две недели назад", date(2026, 11, 9)),
        ("через месяц", date(2026, 12, 23)),
        ("a week ago", date(2026, 11, 16)),
        ("3 days from now", date(2026, 11, 26)),
        ("1,5 недели назад", date(2026, 11, 12)),
        ("через полторы недели", date(2026, 12, 4)),
        ("2.5 weeks ago", date(2026, 11, 5)),
        ("15 марта прошлого года", date(2025, 3, 15)),
        ("с 5 декабря", date(2026, 12, 5)),
        ("Можно 12.03 с утра", date(2027, 3, 12)),
        ("1-12-2026", date(2026, 12, 1)),
    ],
)
def test_dates(text: str, expected: date) -> None:
    assert read_date(text, today=MONDAY, language="ru") == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("31.02", NoDate.NONE),
        ("когда-нибудь", NoDate.NONE),
        ("42", NoDate.NONE),
        ("", NoDate.NONE),
        # Streets, versions, hardware, numbers of devices.
        ("мы живём на улице 8 Марта, дом 12", NoDate.NONE),
        ("ул. 8 Марта 12", NoDate.NONE),
        ("8 Марта 12, кв 5", NoDate.NONE),
        ("1 Мая, дом 5", NoDate.NONE),
        ("1 May Street", NoDate.NONE),
        ("Нужно 2 маршрутизатора", NoDate.NONE),
        ("3 декодера", NoDate.NONE),
        ("192.168.1.1", NoDate.NONE),
        ("10.0.12.1", NoDate.NONE),
        ("ошибка 5.1.1", NoDate.NONE),
        ("версия 3.4", NoDate.NONE),
        ("прошивка 12.03", NoDate.NONE),
        ("Android 12.10", NoDate.NONE),
        ("v5.12", NoDate.NONE),
        ("на Keenetic 4.11 не держит", NoDate.NONE),
        ("весит 1.5 кг", NoDate.NONE),
        ("скорость 12.5 мегабит", NoDate.NONE),
        ("упало до 10.5 МБ", NoDate.NONE),
        ("24/7", NoDate.NONE),
        ("телефон 345-10-12", NoDate.NONE),
        ("в среднем", NoDate.NONE),
        ("в среде разработки не открывается", NoDate.NONE),
        ("1 marker", NoDate.NONE),
        ("5 novels", NoDate.NONE),
        ("2 may be enough", NoDate.NONE),
        ("за 2 дня упало 3 раза", NoDate.NONE),
        # A span, and more days than one.
        ("1.12 или 2.12", NoDate.SEVERAL),
        ("с 1 по 5 декабря", NoDate.SEVERAL),
        ("1-5 декабря", NoDate.SEVERAL),
        ("10, 12 декабря", NoDate.SEVERAL),
        ("December 10-12", NoDate.SEVERAL),
        ("10 to 12 December", NoDate.SEVERAL),
        ("между 5 и 10 декабря", NoDate.SEVERAL),
        ("понедельник или вторник", NoDate.SEVERAL),
        ("в пятницу 28 ноября", NoDate.SEVERAL),
        ("завтра в 10.12", NoDate.SEVERAL),
        ("2-3 дня назад", NoDate.NONE),
        ("через 3-4 дня", NoDate.NONE),
        ("через день", NoDate.NONE),
        # Hours.
        ("завтра в 10:30", NoDate.TIME),
        ("послезавтра в 9", NoDate.TIME),
        ("завтра с 10 до 12", NoDate.TIME),
        ("tomorrow at 5 pm", NoDate.TIME),
        ("10 утра", NoDate.TIME),
        ("2026-12-01T10:00", NoDate.TIME),
        # Another day than the one that is named.
        ("после 5 декабря", NoDate.BOUND),
        ("до пятницы", NoDate.BOUND),
        ("by Friday", NoDate.BOUND),
        ("не завтра", NoDate.BOUND),
        ("завтра не могу", NoDate.BOUND),
        # People do not agree which day that is.
        ("next Friday", NoDate.WHICH),
        ("в следующую пятницу", NoDate.WHICH),
        ("вторник на той неделе", NoDate.WHICH),
    ],
)
def test_what_is_doubtful_is_no_date(text: str, why: NoDate) -> None:
    assert read_date(text, today=MONDAY, language="ru") is why


@pytest.mark.parametrize(
    ("today", "text", "expected"),
    [
        (date(2026, 11, 28), "last Friday", NoDate.WHICH),  # yesterday, or a week before?
        (date(2026, 11, 28), "next Friday", date(2026, 12, 4)),
        (date(2026, 11, 28), "в эту пятницу", NoDate.WHICH),
        (date(2026, 1, 31), "через месяц", date(2026, 2, 28)),
        (date(2026, 3, 31), "месяц назад", date(2026, 2, 28)),
        (date(2024, 2, 29), "через год", date(2025, 2, 28)),
    ],
)
def test_dates_of_other_days(today: date, text: str, expected: date | NoDate) -> None:
    assert read_date(text, today=today, language="ru") == expected


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
    assert isinstance(found, NoDate) or abs(found - MONDAY) < timedelta(days=370_000 * 10)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from(["до {}", "после {}", "не {}", "between {} and tomorrow", "{} или завтра"]),
)
def test_a_word_that_means_another_day_is_never_dropped(day: date, said: str) -> None:
    written = said.format(day.strftime("%d.%m.%Y"))
    found = read_date(written, today=MONDAY, language="ru")
    assert isinstance(found, NoDate) or day == MONDAY + timedelta(days=1)


@given(st.integers(0, 999), st.integers(0, 99), st.integers(0, 99))
def test_versions_are_no_dates(major: int, minor: int, patch: int) -> None:
    for written in (
        f"версия {major}.{minor}",
        f"v{major}.{minor}.{patch}",
        f"ошибка {major}.{minor}",
    ):
        assert read_date(written, today=MONDAY, language="ru") is NoDate.NONE
    assert read_date(f"10.{major}.{minor}.{patch}", today=MONDAY, language="ru") is NoDate.NONE
