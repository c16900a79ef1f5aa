"""Opening ``winmail.dat``: files and words of a letter in Outlook's own format (TNEF).

The format is MS-OXTNEF: a signature, then attributes, each with a length and a checksum; most of a
letter's facts are MAPI properties inside two of them. Every length is checked against what is
there, nothing is copied more often than messages are nested, and checksums are not asked, as
programs write wrong ones. Words in compressed RTF alone are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from channels.email import charset

TYPES: Final = ("application/ms-tnef", "application/vnd.ms-tnef")
MAX_FILES: Final = 200
MAX_DEPTH: Final = 4  # messages inside messages
MAX_ATTRIBUTES: Final = 20_000  # and properties; far more than any letter has

_SIGNATURE: Final = bytes.fromhex("789f3e22")
_BEGINS_FILE, _TITLE, _DATA, _FILE_PROPS = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MESSAGE_PROPS, _CODE_PAGE = 0x800C, 0x9003, 0x9007
_LONG_NAME, _NAME, _DISPLAY_NAME = 0x3707, 0x3704, 0x3001
_CONTENT, _MIME, _CONTENT_ID = 0x3701, 0x370E, 0x3712
_PLAIN, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of the values of fixed size, by MAPI type."""
_SIZED: Final = (0x0D, 0x1E, 0x1F, 0x102)  # object, string, Unicode string, bytes
_OBJECT, _UNICODE, _SEVERAL, _BY_NAME = 0x0D, 0x1F, 0x1000, 0x8000
_INTERFACE: Final = 16  # bytes before an object: of which kind it is


class Damaged(ValueError):
    """The bytes are no TNEF, or end too early."""


@dataclass(slots=True, kw_only=True)
class File:
    """A file of the letter."""

    name: str = ""
    type: str = ""
    """As the sender says; may be empty."""
    data: bytes = b""
    content_id: str = ""


@dataclass(slots=True, kw_only=True)
class Opened:
    """What was inside."""

    plain: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    closed: bool = False
    """It has words, and they are in a form that is not read here."""


def opened(data: bytes) -> Opened:
    """Open a ``winmail.dat``.

    Args:
        data: the whole file.

    Raises:
        Damaged: it is none, or a part of one.
    """
    return _opened(data, 0)


def _opened(data: bytes, depth: int) -> Opened:
    found = Opened()
    page = ""
    for attribute, value in _attributes(data):
        if attribute == _CODE_PAGE:
            page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif attribute == _BODY:
            found.plain = found.plain or _text(value, page)
        elif attribute == _MESSAGE_PROPS:
            _message(value, page, found)
        elif attribute == _BEGINS_FILE:
            if len(found.files) >= MAX_FILES:
                break
            found.files.append(File())
        elif found.files:
            _add(found.files[-1], attribute, value, page, depth, found)
    found.files = [file for file in found.files if file.data]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """``(id, value)`` of every attribute: level (1 byte), id and type (2 each), length (4), the
    value, checksum (2)."""
    if not data.startswith(_SIGNATURE):
        raise Damaged("no TNEF signature")
    at = 6  # signature and key
    for _ in range(MAX_ATTRIBUTES):
        if at >= len(data):
            return
        if len(data) < at + 9 or data[at] not in (1, 2):
            raise Damaged("an attribute is damaged")
        start = at + 9
        length = int.from_bytes(data[at + 5 : start], "little")
        if start + length > len(data):
            raise Damaged("an attribute is longer than the file")
        yield int.from_bytes(data[at + 1 : at + 3], "little"), data[start : start + length]
        at = start + length + 2


def _message(value: bytes, page: str, found: Opened) -> None:
    for name, kind, content in _properties(value):
        if name == _PLAIN:
            found.plain = _string(content, kind, page) or found.plain
        elif name == _HTML:
            found.html = _string(content, kind, page)
        elif name == _RTF and content:
            found.closed = True
    found.closed = found.closed and not (found.plain.strip() or found.html.strip())


def _add(file: File, attribute: int, value: bytes, page: str, depth: int, found: Opened) -> None:
    """What an attribute says of a file."""
    if attribute == _TITLE:
        file.name = file.name or _text(value, page)
    elif attribute == _DATA:
        file.data = value
    elif attribute == _FILE_PROPS:
        names: dict[int, str] = {}
        ending = ""
        for name, kind, content in _properties(value):
            if name in (_LONG_NAME, _NAME, _DISPLAY_NAME):
                names[name] = _string(content, kind, page)
            elif name == _MIME:
                file.type = _string(content, kind, page).lower()
            elif name == _CONTENT_ID:
                file.content_id = _string(content, kind, page)
            elif name == _CONTENT and kind == _OBJECT:
                ending = _enclosed(file, content, depth, found)
            elif name == _CONTENT:
                file.data = file.data or content
        best = (names.get(key, "") for key in (_LONG_NAME, _DISPLAY_NAME, _NAME))
        file.name = next((name for name in best if name), file.name) + ending


def _enclosed(file: File, content: bytes, depth: int, found: Opened) -> str:
    """A message inside: its files beside the others, its words as a file of text. Returns the
    ending of that file's name."""
    inside = file.data = content[_INTERFACE:]
    if not inside.startswith(_SIGNATURE) or depth >= MAX_DEPTH:
        return ""
    try:
        letter = _opened(inside, depth + 1)
    except Damaged:
        return ""
    words = letter.html or letter.plain
    file.data, file.type = words.encode(), "text/html" if letter.html else "text/plain"
    room = MAX_FILES - len(found.files)
    found.files[-1:-1] = letter.files[:room]  # before this one, which is still being read
    return ".html" if letter.html else ".txt"


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """``(name, type, value)`` of every MAPI property; of several values the first. Properties that
    are damaged end the list: what came before them stands."""
    reader = _Reader(data)
    try:
        for _ in range(min(reader.number(4), MAX_ATTRIBUTES)):
            kind, name = reader.number(2), reader.number(2)
            if name >= _BY_NAME:
                reader.take(16)
                if reader.number(4):
                    reader.padded(reader.number(4))
                else:
                    reader.take(4)
            values = _values(reader, kind)
            yield name, kind & ~_SEVERAL, values
    except Damaged:
        return


def _values(reader: _Reader, kind: int) -> bytes:
    several, kind = bool(kind & _SEVERAL), kind & ~_SEVERAL
    first = b""
    count = reader.number(4) if several or kind in _SIZED else 1
    if count > MAX_ATTRIBUTES:
        raise Damaged("a property has too many values")
    for number in range(count):
        if kind in _SIZED:
            value = reader.padded(reader.number(4))
        elif kind in _SIZES:
            value = reader.take(_SIZES[kind])
        else:
            raise Damaged("a property of an unknown type")
        first = first if number else value
    return first


class _Reader:
    """Takes bytes from the front, never more than there are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise Damaged("a property is longer than its place")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def padded(self, length: int) -> bytes:
        """A value that is followed by padding to a multiple of four."""
        value = self.take(length)
        self._at = min(self._at + -length % 4, len(self._data))
        return value

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")


def _string(content: bytes, kind: int, page: str) -> str:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    return _text(content, page)


def _text(value: bytes, page: str) -> str:
    return charset.decode(value.rstrip(b"\0"), page or None)[0].rstrip("\0")
