"""The bytes of a mail into a :class:`Mail`; never raises, whatever the bytes (cases C5, C7).

Use :class:`channels.email.bounded.BoundedReader` for mail of strangers: Python's parser is bounded
in memory by the caps here, but its time on a few thousand nested parts is not.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final, Literal

from channels.email import automatic, charset, headers
from channels.email.bounces import bounce
from channels.email.boundaries import untangled
from channels.email.mail import Mail
from channels.email.parts import Parts
from channels.email.quotes import Cut

MAX_SIZE: Final = 40 * 1024 * 1024  # bytes; of a larger mail only the headers are read
MAX_HEAD: Final = 256 * 1024  # bytes of all headers together
MAX_FALLBACK: Final = 4_000  # characters of a mail that could only be shown as it is

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
_CYRILLIC: Final = re.compile("[а-яё]+")
_LATIN: Final = re.compile("[a-z]+")
_COVERED: Final = ("", "...", "[...]", "encrypted message")
"""Subjects that stand outside where the true one is protected inside (RFC 9788 §4)."""


def parse(raw: bytes, *, received: datetime) -> Mail:
    """Understand a mail.

    Args:
        raw: the whole mail as it was fetched.
        received: when it arrived, aware; stands in for a missing or absurd Date.
    """
    if len(raw) > MAX_SIZE:
        return plain(
            raw, received=received, warning="larger than 40 MB: only its headers were read"
        )
    try:
        return _understood(raw, received)
    except Exception as error:  # noqa: BLE001 - case C5: people get the raw mail, the loop goes on
        return plain(
            raw, received=received, warning=f"could not be taken apart: {type(error).__name__}"
        )


def plain(raw: bytes, *, received: datetime, warning: str) -> Mail:
    """The fallback that cannot hang: headers, and the beginning of the body as it is."""
    head, body = _split(raw)
    try:
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(head[: MAX_HEAD // 4])
    except Exception:  # noqa: BLE001 - whatever it is, the mail is shown without its headers
        message = Message()
    # Nothing to show for a mail that is too large: its body may be anything.
    piece = b"" if len(raw) > MAX_SIZE else body[: MAX_FALLBACK * 2]
    text, name = charset.decode(piece)
    readable = " ".join(_TAG.sub(" ", text[:MAX_FALLBACK]).replace("\x00", "").split(" "))
    return _mail(
        raw,
        message,
        received,
        cut=Cut(text=readable.strip()),
        parts=Parts(warnings=[], charset_name=name),
        warnings=[warning],
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    found = _END_OF_HEAD.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def _understood(raw: bytes, received: datetime) -> Mail:
    warnings: list[str] = []
    head, body = _split(raw)
    if len(head) > MAX_HEAD:
        warnings.append("the headers were longer than 256 KB and were cut")
        short = head[:MAX_HEAD]
        raw_parsed = short[: max(short.rfind(b"\n"), 0)] + b"\r\n\r\n" + body
    else:
        raw_parsed = raw
    message = BytesParser(policy=policy.compat32).parsebytes(untangled(raw_parsed))
    parts = Parts(warnings=warnings)
    parts.read(message)
    taken = parts.cut()
    if taken.whole and parts.attachments and not taken.forward and _answers(message):
        taken = Cut(text="", quoted=taken.text)  # a photo in reply, without a word
    return _mail(raw, message, received, cut=taken, parts=parts, warnings=warnings)


def _answers(message: Message) -> bool:
    return any(headers.values(message, "In-Reply-To", "References"))


def _mail(
    raw: bytes,
    message: Message,
    received: datetime,
    *,
    cut: Cut,
    parts: Parts,
    warnings: list[str],
) -> Mail:
    fingerprint = hashlib.sha256(raw).hexdigest()
    own_ids = headers.ids(message, "Message-ID")
    if not own_ids:
        warnings.append("no usable Message-ID")
    written, believed = headers.date(message, received)
    if not believed:
        warnings.append("an absurd Date: the time of receipt stands in")
    if cut.forward:
        warnings.append("contains a forwarded message")
    subject = headers.words(headers.first(message, "Subject"))
    if parts.subject and subject.lower() in _COVERED:
        subject = parts.subject
    reaction = parts.reaction or automatic.reaction(cut.text)
    auto = automatic.kind(
        message, subject, reaction=reaction, invitation=parts.invitation, text=cut.text
    )
    return Mail(
        message_id=own_ids[0] if own_ids else f"<{fingerprint[:40]}@missing.invalid>",
        fingerprint=fingerprint,
        received=received,
        date=written,
        senders=headers.authors(message),
        reply_to=headers.people(message, "Reply-To"),
        original_sender=headers.people(message, "X-Original-From")
        or headers.people(message, "X-Original-Sender"),
        lists=tuple(headers.values(message, "List-Id", "List-Post"))[:10],
        to=headers.people(message, "To"),
        cc=headers.people(message, "Cc"),
        delivered_to=headers.people(message, "Delivered-To", "X-Original-To", "Envelope-To"),
        subject=subject,
        in_reply_to=headers.ids(message, "In-Reply-To"),
        references=headers.ids(message, "References"),
        authentication_results=tuple(headers.values(message, "Authentication-Results"))[:10],
        text=cut.text,
        quoted=cut.quoted,
        signature=cut.signature,
        forward=cut.forward,
        attachments=tuple(parts.attachments),
        auto=auto,
        bounce=bounce(message, subject, f"{cut.text}\n{cut.quoted}") if auto == "bounce" else None,
        reaction=reaction if auto == "reaction" else "",
        invitation=parts.invitation,
        encrypted=parts.encrypted,
        charset=parts.charset_name,
        language=language(cut.text or subject),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def language(text: str) -> Literal["ru", "en"] | None:
    """By script: Russian when a fifth of the letters is Cyrillic (product names are Latin)."""
    sample = text[:20_000].lower()
    cyrillic = sum(map(len, _CYRILLIC.findall(sample)))
    latin = sum(map(len, _LATIN.findall(sample)))
    if cyrillic + latin < 2:
        return None
    return "ru" if cyrillic * 4 >= latin else "en"
