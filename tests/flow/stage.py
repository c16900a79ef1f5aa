"""A stage for stories: people of the emulated Telegram around the real application.

A story reads like what happened::

    async def test_story(stage: Stage) -> None:
        stage.anna.says("не работает интернет, договор 123456")
        room = await stage.tech.opens()
        await stage.boris.writes(room, "Смотрю")
        await stage.anna.sees("Смотрю")

Time stands still until the story says ``stage.later(minutes=5)``. Nothing waits for luck: ``sees``
and ``shows`` wait for what must come, ``settled`` until there is nothing left to do, so that what
did not happen can be asserted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.app import App, build
from bot.delivery.ports import Store, Transaction
from bot.reloading import reloads
from bot.sandbox.telegram import Attachment, Emulator
from bot.sandbox.telegram.state import Chat, Json, Message, Topic, User
from bot.storage.memory import MemoryStore
from channels.limits import UNLIMITED, Limits
from channels.message import Address
from channels.protocol import Channel, StorageUnavailable
from channels.telegram.channel import TelegramChannel
from channels.telegram.settings import TelegramSettings
from config.settings import Workspace
from config.workspace import load
from tests.clock import StandingClock
from tests.flow.letters import PostOffice, Writer
from tests.outbox import next_due
from tests.waiting import PATIENCE, eventually, moment
from tests.workspaces import small_workspace

PROBLEM = "не работает интернет, договор 123456"
"""Words from which the small workspace opens a ticket at once."""


def words_of(message: Message) -> str:
    """What is on screen, as a transcript shows it."""
    words = message.text or f"[{message.kind}]"
    return f"[{message.kind}] {words}" if message.text and message.kind != "text" else words


def labels(message: Message) -> list[str]:
    """The labels of the buttons under a message."""
    return [button.text for button in message.buttons]


def _fits(message: Message, words: Sequence[str], button: str | None, kind: str | None) -> bool:
    return (
        all(each in message.text for each in words)
        and (button is None or button in labels(message))
        and (kind is None or message.kind == kind)
    )


@dataclass(eq=False, repr=False)
class Watcher:
    """Somebody's view of a chat or a topic: what the bot said there, each message once."""

    stage: Stage
    chat: Chat
    topic: Topic | None = None
    seen: set[int] = field(default_factory=set)

    @property
    def screen(self) -> list[Message]:
        """Everything the bot has on screen here, oldest first."""
        found = self.stage.telegram.messages(self.chat, self.topic)
        return [m for m in found if m.by_bot and not m.is_service]

    async def sees(
        self, *words: str, button: str | None = None, kind: str | None = None
    ) -> Message:
        """Wait for a message not looked at before that has all the words (and the button).

        Messages before it count as looked at, too.

        Raises:
            AssertionError: it does not come; with what is on screen instead.
        """

        def look() -> Message | None:
            new = (m for m in self.screen if m.id not in self.seen)
            return next((m for m in new if _fits(m, words, button, kind)), None)

        try:
            found = await self.stage.telegram.wait_for(look, PATIENCE)
        except TimeoutError:
            raise AssertionError(f"not seen: {(words, button, kind)}\n{self.transcript}") from None
        self.seen |= {m.id for m in self.screen if m.id <= found.id}
        return found

    async def reads(self, message: Message, *words: str) -> None:
        """Wait until a message reads so (after an edit)."""
        try:
            await self.stage.telegram.wait_for(
                lambda: all(each in message.text for each in words), PATIENCE
            )
        except TimeoutError:
            raise AssertionError(f"not there: {words}\n{self.transcript}") from None

    def shown(self, words: str) -> list[Message]:
        """Messages of the bot on screen with these words; ask after ``stage.settled()``."""
        return [m for m in self.screen if words in m.text]

    @property
    def transcript(self) -> str:
        """The chat as a reader sees it, for failures."""
        lines = []
        for message in self.stage.telegram.messages(self.chat, self.topic):
            if message.is_service:
                continue
            who = "bot" if message.by_bot else str(message.json["from"]["first_name"])
            marks = "".join(message.emoji)
            lines.append(f"{who}: {words_of(message)}{'   ' + marks if marks else ''}")
            if message.buttons:
                lines.append("    " + "  ".join(f"[{label}]" for label in labels(message)))
        return "\n".join(lines)

    def with_button(self, label: str) -> Message:
        """The latest message on screen that has a button."""
        found = [m for m in self.screen if any(label in each for each in labels(m))]
        assert found, f"no button {label!r}\n{self.transcript}"
        return found[-1]


class Client(Watcher):
    """A client in their private chat with the bot."""

    def __init__(self, stage: Stage, user: User) -> None:
        super().__init__(stage, stage.telegram.world.chat(user.id))
        self.user = user

    def says(self, text: str, *, reply_to: Message | None = None) -> Message:
        """Write to the bot."""
        return self.stage.telegram.tell(self.user, text, reply_to=reply_to)

    def sends(self, content: Attachment | Json, *, protected: bool = False) -> Message:
        """Send a file, or other content made by ``stage.telegram.content``."""
        return self.stage.telegram.send(self.user, self.chat, content, protected=protected)

    async def presses(self, button: str, on: Message | None = None) -> str:
        """Press a button; returns the short note that came back."""
        return await self.stage.pressed(self.user, on or self.with_button(button), button)


class Room(Watcher):
    """A ticket's topic at a desk (or, in a plain group, the whole group)."""

    def closed(self) -> bool:
        """Whether its topic is closed now."""
        return self.topic is not None and self.topic.closed

    @property
    def card(self) -> Message:
        """The card: the latest message with a heading of its number and buttons or a state."""
        cards = [m for m in self.screen if m.id in self.chat.pinned]
        assert cards, f"no card\n{self.transcript}"
        return cards[-1]


class Desk(Watcher):
    """A group of specialists."""

    def __init__(self, stage: Stage, chat: Chat) -> None:
        super().__init__(stage, chat)
        self._known: set[int] = set()

    def whole(self, chat: Chat | None = None) -> Room:
        """The group as one room, for tickets that live in replies.

        Args:
            chat: the group under its new id.
        """
        return Room(self.stage, chat or self.chat)

    async def opens(self) -> Room:
        """Wait for a topic not looked at before, and its pinned card."""

        def look() -> Room | None:
            for topic in self.stage.telegram.topics(self.chat):
                room = Room(self.stage, self.chat, topic)
                if topic.id not in self._known and any(
                    m.id in self.chat.pinned for m in room.screen
                ):
                    return room
            return None

        try:
            room = await self.stage.telegram.wait_for(look, PATIENCE)
        except TimeoutError:
            raise AssertionError(f"no topic opened\n{self.transcript}") from None
        assert room.topic is not None
        self._known.add(room.topic.id)
        room.seen |= {room.card.id}
        return room


class Specialist:
    """Somebody who works in groups."""

    def __init__(self, stage: Stage, user: User) -> None:
        self.stage = stage
        self.user = user

    async def writes(
        self, room: Watcher, text: str, *, reply_to: Message | None = None, anonymous: bool = False
    ) -> Message:
        """Write in a room."""
        return self.stage.telegram.say(
            self.user, room.chat, text, thread=room.topic, reply_to=reply_to, anonymous=anonymous
        )

    async def sends(self, room: Watcher, content: Attachment | Json) -> Message:
        """Send a file or other content in a room."""
        return self.stage.telegram.send(self.user, room.chat, content, thread=room.topic)

    async def presses(self, room: Watcher, button: str, on: Message | None = None) -> str:
        """Press a button; returns the short note that came back."""
        return await self.stage.pressed(self.user, on or room.with_button(button), button)


@dataclass(eq=False, repr=False)
class Stage:
    """The application, its Telegram, and the people. See the module's words."""

    telegram: Emulator
    folder: Path
    clock: StandingClock
    overrides: Mapping[str, object]
    memory: bool
    limits: Limits
    groups: Mapping[str, Chat]
    app: App | None = None
    letters: bool = True
    """Whether the service has a channel of letters, from its next start on."""

    def __post_init__(self) -> None:
        add = self.telegram.user
        self.anna = Client(self, add("Анна", username="anna", language_code="ru"))
        self.john = Client(self, add("John", language_code="en"))
        self.boris = Specialist(self, self.groups["tech"].present[0].user)
        self.vera = Specialist(self, self.groups["tech"].present[1].user)
        self.tech = Desk(self, self.groups["tech"])
        self.core = Desk(self, self.groups["core"])
        self.sales = Desk(self, self.groups["sales"])
        self.admins = Desk(self, self.groups["admins"])
        self.post = PostOffice(self)
        self.maria = Writer(self, "maria@client.example")

    # ---------------------------------------------------------------- the service

    @asynccontextmanager
    async def service(self, *, watch: bool = False) -> AsyncIterator[App]:
        """Run the application; entered again it is a restart on the same data."""
        workspace = load(self.folder, overrides=self.overrides, secrets=True)
        app = build(
            workspace,
            store=self._store(workspace),
            channels=self._channels(workspace),
            clock=self.clock,
            limits={"telegram": self.limits},
            reloads=(lambda now: reloads(now, overrides=self.overrides)) if watch else None,
        )
        self.app = app
        async with app.running():
            yield app
        self.app = None

    def _channels(self, workspace: Workspace) -> list[Channel]:
        """The workspace's own Telegram, and letters unless a story takes them away."""
        every = workspace.settings.channels
        settings = next(each for each in every if isinstance(each, TelegramSettings))
        telegram = TelegramChannel(settings, now=self.clock.now)
        return [telegram, self.post] if self.letters else [telegram]

    def _store(self, workspace: Workspace) -> Store | None:
        if not self.memory:
            return None

        def where(desk: str) -> Address:
            return Address(channel="telegram", chat=workspace.desks[desk].chat)

        return MemoryStore(desks=where)

    @property
    def running(self) -> App:
        """The application on stage."""
        assert self.app is not None, "the service is not running"
        return self.app

    # ---------------------------------------------------------------- time and quiet

    async def later(self, seconds: float = 0, **span: float) -> None:
        """Let time pass, once all that was to be done before is done."""
        await self.settled()
        self.clock.advance(seconds, **span)
        if self.app is not None:
            for queue in _QUEUES:
                self.app.traffic.outbox_worker.wakeups.ring(queue)

    async def settled(self) -> None:
        """Wait until everything that arrived was decided and everything due was delivered."""
        await self.telegram.consumed(PATIENCE)
        await eventually(lambda: self.post.empty)
        await eventually(self._quiet)

    async def _quiet(self) -> bool:
        with suppress(StorageUnavailable):  # after a restart the database is opened first
            return await self.running.store.transact(self._nothing_to_do)
        return False

    def _nothing_to_do(self, tx: Transaction) -> bool:
        now = self.clock.now()
        waits = (tx.inbox.next_due(), next_due(tx, now), tx.timers.next_due())
        return not tx.claims.interrupted(None) and all(due is None or due > now for due in waits)

    async def breath(self, seconds: float) -> None:
        """Let what may be sent now be sent, then a little time pass: for stories of pacing, where
        something always waits. Looking too early would only take more of the story's time."""
        await self.telegram.consumed(PATIENCE)
        quiet = 0
        while quiet < 2:
            await moment()
            quiet = 0 if await self.running.store.transact(self._busy) else quiet + 1
        self.clock.advance(seconds)

    def _busy(self, tx: Transaction) -> bool:
        arrived = tx.inbox.next_due()
        undecided = arrived is not None and arrived <= self.clock.now()
        return undecided or bool(tx.claims.interrupted(None))

    async def pressed(self, user: User, message: Message, button: str) -> str:
        """Press a button and wait for the answer to the press; its text."""
        answer = await self.telegram.answered(
            self.telegram.press(user, message, button), timeout=PATIENCE
        )
        return str(answer.get("text", ""))

    # ---------------------------------------------------------------- common beginnings

    async def ticket(self, client: Client | None = None, words: str = PROBLEM) -> Room:
        """A client writes what opens a ticket at the first desk; its room there."""
        who = client or self.anna
        who.says(words)
        room = await self.tech.opens()
        await who.sees("#" if who is self.john else "№")
        return room


_QUEUES: tuple[Literal["inbox", "outbox", "timers"], ...] = ("inbox", "outbox", "timers")


@asynccontextmanager
async def stage_in(
    folder: Path,
    *,
    memory: bool = True,
    limits: Limits = UNLIMITED,
    enforced: bool = False,
    overrides: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
    more: str = "",
    plain: Sequence[str] = (),
    basic: Sequence[str] = (),
    strange_groups: str = "leave",
) -> AsyncIterator[Stage]:
    """Set a stage; the service is not running yet.

    Args:
        folder: for the workspace and its data.
        memory: nothing is kept over a restart; else an SQLite file.
        limits: how the application paces itself.
        enforced: the emulator answers 429 as Telegram does.
        overrides: settings by dotted path.
        files: more files of the workspace, or other contents of the usual ones.
        more: further sections of ``support.yaml``.
        plain: groups without topics.
        basic: groups that are no supergroups yet.
    """
    clock = StandingClock()
    async with Emulator(privacy=False, limits=enforced, now=clock.now) as telegram:
        boris, vera = telegram.user("Борис"), telegram.user("Вера")
        groups = {
            name: telegram.group(
                name,
                members=[boris, vera],
                forum=name not in {"admins", *plain, *basic},
                supergroup=name not in basic,
            )
            for name in ("tech", "core", "sales", "admins")
        }
        small_workspace(
            folder / "workspace",
            api=telegram.url,
            desk=groups["tech"].id,
            core=groups["core"].id,
            admins=groups["admins"].id,
            strange_groups=strange_groups,
            more_desks=f"  - {{ id: sales, title: {{ ru: Продажи, en: Sales }}, "
            f"chat: {groups['sales'].id} }}\n",
            more=more,
        )
        for name, text in (files or {}).items():
            (folder / "workspace" / name).write_text(text, encoding="utf-8")
        telegram.world.updates.clear()  # the bot's joining of the groups is long ago
        yield Stage(
            telegram=telegram,
            folder=folder / "workspace",
            clock=clock,
            overrides=overrides or {},
            memory=memory,
            limits=limits,
            groups=groups,
        )
