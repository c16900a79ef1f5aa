"""What reports about delivery say: which of our letters, whom it did not reach, why (RFC 3464).

Also those for internationalised addresses (RFC 6533), and older ones that have only words.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from channels.email import headers
from channels.email.mail import Bounce, FailedRecipient

MAX_RECIPIENTS: Final = 50
MAX_READ: Final = 100_000  # bytes of one part

STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_ORIGINAL: Final = ("message/rfc822", "message/global")
_HEADERS: Final = (
    "text/rfc822-headers", "message/rfc822-headers", "message/global-headers",
)  # fmt: skip
_MESSAGE_ID: Final = re.compile(r"^message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_BLANK: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_LATE: Final = re.compile(
    r"\bwarning\b|delay|(?:will|still) (?:be )?(?:retr|try|keep|being)|re-?tried|will continue"
    r"|задерж|повтор(?:н|ит)|попытк[иа] продолж|продолжит попытки|verz[öo]ger|retard[ée]",
    re.IGNORECASE,
)
_ENCODED_WORD: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def bounce(message: Message, subject: str, text: str) -> Bounce:
    """What a delivery report says.

    Args:
        message: the report.
        subject: its subject in words.
        text: its readable text, the last resort for what no field says.
    """
    original: str | None = None
    recipients: list[FailedRecipient] = []
    for part in outer_parts(message)[1:]:
        content = part.get_content_type()
        if content in (*_ORIGINAL, *_HEADERS) and original is None:
            original = _original(part)
        elif content in STATUS:
            recipients += _recipients(part)
    if original is None:
        found = _MESSAGE_ID.search(text)
        original = found[1] if found else None
    if not recipients:
        named = headers.people(message, "X-Failed-Recipients")
        recipients = [FailedRecipient(address=one.address, action="failed") for one in named]
    return Bounce(
        original_id=original,
        recipients=tuple(_explained(one, text) for one in recipients[:MAX_RECIPIENTS]),
        late=not recipients and bool(_LATE.search(f"{subject}\n{text}")),
    )


def outer_parts(message: Message, most: int = 50) -> list[Message]:
    """The parts of a mail, without those of a mail it encloses: these are another's words."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < most:
        part = waiting.pop(0)
        found.append(part)
        inside = headers.payload(part)
        if isinstance(inside, list) and part.get_content_maintype() == "multipart":
            waiting.extend(inside)
    return found


def _original(part: Message) -> str | None:
    inside = headers.payload(part)
    if isinstance(inside, list) and inside:
        known = next(iter(headers.ids(inside[0], "Message-ID")), None)
        if known is not None:
            return known
    found = _MESSAGE_ID.search(_source(part).decode("utf-8", "replace"))
    return found[1] if found else None


def _source(part: Message) -> bytes:
    """The bytes of a part with its transfer encoding undone; Python does not undo that of parts it
    takes for mails, though reports may have one (RFC 6533 §5)."""
    inside = headers.payload(part)
    if isinstance(inside, list):
        blocks = [_block(one) for one in inside]
        data = b"\n\n".join(blocks)[:MAX_READ]
    else:
        decoded = part.get_payload(decode=True)
        return decoded[:MAX_READ] if isinstance(decoded, bytes) else b""
    encoding = headers.first(part, "Content-Transfer-Encoding").lower()
    try:
        if encoding == "base64":
            return base64.b64decode(data)
        return quopri.decodestring(data) if encoding == "quoted-printable" else data
    except (binascii.Error, ValueError):
        return data


def _block(one: Message) -> bytes:
    lines = [
        f"{name}: {value}".encode("utf-8", "surrogateescape") for name, value in one.raw_items()
    ]
    body = None if one.is_multipart() else one.get_payload(decode=True)
    if isinstance(body, bytes) and body.strip():
        lines += [b"", body] if lines else [body]
    return b"\n".join(lines)


def _recipients(report: Message) -> Iterator[FailedRecipient]:
    for block in _BLANK.split(_source(report)):
        group = BytesHeaderParser(policy=policy.compat32).parsebytes(block.strip() + b"\n\n")
        named = headers.first(group, "Final-Recipient") or headers.first(
            group, "Original-Recipient"
        )
        if named:
            yield FailedRecipient(
                address=_address(named),
                action=headers.first(group, "Action").lower().split(" ")[0],
                status=headers.words(headers.first(group, "Status")).split(" ")[0][:20],
                reason=headers.words(headers.first(group, "Diagnostic-Code"))[:500],
            )


def _address(named: str) -> str:
    """Without its type; letters beyond ASCII may be written ``\\x{444}`` (RFC 6533 §3)."""
    address = headers.words(named.split(";", 1)[-1]).strip("<> ").lower()
    return _ENCODED_WORD.sub(lambda found: _letter(found[1]), address)


def _letter(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0xD800 or 0xE000 <= number <= 0x10FFFF else "\ufffd"


def _explained(one: FailedRecipient, text: str) -> FailedRecipient:
    """Where the fields give no reason, the words behind the recipient's address in the text do
    (Exim and OpenSMTPD write them nowhere else)."""
    at = text.lower().find(one.address) if one.address and not one.reason else -1
    if at < 0:
        return one
    rest = text[at + len(one.address) : at + len(one.address) + 600].lstrip(">: \t\r\n")
    words = " ".join(rest.split("\n\n")[0].split())[:500]
    return FailedRecipient(address=one.address, action=one.action, status=one.status, reason=words)
