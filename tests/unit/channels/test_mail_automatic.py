"""Machines told from people, by headers (case C14)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.email.mail import FailedRecipient, Mail
from channels.email.parse import parse
from channels.letter import Automatic
from tests.mail_corpora import OWN, shared

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(raw: bytes) -> Mail:
    return parse(raw, received=NOW)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Auto-Submitted: auto-replied", "reply"),
        ("Auto-Submitted: auto-generated; owner-email=x@y.z", "reply"),
        ("Auto-Submitted: no", None),
        ("X-Autoreply: yes", "reply"),
        ("Precedence: auto_reply", "reply"),
        ("Precedence: bulk", "list"),
        ("Precedence: list", "list"),
        ("Precedence: first-class", None),
        ("X-Auto-Response-Suppress: All", "reply"),
        ("X-Auto-Response-Suppress: None", None),
        ("Return-Path: <>", "bounce"),
        ("Return-Path: <>\nAuto-Submitted: auto-replied", "reply"),
        ("Return-Path: <a@b.ru>", None),
        ("List-Id: <users.example.org>", "list"),
        ("From: MAILER-DAEMON@example.org", "bounce"),
        ("From: Postmaster <>", "bounce"),
        ("Return-Path: <MAILER-DAEMON@relay.example.org>", "bounce"),
        ("Return-Path: <MAILER-DAEMON>", "bounce"),
        ("From: Postmaster Pat <pat@example.org>", None),
        ("From: Mail Delivery System <Mailer-Daemon@example.org>", "bounce"),
        ("From: no-reply@example.org", "reply"),
        ("From: shop.noreply@example.org", "reply"),
        ("From: arno.replyson@example.org", None),
        ("From: postmasters@example.org", None),
        ("Subject: Автоответ: в отпуске", "reply"),
        ("Subject: Automatic reply: away", "reply"),
        ("Subject: Автоответчик сломался", None),
        ("Subject: Out of office printer is broken", None),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b", "complaint"),
        ("Content-Type: multipart/report; report-type=tlsrpt; boundary=b", "report"),
        ("Subject: Report domain: x.example Submitter: y.example Report-ID: 1", "report"),
        ("Subject: Out of Office Re: my order", "reply"),
        ("Subject: OOO: my order", "reply"),
        ("Subject: Я в отпуске Re: заказ", "reply"),
        ("Subject: Я в отпуске, как оплатить?", None),
        ("Subject: [Автоответ] заказ", "reply"),
        ("Subject: Нет на месте: заказ", "reply"),
        ("Subject: Abwesenheitsnotiz: Bestellung", "reply"),
        ("Subject: Automatische Antwort: Bestellung", "reply"),
        ("Subject: Réponse automatique : commande", "reply"),
        ("Subject: Автоответчик не работает, помогите", None),
        ("Subject: Re: Automatic reply: broken", None),
        ("X-Autoresponder: 1", "reply"),
        ("X-POST-MessageClass: 9; Autoresponder", "reply"),
        ("X-FC-MachineGenerated: true", "reply"),
        ("X-MS-Exchange-Inbox-Rules-Loop: a@b.ru", "reply"),
        ("List-Unsubscribe: <mailto:x@crm.example>", None),
        ("List-Unsubscribe: <mailto:x@crm.example>\nPrecedence: bulk", "list"),
        ("From: Pat <postmaster@small.example>", None),
        ("From: Pat <postmaster@small.example>\nSubject: Undeliverable: x", "bounce"),
        ("From: post_master@x.example\nSubject: Delivery failure", "bounce"),
        (
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            "receipt",
        ),
    ],
)
def test_headers_tell_machines_from_people(headers: str, expected: Automatic | None) -> None:
    """case C14"""
    sender = "" if "From:" in headers else "From: a@b.ru\n"
    assert read(f"{sender}{headers}\n\n--b\n\nx".encode()).auto == expected


DSN = b"""From: MAILER-DAEMON@mx.example.org
Return-Path: <>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mail was not delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; Anna@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: ORIGINAL

ORIGINAL_HEAD
Message-ID: <row1.c42.mac@example.org>
Subject: ticket

--b--
"""


@pytest.mark.parametrize("kind", [b"message/rfc822", b"text/rfc822-headers"])
def test_a_delivery_report_names_our_mail_and_whom_it_missed(kind: bytes) -> None:
    """case C14: the DSN finds its message."""
    bounce = read(DSN.replace(b"ORIGINAL_HEAD\n", b"").replace(b"ORIGINAL", kind)).bounce
    assert bounce is not None
    assert bounce.original_id == "<row1.c42.mac@example.org>"
    assert bounce.recipients == (
        FailedRecipient(
            address="anna@example.com",
            action="failed",
            status="5.1.1",
            reason="smtp; 550 no such user",
        ),
    )
    assert bounce.recipients[0].permanent


def test_public_bounces_are_recognised_and_replies_are_not() -> None:
    """case C14: most real bounces, also those older than RFC 3464, and no reply of people."""
    bounces = shared("flufl.bounce/tests/data/*.txt")
    if not bounces:
        pytest.skip("../shared/corpora/mail is missing")
    people = [*OWN.glob("*.eml"), *shared("talon/tests/fixtures/standard_replies/*.eml")]
    autos = [read(file.read_bytes()).auto for file in bounces]
    assert autos.count("bounce") + autos.count("reply") > 0.85 * len(autos)
    assert {read(file.read_bytes()).auto for file in people} == {None}
