"""Entries of the journal as text and back; ``journal_stream`` makes bytes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, get_args

from bot.conversation.events import Alarm, MachineEvent
from bot.delivery.ports import Entry
from bot.delivery.ports.journal import Decided
from bot.storage.codec import Codec
from channels.message import Inbound, Said

_BETWEEN: Final = "\x1e"
"""Between entries: no JSON of ours has it, or a line break, as such in it."""
_ENTRIES: Final[dict[str, Codec[Any]]] = {
    kind.__name__: Codec(kind) for kind in get_args(Entry) if kind is not Decided
}
_EVENTS: Final[dict[str, Codec[Any]]] = {
    kind.__name__: Codec(kind) for kind in get_args(MachineEvent)
}
_DECIDED: Final = Codec(Decided)
_IN_INBOX: Final = "InInbox"
"""Kind of an event that stands in the inbox: its channel, and the channel's id of it."""

Arrived = Callable[[str, str], Inbound | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredAlarm:
    """An alarm, with moments apart from words: both are text in JSON."""

    key: str
    words: Mapping[str, str]
    moments: Mapping[str, datetime]


_ALARM: Final = Codec(_StoredAlarm)


def _event_packed(event: MachineEvent | None) -> tuple[str, str]:
    """What kind of event it is, and all there is to know of it."""
    match event:
        case None:
            return "", ""
        case Inbound() if not (isinstance(event.event, Said) and event.event.album):
            return _IN_INBOX, json.dumps([event.channel, event.external_id])
        case Alarm():
            args = event.args.items()
            words = {name: value for name, value in args if isinstance(value, str)}
            moments = {name: value for name, value in args if isinstance(value, datetime)}
            alarm = _StoredAlarm(key=event.key, words=words, moments=moments)
            return Alarm.__name__, _ALARM.dump(alarm)
        case _:
            kind = type(event).__name__
            return kind, _EVENTS[kind].dump(event)


def _event_unpacked(kind: str, text: str, arrived: Arrived) -> MachineEvent | None:
    if not kind:
        return None
    if kind == _IN_INBOX:
        return arrived(*json.loads(text))
    if kind != Alarm.__name__:
        event: MachineEvent = _EVENTS[kind].load(text)
        return event
    stored = _ALARM.load(text)
    return Alarm(key=stored.key, args={**stored.words, **stored.moments})


def packed(entry: Entry) -> str:
    """An entry as text."""
    name = type(entry).__name__
    if not isinstance(entry, Decided):
        return f"{name}\n{_ENTRIES[name].dump(entry)}"
    kind, event = _event_packed(entry.event)
    return "\n".join((name, kind, event, _DECIDED.dump(replace(entry, event=None))))


def joined(entries: Sequence[str]) -> str:
    """Several entries as one text."""
    return _BETWEEN.join(entries)


def unpacked(text: str, arrived: Arrived) -> Sequence[Entry]:
    """All entries of a text again.

    Args:
        arrived: gives what arrived by its channel and the channel's id; None if it is gone, and
            then the decision has no event.

    Raises:
        ValueError: this version of the program cannot read one of them.
    """
    try:
        return [_unpacked(entry, arrived) for entry in text.split(_BETWEEN)]
    except (LookupError, TypeError) as error:
        raise ValueError(f"an entry of the journal cannot be read: {error}") from error


def _unpacked(text: str, arrived: Arrived) -> Entry:
    name, *lines = text.split("\n")
    if name != Decided.__name__:
        entry: Entry = _ENTRIES[name].load(lines[0])
        return entry
    kind, event, rest = lines
    return replace(_DECIDED.load(rest), event=_event_unpacked(kind, event, arrived))
