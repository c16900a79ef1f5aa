"""To which conversation a mail belongs (cases C15 and E2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import (
    Claim,
    Joined,
    LooksLike,
    Secrets,
    claims,
    dmarc,
    join,
    message_id,
    reply_address,
)
from channels.email.parse import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OLD, NEW = b"old secret, 16 bytes", b"new secret, 16 bytes"
SECRETS = Secrets((NEW, OLD))
BOX = "support@example.org"
TAGGED = reply_address(BOX, "c42", SECRETS)
OURS = message_id("row-1", "c42", "example.org", SECRETS)
PEOPLE = {"c42": {"anna@example.com"}, "c7": {"boris@example.com"}}


def decided(headers: str, *, dmarc_failed: bool = False) -> Joined | LooksLike | None:
    """What becomes of a mail with these headers; from Anna unless they say otherwise."""
    sender = "" if headers.startswith("From:") else "From: Anna@example.com\n"
    mail = parse(f"{sender}{headers}\n\nx".encode(), received=NOW)
    known = {"<seen@client>": "c42", "<seen7@client>": "c7"}
    pointed = claims(
        mail, mailboxes=[BOX], secrets=SECRETS, known=known.get, ticket={"1042": "c42"}.get
    )
    return join(
        pointed,
        sender=mail.sender.address if mail.sender else None,
        participants=lambda conversation: PEOPLE.get(conversation, ()),
        dmarc_failed=dmarc_failed,
    )


@pytest.mark.parametrize(
    ("headers", "by"),
    [
        (f"To: {TAGGED}", "address"),
        (f"Cc: {TAGGED}", "address"),
        (f"Delivered-To: {TAGGED}", "address"),
        (f"X-Original-To: {TAGGED}", "address"),
        (f"To: {TAGGED.upper()}", "address"),
        (f"In-Reply-To: {OURS}", "reply"),
        (f"References: <x@y> {OURS} <z@y>", "reply"),
        ("In-Reply-To: <seen@client>", "known"),
        (f"In-Reply-To: <seen7@client>\nTo: {TAGGED}", "address"),
    ],
)
def test_evidence_joins_in_its_order(headers: str, by: str) -> None:
    """case C15"""
    assert decided(headers) == Joined(conversation="c42", by=by)  # type: ignore[arg-type] # a parameter


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Subject: [1042] again", "hint"),
        (f"From: eve@example.net\nTo: {TAGGED}", "stranger"),
        (f"From: eve@example.net\nReply-To: anna@example.com\nTo: {TAGGED}", "stranger"),
        (f"From: eve@example.net\nCc: anna@example.com\nIn-Reply-To: {OURS}", "stranger"),
        (f"From: anna@example.com, eve@example.net\nTo: {TAGGED}", "stranger"),
        ("From: eve@example.net\nIn-Reply-To: <seen@client>", "stranger"),
        ("In-Reply-To: <seen7@client>", "stranger"),
    ],
)
def test_a_stranger_only_looks_like_a_continuation(headers: str, why: str) -> None:
    """cases C15 and E2: a valid token, but another sender, Reply-To or Cc."""
    found = decided(headers)
    assert isinstance(found, LooksLike)
    assert found.why == why


@pytest.mark.parametrize(
    "headers",
    [
        "To: support+c42.aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org",
        f"To: {TAGGED.replace('c42', 'c43')}",
        f"To: {TAGGED.replace('example.org', 'example.net')}",
        "To: support+c42@example.org",
        "In-Reply-To: <row-1.c42.aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org>",
        f"In-Reply-To: {OURS.replace('row-1', 'row-2')}",
        "In-Reply-To: ", "In-Reply-To: <>", "References: c42 1042",
    ],
)  # fmt: skip
def test_what_can_be_guessed_points_nowhere(headers: str) -> None:
    """case E2: no token, a wrong one, one of another address; an empty In-Reply-To."""
    assert decided(headers) is None


def test_failed_dmarc_is_never_joined() -> None:
    """case C15"""
    assert decided(f"To: {TAGGED}", dmarc_failed=True) == LooksLike(conversation="c42", why="dmarc")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["mx.example.org; spf=pass; dmarc=fail (p=none) header.from=x"], "fail"),
        (["mx.example.org; dkim=pass (dmarc=fail)\r\n\tdmarc=PASS"], "pass"),
        (["mx.evil.example; dmarc=pass", "MX.example.org 1; dmarc=fail"], "fail"),
        (["mx.example.org; dmarc=fail", "mx.example.org; dmarc=pass"], "fail"),
        (["mx.evil.example; dmarc=pass"], None),
        (["mx.example.org.evil.example; dmarc=pass"], None),
        ([";", "", "mx.example.org", "mx.example.org; none"], None),
    ],
)
def test_only_our_own_server_speaks_of_dmarc(results: list[str], expected: str | None) -> None:
    """case E2: forged Authentication-Results."""
    assert dmarc(results, ["mx.example.org"]) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["mx.example.org; dmarc=pass header.from=evil.example"], "fail"),
        (["mx.example.org; dmarc=pass header.from=client.example"], "pass"),
        (["mx.example.org; dmarc=pass header.from=Example"], "pass"),
        (["mx.example.org; dmarc=none"], "none"),
        (['mx.example.org; spf=pass smtp.mailfrom="; dmarc=pass "@e.example; dmarc=fail'], "fail"),
        (["mx.example.org; dkim=pass", "mx.example.org; dmarc=fail"], "fail"),
    ],
)  # fmt: skip
def test_what_our_server_vouches_for_is_the_sender_we_see(
    results: list[str], expected: str
) -> None:
    """case E2: another domain was judged; the sender's own words in the header; two filters."""
    assert dmarc(results, ["mx.example.org"], "anna@mail.client.example") == expected


def test_secrets_rotate() -> None:
    before = Secrets((OLD,))
    assert SECRETS.verify(before.sign("a", "b"), "a", "b")
    assert not before.verify(SECRETS.sign("a", "b"), "a", "b")
    assert SECRETS.sign("ab", "c") != SECRETS.sign("a", "bc")
    assert "secret" not in repr(SECRETS)
    for bad in ((), (b"short",)):
        with pytest.raises(ValueError, match="16 bytes"):
            Secrets(bad)


@pytest.mark.parametrize("bad", ["c\r\nBcc: x", "C42", "", "a" * 25, "c.42", "c>42"])
def test_no_header_can_be_broken_by_an_id(bad: str) -> None:
    """case D3: CR/LF and everything else that does not belong there is refused."""
    with pytest.raises(ValueError, match="not a"):
        reply_address(BOX, bad, SECRETS)
    with pytest.raises(ValueError, match="not an id"):
        message_id("row", bad, "example.org", SECRETS)
    with pytest.raises(ValueError, match="not an id"):
        message_id("row", "c42", f"example.org{bad}\r\n", SECRETS)


def test_a_long_mailbox_name_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        reply_address("a-very-long-mailbox-name-for-support@example.org", "c42", SECRETS)


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26), st.booleans())
def test_a_guessed_mac_is_wrong(mac: str, address: bool) -> None:
    """case E2"""
    header = f"To: support+c42.{mac}@example.org" if address else f"References: <r.c42.{mac}@e.org>"
    assert decided(header) is None


def test_claims_are_in_order() -> None:
    """case C15"""
    raw = f"To: {TAGGED}\nIn-Reply-To: {OURS}\nReferences: <seen7@client>\nSubject: №1042\n\nx"
    pointed = claims(
        parse(raw.encode(), received=NOW),
        mailboxes=[BOX],
        secrets=SECRETS,
        known={"<seen7@client>": "c7"}.get,
        ticket={"1042": "c9"}.get,
    )
    assert pointed == (
        Claim(conversation="c42", by="address"),
        Claim(conversation="c42", by="reply"),
        Claim(conversation="c7", by="known"),
        Claim(conversation="c9", by="subject"),
    )
