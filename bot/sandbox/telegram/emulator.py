"""The emulated Telegram as one object: start it, act as people, look at the chats."""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from bot.sandbox.telegram.control import Control
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.limits import Limits
from bot.sandbox.telegram.methods import Api
from bot.sandbox.telegram.owners import Owners
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.people import ChatRef, TopicRef
from bot.sandbox.telegram.server import BODY_LIMIT, CALLS_KEPT, BotApi
from bot.sandbox.telegram.state import Json, Message, User
from bot.sandbox.telegram.webhook import Webhook
from bot.sandbox.telegram.world import World

T = TypeVar("T")

TOKEN = "4200000000:AAH-the-token-of-the-sandbox-bot-0"  # noqa: S105 - opens nothing but the sandbox
PAGE = Path(__file__).parent.parent / "page"
PATIENCE = 30.0
"""Seconds until a wait fails if nothing is said: far more than anything takes."""


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class Emulator(Owners):
    """A local Telegram: Bot API server, control API, page, and the people in it.

    Use as an async context manager; afterwards `url` and `token` are what a bot needs:

        async with Emulator() as telegram:
            anna = telegram.user("Anna", language_code="en")
            telegram.tell(anna, "hello")
            reply = await telegram.reply_in(anna)

    Args:
        port: 0 takes any free one.
        token: The bot's; its first part is the bot's id.
        now: The time of messages and limits (aware).
        limits: Enforce Telegram's sending limits with 429.
        privacy: Group privacy mode: a bot that is no administrator sees only what is meant for it.
        callback_lifetime: How long a pressed button may be answered.
        webhook: Delivery to a webhook, with its retry delays.
        page: Folder of the page that is served at `/`.
        routes: What else is served on the same port.
        calls_kept: How many calls of the bot the record holds; older ones are forgotten.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = TOKEN,
        username: str = "linezero_sandbox_bot",
        now: Callable[[], datetime] = utc_now,
        limits: bool = False,
        privacy: bool = True,
        callback_lifetime: timedelta = timedelta(seconds=30),
        webhook: Webhook | None = None,
        page: Path = PAGE,
        routes: Sequence[web.RouteDef] = (),
        calls_kept: int = CALLS_KEPT,
    ) -> None:
        bot = User(
            id=int(token.partition(":")[0]), first_name="LineZero", username=username, is_bot=True
        )
        super().__init__(World(bot=bot, now=now, reads_everything=not privacy))
        self.token = token
        self.page = page
        self._routes = routes
        self.api = Api(
            world=self.world,
            webhook=webhook or Webhook(),
            limits=Limits(on=limits),
            callback_lifetime=callback_lifetime,
        )
        self.bot_api = BotApi(self.api, token=token, calls_kept=calls_kept)
        self._host, self._port = host, port
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def bot(self) -> User:
        """The bot's own user."""
        return self.world.bot

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.add_routes(self.bot_api.routes())
        app.add_routes(Control(self).routes())
        app.add_routes(self._routes)
        # A poll ends with its poller, or a bot that is gone would seem to be listening still.
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        async with AsyncExitStack() as stack:
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, self._host, self._port).start()
            self._port = runner.addresses[0][1]
            tasks = await stack.enter_async_context(TaskGroup())
            webhook = tasks.create_task(self.api.webhook.run(self.world, self._webhook_reply))
            stack.callback(webhook.cancel)
            stack.callback(self.world.updates.interrupt, None)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Without the error: the task group would wrap what a test raised into a group.
        await self._stack.aclose()

    async def _webhook_reply(self, answer: Json) -> object:
        params = {key: value for key, value in answer.items() if key != "method"}
        return await self.bot_api.run(Call(method=str(answer["method"]), params=params))

    def reset(self) -> None:
        """Empties everything: people, chats, files, updates, faults, the log of calls."""
        self.world.clear()
        self.heal()
        self.bot_api.calls.clear()
        self.api.webhook.set("", "", 40)
        self.api.limits.clear()
        self.world.changes.record("state")

    # Faults and what the bot did

    def fail(
        self,
        kind: str,
        method: str | None = None,
        *,
        chat: ChatRef | None = None,
        count: int | None = 1,
        lasting: float | None = None,
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Fault:
        """Arms a fault for coming calls.

        Args:
            kind: Refused before any work: `429`, `500`, `502` (with a page in HTML), `drop` (the
                connection closes), `hang` (no word until the fault is over). Done: `lost` (never
                answered), `slow` (answered after `seconds`).
            method: Only these methods: a name or a pattern such as `send*`; `*` is every request,
                `getUpdates` and `download` too, which are hit only by name else.
            count: How many calls; None is until `heal`.
            lasting: Every such call for so many seconds of the emulator's clock instead.
            seconds: How long `slow` waits, and `lost` and `hang` keep the connection open.
        """
        return self.bot_api.faults.add(
            kind,
            method=method,
            chat_id=None if chat is None else self._chat(chat).id,
            count=count,
            lasting=lasting,
            retry_after=retry_after,
            seconds=seconds,
        )

    def heal(self) -> None:
        """Disarms all faults."""
        self.bot_api.faults.clear()

    def calls(self, method: str | None = None) -> list[Json]:
        """What the bot called, oldest first; the fields are told at `BotApi.calls`."""
        return [call for call in self.bot_api.calls if method is None or call["method"] == method]

    # Waiting

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = PATIENCE) -> T:  # noqa: ASYNC109 - the time limit is part of what a test states
        """Waits until `predicate` returns something true, and returns that.

        It is asked at once and after every change (message, edit, call of the bot …).

        Raises:
            TimeoutError: Not within `timeout` seconds.
        """
        return await self.world.changes.wait_for(predicate, timeout)

    async def reply_in(
        self,
        chat: ChatRef,
        *,
        thread: TopicRef = None,
        after: Message | None = None,
        contains: str = "",
        timeout: float = PATIENCE,  # noqa: ASYNC109 - see wait_for
    ) -> Message:
        """Waits for a message of the bot.

        Args:
            after: Only younger messages; by default the last message a person wrote there
                (all of them, when nobody wrote).
            contains: A part of its text, any case.

        Raises:
            TimeoutError: With what was said instead.
        """
        place = self._chat(chat)
        if after is None:
            people = [m for m in self.messages(place, thread) if not m.by_bot and not m.is_service]
            after = people[-1] if people else None
        first = 0 if after is None else after.id

        def look() -> Message | None:
            for message in self.messages(place, thread):
                fits = contains.lower() in message.text.lower()
                if message.by_bot and not message.is_service and message.id > first and fits:
                    return message
            return None

        try:
            return await self.wait_for(look, timeout)
        except TimeoutError:
            said = [m.text or m.kind for m in self.messages(place, thread)][-10:]
            raise TimeoutError(
                f"no message of the bot with {contains!r} in {timeout} s; on screen: {said}"
            ) from None

    async def answered(self, query_id: str, timeout: float = PATIENCE) -> Json:  # noqa: ASYNC109 - see wait_for
        """Waits for the bot's answer to a pressed button."""
        return await self.wait_for(lambda: self.answer_to(query_id), timeout)

    async def consumed(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109 - see wait_for
        """Waits until the bot has confirmed every update."""
        await self.wait_for(lambda: len(self.world.updates) == 0, timeout)

    async def wait_for_poll(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109 - see wait_for
        """Waits until a bot hangs in a long poll."""
        await self.wait_for(lambda: self.world.updates.polled, timeout)
