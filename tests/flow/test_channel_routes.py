"""A channel that is called by HTTP: its rows of the one table of routes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.app import App, build
from channels.memory import MemoryChannel
from channels.message import Address, Content, FormattedText, Inbound, Said, Sender
from channels.protocol import Inbox, Misconfigured, StorageUnavailable
from channels.routes import Route
from config.workspace import load
from tests.clock import START, StandingClock
from tests.inbox import ListInbox
from tests.waiting import eventually, patience
from tests.workspaces import small_workspace


class Full(ListInbox):
    """An inbox that can keep nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.available = False


class CalledChannel(MemoryChannel):
    """What people say is posted to a path of its own, ``person`` in it."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name)
        self.path = path
        self.broken = False

    def routes(self, inbox: Inbox) -> Sequence[Route]:
        async def called(request: web.Request) -> web.Response:
            person, words = request.match_info["person"], await request.text()
            item = Inbound(
                channel=self.name,
                external_id=f"call {person} {words}",
                address=Address(channel=self.name, chat=person),
                private=True,
                sender=Sender(id=person, name=person),
                at=START,
                event=Said(message="1", content=Content(text=FormattedText(words))),
            )
            try:
                await (Full() if self.broken else inbox).accept([item])
            except StorageUnavailable:
                return web.Response(status=503)
            return web.Response(status=204)

        return [Route("POST", self.path, called)]


def desk(folder: Path, *channels: MemoryChannel, more: str = "web: { port: 0 }\n") -> App:
    small_workspace(folder, database="sqlite:///x.db", more=more)
    return build(load(folder), channels=channels, clock=StandingClock(), limits={})


async def test_what_is_called_in_is_answered_like_anything_else(tmp_path: Path) -> None:
    """The service's own routes stand beside it; a call that came twice is answered once."""
    called = CalledChannel("pigeons", "/pigeons/{person}")
    app = desk(tmp_path / "desk", called)
    assert app.edge is not None
    async with app.running(), patience(), aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{await app.edge.port()}"
        await eventually(lambda: app.pulse.last)

        async def calls(words: str) -> int:
            async with session.post(f"{url}/pigeons/olga", data=words.encode()) as answer:
                return answer.status

        await eventually(lambda: called.health().ok)
        called.broken = True
        assert await calls("В какие часы вы работаете?") == 503
        called.broken = False
        assert await calls("В какие часы вы работаете?") == 204
        assert await calls("В какие часы вы работаете?") == 204
        await eventually(lambda: "olga" in called.chats and called.chats["olga"].texts)
        assert ["с 9 до 18" in text for text in called.chats["olga"].texts] == [True]
        async with session.get(f"{url}/ready") as answer:
            assert "ready" in await answer.json()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/pigeons/{person}", "pigeons already: give one of them another path"),
        ("pigeons", "'pigeons' is no path"),
    ],
)
def test_a_route_that_cannot_be_is_refused(tmp_path: Path, path: str, why: str) -> None:
    first = CalledChannel("pigeons", "/pigeons/{person}")
    with pytest.raises(Misconfigured, match=why) as refused:
        desk(tmp_path / "desk", first, CalledChannel("doves", path))
    assert refused.value.channel == "doves"


def test_the_routes_of_the_service_are_nobody_elses(tmp_path: Path) -> None:
    class Greedy(MemoryChannel):
        def routes(self, inbox: Inbox) -> Sequence[Route]:
            async def called(_request: web.Request) -> web.Response:
                return web.Response()

            return [Route("GET", "/health", called)]

    with pytest.raises(Misconfigured, match="GET /health is answered by the service itself"):
        desk(tmp_path / "desk", Greedy("greedy"))


def test_who_is_called_by_http_needs_the_server(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"set up `web` in support\.yaml"):
        desk(tmp_path / "desk", CalledChannel("pigeons", "/pigeons"), more="")
