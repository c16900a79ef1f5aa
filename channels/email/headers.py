"""Headers of a mail into words, whatever they contain; nothing here raises.

Raw header values are read (``email.policy.compat32``): the structured headers of
``email.policy.default`` raise on about one damaged mail in 150.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from channels.email import charset
from channels.email.mail import Person

MAX_VALUE: Final = 20_000  # characters of one header value
MAX_PEOPLE: Final = 100
MAX_IDS: Final = 100
OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)

_ENCODED: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")
_BETWEEN: Final = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()]{1,128}@[^\s<>,;:\"()@]{1,255}")


def values(message: Message, *names: str) -> Iterator[str]:
    """The raw values of headers, in the order of the mail; at most :data:`MAX_VALUE` each.
    Bytes beyond ASCII are lone surrogates, as Python's parser leaves them."""
    wanted = {name.lower() for name in names}
    for name, value in message.raw_items():
        if name.lower() in wanted:
            yield str(value)[:MAX_VALUE]


def payload(part: Message) -> list[Message] | str:
    """The parts inside a part, or its text before the transfer encoding is undone. Python decodes
    8-bit text by the charset parameter and raises when that is damaged: then it is dropped."""
    try:
        inside = part.get_payload()
    except (TypeError, LookupError, ValueError, AttributeError):
        del part["Content-Type"]
        inside = part.get_payload()
    if isinstance(inside, list):
        return [one for one in inside if isinstance(one, Message)]
    return inside if isinstance(inside, str) else ""


def first(message: Message, name: str) -> str:
    """The raw value of the first header of that name, or nothing."""
    return next(values(message, name), "").strip()


def words(raw: str) -> str:
    """A header value as people read it: one line, encoded words (RFC 2047) and bare 8-bit text
    decoded."""
    text = _BETWEEN.sub(r"\1", raw[:MAX_VALUE])
    parts: list[str] = []
    at = 0
    pending: tuple[str, bytes] = ("", b"")  # neighbours of one charset may share a character

    def flush() -> None:
        nonlocal pending
        if pending[1]:
            parts.append(charset.decode(pending[1], pending[0])[0])
        pending = ("", b"")

    for found in _ENCODED.finditer(text):
        if found.start() > at:
            flush()
            parts.append(_eight_bit(text[at : found.start()]))
        name = found[1].split("*")[0].lower()
        if name != pending[0]:
            flush()
        pending = (name, pending[1] + _undone(found[2], found[3]))
        at = found.end()
    flush()
    parts.append(_eight_bit(text[at:]))
    return " ".join(_CONTROL.sub(" ", "".join(parts)).split())


def _undone(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b"_", b" "))
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data


def _eight_bit(text: str) -> str:
    if text.isascii():
        return text
    return charset.decode(text.encode("utf-8", "surrogateescape"))[0]


def people(message: Message, *names: str) -> tuple[Person, ...]:
    """Everybody named in these headers, in order, each address once."""
    found: dict[str, Person] = {}
    for raw in values(message, *names):
        for name, address in _pairs(raw):
            person = Person(address=address.lower(), name=words(name))
            found.setdefault(person.address, person)
            if len(found) >= MAX_PEOPLE:
                return tuple(found.values())
    return tuple(found.values())


def authors(message: Message) -> tuple[Person, ...]:
    """Whom From names. Nobody, if a server may read another address in it than we do: it would
    vouch for that one, and we would believe this one (case E2)."""
    for raw in values(message, "From"):
        named = _parsed(_one_line(raw))
        if any(not _ADDRESS.fullmatch(at) or "=?" in at for _, at in named):
            return ()
    return people(message, "From")


def _one_line(raw: str) -> str:
    return _CONTROL.sub(" ", raw.replace("\r", " ").replace("\n", " "))


def _parsed(line: str) -> list[tuple[str, str]]:
    """Names and what may be addresses."""
    try:
        pairs = getaddresses([line])
    except (ValueError, IndexError, AttributeError, TypeError, RecursionError):
        pairs = []
    return [(name, at) for name, at in pairs if "@" in at]


def _pairs(raw: str) -> list[tuple[str, str]]:
    folded = _one_line(raw)
    good = [(name, words(at).strip("'\" ")) for name, at in _parsed(folded)]
    good = [(name, at) for name, at in good if _ADDRESS.fullmatch(at)]
    return good or [("", one) for one in _ADDRESS.findall(words(folded))[:MAX_PEOPLE]]


def ids(message: Message, name: str) -> tuple[str, ...]:
    """The message ids of a header, oldest first, the last :data:`MAX_IDS` of them.

    No id may be an encoded word (RFC 2047 §5), but Python's own library makes one of an id that is
    too long for a line, so programs built on it answer with such.
    """
    raws = [words(raw) if "=?" in raw else raw for raw in values(message, name)]
    found = [one for raw in raws for one in _ID.findall(raw) if one.isascii() and one.isprintable()]
    return tuple(dict.fromkeys(found))[-MAX_IDS:]


def date(message: Message, received: datetime) -> tuple[datetime, bool]:
    """When the mail was written, and whether to believe it: from 1990, which is before Internet
    mail programs, to a day after it was received; otherwise the time of receipt (case C13)."""
    raw = first(message, "Date")
    if not raw:
        return received, True
    try:
        written = parsedate_to_datetime(raw[:200])
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        written = written.astimezone(UTC)
        believed = OLDEST <= written <= received + FUTURE
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return received, False
    return (written, True) if believed else (received, False)
