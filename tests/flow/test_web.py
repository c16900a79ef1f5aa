"""The HTTP edge of a running service, asked as a monitor would ask it."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import pulse
from bot.app import App, build
from bot.storage.late import LateStore
from bot.web.edge import Edge
from channels.memory import MemoryChannel
from channels.protocol import Inbox, StorageUnavailable
from channels.routes import Route
from config.settings import WebSettings
from config.workspace import load
from tests.clock import StandingClock
from tests.waiting import eventually, moment, patience, turns
from tests.workspaces import small_workspace

SECRET = "postgresql://linezero:hunter2@db/desk: +7 900 000-00-00"
"""What a server's or a fault's words may hold."""


@dataclass
class Monitor:
    """Somebody who asks by HTTP."""

    session: aiohttp.ClientSession
    port: int

    async def asks(
        self, path: str, *, host: str | None = None, method: str = "GET"
    ) -> tuple[int, str]:
        headers = {"Host": host} if host else {}
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, headers=headers) as answer:
            return answer.status, await answer.text()

    async def hears(self, path: str) -> tuple[int, dict[str, Any]]:
        status, text = await self.asks(path)
        return status, json.loads(text)


@asynccontextmanager
async def monitor(edge: Edge | None) -> AsyncIterator[Monitor]:
    assert edge is not None
    async with patience(), aiohttp.ClientSession() as session:
        yield Monitor(session, await edge.port())


def desk(folder: Path, clock: StandingClock, *channels: MemoryChannel) -> App:
    small_workspace(folder, database="sqlite:///x.db", more="web: { port: 0 }\n")
    return build(load(folder), channels=channels, clock=clock, limits={})


async def _beat(clock: StandingClock) -> None:
    clock.advance(1)
    await moment()


async def _until(clock: StandingClock, asked: Monitor, path: str, status: int) -> dict[str, Any]:
    while True:
        found, told = await asked.hears(path)
        if found == status:
            return told
        await _beat(clock)


async def test_a_service_that_is_well_says_so(tmp_path: Path) -> None:
    clock = StandingClock()
    app = desk(tmp_path / "desk", clock, MemoryChannel("telegram"))
    async with app.running(), monitor(app.edge) as asked:
        told = await _until(clock, asked, "/health", 200)
        assert told["ok"]
        assert told["troubles"] == []
        assert told["storage"]["ok"]
        assert told["channels"]["telegram"]["ok"]
        assert set(told["workers"]) == {"inbox", "outbox", "timers"}
        assert (told["set_aside"], told["undelivered_alarms"]) == (0, 0)
        assert await _until(clock, asked, "/ready", 200) == {"ready": True, "waiting_for": []}
        assert await asked.asks("/health", method="HEAD") == (200, "")
        assert (await asked.asks("/other"))[0] == 404
        assert (await asked.asks("/health", method="POST"))[0] == 405


async def test_until_the_database_is_there_it_takes_no_work(tmp_path: Path) -> None:
    """case A7; what the server said is nobody's business who may ask from elsewhere."""
    clock = StandingClock()
    app = desk(tmp_path / "desk", clock, MemoryChannel("telegram"))
    assert isinstance(app.store, LateStore)
    open_it, away = app.store._open_it, True

    def late() -> object:
        if away:
            raise StorageUnavailable(SECRET)
        return open_it()

    app.store._open_it = late  # type: ignore[assignment]  # as long as it is not open
    async with app.running(), monitor(app.edge) as asked:
        await eventually(lambda: app.pulse.last)
        status, health = await asked.hears("/health")
        assert (status, health["ok"], health["troubles"][0]) == (503, False, "storage")
        told = await _until(clock, asked, "/ready", 503)
        assert told["waiting_for"] == ["starting or stopping", "storage", "channels"]
        assert "hunter2" not in json.dumps([health, told])
        away = False
        assert (await _until(clock, asked, "/ready", 200))["ready"]


async def test_what_a_fault_says_stays_inside(tmp_path: Path) -> None:
    """An error may quote a client."""

    class Broken(MemoryChannel):
        async def run(self, inbox: Inbox) -> None:
            raise RuntimeError(SECRET)

    clock = StandingClock()
    app = desk(tmp_path / "desk", clock, MemoryChannel("telegram"), Broken("email"))
    async with app.running(), monitor(app.edge) as asked:
        while True:
            status, told = await asked.hears("/health")
            assert status == 503
            if told["troubles"] == ["channel email"]:
                break
            await _beat(clock)
        assert "hunter2" not in json.dumps(told)
        assert (await asked.hears("/ready"))[0] == 200, "the other channel takes work"


async def test_a_service_that_hangs_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known for longer than a minute: that is told, not the good news of before."""
    clock = StandingClock()
    app = desk(tmp_path / "desk", clock, MemoryChannel("telegram"))
    async with app.running(), monitor(app.edge) as asked:
        await _until(clock, asked, "/health", 200)
        monkeypatch.setattr(pulse.Pulse, "beat", lambda _self: asyncio.Event().wait())
        clock.advance(10)
        await turns()
        clock.advance(61)
        status, told = await asked.hears("/health")
        assert (status, told["troubles"]) == (503, ["no sign of life"])


async def test_while_it_drains_it_takes_no_work(tmp_path: Path) -> None:
    """case A12: whoever hands out work gives it to others by then."""
    clock, ready = StandingClock(), list[bool]()
    app = desk(tmp_path / "desk", clock, MemoryChannel("telegram"))
    drain = app.traffic.outbox_worker.drain

    def asked_meanwhile() -> None:
        ready.append(app.pulse.ready()[0])
        drain()

    app.traffic.outbox_worker.drain = asked_meanwhile  # type: ignore[method-assign]  # to look in
    async with app.running(), monitor(app.edge) as asked:
        await _until(clock, asked, "/ready", 200)
    assert ready == [False]


async def test_only_by_its_name() -> None:
    """A page in a browser on the same machine must not read it under the name of its own host."""
    edge = Edge(settings=WebSettings(port=0), routes=[_hello()], clock=StandingClock())
    async with listening(edge), monitor(edge) as asked:
        for host in ("localhost", "127.0.0.1:80", "[::1]:8080", "LOCALHOST:1"):
            assert await asked.asks("/", host=host) == (200, "hello")
        for host in ("evil.example", "localhost.evil.example:8080", "10.0.0.1"):
            assert (await asked.asks("/", host=host))[0] == 421


async def test_names_of_ones_own() -> None:
    settings = WebSettings(port=0, hosts=("desk.example.com",))
    edge = Edge(settings=settings, routes=[_hello()], clock=StandingClock())
    async with listening(edge), monitor(edge) as asked:
        assert (await asked.asks("/", host="Desk.example.com:443"))[0] == 200
        assert (await asked.asks("/", host="localhost"))[0] == 200
        assert (await asked.asks("/", host="example.com"))[0] == 421


@pytest.mark.parametrize(
    ("host", "hosts", "any_name"),
    [
        ("::1", (), False),
        ("localhost", (), False),
        ("0.0.0.0", (), True),  # noqa: S104 - as in a container
        ("0.0.0.0", ("a",), False),  # noqa: S104 - as above
    ],
)
def test_others_may_ask_by_any_name_only_where_they_can(
    host: str, hosts: tuple[str, ...], any_name: bool
) -> None:
    settings = WebSettings(host=host, hosts=hosts)
    edge = Edge(settings=settings, routes=[], clock=StandingClock())
    assert (edge.names() is None) == any_name


async def test_a_port_that_somebody_else_has_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = StandingClock()
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = WebSettings(port=other.getsockname()[1])
        edge = Edge(settings=settings, routes=[_hello()], clock=clock)
        async with listening(edge):
            await eventually(lambda: "cannot listen at 127.0.0.1" in caplog.text)
            clock.advance(10)
            await turns()
            other.close()
            await eventually(lambda: bool(clock._sleepers))
            clock.advance(10)
            async with monitor(edge) as asked:
                assert await asked.asks("/") == (200, "hello")
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(told) == 1


async def test_answers_tell_no_versions() -> None:
    edge = Edge(settings=WebSettings(port=0), routes=[_hello()], clock=StandingClock())
    async with (
        listening(edge),
        monitor(edge) as asked,
        asked.session.get(f"http://127.0.0.1:{asked.port}/") as answer,
    ):
        assert answer.headers["Server"] == "linezero"
        assert answer.headers["Cache-Control"] == "no-store"


def _hello() -> Route:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    return Route("GET", "/", hello)


@asynccontextmanager
async def listening(edge: Edge) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(edge.run())
        try:
            yield
        finally:
            task.cancel()
