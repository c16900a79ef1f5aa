"""Letters whose files and words are inside a winmail.dat."""

from __future__ import annotations

import base64
import random
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.mail import Mail
from channels.email.parse import parse
from channels.email.tnef import Damaged, opened
from tests.linear import assert_linear
from tests.winmail import attribute, file, properties, winmail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CONTRACT = file(b"dogovor.pdf", b"%PDF-1", long_name="Договор 2026.pdf", mime=b"application/pdf")
BILL = file("счёт.txt".encode("cp1251"), b"100")


def read(data: bytes, words: str = "Смотрите вложение.") -> Mail:
    return parse(
        b"From: a@b.ru\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()
        + b"--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"--b--\r\n",
        received=NOW,
    )


def test_the_files_inside_are_the_letters_files() -> None:
    """case C11: names in Cyrillic too, old and new ones."""
    mail = read(winmail(CONTRACT, BILL, body="Смотрите вложение."))
    assert mail.text == "Смотрите вложение."
    assert [(one.name, one.type, one.data) for one in mail.attachments] == [
        ("Договор 2026.pdf", "application/pdf", b"%PDF-1"),
        ("счёт.txt", "text/plain", b"100"),
    ]


@pytest.mark.parametrize(("body", "html"), [("Не работает.", ""), ("", "<p>Не работает.</p>")])
def test_words_that_stand_inside_alone_are_the_clients(body: str, html: str) -> None:
    """case C7"""
    mail = read(winmail(body=body, html=html), words="")
    assert (mail.text, mail.attachments) == ("Не работает.", ())


def test_a_message_inside_gives_its_words_and_files() -> None:
    """case C11: it is never taken for the client's own words."""
    inner = winmail(file(b"in.txt", b"inside"), body="чужие слова")
    mail = read(winmail(file(b"letter", b"", obj=inner)))
    assert mail.text == "Смотрите вложение."
    assert [(one.name, one.data.decode()) for one in mail.attachments] == [
        ("in.txt", "inside"),
        ("letter.txt", "чужие слова"),
    ]


def test_words_in_a_form_that_is_not_read_stay_a_file() -> None:
    """case C7: nothing is lost."""
    rtf = attribute(1, 0x9003, properties((0x1009, 0x102, b"LZFu")))
    mail = read(winmail(BILL, rtf))
    assert [one.name for one in mail.attachments] == ["счёт.txt", "winmail.dat"]


@pytest.mark.parametrize("cut", [5, 12, 30])
def test_a_damaged_one_stays_a_file(cut: int) -> None:
    """case C7"""
    mail = read(winmail(CONTRACT)[:-cut])
    assert [one.name for one in mail.attachments][-1] == "winmail.dat"
    assert any("winmail.dat cannot be opened" in one for one in mail.warnings)


def test_a_path_in_a_name_is_no_path() -> None:
    """case C11"""
    mail = read(winmail(file(b"..\\..\\boot.ini", b"x")))
    assert [one.name for one in mail.attachments] == ["boot.ini"]


@given(st.binary(max_size=300))
def test_whatever_stands_there_is_opened_or_damaged(noise: bytes) -> None:
    """case C5"""
    for data in (noise, winmail() + noise, winmail(attribute(1, 0x9003, noise))):
        with suppress(Damaged):
            opened(data)


@pytest.mark.parametrize("seed", range(8))
def test_mutations_are_opened_or_damaged_and_give_no_more_than_there_is(seed: int) -> None:
    """case C5"""
    draw = random.Random(seed)  # noqa: S311
    inner = winmail(CONTRACT, body="внутри")
    whole = winmail(CONTRACT, BILL, file(b"m", b"", obj=inner), body="слова", html="<p>x</p>")
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(data))
            data[at : at + draw.randint(0, 4)] = draw.randbytes(draw.randint(0, 4))
        with suppress(Damaged):
            found = opened(bytes(data))
            assert sum(len(one.data) for one in found.files) <= 8 * len(data)


def test_time_grows_with_the_file_and_no_faster() -> None:
    """case C12: files without end, and messages in messages."""
    assert_linear(lambda text: opened(text.encode("latin-1")), _many)
    nested = winmail(BILL)
    for _ in range(30):
        nested = winmail(file(b"m", b"", obj=nested))
    assert opened(nested).files


def _many(length: int) -> str:
    one = file(b"a", b"b" * 20)
    return winmail(one * (length // len(one))).decode("latin-1")
