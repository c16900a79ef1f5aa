"""Reports and warnings as Postfix, Exim and OpenSMTPD write them, of our own making."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.email.mail import Mail
from channels.email.parse import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OURS = "<linezero.t1@example.org>"
WHO = "anna@client.example"

POSTFIX = f"""From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: {{subject}}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4B1.1/mx.example.org"

--4B1.1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

{{words}}

<{WHO}>: {{why}}

--4B1.1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0300 (MSK)

Final-Recipient: rfc822; {WHO}
Original-Recipient: rfc822;{WHO}
Action: {{action}}
Status: {{status}}
Diagnostic-Code: smtp; {{why}}

--4B1.1/mx.example.org
Content-Description: Undelivered Message
Content-Type: text/rfc822-headers

Message-ID: {OURS}
Subject: Re: question

--4B1.1/mx.example.org--
"""
EXIM = f"""X-Failed-Recipients: {WHO}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
Subject: {{subject}}
Content-Type: multipart/report; report-type=delivery-status; boundary=1700-eximdsn-80
MIME-Version: 1.0

--1700-eximdsn-80
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

{{words}}

  {WHO}
    {{why}}

--1700-eximdsn-80
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Action: {{action}}
Final-Recipient: rfc822;{WHO}
Status: {{status}}

--1700-eximdsn-80
Content-type: message/rfc822

Message-ID: {OURS}
Subject: Re: question

words
--1700-eximdsn-80--
"""
OPENSMTPD = f"""Subject: Delivery status notification: {{subject}}
From: Mailer Daemon <MAILER-DAEMON@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="16ccd26c74351b23/mx.example.org"

--16ccd26c74351b23/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

{{words}}

{WHO}: {{why}}

--16ccd26c74351b23/mx.example.org
Content-Description: Delivery Report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {WHO}
Action: {{action}}
Status: {{status}}

--16ccd26c74351b23/mx.example.org
Content-Description: Message headers
Content-Type: text/rfc822-headers

Message-ID: {OURS}

--16ccd26c74351b23/mx.example.org--
"""


def read(shape: str, **values: str) -> Mail:
    return parse(shape.format(**values).replace("\n", "\r\n").encode(), received=NOW)


@pytest.mark.parametrize(
    ("shape", "status", "action", "words", "why", "permanent"),
    [
        (POSTFIX, "5.1.1", "failed", "could not be delivered to one or more recipients.",
         "550 5.1.1 User unknown", True),
        (POSTFIX, "5.2.2", "failed", "could not be delivered to one or more recipients.",
         "552 5.2.2 Mailbox full", True),
        (POSTFIX, "4.2.0", "delayed", "THIS IS A WARNING ONLY. It will be retried until it is 5d",
         "451 4.2.0 try later", False),
        (POSTFIX, "4.2.0", "failed", "could not be delivered to one or more recipients.",
         "451 4.2.0 try later", True),
        (EXIM, "5.0.0", "failed", "This is a permanent error. The following address failed:",
         "Unrouteable address", True),
        (EXIM, "4.0.0", "delayed", "has not been delivered after more than 24 hours",
         "Delay reason: retry time not reached", False),
        (OPENSMTPD, "5.0.0", "failed", "An error has occurred while attempting to deliver",
         "552 5.2.2 Mailbox full", True),
        (OPENSMTPD, "4.0.0", "delayed", "A message is delayed for more than 4 hours for",
         "421 later", False),
        (OPENSMTPD, "4.4.7", "delayed", "A message is delayed for more than 0 seconds for",
         "Envelope expired", None),
    ],
)  # fmt: skip
def test_reports_say_which_letter_whom_and_why(
    shape: str, status: str, action: str, words: str, why: str, permanent: bool | None
) -> None:
    """case C14: with the server's own words, also where only the text has them."""
    mail = read(shape, subject=action, status=status, action=action, words=words, why=why)
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.original_id == OURS
    (one,) = mail.bounce.recipients
    assert (one.address, one.status) == (WHO, status)
    assert why in one.reason
    assert one.permanent is permanent
