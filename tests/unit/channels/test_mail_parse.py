"""Bytes of all kinds into a mail."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mail_fuzz import run
from channels.email import parse as parse_module
from channels.email import parts as parts_module
from channels.email.filenames import safe
from channels.email.mail import Mail
from channels.email.parse import parse
from tests.mail_corpora import OWN, shared

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PNG = base64.b64encode(b"\x89PNG picture")


def read(raw: bytes | str) -> Mail:
    return parse(raw if isinstance(raw, bytes) else raw.encode(), received=NOW)


def mixed(*parts: bytes, head: bytes = b"") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"From: a@b.ru\r\n" + head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body


def test_a_mail_without_message_id_has_its_own() -> None:
    """case C1: from the raw bytes, so the same mail is the same and another is another."""
    one, same, other = (read(f"From: a@b.ru\r\n\r\n{body}") for body in ("x", "x", "y"))
    assert one.message_id == same.message_id != other.message_id
    assert one.message_id.startswith("<")
    twice = [read(f"Message-ID: <1@b.ru>\r\n\r\n{body}") for body in "xy"]
    assert twice[0].message_id == twice[1].message_id == "<1@b.ru>"
    assert twice[0].fingerprint != twice[1].fingerprint


@pytest.mark.parametrize("charset", ["koi8-r", "windows-1251", "cp866", "iso-8859-5", "x-unknown"])
def test_russian_subject_sender_and_text(charset: str) -> None:
    """case C6: in the body, in encoded words and as bare bytes in headers."""
    codec = "koi8-r" if charset == "x-unknown" else charset
    encoded = base64.b64encode("Где мой заказ".encode(codec)).decode()
    mail = read(
        f"Subject: =?{charset}?B?{encoded}?=\r\nFrom: ".encode()
        + "Анна Петрова".encode(codec)
        + f" <Anna@B.ru>\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
        + "Где мой заказ? Жду ответа.".encode(codec)
    )
    assert mail.subject == "Где мой заказ"
    assert str(mail.sender) == "Анна Петрова <anna@b.ru>"
    assert mail.text == "Где мой заказ? Жду ответа."
    assert mail.language == "ru"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00", b"\r", b"\n\n\n", b"Subject: x", b"From: \xff\xfe@\r\n\r\n\x00\x00",
        b"From: =?utf-8?q?=00?= <>\r\nTo: ,,,\r\nDate: x\r\nMessage-ID: <\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=\"\r\n\r\nx",
        b"Content-Type: text/plain; charset=\"utf-8\x00\"\r\n\r\nx",
        b"Content-Type: text/plain; charset*=x''%FF\r\n\r\nx",
        b"Content-Type: text/plain; charset*=koi8-r''%FF\r\n\r\n\xcf\xd2",
        b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\nM\nend",
        b"Content-Transfer-Encoding: base64\r\n\r\n=====",
    ],
)  # fmt: skip
def test_odd_bytes_are_a_mail(raw: bytes) -> None:
    """cases C5 and C7: NUL, bare CR, missing boundary and worse."""
    mail = read(raw)
    assert mail.message_id
    assert "\x00" not in mail.text + mail.subject


def test_an_error_inside_shows_the_mail_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """case C5"""

    def broken(lines: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(parts_module, "cut", broken)
    mail = read("Subject: x\r\nFrom: a@b.ru\r\n\r\nпомогите")
    assert (mail.subject, mail.text) == ("x", "помогите")
    assert "could not be taken apart: RuntimeError" in mail.warnings


@pytest.mark.parametrize("seed", range(5))
def test_parts_within_parts_are_taken_apart_or_shown(seed: int) -> None:
    """case C7: of any kinds, a thousand deep and more."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    kinds = [
        "Content-Type: multipart/{1}; boundary=b{0}\r\n\r\n--b{0}\r\n",
        "Content-Type: message/{2}\r\n\r\n",
    ]
    nested = "".join(
        draw.choice(kinds).format(
            n, draw.choice(["mixed", "related", "digest"]), draw.choice(["rfc822", "partial"])
        )
        for n in range(draw.randint(1000, 2000))
    )
    assert read(f"From: a@b.ru\r\n{nested}\r\nпривет").sender is not None


def test_a_header_of_ten_megabytes() -> None:
    """case C7"""
    long = read(b"Subject: " + b"x " * 5_000_000 + b"\r\n\r\nbody")
    assert long.text == "body"
    assert len(long.subject) <= 20_000


def test_html_that_shows_nothing_is_shown_as_it_is() -> None:
    """case C7: never silence."""
    mail = read('Content-Type: text/html\r\n\r\n<div style="display:none">помогите</div>')
    assert mail.text == "помогите"
    assert any("no text" in one for one in mail.warnings)


@pytest.mark.parametrize(
    ("raw", "text", "files"),
    [
        (b"Subject: only this\r\n\r\n", "", 0),
        (
            mixed(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + PNG),
            "",
            1,
        ),
        (b"From: a@b.ru\r\nContent-Type: application/pdf\r\n\r\n%PDF", "", 1),
    ],
)
def test_a_mail_without_words_is_a_mail(raw: bytes, text: str, files: int) -> None:
    """case C8"""
    mail = read(raw)
    assert (mail.text, len(mail.attachments)) == (text, files)


def test_a_photo_in_reply_without_a_word() -> None:
    quote = '12.05.2024, 14:30, "A" <a@b.ru>:\r\n> Пришлите фото'.encode()
    mail = read(
        mixed(
            b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + quote,
            b"Content-Type: image/png\r\nContent-ID: <p1>\r\n\r\nx",
            head=b"In-Reply-To: <1@x>\r\n",
        )
    )
    assert mail.text == ""
    assert "Пришлите фото" in mail.quoted
    assert mail.attachments[0].content_id == "<p1>"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\x\\y.txt", "y.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\r\nX: y.txt", "a X_ y.txt"), ("con.txt", "_con.txt"),
        ("....", "file-1.bin"), ("", "file-1.bin"),
        ("shell.pht", "shell.pht"), ("счёт №5.pdf", "счёт №5.pdf"),
        ("a" * 500 + ".pdf", "a" * 116 + ".pdf"),
    ],
)  # fmt: skip
def test_names_of_files_are_safe(name: str, expected: str) -> None:
    """case C11"""
    assert safe(name, "application/x-none", 1) == expected


@given(st.text(max_size=300))
def test_any_name_is_safe(name: str) -> None:
    """case C11"""
    made = safe(name, "image/png", 1)
    assert made == Path(made).name
    assert made not in ("", ".", "..")
    assert made.isprintable()
    assert len(made.encode()) <= 255


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("a--", "a----"), ("a----", "a--"), ("a", "a--"), ("a--", "a"), ("b", "bb"), ("bb", "b")],
)
def test_boundaries_that_look_like_one_anothers_end_are_told_apart(outer: str, inner: str) -> None:
    """case C7"""
    mail = read(
        f'From: a@b.ru\r\nContent-Type: multipart/mixed; boundary="{outer}"\r\n\r\n--{outer}\r\n'
        f'Content-Type: multipart/alternative; boundary="{inner}"\r\n\r\n--{inner}\r\n'
        f"Content-Type: text/plain\r\n\r\nhello\r\n--{inner}\r\nContent-Type: text/html\r\n\r\n"
        f"<p>hello\r\n--{inner}--\r\n\r\n--{outer}\r\nContent-Type: image/png; name=a.png\r\n"
        f"\r\nxx\r\n--{outer}--\r\n".encode()
    )
    assert mail.text == "hello"
    assert [(one.name, one.data) for one in mail.attachments] == [("a.png", b"xx")]


def test_attached_mails_are_never_opened_and_a_damaged_winmail_stays_a_file() -> None:
    """case C11"""
    inner = b"Subject: inner\r\n\r\nsecret words"
    mail = read(
        mixed(
            b"Content-Type: text/plain\r\n\r\nsee attached",
            b"Content-Type: message/rfc822\r\n\r\n" + inner,
            b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n\x78\x9f",
        )
    )
    assert mail.text == "see attached"
    assert [(one.name, one.type) for one in mail.attachments] == [
        ("file-1.eml", "message/rfc822"), ("winmail.dat", "application/ms-tnef"),
    ]  # fmt: skip
    assert b"secret words" in mail.attachments[0].data


@pytest.mark.parametrize(
    ("date", "believed"),
    [("Thu, 01 Jan 1970 00:00:00 +0000", False), ("Thu, 01 Jan 2099 00:00:00 +0000", False),
     ("yesterday", False), ("Sun, 22 Nov 2026 11:00:00 +0300", True),
     ("Mon, 99 Abc 99999 00:00:00 +9999", False)],
)  # fmt: skip
def test_an_absurd_date_is_the_time_of_receipt(date: str, believed: bool) -> None:
    """case C13"""
    mail = read(f"Date: {date}\r\n\r\nx")
    assert mail.date == (NOW - timedelta(hours=4) if believed else NOW)


def test_of_a_mail_that_is_too_large_the_headers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """case C13"""
    monkeypatch.setattr(parse_module, "MAX_SIZE", 1_000)
    mail = read(b"Subject: big\r\nFrom: a@b.ru\r\n\r\n" + b"x" * 2_000)
    assert (mail.subject, mail.text) == ("big", "")
    assert any("only its headers" in one for one in mail.warnings)


@given(st.binary(max_size=400), st.sampled_from([b"", b"Content-Type: text/html\r\n", b"From: "]))
def test_any_bytes_are_a_mail(raw: bytes, before: bytes) -> None:
    """case C5"""
    assert read(before + raw).received == NOW


@pytest.mark.parametrize("mails", [300, pytest.param(6_000, marks=pytest.mark.long)])
def test_mutated_mails_raise_nothing(mails: int) -> None:
    """cases C5 and C7: the short form of ``make fuzz``."""
    sources = [file.read_bytes() for file in sorted(OWN.glob("*.eml"))[::4]]
    ticks = iter(range(10**6))
    outcome = run(sources, mails, 1, lambda: float(next(ticks)) / 1_000)
    assert outcome.raised == []
    assert outcome.mails == mails
    assert outcome.not_taken_apart == 0


def test_public_mails_are_understood() -> None:
    files = [*shared("ruby-mail/**/*.eml"), *shared("cpython/data/*.txt")]
    if not files:
        pytest.skip("../shared/corpora/mail is missing")
    mails = {file.name: read(file.read_bytes()) for file in files}
    assert [name for name, mail in mails.items() if "taken apart" in " ".join(mail.warnings)] == []
    silent = [name for name, mail in mails.items() if not (mail.text or mail.attachments)]
    assert len(silent) < len(mails) / 10, silent


def test_ids_made_into_encoded_words_are_read() -> None:
    """Python's email library does that to ids longer than a line (case C15)."""
    long = f"<{'06h03bjrppx41qvpe6jr.' * 4}di7gij4n7smj4rik2erq444j6y@beacon.example>"
    answer = EmailMessage(policy=policy.SMTP)
    answer["From"], answer["In-Reply-To"] = "a@b.ru", long
    answer["References"] = f"<first@b.ru> {long}"
    answer.set_content("1")
    raw = answer.as_bytes()
    assert b"=?" in raw
    mail = parse(raw, received=NOW)
    assert mail.in_reply_to == (long,)
    assert mail.references == ("<first@b.ru>", long)
