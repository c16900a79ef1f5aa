"""The parts of a mail (MIME, RFC 2046) into words and files; bounded, without recursion."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import collapse_rfc2231_value
from typing import Final

from channels.email import calendar, charset, headers, sealed, tnef
from channels.email.automatic import REACTION_TYPE, reaction_of
from channels.email.bounces import STATUS
from channels.email.filenames import safe
from channels.email.html import MAX_TEXT, alternatives, html_lines
from channels.email.lines import Line
from channels.email.mail import Attachment
from channels.email.quotes import Cut, cut, plain_lines
from channels.letter import Invitation

MAX_PARTS: Final = 500
MAX_DEPTH: Final = 40
MAX_SHOWN: Final = 4_000  # characters of HTML that shows nothing, shown as it is

_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
_WORD: Final = re.compile(r"\w{2,}")
_BARE_NAME: Final = re.compile(r"name\s*=\s*\"?([^\";\r\n]{1,500})", re.IGNORECASE)
_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}$", re.ASCII)
_SMIME: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_LEGACY_HEADER: Final = re.compile(r"(?:[A-Za-z-]{1,40}: [^\r\n]{0,998}\r?\n)+\r?\n")


@dataclass(slots=True)
class _Piece:
    """One place of the body: the same words as plain text, as HTML, or both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Parts:
    """What the parts of a mail gave so far: its words, files, and what only a machine sends."""

    warnings: list[str]
    attachments: list[Attachment] = field(default_factory=list)
    charset_name: str = "ascii"
    subject: str = ""
    """Protected inside a signature (RFC 9788)."""
    reaction: str = ""
    """The emoji of a letter that is a reaction (RFC 9078)."""
    invitation: Invitation | None = None
    encrypted: bool = False
    """Something in it can be read with a key only."""
    _pieces: list[_Piece] = field(default_factory=list)
    _enclosed: list[_Piece] = field(default_factory=list)
    """Words of a winmail.dat: the same ones again, or all there are."""

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
            self._protected(part)
            self.encrypted = self.encrypted or content == "multipart/encrypted"
            if isinstance(inside, list) and part.get_content_maintype() == "multipart":
                if content == "multipart/alternative":
                    piece = _Piece()
                    self._pieces.append(piece)
                waiting.extend((one, depth + 1, piece) for one in reversed(inside))
            elif (signed := self._unsealed(part, content)) is not None:
                waiting.append((signed, depth + 1, piece))
            else:
                self._leaf(part, content, piece)

    def _protected(self, part: Message) -> None:
        """The subject within a signature, in the clear (RFC 9788 §2.1, and its forerunner)."""
        if part.get_param("hp") == "clear" or part.get_param("protected-headers"):
            self.subject = self.subject or headers.words(headers.first(part, "Subject"))

    def _unsealed(self, part: Message, content: str) -> Message | None:
        """The letter inside an opaque signature (S/MIME); None if this part is no such thing."""
        if content not in _SMIME and not _filename(part).lower().endswith(".p7m"):
            return None
        data = _bytes(part)
        self.encrypted = self.encrypted or sealed.is_encrypted(data)
        inside = sealed.signed_content(data)
        return BytesParser(policy=policy.compat32).parsebytes(inside) if inside else None

    def _leaf(self, part: Message, content: str, piece: _Piece | None) -> None:
        name = _filename(part)
        disposition = headers.first(part, "Content-Disposition").lower()
        attached = disposition.startswith("attachment") or bool(name)
        if content == REACTION_TYPE or disposition.startswith("reaction"):
            self.reaction = self.reaction or reaction_of(content, _bytes(part))
            return
        if content in ("text/plain", "text/html") and not attached:
            self._words(part, content, piece)
            return
        if content in STATUS:
            return
        data = _bytes(part)
        if content == "text/calendar":
            self.invitation = self.invitation or calendar.invitation(data)
            name = name or "invite.ics"
        if _is_tnef(content, name) and self._opened(data):
            return
        ids = headers.ids(part, "Content-ID")
        inline = ids and not disposition.startswith("attachment")
        self._attach(name, content, data, ids[0] if inline else None)

    def _attach(self, name: str, content: str, data: bytes, content_id: str | None = None) -> None:
        name = safe(name, content, len(self.attachments) + 1)
        self.attachments.append(
            Attachment(name=name, type=content, data=data, content_id=content_id)
        )

    def _opened(self, data: bytes) -> bool:
        """Whether a winmail.dat gave all that is in it; otherwise it stays a file."""
        try:
            inside = tnef.opened(data)
        except tnef.Damaged as error:
            self.warnings.append(f"winmail.dat cannot be opened: {error}")
            return False
        if inside.plain or inside.html:
            self._enclosed.append(_Piece(inside.plain or None, inside.html or None))
        for one in inside.files:
            guessed = mimetypes.guess_type(one.name)[0] or "application/octet-stream"
            self._attach(one.name, one.type if _TYPE.match(one.type) else guessed, one.data)
        return not inside.closed

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
        if content == "text/plain":
            text = self._plain(part, text)
        if piece is None:
            piece = _Piece()
            self._pieces.append(piece)
        if content == "text/html":
            piece.html = f"{piece.html or ''}{text}"
        else:
            piece.plain = f"{piece.plain}\n{text}" if piece.plain else text

    def _plain(self, part: Message, text: str) -> str:
        if part.get_param("hp-legacy-display") == "1":  # RFC 9788 §3.2: a copy of the headers
            text = _LEGACY_HEADER.sub("", text, count=1) if _LEGACY_HEADER.match(text) else text
        if str(part.get_param("format", "")).lower() == "flowed":
            text = _unflowed(text, joined=str(part.get_param("delsp", "")).lower() == "yes")
        text, secret = sealed.without_secrets(sealed.without_armour(text))
        self.encrypted = self.encrypted or secret
        return text

    def cut(self) -> Cut:
        """The best text of every piece, and the client's words in it."""
        lines = [line for piece in self._pieces for line in self._best(piece)]
        if not any(line.text.strip() for line in lines):
            lines = [line for piece in self._enclosed for line in self._best(piece)]
        taken = cut(lines)
        if taken.text or taken.quoted or taken.signature or self.attachments:
            return taken
        sources = [
            piece.html.strip() for piece in self._pieces if piece.html and piece.html.strip()
        ]
        if not sources:
            return taken
        if shown := " ".join(alternatives(sources[0])):
            return Cut(text=shown[:MAX_SHOWN])  # a letter that is a picture
        # Case C7: HTML that shows nothing is shown as it is, not as silence.
        self.warnings.append("the HTML shows no text: its source stands here")
        bare = " ".join(_TAG.sub(" ", sources[0][:MAX_TEXT]).split())
        return Cut(text=(bare or sources[0])[:MAX_SHOWN])

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


def _unflowed(text: str, *, joined: bool) -> str:
    """Soft line ends undone (RFC 3676 §4): a space at the end of a line joins it with the next
    one of the same quoting depth.

    Args:
        text: as it came.
        joined: the space was added by the sender and goes (DelSp=yes, §4.2).
    """
    done: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        signature = line == "-- "
        soft = line.endswith(" ") and not signature and not line.startswith(">")
        words = line if line.startswith(">") else line.removeprefix(" ")
        if soft and joined:
            words = words[:-1]
        if open_line and not signature and not line.startswith(">"):
            done[-1] += words
        else:
            done.append(words)
        open_line = soft
    return "\n".join(done)


def _is_tnef(content: str, name: str) -> bool:
    return content in tnef.TYPES or name.lower() == "winmail.dat"


def _filename(part: Message) -> str:
    try:
        name = _named(part)
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return "unnamed"
    if name and "\ufffd" in name:
        # Letters as they are, which Python gives up on.
        for header in ("Content-Disposition", "Content-Type"):
            if found := _BARE_NAME.search(headers.first(part, header)):
                name = found[1]
                break
    return headers.words(name) if name else ""


def _named(part: Message) -> str:
    """The name a part has for its file: the extended form first (RFC 6266 §4.3), which Python's own
    ``get_filename`` passes over for the plain one."""
    for header, wanted in (("content-disposition", "filename"), ("content-type", "name")):
        found = [value for key, value in _parameters(part, header) if key.lower() == wanted]
        extended = [value for value in found if isinstance(value, tuple)]
        if found:
            return collapse_rfc2231_value((extended or found)[0])
    return ""


def _parameters(part: Message, header: str) -> Iterator[tuple[str, str | tuple[str, str, str]]]:
    yield from part.get_params([], header) or []


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
