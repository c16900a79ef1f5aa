"""The life of the service: channels that break, storage that is away, and what others see of it."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import status
from bot.app import App, build
from bot.delivery.ports import StorageUnavailable
from bot.storage import AlreadyServed, UnusableDatabase
from bot.storage.late import LateStore
from bot.supervision import NoChannelLeft
from channels.memory import MemoryChannel
from channels.protocol import Inbox, Misconfigured
from config.workspace import load
from tests.clock import StandingClock
from tests.flow.stage import Stage, stage_in
from tests.flow.test_commands import linezero
from tests.waiting import PATIENCE, eventually, moment, patience, turns
from tests.workspaces import small_workspace


async def _seen(stage: Stage, wanted: str) -> dict[str, Any]:
    """Let the service beat until `health` says something; what it says then."""
    async with patience():
        while True:
            stage.clock.advance(1)
            await moment()
            said = await asyncio.to_thread(
                linezero, "health", stage.folder, "--json", clock=stage.clock
            )
            found: dict[str, Any] = json.loads(said.stdout)
            assert (said.exit_code == 0) == found["ok"]
            if wanted in json.dumps(found["troubles"]) and (wanted or found["ok"]):
                return found


async def test_health_and_doctor_beside_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case B24; F12: `doctor` took its own service for a second program, and disturbed it."""
    async with stage_in(tmp_path, memory=False) as stage, stage.service():
        await stage.ticket()
        await stage.settled()
        found = await _seen(stage, "")
        [said] = found["services"]
        assert set(said["workers"]) == {"inbox", "outbox", "timers"}
        assert all(each["last_success"] for each in said["workers"].values())
        assert set(said["channels"]) == {"telegram", "email"}
        words = await asyncio.to_thread(linezero, "health", stage.folder, clock=stage.clock)
        assert "alive: process" in words.output
        assert "channel telegram: up since" in words.output
        well = await asyncio.to_thread(
            linezero, "doctor", stage.folder, "--json", clock=stage.clock
        )
        findings = {each["key"]: each["words"] for each in json.loads(well.stdout)}
        assert well.exit_code == 0, well.output
        assert "doctor.second_poller" not in findings
        assert "doctor.polling" not in findings, "nobody listened beside the service"
        assert "сам читает сообщения бота" in findings["doctor.service.runs"]
        assert stage.running.channels["telegram"].health().ok
    ended = linezero("health", stage.folder, clock=stage.clock)
    assert ended.exit_code == 1
    assert "the service was stopped at" in ended.output


async def test_a_revoked_token_stops_telegram_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """F6: it ended the process, letters included, with a traceback of 70 lines."""
    async with stage_in(tmp_path, memory=False) as stage, stage.service():
        await _seen(stage, "")
        with caplog.at_level(logging.WARNING):
            stage.telegram.bot_api.token = "4200000000:AAH-another-token-since-it-was-revoked"
            found = await _seen(stage, "Telegram does not know this token")
        assert "@BotFather" in json.dumps(found["troubles"])
        stopped = [r for r in caplog.records if "does not know this token" in r.getMessage()]
        assert [record.exc_info for record in stopped] == [None], "one sentence, no traceback"
        stage.maria.writes("В какие часы вы работаете?")
        await stage.maria.reads("с 9 до 18")
        doctor = await asyncio.to_thread(
            linezero, "doctor", stage.folder, "--json", clock=stage.clock
        )
        told = {each["key"]: each["words"] for each in json.loads(doctor.stdout)}
        assert "telegram" in told["doctor.service.channel"]


async def test_administrators_hear_of_a_channel_that_broke_and_of_its_mending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 8: each channel restarts by itself; one alarm a spell, and a word when mended."""
    async with stage_in(tmp_path) as stage:
        run, broken, begun = stage.post.run, asyncio.Event(), 0

        async def frail(inbox: Inbox) -> None:
            nonlocal begun
            begun += 1
            if begun == 1:
                await broken.wait()
                raise RuntimeError("a strange answer")
            await run(inbox)

        monkeypatch.setattr(stage.post, "run", frail)
        async with stage.service():
            admins = stage.admins.whole()
            broken.set()
            await admins.sees("Канал email сломался", "RuntimeError: a strange answer")
            stage.anna.says("график работы офиса")
            await stage.anna.sees("с 9 до 18")
            await _passing(stage, 80)
            await admins.sees("Канал email снова работает")
            stage.maria.writes("В какие часы вы работаете?")
            await stage.maria.reads("с 9 до 18")
            assert begun == 2


async def _passing(stage: Stage, seconds: int) -> None:
    """Time passes second by second, and never before what is to be done by then is done."""
    for _ in range(seconds):
        await stage.breath(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "workspace", database="sqlite:///x.db")


def _app(folder: Path, *channels: MemoryChannel, clock: StandingClock | None = None) -> App:
    workspace = load(folder)
    return build(workspace, channels=channels, clock=clock or StandingClock(), limits={})


class _Wrong(MemoryChannel):
    """Will never work with its settings."""

    async def run(self, inbox: Inbox) -> None:
        raise Misconfigured(self.name, "the token is wrong")


async def test_without_any_channel_left_the_service_ends_in_words(folder: Path) -> None:
    """F6: with the sentences of all of them."""
    with pytest.raises(NoChannelLeft) as ended:
        await _app(folder, _Wrong("one"), _Wrong("two")).run(asyncio.Event())
    assert str(ended.value) == "one: the token is wrong; two: the token is wrong"


async def test_with_one_channel_left_it_goes_on(folder: Path) -> None:
    stop = asyncio.Event()
    app = _app(folder, _Wrong("one"), MemoryChannel("two"))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(app.run(stop))
        one, two = app.supervisors
        await eventually(lambda: one.stopped is not None and two.open)
        await turns()
        assert not task.done()
        stop.set()


async def test_a_second_service_is_refused(folder: Path) -> None:
    """case L7, F10: it would send again what the first is sending."""
    async with _app(folder, MemoryChannel("one")).running():
        await eventually((folder / "x.lock").exists)
        with pytest.raises(AlreadyServed, match="another service already works on"):
            await _app(folder, MemoryChannel("one")).run(asyncio.Event())
        for reader in (("aside",), ("faq", "gaps")):
            done = await asyncio.to_thread(linezero, *reader, folder)
            assert done.exit_code == 0, "readers work beside it"
        found = status.read(status.path_in(folder))
        assert found is not None
        assert not found.stopped, "the refused one has not spoken for the first"
    async with _app(folder, MemoryChannel("one")).running():
        pass


async def test_a_database_that_is_away_at_the_start_is_waited_for(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """case A7: one line in the log; meanwhile `health` is red and says why."""
    clock, attempts = StandingClock(), 0
    app = _app(folder, MemoryChannel("one"), clock=clock)
    assert isinstance(app.store, LateStore)
    open_it = app.store._open_it

    def late() -> object:
        nonlocal attempts
        attempts += 1
        if attempts < 5:
            raise StorageUnavailable("the database system is starting up")
        return open_it()

    app.store._open_it = late  # type: ignore[assignment]  # as long as it is not open
    with caplog.at_level(logging.INFO):
        async with app.running(), patience():
            while attempts < 4:
                clock.advance(1)
                await moment()
            found = status.read(status.path_in(folder))
            assert found is not None
            assert "starting up" in status.troubles(found, clock.now())[0]
            while not app.supervisors[0].open:
                clock.advance(1)
                await moment()
    waits = [r.getMessage() for r in caplog.records if "the database" in r.getMessage()]
    assert waits == [
        "waiting for the database: the database system is starting up",
        "the database is there",
    ]


async def test_a_signal_ends_the_waiting_for_a_database(folder: Path) -> None:
    """case A7."""
    app = _app(folder, MemoryChannel("one"))
    assert isinstance(app.store, LateStore)

    def away() -> object:
        raise StorageUnavailable("connection refused")

    app.store._open_it = away  # type: ignore[assignment]  # as above
    async with patience(), app.running():
        await turns()


async def test_a_database_of_wrong_settings_ends_the_start_in_words(folder: Path) -> None:
    """Issue 8: a mistake, not an absence."""
    (folder / "x.db").write_text("my dear grandmother, " * 100)
    (folder / "token").write_text("4200000000:AAH-the-token-of-the-sandbox-bot-0")
    ended = await asyncio.to_thread(linezero, "aside", folder)
    assert ended.exit_code == 1
    assert "x.db is not a database" in ended.output
    with pytest.raises(ExceptionGroup) as group:
        await _app(folder, MemoryChannel("one")).run(asyncio.Event())
    assert group.group_contains(UnusableDatabase)


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=-30)])
async def test_a_clock_that_jumps_leaves_order_and_retries_alone(
    tmp_path: Path, by: timedelta
) -> None:
    """case A9, F3: what was being tried again is tried again within seconds, in order, and what
    comes afterwards is not held back by what the old clock wrote."""
    async with stage_in(tmp_path, memory=False) as stage, stage.service():
        room = await stage.ticket()
        await stage.settled()
        # The next lines to the client are refused once, with a pause that the old clock writes.
        stage.telegram.fail(
            "429", method="sendMessage", chat=stage.anna.chat, count=1, retry_after=40
        )
        for number in range(4):
            await stage.boris.writes(room, f"строка {number}")
        await stage.telegram.consumed(PATIENCE)
        await stage.telegram.wait_for(
            lambda: any(c.get("error_code") == 429 for c in stage.telegram.calls("sendMessage")),
            PATIENCE,
        )
        stage.clock.jump(by / timedelta(seconds=1))
        stage.anna.says("а я вам тоже пишу")
        await _passing(stage, 60)
        await stage.settled()
        texts = "\n".join(message.text for message in stage.anna.screen)
        places = [texts.find(f"строка {number}") for number in range(4)]
        assert -1 not in places, texts
        assert places == sorted(places)
        await room.sees("а я вам тоже пишу")
