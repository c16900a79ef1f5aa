"""A post into the bytes of a letter (RFC 5322, MIME), ready for SMTP.

Written by hand rather than with ``email.message``: Python's header folding turns long Message-IDs
in References into encoded words, which breaks threads in every mail program.

Everything in the result is ASCII, so any server takes it; only an address with letters beyond ASCII
needs one with SMTPUTF8 (RFC 6531).
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import quopri
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from channels.email.body import body, is_blank, plain, to_html
from channels.email.filenames import safe
from channels.email.joining import Secrets, message_id, reply_address
from channels.kind import Words
from channels.letter import Letterhead
from channels.message import (
    Content,
    Media,
    MediaKind,
    Outbound,
    Part,
    Permanent,
    Post,
    Reason,
)

NOWHERE: Final = "0"
"""Stands in a Message-ID for the place of a letter that belongs to none."""
KEPT_REFERENCES: Final = 20
"""The newest Message-IDs in References; the first one is kept besides (RFC 5322 §3.6.4 lets the
ones in between go)."""
LINE: Final = 76
MAX_SUBJECT: Final = 250
"""Characters."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_RE: Final = re.compile(
    r"(?:(?:re|aw|sv|vs|rif|antw|fwd?|wg|tr|rv|ha|на|отв|ответ|re\.|пересл|fw)"
    r"(?:\s?\[\d{1,3}\]|\s?\(\d{1,3}\)|\d{1,3})?\s?[:：]\s{0,9}){1,20}",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"[^\s<>()\[\]:;@\\,\"\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]:;@\\,\"\x00-\x1f\x7f]{1,255}"
)
_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_MIME: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,60}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,60}"
)
_ENDINGS: Final[dict[MediaKind, tuple[str, str]]] = {
    "photo": ("image/jpeg", ".jpg"),
    "video": ("video/mp4", ".mp4"),
    "animation": ("video/mp4", ".mp4"),
    "audio": ("audio/mpeg", ".mp3"),
    "voice": ("audio/ogg", ".ogg"),
    "video_note": ("video/mp4", ".mp4"),
    "sticker": ("image/webp", ".webp"),
    "document": ("application/octet-stream", ".bin"),
}
"""What a file is that says nothing of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """From where a letter is written."""

    mailbox: str
    """Our address without a tag."""
    title: str
    """The sender's name readers see."""
    tagged: bool = True
    """The mailbox takes mail to ``name+token@domain``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A letter, ready to be handed to a server."""

    message_id: str
    mailbox: str
    """Our address without a tag."""
    sender: str
    """For the envelope: signed, so that a report of a failure finds its way back."""
    recipient: str
    data: bytes
    """Lines ended by CR LF."""
    utf8: bool
    """Needs a server with SMTPUTF8."""
    left_out: tuple[str, ...] = ()
    """Names of files that are not in it."""


def render(
    outbound: Outbound,
    *,
    sender: From,
    secrets: Secrets,
    words: Words,
    now: datetime,
    room: int,
) -> Rendered:
    """Write the letter of a post. Reads attached files from our disk.

    Args:
        outbound: a ``Post``; its ``id`` gives the Message-ID, the same every time.
        sender: from where it is written.
        secrets: sign our addresses and Message-IDs.
        words: the channel's own sentences.
        now: the Date.
        room: bytes there are for attachments, as they are sent; files beyond are named in words.

    Raises:
        Permanent: nothing to say, or a value that no header may hold (case D3).
    """
    if not isinstance(outbound.act, Post):
        raise Permanent(Reason.REFUSED, f"a letter cannot carry {outbound.act.type!r}")
    post = outbound.act
    head = post.letterhead or Letterhead(subject="")
    if not head.references and _ID.fullmatch(post.reply_to or ""):
        head = replace(head, references=(str(post.reply_to),))
    recipient, utf8 = _recipient(outbound.address.chat)
    place = outbound.address.thread
    domain = sender.mailbox.rpartition("@")[2]
    try:
        own_id = message_id(outbound.id, place or NOWHERE, domain, secrets)
    except ValueError as error:
        raise Permanent(Reason.REFUSED, str(error)) from error
    signed = reply_address(sender.mailbox, place, secrets) if place and sender.tagged else None
    language = _checked("language", head.language, _LANGUAGE)
    subject = _subject(head, words("mail.subject", language, company=sender.title))
    content, files = _attached(post.content, room)
    letter = body(
        content,
        post.keyboard,
        head.quotation,
        words=words,
        language=language,
        reply_to=signed,
        subject=_answering(subject),
        greeting=head.greeting,
        signature=head.signature,
    )
    if not files and is_blank(letter.choices, letter.text):
        raise Permanent(Reason.REFUSED, "there is nothing to say")
    headers = [
        f"From: {_person(sender.title, sender.mailbox)}",
        f"To: <{recipient}>",
        *([f"Reply-To: {_person(sender.title, signed)}"] if signed else []),
        _unstructured("Subject", subject),
        f"Date: {format_datetime(now)}",
        f"Message-ID: {own_id}",
        *_threading(head.references, place, domain),
        f"Content-Language: {language}",
        *(_automatic(answers=bool(head.references)) if head.automatic else []),
        "MIME-Version: 1.0",
        "x-ms-reactions: disallow",  # Outlook would offer emoji that reach nobody as words
    ]
    seed = f"{outbound.id}:{place}"
    root = _alternative(plain(letter), to_html(letter), seed)
    if files:
        root = _multipart("mixed", [root, *files], seed)
    return Rendered(
        message_id=own_id,
        mailbox=sender.mailbox,
        sender=signed or sender.mailbox,
        recipient=recipient,
        data="\r\n".join(headers).encode("utf-8" if utf8 else "ascii") + b"\r\n" + root,
        utf8=utf8,
        left_out=tuple(
            part.name or part.kind
            for part in content.parts
            if isinstance(part, Media) and part.left_out is not None
        ),
    )


# --------------------------------------------------------------------------- headers


def _checked(what: str, value: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(value):
        raise Permanent(Reason.REFUSED, f"not a {what} for a header: {value[:80]!r}")
    return value


def _plain(what: str, value: str) -> str:
    """A value that may stand in a header: no line end, no control character (case D3)."""
    if _CONTROL.search(value):
        raise Permanent(Reason.REFUSED, f"control characters in the {what}: {value[:80]!r}")
    return value


def _recipient(chat: str) -> tuple[str, bool]:
    """The address as servers want it, and whether it needs SMTPUTF8."""
    if not _ADDRESS.fullmatch(chat):
        raise Permanent(Reason.REFUSED, f"not an e-mail address: {chat[:80]!r}")
    local, _, domain = chat.rpartition("@")
    if domain == "invalid" or domain.endswith(".invalid"):  # RFC 2606: nobody is there
        raise Permanent(Reason.NO_ADDRESS, "the sender has no address to answer to")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise Permanent(Reason.NO_ADDRESS, f"not a domain: {domain[:80]!r}") from error
    return f"{local}@{domain}", not local.isascii()


def bare_subject(subject: str) -> str:
    """A subject without the ``Re:``, ``Fwd:``, ``Ответ:``, ``HA:`` … in front of it."""
    found = _RE.match(subject.strip())
    return subject.strip()[found.end() :].strip() if found else subject.strip()


def _answering(subject: str) -> str:
    return f"Re: {bare_subject(subject)}"


def _subject(head: Letterhead, otherwise: str) -> str:
    # A client's words: what no header may hold is dropped, their letter is answered all the same.
    subject = " ".join(_CONTROL.sub(" ", head.subject).split())[:MAX_SUBJECT].strip()
    if not bare_subject(subject):
        subject = " ".join(otherwise.split())
    return _answering(subject) if head.references else subject


def _threading(references: Sequence[str], place: str | None, domain: str) -> list[str]:
    """In-Reply-To and References (RFC 5322 §3.6.4).

    A dialogue that we begin has a root that no letter carries, so that our first letters hang
    together before anybody answered. It proves nothing: only signed ids do.
    """
    known = [_checked("Message-ID", one, _ID) for one in references]
    root = f"<root.{place}@{domain.lower()}>" if place else ""
    if root and (not known or known[0].lower().endswith(f"@{domain.lower()}>")):
        known = [root, *(one for one in known if one != root)]
    if len(known) > KEPT_REFERENCES + 1:
        known = [known[0], *known[-KEPT_REFERENCES:]]
    lines = [f"In-Reply-To: {references[-1]}"] if references else []
    return [*lines, _folded("References:", known)] if known else lines


def _automatic(*, answers: bool) -> list[str]:
    """RFC 3834 §5, and the word that Exchange understands."""
    kind = "auto-replied" if answers else "auto-generated"
    return [f"Auto-Submitted: {kind}", "X-Auto-Response-Suppress: All"]


def _folded(start: str, tokens: Iterable[str]) -> str:
    lines = [start]
    for token in tokens:
        if len(lines[-1]) + 1 + len(token) > LINE and lines[-1] != start:
            lines.append("")
        lines[-1] += f" {token}"
    return "\r\n".join(lines)


def _unstructured(name: str, value: str) -> str:
    """A header of free text, in encoded words (RFC 2047) where it needs them."""
    start, tokens = f"{name}:", value.split(" ")
    if tokens[0] == "Re:" and len(tokens) > 1:  # mail programs look for it before they decode
        start, tokens, value = f"{start} Re:", tokens[1:], value.removeprefix("Re: ")
    if value.isascii() and "=?" not in value and max(map(len, tokens)) <= LINE:
        return _folded(start, tokens)
    return f"{start} {_encoded(value, len(start) + 1)}"


def _encoded(value: str, indent: int) -> str:
    header = Header(value, "utf-8", maxlinelen=LINE, header_name="x" * max(indent - 2, 0))
    return header.encode(splitchars="", linesep="\r\n")


def _person(name: str, address: str) -> str:
    name = " ".join(_plain("name", name).split())[:100]
    if not name:
        return f"<{address}>"
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n <{address}>'
    return f"{_encoded(name, len('Reply-To: '))}\r\n <{address}>"


# --------------------------------------------------------------------------- parts


def _part(headers: Sequence[str], data: bytes) -> bytes:
    return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + data


def _multipart(subtype: str, parts: Sequence[bytes], seed: str) -> bytes:
    """Several parts as one. The boundary is the same for the same letter."""
    digest = hashlib.sha256(f"{subtype}:{seed}".encode()).hexdigest()[:32]
    boundary = f"=_{digest}"  # "=_" can stand in neither transfer encoding (RFC 2045 §6.7)
    start = b"--" + boundary.encode("ascii")
    inside = b"".join(start + b"\r\n" + part + b"\r\n" for part in parts)
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"'
    return _part([head], inside + start + b"--\r\n")


def _alternative(text: str, page: str, seed: str) -> bytes:
    """The better form last (RFC 2046 §5.1.4)."""
    texts = [
        _text("text/plain; charset=utf-8; format=flowed", text),
        _text("text/html; charset=utf-8", page),
    ]
    return _multipart("alternative", texts, seed)


def _text(content_type: str, text: str) -> bytes:
    data = text.encode("utf-8")
    head = f"Content-Type: {content_type}"
    if sum(byte > 126 for byte in data) * 6 < len(data):  # mostly ASCII: readable in the source
        encoded = quopri.encodestring(data.rstrip(b"\n")).replace(b"\n", b"\r\n")
        return _part([head, "Content-Transfer-Encoding: quoted-printable"], encoded)
    lines = data.rstrip(b"\n").replace(b"\n", b"\r\n")
    return _part([head, "Content-Transfer-Encoding: base64"], _base64(lines))


def _base64(data: bytes) -> bytes:
    encoded = base64.b64encode(data)
    return b"\r\n".join(encoded[at : at + LINE] for at in range(0, len(encoded), LINE))


def _attached(content: Content, room: int) -> tuple[Content, list[bytes]]:
    """The files that fit, and the content with names where files have none and with a remark at
    those that do not go along (case B15)."""
    parts: list[Part] = []
    files: list[bytes] = []
    for number, part in enumerate(content.parts, 1):
        if not isinstance(part, Media):
            parts.append(part)
            continue
        kind = _type(part)
        name = safe(part.name or f"{part.kind}-{number}{_ending(part)}", kind, number)
        named = replace(part, name=name if part.name or part.caption or part.left_out else None)
        if part.left_out is not None:
            parts.append(named)
            continue
        data = _read(part, room)
        if isinstance(data, bytes):
            file = _file(name, kind, data)
            room -= len(file)
            files.append(file)
            parts.append(named)
        else:
            parts.append(replace(part, name=name, left_out=data, size=_size(part)))
    return replace(content, parts=tuple(parts)), files


def _read(media: Media, room: int) -> bytes | Reason:
    """The content of a file, or why it stays out."""
    if media.path is None:
        return Reason.REFUSED
    if 4 * ((_size(media) or 0) / 3) * 78 / 76 > room:
        return Reason.TOO_LARGE
    try:
        return Path(media.path).read_bytes()
    except OSError:
        return Reason.REFUSED


def _size(media: Media) -> int | None:
    try:
        return Path(media.path).stat().st_size if media.path is not None else media.size
    except OSError:
        return media.size


def _type(media: Media) -> str:
    """What the file is; mails and multiparts may not be encoded (RFC 2046 §5.2.1)."""
    named = mimetypes.guess_type(media.name or media.path or "")[0]
    kind = media.mime or named or _ENDINGS[media.kind][0]
    if not _MIME.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return kind


def _ending(media: Media) -> str:
    if media.path and (suffix := Path(media.path).suffix) and len(suffix) <= 6:
        return suffix
    guessed = mimetypes.guess_extension(media.mime or "")
    return guessed or _ENDINGS[media.kind][1]


def _file(name: str, kind: str, data: bytes) -> bytes:
    """An attachment. Names beyond ASCII stand in both forms: RFC 2231 is the standard, and
    Outlook reads the encoded word in Content-Type instead."""
    if name.isascii() and '"' not in name and "\\" not in name:
        types, disposition = f'\r\n name="{name}"', f'\r\n filename="{name}"'
    else:
        word = "\r\n ".join(_words(name))
        types = f'\r\n name="{word}"'
        disposition = "".join(_continued(name))
    return _part(
        [
            f"Content-Type: {kind};{types}",
            f"Content-Disposition: attachment;{disposition}",
            "Content-Transfer-Encoding: base64",
        ],
        _base64(data),
    )


def _words(name: str) -> list[str]:
    return Header(name, "utf-8", maxlinelen=60).encode(splitchars="", linesep="\n").split("\n ")


def _continued(name: str) -> list[str]:
    """``filename*0*=utf-8''…; filename*1*=…`` (RFC 2231 §3), never cut within a character."""
    pieces = [""]
    for sign in name:
        escaped = quote(sign, safe="")
        if len(pieces[-1]) + len(escaped) > 50:
            pieces.append("")
        pieces[-1] += escaped
    if len(pieces) == 1:
        return [f"\r\n filename*=utf-8''{pieces[0]}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    ended = [f"{piece};" for piece in pieces[:-1]] + pieces[-1:]
    return [f"\r\n filename*{number}*={piece}" for number, piece in enumerate(ended)]
