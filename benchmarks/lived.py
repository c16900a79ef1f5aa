"""A desk whose days the real program lives, over the in-process channel and a store that is timed.

People are plain numbers (benchmarks/marks.py); what they do is said by ``ask``, ``open_ticket``,
``write`` and so on, each of which returns when the other side has it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.marks import Numbers
from bot.app import App, build
from bot.storage import open_store
from channels.memory import MemoryChannel
from channels.message import Address, Post, Sender
from config.settings import Workspace
from config.workspace import init, load

CHANNEL = "telegram"
BORIS = Sender(id="900", name="Борис")
PATIENCE = 60.0
"""Seconds for anything to happen."""
STILL = 0.02
"""Seconds without a transaction after which nothing is going on."""

STEPS = {
    "settle": {"delivered"},
    "claim": {"take", "start", "due_outbox", "outbox_due"},
    "decide": {"finish", "finish_inbox"},
}
"""A transaction is the first of these of which it does one thing. ``claim``: every look for what
may go, whether or not it found something."""


class ShiftedClock:
    """The machine's clock on another day."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def steady(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Noting:
    """A transaction that notes what is asked of it, also of its parts."""

    def __init__(self, inner: Any, seen: set[str]) -> None:  # noqa: ANN401 - whatever stores hand out
        self._inner = inner
        self._seen = seen

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        self._seen.add(name)
        found = getattr(self._inner, name)
        if not callable(found) and type(found).__module__.startswith("bot.storage"):
            return Noting(found, self._seen)
        return found


class Timed:
    """A store that keeps the seconds of every transaction, from asking for it to its commit."""

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - whatever was opened
        self._store = store
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.calls: set[str] = set()
        """Everything that was asked of a transaction so far."""
        self._under_way = 0
        self._last: float | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._store, name)

    async def transact(self, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as above
        seen: set[str] = set()
        self._under_way += 1
        began = ended = time.perf_counter()
        try:
            result = await self._store.transact(lambda tx: work(Noting(tx, seen)))
        finally:
            self._last = ended = time.perf_counter()
            self._under_way -= 1
        self.calls |= seen
        for step, calls in STEPS.items():
            if calls & seen:
                self.seconds[step].append(ended - began)
                break
        return result

    def is_still(self) -> bool:
        """Whether the service has begun and nothing has been going on for a moment."""
        if self._under_way or self._last is None:
            return False
        return time.perf_counter() - self._last >= STILL

    def forget(self) -> None:
        """Let the figures begin anew."""
        self.seconds.clear()


@dataclass(slots=True, kw_only=True)
class Ticket:
    """An open ticket: its client, and where the desk talks about it."""

    client: str
    group: str
    thread: str
    reply: str | None = None
    """The specialist's latest message in the client's chat."""


@dataclass
class LivedDesk:
    """The example's desk with a store at ``url``, in a folder of its own."""

    folder: Path
    url: str
    numbers: Numbers
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    workspace: Workspace = field(init=False)
    channel: MemoryChannel = field(init=False)
    store: Timed = field(init=False)
    app: App = field(init=False)
    variable: str = field(init=False)
    """The environment variable that holds the address of the store."""

    def __post_init__(self) -> None:
        init(self.folder)
        self.variable = f"LINEZERO_{self.folder.name.upper()}"
        os.environ[self.variable] = self.url
        file = self.folder / "support.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}\ndatabase_url_env: {self.variable}\n", encoding="utf-8")
        self.workspace = load(self.folder)
        self.channel = MemoryChannel(CHANNEL, now=self.clock.now)
        self.channel._ids = self.numbers  # type: ignore[assignment]  # noqa: SLF001 - ids of our choice
        for desk in self.workspace.settings.desks:
            self.channel.group(str(desk.chat), desk.id)
        self.channel.group(str(self.workspace.settings.admin_chat), threads=False)

    def open_store(self) -> Any:  # noqa: ANN401 - whatever the program opens
        """The store as the program opens it, with ids that can be told."""

        def where(desk: str) -> Address:
            return Address(channel=CHANNEL, chat=self.workspace.desks[desk].chat)

        return open_store(
            self.url, folder=self.folder, desks=where, new_id=lambda: str(next(self.numbers))
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The service runs; it is still again when the block is left."""
        self.store = Timed(self.open_store())
        self.app = build(
            self.workspace,
            store=self.store,
            channels=[self.channel],
            limits={},
            clock=self.clock,
        )
        async with self.app.running():
            await self.still()
            yield
            await self.still()

    async def still(self) -> None:
        """Until everything that people did has been taken in and nothing is going on."""
        async with asyncio.timeout(PATIENCE):
            while self.channel._waiting or not self.store.is_still():  # noqa: ASYNC110, SLF001 - it is stillness that is waited for
                await asyncio.sleep(STILL / 4)

    # ---- what people do

    def new_client(self) -> str:
        return str(next(self.numbers))

    def sender(self, client: str) -> Sender:
        return Sender(id=client, name="Анна Ивановна", username=f"anna{client}", language="ru")

    async def _until_posted(self, sent: int, chat: str, words: str = "") -> None:
        """Until something with ``words`` was posted to a chat after the first ``sent`` acts."""

        def posted() -> bool:
            return any(
                act.address.chat == chat
                and isinstance(act.act, Post)
                and words in act.act.content.words
                for act in self.channel.sent[sent:]
            )

        async with asyncio.timeout(PATIENCE):
            await self.channel.until(posted)

    async def ask(self, client: str, question: str) -> float:
        """A question of line 0: seconds until it is answered."""
        sent, began = len(self.channel.sent), time.perf_counter()
        self.channel.say(question, chat=client, sender=self.sender(client))
        await self._until_posted(sent, client)
        return await self._took(began)

    async def open_ticket(self, client: str, topic: str, group: str) -> Ticket:
        """Through the topics straight to a person, at once."""
        threads = set(self.channel.chats[group].threads)
        await self.ask(client, "/person")
        for action in (f"c:topic:{topic}", "c:now"):
            sent = len(self.channel.sent)
            self._press(client, action)
            await self._until_posted(sent, client)
            await self.still()
        [thread] = set(self.channel.chats[group].threads) - threads
        return Ticket(client=client, group=group, thread=thread)

    def _press(self, chat: str, action: str) -> None:
        shown = [
            message.id
            for message in self.channel.chats[chat].messages.values()
            for row in getattr(message.keyboard, "rows", ())
            for button in row
            if getattr(button, "action", None) == action
        ]
        self.channel.press(action, message=shown[-1], chat=chat, sender=self.sender(chat))

    async def write(self, ticket: Ticket, words: str) -> float:
        """A client's words, as a reply to the latest of the specialist if there is one: seconds
        until they stand in the ticket's thread."""
        sent, began = len(self.channel.sent), time.perf_counter()
        self.channel.say(
            words,
            chat=ticket.client,
            sender=self.sender(ticket.client),
            reply_to=ticket.reply,
        )
        await self._until_posted(sent, ticket.group, words)
        return await self._took(began)

    async def answer(self, ticket: Ticket, words: str) -> float:
        """A specialist's words: seconds until the client has them."""
        sent, began = len(self.channel.sent), time.perf_counter()
        self.channel.say(words, chat=ticket.group, thread=ticket.thread, sender=BORIS)
        await self._until_posted(sent, ticket.client, words)
        took = await self._took(began)
        shown = reversed(self.channel.chats[ticket.client].messages.values())
        ticket.reply = next(m.id for m in shown if words in m.content.words)
        return took

    async def resolve(self, ticket: Ticket, words: str) -> None:
        """A specialist calls it solved."""
        sent = len(self.channel.sent)
        self.channel.say(f"/resolve {words}", chat=ticket.group, thread=ticket.thread, sender=BORIS)
        await self._until_posted(sent, ticket.client)
        await self.still()

    async def _took(self, began: float) -> float:
        took = time.perf_counter() - began
        await self.still()
        return took
