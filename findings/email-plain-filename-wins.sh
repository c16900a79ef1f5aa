#!/usr/bin/env bash
# Given both filename and filename*, Python's email package takes the plain ASCII one, in every policy.
#
# RFC 6266 (HTTP) and RFC 2231's purpose want the extended value first; mail programs send the plain one
# as a fallback for old readers. A Russian file name is there, and get_filename() gives its transliteration; so
# do libraries on top of it (imap-tools).
# format=flowed with delsp=yes (RFC 3676) is not reflowed either: a long link stays cut by a blank.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'imap-tools==1.16.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import email
import platform
from email.policy import compat32, default

from imap_tools import MailMessage

LETTER = b"""Content-Type: application/pdf
Content-Disposition: attachment; filename="Schet.pdf"; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf

x"""
names = [email.message_from_bytes(LETTER, policy=policy).get_filename() for policy in (compat32, default)]
print("Python", platform.python_version(), "get_filename():", names)
assert names == ["Schet.pdf", "Schet.pdf"]
whole = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + LETTER + b"\n--b--\n"
names = [file.filename for file in MailMessage.from_bytes(whole).attachments]
print("imap-tools 1.16.0:", names)
assert names == ["Schet.pdf"]

FLOWED = b"""Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes

https://example.com/a?contract=10 
48&x=1
"""
text = email.message_from_bytes(FLOWED, policy=default).get_content()
print("Python", platform.python_version(), "get_content():", repr(text))
assert "10 \n48" in text
PY
