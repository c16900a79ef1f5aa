"""Phone numbers as people write them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.phones import NoNumber, phone_in, phone_words, shared_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8 (912) 345-67-89", "+79123456789"),
        ("+7 912 345‑67‑89", "+79123456789"),
        ("+7 912 345–67–89", "+79123456789"),
        ("+7 912 345‒67−89", "+79123456789"),
        ("\u202a+7 912 345-67-89\u202c", "+79123456789"),
        ("+7\u00a0912\u2009345-67-89\ufe0e", "+79123456789"),
        ("+７ ９１２ ３４５-６７-８９", "+79123456789"),
        ("+٧ ٩١٢ ٣٤٥ ٦٧ ٨٩", "+79123456789"),
        ("9123456789", "+79123456789"),
        ("79123456789", "+79123456789"),
        # Kazakhstan, as dialled there and here.
        ("8 701 234 56 78", "+77012345678"),
        ("87012345678", "+77012345678"),
        ("77012345678", "+77012345678"),
        ("8 7172 70 00 00", "+77172700000"),
        # Landlines of the region, and other countries.
        ("(495) 123-45-67", "+74951234567"),
        ("8 10 375 29 123 45 67", "+375291234567"),
        ("00 44 20 7946 0958", "+442079460958"),
        ("+49 (0)170 1234567", "+491701234567"),
        ("+39 06 1234 5678", "+390612345678"),
        # Extensions.
        ("8 495 123-45-67 доб. 12", "+74951234567;ext=12"),
        ("8 495 123-45-67, добавочный 12", "+74951234567;ext=12"),
        ("8 495 123-45-67 вн. 12", "+74951234567;ext=12"),
        ("+44 20 7946 0958 ext 12", "+442079460958;ext=12"),
        ("+44 20 7946 0958 x12", "+442079460958;ext=12"),
        ("8 495 123-45-67 #12", "+74951234567;ext=12"),
        ("звоните 8 912 345 67 89, спасибо", "+79123456789"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    assert phone_in(text, "RU") == number


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("нет телефона", ""),
        ("123", ""),
        ("+8 916 123 45 67", "country"),
        ("+999123456789", "country"),
        ("+7 912 345 67 8", "short"),
        ("123-45-67", "area"),
        ("+7 (000) 000-00-00", "unknown"),
        ("+7 000 000 00 00", "unknown"),
        ("+7 912 345 67 89 01", "long"),
        ("8 912 345 67 89 или 8 912 345 67 80", "several"),
    ],
)
def test_impossible_numbers_are_refused_with_the_reason(text: str, fault: str) -> None:
    assert phone_in(text, "RU") == NoNumber(fault)  # type: ignore[arg-type]


def test_the_region_reads_what_has_no_code() -> None:
    assert phone_in("020 7946 0958", "GB") == "+442079460958"
    assert phone_in("8 (7172) 70-00-00", "KZ") == "+77172700000"


def test_digits_alone_are_no_sure_number() -> None:
    assert phone_in("9123456789", "RU", sure=True) == NoNumber()
    assert phone_in("89123456789", "RU", sure=True) == "+79123456789"
    assert phone_in("912 345 67 89", "RU", sure=True) == "+79123456789"


def test_an_extension_in_words() -> None:
    assert phone_words("+74951234567;ext=12", "ru") == "+74951234567 доб. 12"
    assert phone_words("+74951234567;ext=12", "en") == "+74951234567 ext. 12"
    assert phone_words("+74951234567", "en") == "+74951234567"


def test_what_an_app_shares_is_not_looked_up() -> None:
    assert shared_number("+888 0123 4567") == "+88801234567"
    assert shared_number("") is None


@given(st.text("0123456789+()-. доб#x‑\u202a٣", max_size=40), st.sampled_from(["RU", "KZ", "US"]))
def test_what_is_read_can_be_dialled(text: str, region: str) -> None:
    found = phone_in(text, region)
    if isinstance(found, str):
        assert phonenumbers.is_valid_number(phonenumbers.parse(found))
        assert phone_in(found.partition(";")[0], region) == found.partition(";")[0]


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(phone_in(text, "RU"), str | NoNumber)
