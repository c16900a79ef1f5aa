"""Entries of the journal as compressed bytes and back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, get_args

from bot.conversation.events import Alarm, MachineEvent
from bot.delivery.ports import Entry
from bot.delivery.ports.journal import Decided
from bot.storage.codec import Codec

_LEVEL: Final = 1
"""Of compression: half the time of the usual one, and hardly larger."""
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
        return zlib.compress(_ENTRIES[type(entry).__name__].dump(entry).encode(), _LEVEL)
    kind = type(entry.event).__name__ if entry.event is not None else ""
    event = _event_packed(entry.event) if entry.event is not None else ""
    # No JSON of ours has a line break in it.
    text = "\n".join((kind, event, _DECIDED.dump(replace(entry, event=None))))
    return zlib.compress(text.encode(), _LEVEL)


def unpacked(kind: str, body: bytes) -> Entry:
    """The entry again.

    Args:
        kind: the name of its class.

    Raises:
        ValueError: this version of the program cannot read it.
    """
    try:
        text = zlib.decompress(body).decode()
        if kind != Decided.__name__:
            entry: Entry = _ENTRIES[kind].load(text)
            return entry
        of, event, rest = text.split("\n")
        return replace(_DECIDED.load(rest), event=_event_unpacked(of, event) if of else None)
    except (KeyError, TypeError, zlib.error) as error:
        raise ValueError(f"an entry of the journal cannot be read: {error}") from error
