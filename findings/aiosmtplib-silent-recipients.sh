#!/usr/bin/env bash
# aiosmtplib tells of a partial refusal by its return value, and sends to the first of a comma separated string alone.
#
# sendmail() to one address that is refused and one that is taken raises nothing: the refusal is in the dict
# it returns. A string "a, b" is one recipient to it, of which the server gets the first address only.
# A lone CR inside a line is made a line break on the way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'aiosmtplib==5.1.3' 'aiosmtpd==1.4.6'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import asyncio
import socket

import aiosmtplib
from aiosmtpd.controller import Controller

class Server:
    taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"

async def main(port):
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as smtp:
        refused, _ = await smtp.sendmail("a@example.com", ["refused@example.com", "b@example.com"], b"Subject: x\r\n\r\nhi\r\n")
        print("aiosmtplib", aiosmtplib.__version__, "partial refusal:", refused)
        assert refused["refused@example.com"].code == 550
        refused, _ = await smtp.sendmail("a@example.com", "c@example.com, d@example.com", b"Subject: x\r\n\r\na\rb\r\n")
        print("recipients of one string:", Server.taken[-1])
        assert not refused
        assert Server.taken[-1] == (["c@example.com"], b"Subject: x\r\n\r\na\r\nb\r\n")

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Server(), hostname="127.0.0.1", port=port)
controller.start()
try:
    asyncio.run(main(port))
finally:
    controller.stop()
PY
