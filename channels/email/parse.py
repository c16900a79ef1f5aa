"""The bytes of a mail into a :class:`Mail`; never raises, whatever the bytes (cases C5, C7).

Use :class:`channels.email.bounded.BoundedReader` for mail of strangers: Python's parser is bounded
in memory by the caps here, but its time on a few thousand nested parts is not.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final, Literal

from channels.email import automatic, charset, headers
from channels.email.filenames import safe
from channels.email.html import MAX_TEXT, html_lines
from channels.email.lines import Line
from channels.email.mail import Attachment, Mail
from channels.email.quotes import Cut, cut, plain_lines

MAX_SIZE: Final = 40 * 1024 * 1024  # bytes; of a larger mail only the headers are read
MAX_HEAD: Final = 256 * 1024  # bytes of all headers together
MAX_PARTS: Final = 500
MAX_DEPTH: Final = 40
MAX_FALLBACK: Final = 4_000  # characters of a mail that could only be shown as it is

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
_WORD: Final = re.compile(r"\w{2,}")
_BARE_NAME: Final = re.compile(r"name\s*=\s*\"?([^\";\r\n]{1,500})", re.IGNORECASE)


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
        charset_name=name,
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
    message = BytesParser(policy=policy.compat32).parsebytes(raw_parsed)
    reading = _Reading(warnings=warnings)
    reading.read(message)
    taken = reading.cut()
    if taken.whole and reading.attachments and not taken.forward and _answers(message):
        taken = Cut(text="", quoted=taken.text)  # a photo in reply, without a word
    return _mail(
        raw, message, received, cut=taken, charset_name=reading.charset_name, warnings=warnings,
        attachments=tuple(reading.attachments),
    )  # fmt: skip


def _answers(message: Message) -> bool:
    return any(headers.values(message, "In-Reply-To", "References"))


def _mail(
    raw: bytes,
    message: Message,
    received: datetime,
    *,
    cut: Cut,
    charset_name: str,
    warnings: list[str],
    attachments: tuple[Attachment, ...] = (),
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
    auto = automatic.kind(message, subject)
    return Mail(
        message_id=own_ids[0] if own_ids else f"<{fingerprint[:40]}@missing.invalid>",
        fingerprint=fingerprint,
        received=received,
        date=written,
        senders=headers.authors(message),
        reply_to=headers.people(message, "Reply-To"),
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
        attachments=attachments,
        auto=auto,
        bounce=automatic.bounce(message, f"{cut.text}\n{cut.quoted}") if auto == "bounce" else None,
        charset=charset_name,
        language=language(cut.text or subject),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def language(text: str) -> Literal["ru", "en"] | None:
    """By script: Russian when a fifth of the letters is Cyrillic (product names are Latin)."""
    sample = text[:20_000]
    cyrillic = sum("а" <= sign <= "я" or sign == "ё" for sign in sample.lower())
    latin = sum("a" <= sign <= "z" for sign in sample.lower())
    if cyrillic + latin < 2:
        return None
    return "ru" if cyrillic * 4 >= latin else "en"


@dataclass(slots=True)
class _Piece:
    """One place of the body: the same words as plain text, as HTML, or both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class _Reading:
    """What the parts of a mail gave so far."""

    warnings: list[str]
    attachments: list[Attachment] = field(default_factory=list)
    charset_name: str = "ascii"
    _pieces: list[_Piece] = field(default_factory=list)

    def read(self, message: Message) -> None:
        """Walk through the parts without recursion."""
        waiting: list[tuple[Message, int, _Piece | None]] = [(message, 0, None)]
        seen = 0
        while waiting:
            part, depth, piece = waiting.pop()
            seen += 1
            if seen > MAX_PARTS or depth > MAX_DEPTH:
                self.warnings.append("too many or too deeply nested parts: the rest was not read")
                return
            content = part.get_content_type()
            inside = headers.payload(part)
            if isinstance(inside, list) and part.get_content_maintype() == "multipart":
                if content == "multipart/alternative":
                    piece = _Piece()
                    self._pieces.append(piece)
                waiting.extend((one, depth + 1, piece) for one in reversed(inside))
            else:
                self._leaf(part, content, piece)

    def _leaf(self, part: Message, content: str, piece: _Piece | None) -> None:
        name = _filename(part)
        disposition = headers.first(part, "Content-Disposition").lower()
        attached = disposition.startswith("attachment") or bool(name)
        if content in ("text/plain", "text/html") and not attached:
            self._words(part, content, piece)
            return
        if content == "message/delivery-status":
            return
        data = _bytes(part)
        ids = headers.ids(part, "Content-ID")
        self.attachments.append(
            Attachment(
                name=safe(name, content, len(self.attachments) + 1),
                type=content,
                data=data,
                content_id=ids[0] if ids and not disposition.startswith("attachment") else None,
            )
        )

    def _words(self, part: Message, content: str, piece: _Piece | None) -> None:
        data = _bytes(part)
        declared = part.get_param("charset")
        named = declared[2] if isinstance(declared, tuple) else declared
        text, name = charset.decode(data, named)
        if named and charset.known(named) is None:
            self.warnings.append(f"unknown charset {named[:40]!r}: read as {name}")
        elif named and name != "ascii" and not charset.same(named, name):
            self.warnings.append(f"labelled {named[:40]!r} but read as {name}")
        if name != "ascii":
            self.charset_name = name
        if len(text) > MAX_TEXT and content == "text/plain":
            text = text[:MAX_TEXT]
            self.warnings.append("the text was longer than 256 KB and was cut")
        text = text.replace("\x00", "")
        if content == "text/plain" and str(part.get_param("format", "")).lower() == "flowed":
            text = _unflowed(text)
        if piece is None:
            piece = _Piece()
            self._pieces.append(piece)
        if content == "text/html":
            piece.html = f"{piece.html or ''}{text}"
        else:
            piece.plain = f"{piece.plain}\n{text}" if piece.plain else text

    def cut(self) -> Cut:
        """The best text of every piece, and the client's words in it."""
        lines = [line for piece in self._pieces for line in self._best(piece)]
        taken = cut(lines)
        if taken.text or taken.quoted or taken.signature or self.attachments:
            return taken
        sources = [
            piece.html.strip() for piece in self._pieces if piece.html and piece.html.strip()
        ]
        if not sources:
            return taken
        # Case C7: HTML that shows nothing is shown as it is, not as silence.
        self.warnings.append("the HTML shows no text: its source stands here")
        bare = " ".join(_TAG.sub(" ", sources[0][:MAX_TEXT]).split())
        return Cut(text=(bare or sources[0])[:MAX_FALLBACK])

    def _best(self, piece: _Piece) -> list[Line]:
        """HTML for its structure and unbroken lines, unless the plain text says more."""
        as_plain = plain_lines(piece.plain) if piece.plain and piece.plain.strip() else []
        if not piece.html:
            return as_plain
        as_html, complete = html_lines(piece.html)
        if not complete:
            self.warnings.append("the HTML was too long: only its beginning was read")
        if as_plain and 2 * _count(as_html) < _count(as_plain):
            return as_plain
        return as_html


def _count(lines: list[Line]) -> int:
    return sum(len(_WORD.findall(line.text)) for line in lines)


def _unflowed(text: str) -> str:
    """Soft line ends undone (RFC 3676 §4): a space at the end of a line joins it with the next
    one of the same quoting depth."""
    done: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        signature = line == "-- "
        if open_line and not signature and not line.startswith(">"):
            done[-1] += line.removeprefix(" ")
        else:
            done.append(line if line.startswith(">") else line.removeprefix(" "))
        open_line = line.endswith(" ") and not signature and not line.startswith(">")
    return "\n".join(done)


def _filename(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return "unnamed"
    if name and "\ufffd" in name:
        # Letters as they are, which Python gives up on.
        for header in ("Content-Disposition", "Content-Type"):
            if found := _BARE_NAME.search(headers.first(part, header)):
                name = found[1]
                break
    return headers.words(name) if name else ""


def _bytes(part: Message) -> bytes:
    """The content with its transfer encoding undone; of an attached mail its source."""
    inside = headers.payload(part)
    if isinstance(inside, list):
        sources = (one.as_bytes() for one in inside)
        try:
            return b"\n".join(sources)
        except (UnicodeError, LookupError, ValueError, TypeError, KeyError, AttributeError):
            return b"\n".join(str(one).encode("utf-8", "replace") for one in inside)
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError):
        data = None
    if isinstance(data, bytes):
        return data
    return str(inside or "").encode("utf-8", "surrogateescape")
