"""What an IMAP server answers, taken apart (RFC 3501 §7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Final

from channels.email.folders import decoded
from channels.email.wire import Line

_FETCH: Final = re.compile(rb"\d+ FETCH \(", re.IGNORECASE)
_UID: Final = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_DATE: Final = re.compile(
    rb'\bINTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"',
    re.IGNORECASE,
)
_INLINE: Final = re.compile(
    rb'BODY\[[^\]]*\](?:<\d+>)? (?:"((?:[^"\\]|\\.)*)"|NIL)', re.IGNORECASE | re.DOTALL
)
_LITERAL: Final = re.compile(rb"BODY\[[^\]]*\](?:<\d+>)? ~?\{\d+\}$", re.IGNORECASE)
_LIST: Final = re.compile(
    rb'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?:"((?:[^"\\]|\\.)*)"|(\S+))$', re.IGNORECASE
)
_NAMESPACE: Final = re.compile(
    rb'(?:\* )?(?:NAMESPACE )?\(\("((?:[^"\\]|\\.)*)" (?:"(?:[^"\\]|\\.)*"|NIL)', re.IGNORECASE
)
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def folder_names(lines: Sequence[Line]) -> list[str]:
    """The folders of an answer to LIST that can be opened, as people see their names."""
    found: list[str] = []
    for line, after in pairwise([*lines, b""]):
        if isinstance(line, bytearray):
            continue
        literal = isinstance(after, bytearray)
        entry = _LIST.match(re.sub(rb"\{\d+\}$", b"literal", line) if literal else line)
        if entry is None or b"\\noselect" in entry[1].lower():
            continue
        name = bytes(after) if literal else entry[3] or _unquoted(entry[2])
        found.append(decoded(name.decode("utf-8", "replace")))
    return found


def personal_prefix(lines: Iterable[Line]) -> str:
    """What the user's own folders begin with, of an answer to NAMESPACE (RFC 2342 §5)."""
    for line in lines:
        if found := _NAMESPACE.match(bytes(line)):
            return decoded(_unquoted(found[1]).decode("utf-8", "replace"))
    return ""


def code(name: str, said: str) -> int | None:
    """The number of a response code, e.g. ``[UIDNEXT 17]``."""
    found = re.search(rf"\[{name} (\d+)\]", said, re.IGNORECASE)
    return int(found[1]) if found else None


def numbers(lines: Iterable[Line]) -> set[int]:
    """The numbers of an answer to SEARCH."""
    return {
        int(number)
        for line in lines
        if re.fullmatch(rb"[\d ]*", bytes(line))
        for number in line.split()
    }


def about(uid: int, lines: Iterable[Line]) -> Sequence[Line]:
    """The lines of an answer to FETCH that speak of one message. Others may be spoken of too, and
    the same one several times."""
    found: list[Line] = []
    for group in _groups(lines):
        said = b" ".join(line for line in group if not isinstance(line, bytearray))
        named = _UID.search(said)
        if named and int(named[1]) == uid:
            found += group
    return found


def size_and_date(lines: Iterable[Line]) -> tuple[int, datetime] | None:
    """RFC822.SIZE and INTERNALDATE, if both are there."""
    said = b" ".join(line for line in lines if not isinstance(line, bytearray))
    size, at = _SIZE.search(said), _DATE.search(said)
    return (int(size[1]), _moment(at)) if size and at else None


def criterion(day: date) -> str:
    """SEARCH for what came on that day or later."""
    return f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text)


def _groups(lines: Iterable[Line]) -> list[list[Line]]:
    """An answer to FETCH, by message."""
    groups: list[list[Line]] = []
    for line in lines:
        if not isinstance(line, bytearray) and _FETCH.match(line):
            groups.append([])
        if groups:
            groups[-1].append(line)
    return groups


def content(lines: Sequence[Line]) -> bytes | None:
    """The text of a message or its headers; small or empty ones may come without a literal."""
    for line, after in pairwise([*lines, b""]):
        if isinstance(line, bytearray):
            continue
        if isinstance(after, bytearray) and _LITERAL.search(line):
            return bytes(after)
        if inline := _INLINE.search(line):
            return _unquoted(inline[1] or b"")
    return None


def _moment(found: re.Match[bytes]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = (
        part.decode("ascii") for part in found.groups()
    )
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    number = [name.lower() for name in _MONTHS].index(month.lower()) + 1
    try:
        at = datetime(
            int(year), number, int(day), int(hour), int(minute), min(int(second), 59),
            tzinfo=timezone(ahead),
        )  # fmt: skip
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
