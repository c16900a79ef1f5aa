"""What the service says of itself, and what is made of it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot import status
from bot.alarms import Alarms
from bot.conversation.decision import Decision
from bot.conversation.events import Alarm, MachineEvent
from bot.coordination.local import LocalWakeUps
from bot.delivery.ports import Reading, StorageUnavailable, Transaction, UndeliveredAlarm
from bot.pulse import Pulse
from bot.status import State, Status, Work
from bot.storage.memory import MemoryStore
from bot.storage.memory.inbox import MemoryInbox
from bot.storage.memory.outbox import MemoryOutbox
from bot.supervision import Supervisor
from channels.memory import MemoryChannel
from channels.message import Address
from tests.clock import START, StandingClock
from tests.waiting import eventually, turns

T = TypeVar("T")

ADMINS = Address(channel="telegram", chat="-1")


@dataclass
class Idle:
    """A worker as seen from outside."""

    name: str = "inbox"
    last_success: datetime | None = START
    trouble: str = ""


class Moody:
    """A store that is away when a test says so."""

    def __init__(self) -> None:
        self.inner = MemoryStore()
        self.away = ""
        self.written = 0

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        if self.away:
            raise StorageUnavailable(self.away)
        return await self.inner.transact(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self.inner.read(work)

    async def close(self) -> None:
        await self.inner.close()


@dataclass
class Ward:
    pulse: Pulse
    clock: StandingClock
    store: Moody
    told: list[Alarm]
    file: Path

    @property
    def status(self) -> Status:
        found = status.read(self.file)
        assert found is not None
        return found

    @property
    def troubles(self) -> list[str]:
        return status.troubles(self.status, self.clock.now())


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    clock, store, told = StandingClock(), Moody(), list[Alarm]()
    channel = MemoryChannel("memory")
    pulse = Pulse(
        store=store,
        clock=clock,
        workers=[Idle()],
        channels=[Supervisor(channel=channel, clock=clock, tell=told.append)],
        tell=told.append,
    )
    pulse._file = status.path_in(tmp_path)
    return Ward(pulse, clock, store, told, status.path_in(tmp_path))


async def test_the_heartbeat_proves_that_storage_takes_something_in(ward: Ward) -> None:
    """case A6: a store that only answered questions was "alive" on a full disk."""
    await ward.pulse.beat()
    first = await ward.store.inner.transact(lambda tx: tx.inbox.cursor("", "pulse"))
    ward.clock.advance(10)
    await ward.pulse.beat()
    second = await ward.store.inner.transact(lambda tx: tx.inbox.cursor("", "pulse"))
    assert first is not None
    assert first != second


async def test_storage_that_is_away_is_told_once_and_when_it_is_back(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    """case A6: red at once, one line in the log, and the administrators hear when they can."""
    await ward.pulse.beat()
    ward.store.away = "database or disk is full"
    with caplog.at_level(logging.INFO):
        for _ in range(6):
            ward.clock.advance(10)
            await ward.pulse.beat()
        assert "storage is away since" in ward.troubles[0]
        assert "disk is full" in ward.troubles[0]
        assert ward.told == []
        ward.store.away = ""
        ward.clock.advance(10)
        await ward.pulse.beat()
    lines = [r.getMessage() for r in caplog.records if r.name == "bot.pulse"]
    assert lines == ["storage is away: database or disk is full", "storage is back"]
    assert ward.status.storage.ok
    assert [alarm.key for alarm in ward.told] == ["admin.storage_back"]
    assert ward.told[0].args == {
        "since": START + timedelta(seconds=10),
        "until": START + timedelta(seconds=70),
        "detail": "database or disk is full",
    }


async def test_a_restart_of_the_database_is_no_news(ward: Ward) -> None:
    await ward.pulse.beat()
    ward.store.away = "the connection was closed"
    ward.clock.advance(10)
    await ward.pulse.beat()
    ward.store.away = ""
    ward.clock.advance(10)
    await ward.pulse.beat()
    assert ward.told == []


async def test_the_file_is_private_and_replaced_as_a_whole(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F13."""
    before = os.umask(0)
    try:
        await ward.pulse.beat()
    finally:
        os.umask(before)
    assert stat.S_IMODE(ward.file.stat().st_mode) == 0o600
    assert _beside(ward.file) == [ward.file.name]


def _beside(file: Path) -> list[str]:
    return [each.name for each in file.parent.iterdir()]


async def test_on_a_full_disk_the_file_still_says_so(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case A6: no new file can be made; the old one is written over."""
    await ward.pulse.beat()

    def full(*_: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bot.status.tempfile.mkstemp", full)
    ward.store.away = "disk I/O error"
    ward.clock.advance(30)
    await ward.pulse.beat()
    assert ward.status.written == START + timedelta(seconds=30)
    assert "disk I/O error" in ward.troubles[0]


async def test_a_file_that_cannot_be_written_is_logged_once_a_spell(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_file: Path, _status: Status) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("bot.status.write", refused)
    for _ in range(3):
        await ward.pulse.beat()
    assert [r.getMessage() for r in caplog.records if r.name == "bot.pulse"] == [
        f"the status file {ward.file} cannot be written: Read-only file system"
    ]


async def test_what_waits_for_a_person_is_counted_now_and_then(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set aside, and what the administrators should have heard minutes ago (issue 8 §2)."""
    fresh = UndeliveredAlarm(at=START, words="just now", address=ADMINS, given_up=False)
    old = replace(fresh, at=START - timedelta(minutes=5), words="a line\nand another")
    lost = replace(fresh, words="x" * 1000, given_up=True)
    asked = 0

    def undelivered(_tx: object) -> list[UndeliveredAlarm]:
        nonlocal asked
        asked += 1
        return [old, fresh, lost]

    monkeypatch.setattr(MemoryOutbox, "undelivered_alarms", undelivered)
    monkeypatch.setattr(MemoryInbox, "aside", lambda _tx: [object()] * 3)
    for _ in range(7):
        await ward.pulse.beat()
        ward.clock.advance(9)
    assert ward.status.set_aside == 3
    first, second = ward.status.undelivered_alarms
    assert first == "2026-11-23 11:55 UTC: a line and another"
    assert len(second) == 300
    assert asked == 1
    ward.clock.advance(60)
    await ward.pulse.beat()
    assert asked == 2
    assert len(ward.status.undelivered_alarms) == 3


# ---------------------------------------------------------------- judging


def _status(**changes: object) -> Status:
    well = Status(
        pid=77,
        host="desk",
        started=START - timedelta(hours=1),
        written=START,
        storage=State(ok=True, since=START),
        workers={name: Work(last_success=START) for name in ("inbox", "outbox", "timers")},
        channels={name: State(ok=True, since=START) for name in ("telegram", "email")},
    )
    return well.model_copy(update=changes)


def test_all_is_well() -> None:
    assert status.troubles(_status(), START + timedelta(seconds=40)) == []


@pytest.mark.parametrize("by", [timedelta(minutes=2), timedelta(days=-1)])
def test_a_service_that_says_nothing_is_dead_or_stuck(by: timedelta) -> None:
    """Also when the clock was set back meanwhile: a live one would have written since."""
    assert "no sign of life for" in status.troubles(_status(), START + by)[0]
    assert "process 77" in status.troubles(_status(), START + by)[0]


def test_no_service_ever_and_one_that_ended() -> None:
    assert "ever" in status.troubles(None, START)[0]
    assert "was stopped" in status.troubles(_status(stopped=True), START)[0]


def test_a_late_worker_is_named() -> None:
    """Issue 8: one that has nothing to do looks once a minute."""
    late = Work(last_success=START - timedelta(minutes=4))
    workers = {"inbox": late, "outbox": Work(last_success=START - timedelta(minutes=2))}
    assert status.troubles(_status(workers=workers), START) == ["inbox: last succeeded 240 s ago"]


def test_a_worker_that_never_succeeded_has_time_to_begin() -> None:
    never = {"outbox": Work(last_success=None)}
    assert status.troubles(_status(workers=never, started=START), START) == []
    assert "has not succeeded since the start" in status.troubles(_status(workers=never), START)[0]


def test_what_keeps_a_worker_from_working_is_told() -> None:
    stuck = {"timers": Work(last_success=START, trouble="a step failed: KeyError: 'x'")}
    assert status.troubles(_status(workers=stuck), START) == [
        "timers: a step failed: KeyError: 'x'"
    ]


def test_a_channel_out_of_reach_is_not_alive() -> None:
    """Review 4.1: "Telegram unreachable" was "alive"."""
    down = {"telegram": State(ok=False, since=START, detail="Telegram cannot be reached: reset")}
    found = status.troubles(_status(channels=down), START)
    assert len(found) == 1
    assert "channel telegram is down since" in found[0]
    assert "Telegram cannot be reached: reset" in found[0]


def test_undelivered_alarms_are_shown_and_are_no_trouble_of_their_own() -> None:
    found = _status(undelivered_alarms=["❗ Row 5 was set aside"], set_aside=2)
    assert status.troubles(found, START) == []
    shown = "\n".join(status.in_words(found))
    assert "❗ Row 5 was set aside" in shown
    assert "set aside: 2" in shown


def test_a_file_of_a_newer_version_or_of_nobody_is_read_as_far_as_possible(
    tmp_path: Path,
) -> None:
    file = status.path_in(tmp_path)
    file.write_text(_status().model_dump_json().replace('"pid"', '"new":{"a":1},"pid"'))
    assert status.read(file) == _status()
    file.write_text("{")
    assert status.read(file) is None
    assert status.read(tmp_path / "nowhere") is None


# ---------------------------------------------------------------- alarms


async def test_alarms_wait_for_storage_and_keep_their_order() -> None:
    """What is raised while storage is away is told when it is back."""
    clock, store, decided = StandingClock(), Moody(), list[str]()

    def decide(_tx: Transaction, event: MachineEvent, _now: datetime) -> Decision:
        assert isinstance(event, Alarm)
        if event.key == "bad":
            raise KeyError("no such text")
        decided.append(event.key)
        return Decision()

    alarms = Alarms(store=store, decide=decide, clock=clock, wakeups=LocalWakeUps())
    store.away = "disk full"
    for key in ("first", "bad", "second"):
        alarms.tell(Alarm(key=key, args={}))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(alarms.run())
        for _ in range(3):
            clock.advance(5)
            await turns()
        assert decided == []
        store.away = ""
        clock.advance(5)
        await eventually(lambda: decided == ["first", "second"])
        alarms.tell(Alarm(key="third", args={}))
        await eventually(lambda: decided == ["first", "second", "third"])
        task.cancel()
