"""Entries of the journal as compressed bytes and back.

Most of an entry is what stands in each of them: names of fields, values nobody set, buttons. It is
compressed with a dictionary of that, and so takes a third of the room. The first byte of what is
stored tells with which dictionary; what was stored before there were any begins otherwise.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args

from bot.conversation.events import Alarm, MachineEvent
from bot.delivery.ports import Entry
from bot.delivery.ports.journal import Decided
from bot.storage.codec import Codec

_LEVEL: Final = 3
"""Of compression: a seventh smaller than 1 in the same time; 6 takes a third longer."""
_RAW: Final = -zlib.MAX_WBITS
"""Without zlib's own beginning and end, which are ten bytes of each entry."""
_DECISIONS: Final = 1
_OUTCOMES: Final = 2
_DICTIONARIES: Final = {
    _DECISIONS: Path(__file__).with_name("journal_words.txt").read_bytes(),
    _OUTCOMES: (
        b'{"row":"","receipt":{"at":"","messages":[""],"thread":null,"left_out":[],"crowded":false}}'
        b'{"rows":[""]}{"row":"'
    ),
}
"""What was written with one is read with the same: it never changes, a better one gets a number of
its own. What is likeliest stands last."""
_ENTRIES: Final[dict[str, Codec[Any]]] = {
    kind.__name__: Codec(kind) for kind in get_args(Entry) if kind is not Decided
}
_EVENTS: Final[dict[str, Codec[Any]]] = {
    kind.__name__: Codec(kind) for kind in get_args(MachineEvent)
}
_DECIDED: Final = Codec(Decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredAlarm:
    """An alarm, with moments apart from words: both are text in JSON."""

    key: str
    words: Mapping[str, str]
    moments: Mapping[str, datetime]


_ALARM: Final = Codec(_StoredAlarm)


def _event_packed(event: MachineEvent) -> str:
    if not isinstance(event, Alarm):
        return _EVENTS[type(event).__name__].dump(event)
    words = {name: value for name, value in event.args.items() if isinstance(value, str)}
    moments = {name: value for name, value in event.args.items() if isinstance(value, datetime)}
    return _ALARM.dump(_StoredAlarm(key=event.key, words=words, moments=moments))


def _event_unpacked(kind: str, text: str) -> MachineEvent:
    if kind != Alarm.__name__:
        event: MachineEvent = _EVENTS[kind].load(text)
        return event
    stored = _ALARM.load(text)
    return Alarm(key=stored.key, args={**stored.words, **stored.moments})


def packed(entry: Entry) -> bytes:
    """What stands in the journal for an entry."""
    if not isinstance(entry, Decided):
        return _compressed(_OUTCOMES, _ENTRIES[type(entry).__name__].dump(entry))
    kind = type(entry.event).__name__ if entry.event is not None else ""
    event = _event_packed(entry.event) if entry.event is not None else ""
    # No JSON of ours has a line break in it.
    text = "\n".join((kind, event, _DECIDED.dump(replace(entry, event=None))))
    return _compressed(_DECISIONS, text)


def unpacked(kind: str, body: bytes) -> Entry:
    """The entry again.

    Args:
        kind: the name of its class.

    Raises:
        ValueError: this version of the program cannot read it.
    """
    try:
        text = _decompressed(body)
        if kind != Decided.__name__:
            entry: Entry = _ENTRIES[kind].load(text)
            return entry
        of, event, rest = text.split("\n")
        return replace(_DECIDED.load(rest), event=_event_unpacked(of, event) if of else None)
    except (KeyError, TypeError, zlib.error) as error:
        raise ValueError(f"an entry of the journal cannot be read: {error}") from error


def _compressed(dictionary: int, text: str) -> bytes:
    zdict = _DICTIONARIES[dictionary]
    work = zlib.compressobj(_LEVEL, wbits=_RAW, zdict=zdict)
    return bytes([dictionary]) + work.compress(text.encode()) + work.flush()


def _decompressed(body: bytes) -> str:
    zdict = _DICTIONARIES.get(body[0]) if body else None
    if zdict is None:
        return zlib.decompress(body).decode()
    return zlib.decompressobj(_RAW, zdict=zdict).decompress(body[1:]).decode()
