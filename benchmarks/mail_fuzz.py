"""Mutated mails through parse and quotes:  make fuzz

    python -m benchmarks.mail_fuzz [--mails 20000] [--seed 0]

Takes the project's own replies, letters that are no plain words (reactions, invitations, reports,
signed and enclosed ones) and, when they are there, the public fixtures in
``../shared/corpora/mail``; prints how many raised, how many took over two seconds, and the slowest.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.email.parse import parse
from tests.mail_corpora import OWN, shared
from tests.unit.channels.email.test_mtas import EXIM, OPENSMTPD, POSTFIX
from tests.unit.channels.email.test_sealed import signed, smime
from tests.winmail import file, winmail

LIMIT = 2.0  # seconds
KINDS_WEIGHT = 8  # of each letter that is none, beside one of each other source
RECEIVED = datetime(2026, 11, 22, tzinfo=UTC)
SPICE = (
    b"\r\n\r\n", b"--", b"\x00", b"\r", b"=?koi8-r?B?", b"?=", b"<div>" * 200, b"<blockquote>" * 50,
    b"\xff\xfe", b"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n",
    b"charset=x-unknown", b"Content-Transfer-Encoding: base64\r\n", b"boundary=",
    b"\xcf\xd2\xc9\xd7\xc5\xd4",
    b">" * 300, b"From: \xee\xe9 <@@>\r\n", b"Message-ID: <>\r\n", b"filename*0*=utf-8''%FF",
    b"wrote:\n" * 50,
)  # fmt: skip


HEAD = "From: a@client.example\nSubject: x\nMessage-ID: <1@client.example>\n"
EVENT = """Content-Type: text/calendar; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
UID:1
DTSTART:20261123T100000Z
SUMMARY:Meeting
ATTENDEE;PARTSTAT=DECLINED:mailto:a@b.c
COMMENT:no time
END:VEVENT
END:VCALENDAR
"""
REACTION = """Content-Type: text/vnd.google.email-reaction+json

{"version": 1, "emoji": "\N{THUMBS UP SIGN}"}
"""
ARMOUR = """
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

words
- --
me
-----BEGIN PGP SIGNATURE-----

iQ==
-----END PGP SIGNATURE-----
"""
FLOWED = "Content-Type: text/plain; format=flowed; delsp=yes\n\nhttps://a.example/ \nb\n"
TANGLED = """Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary="a--"

--a--

x
--a----
--a--
"""


def kinds() -> list[bytes]:
    """One letter of each kind that is not plain words."""
    reports = [
        shape.format(subject=action, words="", why="552 full", action=action, status="5.2.2")
        for shape in (POSTFIX, EXIM, OPENSMTPD)
        for action in ("failed", "delayed")
    ]
    texts = reports + [HEAD + body for body in (EVENT, REACTION, ARMOUR, FLOWED, TANGLED)]
    inner = file(b"m", b"", obj=winmail(file(b"in.txt", b"inside"), body="words"))
    enclosed = HEAD.encode() + (
        b"Content-Type: application/ms-tnef; name=winmail.dat\n"
        b"Content-Transfer-Encoding: binary\n\n"
        + winmail(file(b"a.pdf", b"%PDF", long_name="a.pdf"), inner, html="<p>x")
    )
    opaque = smime(signed(b"Content-Type: text/plain\n\nwords\n"))
    return [*(text.encode() for text in texts), enclosed, opaque]


def mutations(sources: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Mails with a few bytes changed, cut, doubled, moved or mixed with another mail."""
    draw = random.Random(seed)
    for _ in range(count):
        mail = bytearray(draw.choice(sources))
        for _ in range(draw.randint(1, 6)):
            _mutate(mail, sources, draw)
        yield bytes(mail)


def _mutate(mail: bytearray, sources: Sequence[bytes], draw: random.Random) -> None:
    # Headers are short and bodies long: half of the changes go into the first lines.
    reach = len(mail) if draw.random() < 0.5 else min(len(mail), 1_500)
    start = draw.randint(0, max(reach, 1))
    end = start + draw.randint(1, 60)
    kind = draw.randrange(6)
    if kind == 0:
        mail[start:end] = draw.randbytes(draw.randint(0, 20))
    elif kind == 1:
        del mail[start:end]
    elif kind == 2:
        mail[start:start] = draw.choice(SPICE)
    elif kind == 3:
        mail[start:start] = mail[start:end] * draw.randint(2, 20)
    elif kind == 4:
        other = draw.choice(sources)
        cut = draw.randint(0, len(other))
        mail[start:] = other[cut : cut + 20_000]
    else:
        mail[start:end] = mail[start:end].translate(bytes(range(255, -1, -1)))


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run found."""

    mails: int = 0
    raised: list[str] = field(default_factory=list)
    not_taken_apart: int = 0
    slow: int = 0
    slowest: float = 0.0


def run(sources: Sequence[bytes], count: int, seed: int, clock: Callable[[], float]) -> Outcome:
    """Parse ``count`` mutations; ``clock`` measures each."""
    outcome = Outcome()
    for raw in mutations(sources, count, seed):
        began = clock()
        try:
            mail = parse(raw, received=RECEIVED)
        except Exception as error:  # noqa: BLE001 - counting them is the point
            outcome.raised.append(repr(error))
        else:
            outcome.not_taken_apart += any("taken apart" in one for one in mail.warnings)
        took = clock() - began
        outcome.mails += 1
        outcome.slow += took > LIMIT
        outcome.slowest = max(outcome.slowest, took)
    return outcome


def main() -> None:
    """Print the outcome; exit 1 when anything raised or was slow."""
    options = argparse.ArgumentParser()
    options.add_argument("--mails", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    files = [*sorted(OWN.glob("*.eml")), *shared("**/*.eml"), *shared("cpython/data/*.txt"),
             *shared("flufl.bounce/tests/data/*.txt")]  # fmt: skip
    sources = [each.read_bytes() for each in files] + kinds() * KINDS_WEIGHT
    found = run(sources, chosen.mails, chosen.seed, time.process_time)
    print(
        f"{found.mails} mutations of {len(sources)} mails, seed {chosen.seed}: {len(found.raised)} "
        f"unhandled, {found.slow} over {LIMIT:g} s of processor time, slowest {found.slowest:.2f} "
        f"s, {found.not_taken_apart} shown as they are"
    )
    for one in found.raised[:10]:
        print(one)
    sys.exit(bool(found.raised or found.slow))


if __name__ == "__main__":
    main()
