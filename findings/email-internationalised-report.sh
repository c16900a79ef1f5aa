#!/usr/bin/env bash
# Python's email package reads a delivery report of RFC 6533 as one nested message, not as a list of blocks.
#
# message/delivery-status (RFC 3464) becomes a list of messages: one for the report, one per recipient.
# message/global-delivery-status, its twin for addresses with Cyrillic before the @, becomes a single
# message whose headers are the first block; the recipient's block is that message's plain text, so
# code that looks for Final-Recipient among the headers finds nobody. flufl.bounce finds nobody either.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'flufl.bounce==6.0.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import email
import platform
from email.policy import default

from flufl.bounce import all_failures

REPORT = """From: mailer-daemon@example.com
To: desk@example.com
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

Not delivered.
--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.com

Final-Recipient: {recipient}
Action: failed
Status: 5.1.1

--b--
"""

def blocks(kind, recipient):
    message = email.message_from_bytes(REPORT.format(kind=kind, recipient=recipient).encode(), policy=default)
    part = list(message.iter_parts())[1]
    return [dict(block.items()) for block in part.get_payload()], all_failures(message)

classic, found = blocks("delivery-status", "rfc822; ivan@example.com")
print("Python", platform.python_version(), "delivery-status:", classic, found[1])
assert [set(block) for block in classic] == [{"Reporting-MTA"}, {"Final-Recipient", "Action", "Status"}]
assert found[1] == {b"ivan@example.com"}

modern, found = blocks("global-delivery-status", "utf-8; иван@example.com")
print("Python", platform.python_version(), "global-delivery-status:", modern, found[1])
assert [set(block) for block in modern] == [{"Reporting-MTA"}]
assert not found[1]
PY
