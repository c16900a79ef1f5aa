"""Letters of machines that are no answers: reactions, invitations, receipts, reports."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.email.mail import Mail
from channels.email.parse import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(raw: bytes | str) -> Mail:
    return parse(raw if isinstance(raw, bytes) else raw.encode(), received=NOW)


def mixed(*parts: str, head: str = "", kind: str = "multipart/mixed") -> str:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"From: a@b.ru\n{head}Content-Type: {kind}; boundary=b\n\n{body}--b--\n"


GMAIL = mixed(
    "Content-Type: text/plain; charset=utf-8\n\n🎉 Anna reacted via Gmail",
    'Content-Type: text/vnd.google.email-reaction+json\n\n{"emoji": "🎉", "version": 1}',
    kind="multipart/alternative",
)
RFC_9078 = mixed(
    "Content-Type: text/plain; charset=utf-8\nContent-Disposition: reaction\n\n❤️\n",
    head="In-Reply-To: <1@desk.example>\n",
)


@pytest.mark.parametrize(
    ("raw", "emoji"),
    [
        (GMAIL, "🎉"),
        (RFC_9078, "❤️"),
        ("From: a@b.ru\n\n👍 Anna reacted to your message:\n\n> Solved?", "👍"),
        ("From: a@b.ru\n\nАнна отреагировала на ваше сообщение: 👎", "👎"),
    ],
)
def test_a_reaction_is_no_letter(raw: str, emoji: str) -> None:
    """case C14: nothing but an emoji, and its JSON is no attachment."""
    mail = read(raw)
    assert (mail.auto, mail.reaction, mail.attachments) == ("reaction", emoji, ())


@pytest.mark.parametrize("words", ["My dog reacted to your message 🐕 with" + " x" * 90, "👍", "x"])
def test_words_are_no_reaction(words: str) -> None:
    assert read(f"From: a@b.ru\n\n{words}").auto is None


def calendar(method: str, *more: str) -> str:
    lines = [
        "BEGIN:VCALENDAR", "PRODID:-//x//y//EN", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT",
        "UID:1", "DTSTAMP:20261101T000000Z", "DTSTART;TZID=Europe/Moscow:20261201T100000",
        "DTEND;TZID=Europe/Moscow:20261201T110000", "ORGANIZER:mailto:support@desk.example",
        "SUMMARY:Звонок\\, роутер", *more, "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    head = f"Content-Type: text/calendar; charset=utf-8; method={method}\n\n"
    return head + "\n".join(lines) + "\n"


def test_an_answer_to_an_invitation_is_said_in_words() -> None:
    """case C14: who, what, when, and the comment; whatever words the program adds."""
    answer = calendar(
        "REPLY", "ATTENDEE;PARTSTAT=DECLINED;CN=Anna:mailto:anna@x.example", "COMMENT:Не сегодня"
    )
    mail = read(mixed("Content-Type: text/plain\n\nAnna has declined.", answer))
    assert mail.auto == "calendar"
    found = mail.invitation
    assert found is not None
    assert (found.method, found.answer, found.summary, found.comment) == (
        "reply", "declined", "Звонок, роутер", "Не сегодня",
    )  # fmt: skip
    assert found.starts == datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Europe/Moscow"))
    assert found.ends is not None
    assert found.ends - found.starts == timedelta(hours=1)
    assert [one.name for one in mail.attachments] == ["invite.ics"]


def test_an_invitation_with_words_is_a_persons() -> None:
    words = "Content-Type: text/plain\n\nLet us call about the router."
    assert read(mixed(words, calendar("REQUEST"))).auto is None
    assert read(mixed(words, calendar("REQUEST"))).invitation is not None
    assert read(mixed("Content-Type: text/plain\n\n", calendar("REQUEST"))).auto == "calendar"


@pytest.mark.parametrize("data", ["", "BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VCALENDAR\nX"])
def test_a_broken_calendar_is_a_file(data: str) -> None:
    mail = read(mixed("Content-Type: text/plain\n\nHi", f"Content-Type: text/calendar\n\n{data}"))
    assert (mail.auto, mail.text, len(mail.attachments)) == (None, "Hi", 1)


DSN = (
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
    "Final-Recipient: rfc822; anna@x.example\nAction: failed\nStatus: 5.1.1\n"
)


def test_an_enclosed_report_is_a_persons_letter() -> None:
    """case C14: only the outer report counts."""
    inner = mixed("Content-Type: text/plain\n\nfailed", DSN, kind="multipart/report").replace(
        "boundary=b", "boundary=c"
    )
    raw = mixed(
        "Content-Type: text/plain\n\nLook what I get, please help",
        "Content-Type: message/rfc822\n\n" + inner.replace("--b", "--c"),
    )
    mail = read(raw)
    assert (mail.auto, mail.text) == (None, "Look what I get, please help")


def test_reports_for_internationalised_addresses() -> None:
    """RFC 6533, in the clear and in base64; their parts are no files."""
    status = (
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: utf-8; иван@пример.рф\n"
        "Action: failed\nStatus: 5.1.1\n"
    )
    original = "Message-ID: <row1@desk.example>\nSubject: x\n"
    plain = mixed(
        "Content-Type: text/plain\n\nx",
        f"Content-Type: message/global-delivery-status\n\n{status}",
        f"Content-Type: message/global-headers\n\n{original}",
        kind="multipart/report; report-type=delivery-status",
    )
    coded = mixed(
        "Content-Type: text/plain\n\nx",
        "Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(status.encode()).decode(),
        f"Content-Type: message/global\n\n{original}\nwords",
        kind="multipart/report; report-type=delivery-status",
    )
    for raw in (plain, coded):
        bounce = read(raw).bounce
        assert bounce is not None
        assert bounce.original_id == "<row1@desk.example>"
        assert [one.address for one in bounce.recipients] == ["иван@пример.рф"]


@pytest.mark.parametrize(
    ("words", "late"),
    [
        ("could not be delivered for 4 hours, will be retried", True),
        ("Warning: message delayed 24 hours", True),
        ("Сообщение задерживается, попытки продолжатся", True),
        ("This user does not exist here.", False),
    ],
)
def test_a_report_without_a_status_is_no_end(words: str, late: bool) -> None:
    """case F10: nothing proves that the address is dead."""
    bounce = read(f"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\n\n{words}").bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.late) == ((), late)


def test_the_end_of_a_queue_is_told_from_a_warning() -> None:
    """OpenSMTPD calls its last word "delayed"."""
    raw = mixed(
        "Content-Type: text/plain\n\nanna@x.example: Envelope expired",
        DSN.replace("failed", "delayed").replace("5.1.1", "4.4.7"),
        kind="multipart/report; report-type=delivery-status",
    )
    bounce = read(raw).bounce
    assert bounce is not None
    [one] = bounce.recipients
    assert (one.permanent, one.reason) == (None, "Envelope expired")


def test_the_reason_is_taken_from_the_words_where_no_field_has_it() -> None:
    raw = mixed(
        "Content-Type: text/plain\n\nSorry.\n\n  anna@x.example: 552 5.2.2 Mailbox full\n\nBye",
        DSN.replace("5.1.1", "5.0.0"),
        kind="multipart/report; report-type=delivery-status",
    )
    bounce = read(raw).bounce
    assert bounce is not None
    assert bounce.recipients[0].reason == "552 5.2.2 Mailbox full"


def test_a_picture_with_words_for_it_says_them() -> None:
    """case C7"""
    raw = 'From: a@b.ru\nContent-Type: text/html\n\n<p><img src="x" alt="We are closed"></p>'
    assert read(raw).text == "We are closed"


def test_delsp_joins_what_the_sender_broke() -> None:
    """RFC 3676 §4.2: links stay whole."""
    head = "From: a@b.ru\nContent-Type: text/plain; format=flowed; "
    body = "\n\nhttps://e.example/lk?contract=1048 \n2233&x=1\n"
    assert read(f"{head}delsp=yes{body}").text == "https://e.example/lk?contract=10482233&x=1"
    assert read(f"{head}delsp=no{body}").text == "https://e.example/lk?contract=1048 2233&x=1"


def test_the_extended_name_of_a_file_comes_first() -> None:
    """RFC 6266 §4.3"""
    raw = mixed(
        "Content-Type: text/plain\n\nx",
        "Content-Type: application/pdf\nContent-Disposition: attachment; "
        "filename=\"Schet.pdf\"; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf\n\n%PDF",
    )
    assert [one.name for one in read(raw).attachments] == ["Счёт.pdf"]
