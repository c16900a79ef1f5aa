"""Run recorded days through the machine as it is now, and see which decisions differ.

A backup is what was known when the days began; the journal says what was decided and what came of
what was posted. Every recorded event is decided about anew with just what was known then, and then
the *recorded* decision is saved: so one changed rule shows in its own decisions and in no others.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final, assert_never

from bot.conversation.decision import Decision, Room
from bot.conversation.events import Alarm, MachineEvent, TimerFired
from bot.conversation.machine import decide
from bot.delivery import noted
from bot.delivery.ports import Numbered, Transaction, VersionConflict
from bot.delivery.ports.journal import (
    Decided,
    Delivered,
    Ended,
    Linked,
    Postponed,
    RoomForgotten,
    RoomOpened,
    Taken,
)
from channels.message import Address, Content, FormattedText, Inbound, Said
from config.settings import Workspace

OWNER: Final = "replay"
"""In whose hands posts are while they are being sent once more on paper."""
_ENTITIES: Final = frozenset({"client", "conversation", "others", "clients", "tickets"})
"""Fields of a decision whose values change bit by bit: shown field by field."""


class NotItsRecord(Exception):
    """A recorded decision does not fit what the backup knows: the two are not of one database, or
    what happened between them is missing."""

    def __init__(self, number: int) -> None:
        super().__init__(f"entry {number} of the journal does not fit")
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A decision that would be another one today."""

    number: int
    """Of its entry in the journal."""
    at: datetime
    event: str
    before: Sequence[str]
    """Effects it had and would not have, a line each."""
    after: Sequence[str]
    """Effects it would have and had not."""


@dataclass(slots=True)
class Report:
    """What came out."""

    decided: int = 0
    """Decisions that were made anew."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def same(self) -> int:
        return self.decided - len(self.differences)


@dataclass(slots=True)
class RowIds:
    """Ids of outbox rows: those of before, so that what came of them finds them."""

    given: deque[str] = field(default_factory=deque)
    made: int = 0

    def __call__(self) -> str:
        if self.given:
            return self.given.popleft()
        self.made += 1
        return f"replay{self.made}"


class Replay:
    """Runs recorded entries on what a backup knows.

    Args:
        workspace: by whose rules is decided now.
        rows: the source of ids of the store that the backup was opened as.
        since: decisions before that moment are taken as they were.
    """

    def __init__(self, workspace: Workspace, rows: RowIds, since: datetime) -> None:
        self._workspace = workspace
        self._rows = rows
        self._since = since
        self.report = Report()

    def run(self, tx: Transaction, entries: Iterable[Numbered]) -> None:
        """Run entries, the oldest first.

        Raises:
            NotItsRecord: one does not fit.
        """
        for numbered in entries:
            entry = numbered.entry
            if not isinstance(entry, Decided):
                self._came_of(tx, entry)
                continue
            if entry.event is not None and entry.at >= self._since:
                self._compare(tx, numbered.number, entry, entry.event)
            self._save(tx, numbered.number, entry)

    def _compare(self, tx: Transaction, number: int, was: Decided, event: MachineEvent) -> None:
        old = list(effects(was.decision))
        tx.records.settled = was.settled
        try:
            decision = decide(
                event,
                records=tx.records,
                ids=noted.Renamed(was.names, tx.ids),
                workspace=self._workspace,
                now=was.at,
                able=self._workspace.settings.able,
            )
            new = list(effects(decision))
        except Exception as error:  # noqa: BLE001 - that it fails is the difference
            new = [f"fails: {type(error).__name__}: {error}"]
        finally:
            tx.records.settled = False
        self.report.decided += 1
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        if gone or come:
            self.report.differences.append(
                Difference(
                    number=number,
                    at=was.at,
                    event=in_words(event),
                    before=[line for line in old if line in gone],
                    after=[line for line in new if line in come],
                )
            )

    def _save(self, tx: Transaction, number: int, was: Decided) -> None:
        self._rows.given.extend(was.rows)
        try:
            with tx.savepoint():
                noted.save(tx, was.decision, was.at)
        except VersionConflict as error:
            raise NotItsRecord(number) from error
        finally:
            self._rows.given.clear()

    def _came_of(
        self,
        tx: Transaction,
        entry: Taken | Delivered | Ended | Postponed | RoomOpened | RoomForgotten | Linked,
    ) -> None:
        with suppress(LookupError):  # a row the backup does not have any more
            match entry:
                case Taken():
                    tx.claims.take(entry.rows, OWNER)
                case Delivered():
                    tx.outbox.delivered(entry.row, entry.receipt)
                case Ended(state="aside"):
                    tx.outbox.set_aside(entry.row, "")
                case Ended(state="failed" | "uncertain" | "dropped" as state):
                    tx.outbox.fail(entry.row, state, "")
                case Postponed():
                    tx.outbox.postpone(
                        entry.row, self._since, "", arrived=entry.arrived, copies=entry.copies
                    )
                case RoomOpened():
                    tx.chats.room_opened(entry.room, entry.address)
                case RoomForgotten():
                    tx.chats.room_lost(entry.room, entry.thread)
                case Linked():
                    tx.chats.link(
                        entry.handle,
                        entry.channel,
                        entry.chat,
                        entry.messages,
                        thread=entry.thread,
                    )
                case Ended():
                    raise ValueError(entry.state)
                case _:
                    assert_never(entry)


# ---------------------------------------------------------------- in words


def effects(decision: Decision) -> Iterator[str]:
    """Everything a decision saves and does, a line each."""
    for each in fields(decision):
        value = getattr(decision, each.name)
        if value is None:
            continue
        for item in value if isinstance(value, tuple) else (value,):
            if each.name not in _ENTITIES:
                yield f"{each.name}: {_shown(item)}"
                continue
            name = getattr(item, "number", None) or item.id
            for part in fields(item):
                if not _is_default(part, getattr(item, part.name)):
                    yield f"{each.name} {name}, {part.name}: {_shown(getattr(item, part.name))}"


def in_words(event: MachineEvent) -> str:
    """An event on one line."""
    match event:
        case Inbound():
            happened = event.event
            words = happened.content.words if isinstance(happened, Said) else _shown(happened)
            return f"{type(happened).__name__} {event.address.key}: {' '.join(words.split())}"
        case TimerFired():
            return f"timer {event.kind} {event.subject}"
        case Alarm():
            return f"alarm {event.key}"
        case other:
            return f"{type(other).__name__} {_shown(other)}"


def _shown(value: object) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any tree of values
    """What is not as it would be anyway."""
    match value:
        case FormattedText() if not value.spans:
            return value.text
        case Content() if value == Content(text=value.text):
            return _plain(value.text)
        case Address() | Room():
            return value.key
        case Enum():
            return value.value
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case tuple() | list():
            return [_plain(each) for each in value]
        case _ if is_dataclass(value):
            return {
                each.name: _plain(getattr(value, each.name))
                for each in fields(value)
                if not _is_default(each, getattr(value, each.name))
            }
        case _:
            return value


def _is_default(of: Any, value: object) -> bool:  # noqa: ANN401 - a dataclass field
    if of.default is not MISSING:
        return bool(of.default == value) and of.name != "type"
    return of.default_factory is not MISSING and bool(of.default_factory() == value)
