"""Delivery to a webhook: secret, order, repetition until 2xx, answers that are calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.sandbox.telegram import Emulator
from tests.sandbox import Http
from tests.waiting import patience


class Hook:
    """A bot's web server that answers what `answers` says, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.reply: dict[str, Any] | None = None
        self.received: list[tuple[str | None, dict[str, Any]]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.received.append((secret, await request.json()))
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        reply, self.reply = self.reply, None
        return web.json_response(reply) if reply else web.Response()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.received]


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    hooked = Hook()
    app = web.Application()
    app.router.add_post("/hook", hooked.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hooked.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield hooked
    finally:
        await runner.cleanup()


async def test_updates_go_to_the_webhook_with_its_secret(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    emulator.tell(anna, "before the webhook")
    async with hook() as bot:
        await http.result("setWebhook", url=bot.url, secret_token="s3cret")
        emulator.tell(anna, "after")
        await emulator.consumed()
        assert bot.texts == ["before the webhook", "after"]
        assert {secret for secret, _ in bot.received} == {"s3cret"}


async def test_an_update_is_repeated_until_it_is_taken(emulator: Emulator, http: Http) -> None:
    """A webhook that fails loses nothing, and nothing overtakes (for B21's other side)."""
    anna = emulator.user("Anna")
    async with hook() as bot:
        bot.answers = [500, 401]
        await http.result("setWebhook", url=bot.url)
        emulator.tell(anna, "first")
        emulator.tell(anna, "second")
        await emulator.wait_for(lambda: len(bot.received) > 1 and emulator.api.webhook.last_error)
        info = await http.result("getWebhookInfo")
        assert info["last_error_message"].startswith("Wrong response from the webhook: ")
        await emulator.consumed()
        assert bot.texts == ["first", "first", "first", "second"]
        assert {secret for secret, _ in bot.received} == {None}


async def test_a_bot_that_is_away_gets_its_updates_later(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    await http.result("setWebhook", url="http://127.0.0.1:9/nobody")
    emulator.tell(anna, "hello")
    await emulator.wait_for(lambda: emulator.api.webhook.last_error)
    assert (await http.result("getWebhookInfo"))["pending_update_count"] == 1
    async with hook() as bot:
        await http.result("setWebhook", url=bot.url)
        await emulator.consumed()
        assert bot.texts == ["hello"]


async def test_the_answer_of_a_webhook_may_be_a_call(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    async with hook() as bot:
        bot.reply = {"method": "sendMessage", "chat_id": anna.id, "text": "at once"}
        await http.result("setWebhook", url=bot.url)
        emulator.tell(anna, "hello")
        assert (await emulator.reply_in(anna)).text == "at once"


async def test_what_a_webhook_may_be(http: Http) -> None:
    bad = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    assert await http.error("setWebhook", url="ftp://somewhere") == bad
    assert "unallowed characters" in await http.error(
        "setWebhook", url="http://127.0.0.1:9", secret_token="a b"
    )
    assert "too long" in await http.error(
        "setWebhook", url="http://127.0.0.1:9", secret_token="a" * 257
    )
    answer = await http.call("setWebhook", {"url": "http://127.0.0.1:9"})
    assert answer["description"] == "Webhook was set"
    answer = await http.call("setWebhook", {"url": "http://127.0.0.1:9"})
    assert answer["description"] == "Webhook is already set"
    assert (await http.call("deleteWebhook"))["description"] == "Webhook was deleted"


async def test_pending_updates_can_be_dropped(emulator: Emulator, http: Http) -> None:
    emulator.tell(emulator.user("Anna"), "hello")
    await http.result("deleteWebhook", drop_pending_updates=True)
    assert await http.result("getUpdates") == []


async def test_a_webhook_moves_while_its_server_hangs(emulator: Emulator, http: Http) -> None:
    """The one update in flight is not confirmed by a server that never answered."""
    anna = emulator.user("Anna")
    entered, release = asyncio.Event(), asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        entered.set()
        await release.wait()
        return web.Response(status=500)

    app = web.Application()
    app.router.add_post("/", hang)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await http.result("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/")
        emulator.tell(anna, "hello")
        async with patience():
            await entered.wait()
        await http.result("deleteWebhook")
        release.set()
        assert len(await http.result("getUpdates")) == 1
    finally:
        await runner.cleanup()
