"""A mail as something that happened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.codec import INBOUND
from channels.email import files
from channels.email.arrival import UNKNOWN, Post, external_id, inbound, is_probe
from channels.email.joining import Secrets, message_id, reply_address
from channels.email.parse import parse
from channels.letter import Letter, Undelivered
from channels.message import Inbound, Said
from tests.mail_servers import letter

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
SECRETS = Secrets((b"0123456789abcdef",))
POST = Post(
    channel="email",
    mailboxes=("support@example.org",),
    secrets=SECRETS,
    authserv_ids=("mx.example.org",),
)
OURS = message_id("row1", "place1", "example.org", SECRETS)


def arrived(raw: bytes, folder: Path, **how: object) -> Inbound:
    mail = parse(raw, received=NOW)
    kept = files.keep(folder, raw, mail)
    return inbound(mail, raw, kept, post=POST, mailbox="support@example.org", **how)  # type: ignore[arg-type]  # passed on


def letter_in(item: Inbound) -> Letter:
    assert isinstance(item.event, Said)
    assert item.event.letter is not None
    return item.event.letter


def test_what_servers_write_on_the_way_makes_no_other_letter() -> None:
    """case C1"""
    ways = [
        letter(headers="Received: from a by b; x\nReturn-Path: <a@b>"),
        letter(headers="Delivered-To: alias@example.org\nX-Spam-Score: 3\nReceived: by c; y"),
        letter(to="alias@example.org") + b"\r\n\r\n",
        letter().replace(b"\r\n", b"\n"),
    ]
    assert len({external_id(parse(raw, received=NOW), raw) for raw in ways}) == 1
    others = [
        letter(),
        letter("Другое"),
        letter(subject="Другое"),
        letter(sender="b@client.example"),
        letter(message_id="<2@client.example>"),
        letter(message_id=None),
        letter(message_id=None, headers="Received: by b; again"),
    ]
    assert len({external_id(parse(raw, received=NOW), raw) for raw in others}) == len(others)


def test_a_forged_sender_is_suspicious_only_on_our_own_servers_word(tmp_path: Path) -> None:
    """case C15"""
    said = "Authentication-Results: {}; dmarc=fail"
    own = arrived(letter(headers=said.format("mx.example.org")), tmp_path)
    theirs = arrived(letter(headers=said.format("mx.evil.example")), tmp_path)
    assert letter_in(own).suspicious
    assert not letter_in(theirs).suspicious


@pytest.mark.parametrize(
    "written",
    [
        "<=?utf-8?q?anna=40client.example=20?=@evil.example>",
        "x <=?utf-8?q?anna=40client.example=2C?=@evil.example>",
        '"a b"@evil.example, anna@client.example',
        '"anna@client.example "@evil.example',
        "=?x?q?=20?=@evil.example\r\nFrom: anna@client.example",
    ],
)
def test_a_sender_that_can_be_read_in_two_ways_is_nobody(written: str, tmp_path: Path) -> None:
    """case E2: a server vouches for evil.example, and we must not take it for Anna."""
    raw = f"From: {written}\r\nSubject: Hello\r\n\r\nHello".encode()
    assert arrived(raw, tmp_path).address.chat == UNKNOWN


def report(original: str, action: str = "failed", to: str = "support@example.org") -> bytes:
    return (
        f"From: MAILER-DAEMON@example.org\r\nTo: {to}\r\nSubject: failed\r\n"
        "Message-ID: <r@example.org>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; anna@client.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_delivery_report_finds_the_letter_it_is_about(tmp_path: Path) -> None:
    """case C14"""
    (said,) = letter_in(arrived(report(OURS), tmp_path)).undelivered
    assert said == Undelivered(
        message=OURS,
        place="place1",
        recipient="anna@client.example",
        permanent=True,
        detail="5.1.1 smtp; 550 no such user",
    )


def test_a_report_about_nothing_of_ours_points_nowhere(tmp_path: Path) -> None:
    """case C14: anybody can write one."""
    forged = OURS.replace("place1", "place2")
    (said,) = letter_in(arrived(report(forged), tmp_path)).undelivered
    assert (said.message, said.place) == (None, None)
    tagged = reply_address("support@example.org", "place3", SECRETS)
    (said,) = letter_in(arrived(report("<x@y>", to=tagged), tmp_path)).undelivered
    assert (said.message, said.place) == (None, "place3")
    assert letter_in(arrived(report(OURS, action="delivered"), tmp_path)).undelivered == ()


def test_the_doctors_letter_is_known_by_our_signature_alone() -> None:
    probe = message_id("d-1", "doctor", "example.org", SECRETS)
    assert is_probe(parse(letter(message_id=probe), received=NOW), POST)
    forged = probe.replace("d-1", "d-2")
    assert not is_probe(parse(letter(message_id=forged), received=NOW), POST)
    assert not is_probe(parse(letter(message_id=OURS), received=NOW), POST)


def test_times_that_cannot_be_are_the_time_of_receipt(tmp_path: Path) -> None:
    """case C13"""
    for year in (1970, 2099):
        raw = letter().replace(b"2026 12", f"{year} 12".encode())
        assert arrived(raw, tmp_path).at == NOW
    assert arrived(letter(), tmp_path).at == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"From: \xff\xfe\r\n\r\n\x00\xff", b"\x00" * 99])
def test_whatever_comes_is_kept(tmp_path: Path, raw: bytes) -> None:
    """case C5"""
    item = arrived(raw, tmp_path)
    assert item.address.chat == UNKNOWN
    assert INBOUND.load(INBOUND.dump(item)) == item


@given(raw=st.binary(max_size=400), head=st.sampled_from([b"", b"From: a@b\r\nSubject: "]))
def test_any_bytes_make_something_that_comes_back_from_a_database(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, head: bytes
) -> None:
    """case C5"""
    item = arrived(head + raw, tmp_path_factory.getbasetemp() / "letters")
    assert INBOUND.load(INBOUND.dump(item)) == item


def test_the_same_letter_again_changes_nothing_on_disk(tmp_path: Path) -> None:
    raw = letter()
    mail = parse(raw, received=NOW)
    first = files.keep(tmp_path, raw, mail)
    again = files.keep(tmp_path, raw, mail)
    assert (first.new, again.new) == (True, False)
    again.forget()
    assert first.original.read_bytes() == raw, "somebody else's"
    first.original.write_bytes(raw[:10])  # killed in the middle
    files.keep(tmp_path, raw, mail)
    assert first.original.read_bytes() == raw
    first.forget()
    assert not first.original.parent.exists()
    assert first.original.relative_to(tmp_path).parts[:2] == ("2026", "11")


def test_a_letter_through_two_folders_at_once_keeps_the_files_the_inbox_took(
    tmp_path: Path,
) -> None:
    """case C1: the first to write need not be the first the inbox hears of."""
    raw = letter()
    mail = parse(raw, received=NOW)
    first = files.keep(tmp_path, raw, mail, "support@example.org/INBOX")
    taken = files.keep(tmp_path, raw, mail, "support@example.org/Copies")
    first.forget()
    assert taken.original.read_bytes() == raw
    again = files.keep(tmp_path, raw, mail, "support@example.org/Copies")
    again.forget()
    assert taken.original.read_bytes() == raw


def test_no_control_character_gets_into_an_id_or_a_report(tmp_path: Path) -> None:
    """case C7"""
    item = arrived(b"From: a@client.example\r\nMessage-ID: <1\x00\x01@b>\r\n\r\nHello", tmp_path)
    assert isinstance(item.event, Said)
    assert item.event.message.endswith("@missing.invalid>")
    (said,) = letter_in(
        arrived(report(OURS).replace(b"5.1.1", b"5.1.\x00\xed\xa0\x80"), tmp_path)
    ).undelivered
    assert said.detail.replace(" ", "a").isprintable()
