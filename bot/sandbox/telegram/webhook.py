"""Delivery of updates to the bot's webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from bot.sandbox.telegram.state import Json
from bot.sandbox.telegram.world import World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
TIMEOUT = aiohttp.ClientTimeout(total=60)

Reply = Callable[[Json], Awaitable[object]]


class Webhook:
    """Where updates go, if the bot set a webhook.

    One update at a time, in order, repeated with a growing delay until the bot answers 2xx.

    Args:
        first_retry: Seconds before the first repetition; doubles up to `last_retry`.
    """

    def __init__(self, *, first_retry: float = 0.1, last_retry: float = 5.0) -> None:
        self.url = ""
        self.secret = ""
        self.max_connections = 40
        self.last_error: tuple[int, str] | None = None
        self._first_retry = first_retry
        self._last_retry = last_retry
        self._changed = asyncio.Event()

    def set(self, url: str, secret: str, max_connections: int) -> None:
        """`setWebhook`; an empty URL is `deleteWebhook`."""
        self.url, self.secret, self.max_connections = url, secret, max_connections
        self.last_error = None
        self._changed.set()

    async def run(self, world: World, reply: Reply) -> None:
        """Delivers until cancelled.

        Args:
            reply: Runs a method call that the bot put into its answer to the webhook.
        """
        delay = self._first_retry
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            while True:
                if not self.url:
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                await world.updates.arrived()
                update = world.updates.head()
                if not self.url or update is None:
                    continue
                if await self._deliver(session, world, update, reply):
                    if world.updates.head() is update:
                        world.updates.drop_head()
                    delay = self._first_retry
                else:
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, self._last_retry)

    async def _deliver(
        self, session: aiohttp.ClientSession, world: World, update: Json, reply: Reply
    ) -> bool:
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            async with session.post(self.url, json=update, headers=headers) as response:
                if 200 <= response.status < 300:
                    await self._run_reply(response, reply)
                    return True
                problem = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = f"Connection failed: {type(error).__name__}"
        self.last_error = (world.timestamp, problem)
        world.changes.wake()
        return False

    @staticmethod
    async def _run_reply(response: aiohttp.ClientResponse, reply: Reply) -> None:
        if response.content_type != "application/json":
            return
        try:
            answer = await response.json()
        except ValueError:
            return
        if isinstance(answer, dict) and "method" in answer:
            await reply(answer)
