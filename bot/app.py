"""The composition root: the parts of a running desk, made and joined in one place.

No container and no globals. Tests build the same application with parts of their own choosing::

    app = build(workspace, store=MemoryStore(), channels=[MemoryChannel()], clock=clock)
    async with app.running():
        ...
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.conversation.decision import Room
from bot.conversation.events import Alarm
from bot.conversation.ticket import card
from bot.conversation.ticket.described import described
from bot.coordination.local import LocalWakeUps
from bot.delivery.clock import Clock, SystemClock
from bot.delivery.decisions import Decider
from bot.delivery.files import FilesOnTheWay
from bot.delivery.inbox import DurableInbox, InboxWorker
from bot.delivery.outbox import OutboxWorker
from bot.delivery.outcomes import Outcomes
from bot.delivery.pacing import TELEGRAM, Limits
from bot.delivery.patience import CHAT_WITH_TRIALS, LETTERS, Patience
from bot.delivery.ports import OutboxRow, StorageUnavailable, Store, Transaction
from bot.delivery.timers import TimerWorker
from bot.menus import menus
from bot.storage import open_store
from bot.storage.open import shared
from channels.email.settings import EmailSettings
from channels.message import (
    Address,
    Content,
    DeliveryError,
    FormattedText,
    Media,
    Other,
    Text,
    Transient,
    Uncertain,
)
from channels.protocol import Channel, ShowsMenus
from channels.telegram.settings import TelegramSettings
from config.settings import Workspace

log = logging.getLogger(__name__)

DRAIN = 10.0
"""Seconds given to what is being sent when the service stops (acceptance case A12)."""
MENU_PAUSE = 2.0
"""Seconds until a channel that could not be reached is offered the menus again; doubles."""
HEARTBEAT = 10.0
"""Seconds between two signs of life."""


def database_url(workspace: Workspace) -> str:
    """Where the workspace's data live: its ``database_url``, or an SQLite file in its folder."""
    address = workspace.settings.database()
    return address.get_secret_value() if address else "sqlite:///linezero.db"


def heartbeat_file(folder: Path) -> Path:
    """Touched every few seconds by a service that works; ``linezero health`` reads its age."""
    return folder / ".linezero-alive"


@dataclass
class App:
    """A desk, ready to run. Made by :func:`build`."""

    store: Store
    channels: Mapping[str, Channel]
    inbox: DurableInbox
    inbox_worker: InboxWorker
    outbox_worker: OutboxWorker
    timer_worker: TimerWorker
    decide: Decider
    clock: Clock
    _workspace: list[Workspace]
    _reloads: Callable[[Workspace], AsyncIterator[Workspace | Alarm]] | None = None
    serving: bool = True
    """It is the workspace's service: its heartbeat says that clients are being answered."""

    @property
    def workspace(self) -> Workspace:
        """The workspace in force."""
        return self._workspace[0]

    def use(self, workspace: Workspace) -> None:
        """Put another workspace in force, from the next event on."""
        self._workspace[0] = workspace

    async def alarm(self, alarm: Alarm) -> None:
        """Tell the administrators, durably."""
        now = self.clock.now()
        await self.store.transact(lambda tx: self.decide(tx, alarm, now))
        self.outbox_worker.wakeups.ring("outbox")

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then drain: nothing new is taken, what is being sent gets
        ten seconds to come back.

        Raises:
            Misconfigured: a channel will never work with its settings.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.store.close)
            for channel in self.channels.values():
                await stack.enter_async_context(channel)
            async with asyncio.TaskGroup() as work:
                outbox = work.create_task(self.outbox_worker.run(), name="outbox")
                others = [
                    work.create_task(self.inbox_worker.run(), name="inbox"),
                    work.create_task(self.timer_worker.run(), name="timers"),
                    work.create_task(self._show_menus(), name="menus"),
                ]
                if self.serving:
                    others.append(work.create_task(self._live(), name="heartbeat"))
                if self._reloads is not None:
                    others.append(work.create_task(self._reload(self._reloads), name="reload"))
                others += [
                    work.create_task(channel.run(self.inbox), name=f"receive {channel.name}")
                    for channel in self.channels.values()
                ]
                log.info("ready: %s", ", ".join(self.channels) or "no channels")
                await stop.wait()
                for task in others:
                    task.cancel()
                self.outbox_worker.drain()
                _, late = await asyncio.wait({outbox}, timeout=DRAIN)
                for task in late:
                    log.warning("stopping with acts still on their way; they count as uncertain")
                    task.cancel()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Run in the background of a block, and stop with it."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run(stop))
            try:
                yield self
            finally:
                stop.set()

    async def _reload(
        self, reloads: Callable[[Workspace], AsyncIterator[Workspace | Alarm]]
    ) -> None:
        async for news in reloads(self.workspace):
            if isinstance(news, Workspace):
                self.use(news)
                log.info("the workspace was reloaded")
            else:
                log.warning("the workspace was not reloaded: %s", news.args)
                with contextlib.suppress(StorageUnavailable):
                    await self.alarm(news)

    async def _show_menus(self) -> None:
        """Put the commands where the channels show them, as soon as each can be reached."""
        waiting = [c for c in self.channels.values() if isinstance(c, ShowsMenus)]
        pause = MENU_PAUSE
        while waiting:
            for channel in list(waiting):
                try:
                    await channel.show_menus(menus(self.workspace))
                except (Transient, Uncertain) as error:
                    log.debug("%s: no menus yet: %s", channel.name, error)
                except DeliveryError as error:
                    log.warning("%s: the menus of commands were refused: %s", channel.name, error)
                    waiting.remove(channel)
                else:
                    waiting.remove(channel)
            if waiting:
                await self.clock.sleep(pause)
                pause = min(300.0, pause * 2)

    async def _live(self) -> None:
        """Touch the heartbeat while the store answers, by the clock of all the rest."""
        path = heartbeat_file(self.workspace.folder)
        while True:
            with contextlib.suppress(StorageUnavailable, OSError):
                await self.store.transact(lambda tx: tx.inbox_due())
                await asyncio.to_thread(_touch, path, self.clock.now())
            await self.clock.sleep(HEARTBEAT)


def _touch(path: Path, now: datetime) -> None:
    path.touch()
    os.utime(path, (now.timestamp(), now.timestamp()))


def files_on_the_way(folder: Path) -> Path:
    """Where files are while they go from one channel to another; erased once they have arrived."""
    return folder / "files" / "on-the-way"


def _telegram(settings: TelegramSettings, current: Sequence[Workspace], clock: Clock) -> Channel:
    """``current``: the workspace in force is its first item."""
    # aiogram takes seconds and a hundred megabytes: only for those who talk to Telegram.
    from channels.telegram.channel import TelegramChannel  # noqa: PLC0415 - see above

    def describe(part: Other | Media) -> FormattedText:
        # Who reads it, a desk or a client, the channel does not know: the language of most.
        return described(current[0].texts, part, current[0].default_language)

    return TelegramChannel(settings, describe=describe, now=clock.now)


def _email(
    settings: EmailSettings, current: Sequence[Workspace], data: Path, clock: Clock
) -> Channel:
    """``current``: the workspace in force is its first item."""
    from channels.email.channel import EmailChannel  # noqa: PLC0415 - as in _telegram

    def words(key: str, language: str, /, **args: str | int | datetime) -> str:
        text = Text(key=key, args=dict(args))
        return current[0].texts.render(text, language, current[0].zone).text

    def company(language: str) -> str:
        return current[0].settings.company.in_language(language)

    return EmailChannel(settings, folder=data, words=words, company=company, now=clock.now)


def build(
    workspace: Workspace,
    *,
    store: Store | None = None,
    channels: Sequence[Channel] | None = None,
    clock: Clock | None = None,
    limits: Mapping[str, Limits] | None = None,
    patience: Mapping[str, Patience] | None = None,
    reloads: Callable[[Workspace], AsyncIterator[Workspace | Alarm]] | None = None,
    data: Path | None = None,
) -> App:
    """Make an application of a workspace.

    Args:
        workspace: what the administrator wrote.
        store: default: opened where the workspace says.
        channels: default: those the workspace sets up.
        clock: default: the machine's.
        limits: pacing per channel name; default: Telegram's for Telegram.
        patience: with failures, per channel name; default: that of letters for channels that may
            repeat themselves, that of a chat for others.
        reloads: follows the workspace's files and gives each new version, or what is wrong.
        data: where letters and attachments are kept; default: the workspace's folder.
    """
    settings = workspace.settings
    clock = clock or SystemClock()
    if limits is None:
        limits = {settings.telegram.name: TELEGRAM} if settings.telegram else {}
    current = [workspace]
    if channels is None:
        channels = [_telegram(settings.telegram, current, clock)] if settings.telegram else []
        channels += (
            [_email(settings.email, current, data or workspace.folder, clock)]
            if settings.email
            else []
        )
    if patience is None:
        patience = {c.name: LETTERS for c in channels if c.capabilities.repeatable}
        if settings.telegram and settings.admin_chat:
            patience[settings.telegram.name] = CHAT_WITH_TRIALS
    wakeups = LocalWakeUps()
    decider = Decider(lambda: current[0])
    by_name = {channel.name: channel for channel in channels}

    def title_of(tx: Transaction, room: Room) -> str:
        return card.title(tx, current[0], room)

    async def look_at(channel: str, language: str) -> Content:
        from bot import doctor  # noqa: PLC0415 - as in _telegram

        return await doctor.report(current[0], channel, language)

    def where(desk: str) -> Address:
        name = settings.telegram.name if settings.telegram else next(iter(by_name))
        return Address(channel=name, chat=current[0].desks[desk].chat)

    def repeated(row: OutboxRow) -> FormattedText:
        room, workspace = row.place.room, current[0]
        desk = workspace.desks.get(room.desk) if room else None
        language = (desk.language if desk else None) or workspace.default_language
        return workspace.texts.render(Text(key="desk.repeated"), language, workspace.zone)

    if store is None:
        store = open_store(database_url(workspace), folder=workspace.folder, desks=where)
    return App(
        store=store,
        channels=by_name,
        inbox=DurableInbox(store, clock, wakeups),
        inbox_worker=InboxWorker(store, decider, clock, wakeups),
        outbox_worker=OutboxWorker(
            store=store,
            channels=by_name,
            outcomes=Outcomes(
                decider,
                patience=patience,
                repeatable=[c.name for c in channels if c.capabilities.repeatable],
            ),
            clock=clock,
            wakeups=wakeups,
            title_of=title_of,
            repeated=repeated,
            diagnose=look_at,
            owner=secrets.token_hex(8),
            alone=not shared(database_url(workspace)),
            limits=limits,
            patience=patience,
            files=FilesOnTheWay(by_name, files_on_the_way(data or workspace.folder)),
        ),
        timer_worker=TimerWorker(store, decider, clock, wakeups),
        decide=decider,
        clock=clock,
        _workspace=current,
        _reloads=reloads,
    )


async def serve(app: App) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await app.run(stop)
