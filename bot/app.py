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
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.alarms import Alarms
from bot.conversation.decision import Room
from bot.conversation.events import Alarm, WorkspaceChanged
from bot.conversation.say.contents import described
from bot.conversation.ticket import card
from bot.coordination.local import LocalWakeUps
from bot.delivery.clock import Clock, SystemClock
from bot.delivery.clock_watch import ClockWatch
from bot.delivery.decisions import Decider
from bot.delivery.files import FilesOnTheWay
from bot.delivery.inbox import DurableInbox, InboxWorker
from bot.delivery.matching import Matches
from bot.delivery.outbox import OutboxWorker
from bot.delivery.outcomes import Outcomes
from bot.delivery.ports import Store, Transaction
from bot.delivery.timers import TimerWorker
from bot.delivery.wording import Wording
from bot.keeping import Keeping
from bot.kept_files import KeptFiles
from bot.life import Chore, Life, Service, Work, ended, unless
from bot.menus import show_menus
from bot.pulse import Pulse
from bot.reloading import follow
from bot.storage import lock, open_store
from bot.storage.late import LateStore
from bot.storage.open import database_url, shared, sqlite_file
from bot.storage.private import make_folder_private
from bot.supervision import NoChannelLeft, Supervisor
from bot.web.table import joined, of_channels
from channels.kind import Surroundings
from channels.limits import Limits
from channels.message import Address, Content, FormattedText, Media, Other, Text
from channels.patience import Patience
from channels.protocol import Abilities, Channel, Misconfigured, everything
from config.settings import WebSettings, Workspace

if TYPE_CHECKING:
    from bot.web.edge import Edge
    from channels.routes import Route

log = logging.getLogger(__name__)

DRAIN = 10.0
"""Seconds given to what is being sent when the service stops (acceptance case A12)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Storage is closed after whatever began later has ended."""

    store: Store
    name: str = "storage"

    async def start(self, life: Life) -> None:
        life.stack.push_async_callback(self.store.close)


@dataclass(frozen=True, slots=True)
class Opened:
    """Nothing that needs storage begins before it is there (case A7)."""

    store: Store
    clock: Clock
    name: str = "opening"

    async def start(self, life: Life) -> None:
        if isinstance(self.store, LateStore):
            await self.store.wait(self.clock)


@dataclass(frozen=True, slots=True)
class Promised:
    """Clocks of tickets follow what was edited while nothing ran."""

    workspace: Workspace
    alarms: Alarms
    name: str = "promises"

    async def start(self, _: Life) -> None:
        if self.workspace.settings.promises:
            self.alarms.tell(WorkspaceChanged())


@dataclass(kw_only=True)
class Traffic:
    """What comes by the channels and goes by them.

    At the end receiving ends first; what is being sent gets :data:`DRAIN` seconds to come back, and
    only then are the channels closed.
    """

    inbox: DurableInbox
    outbox_worker: OutboxWorker
    supervisors: Sequence[Supervisor]
    name: str = "traffic"
    _left: int = field(default=0, init=False)
    _over: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def start(self, life: Life) -> None:
        channels = await life.stack.enter_async_context(AsyncExitStack())
        sending = life.tasks.create_task(self.outbox_worker.run(), name=self.outbox_worker.name)
        life.stack.push_async_callback(self._drained, sending)
        self._left = len(self.supervisors)
        for supervisor in self.supervisors:
            life.beside(f"receive {supervisor.name}", self._receive(supervisor, channels))

    async def over(self) -> None:
        """Until no channel is left; without channels, for ever."""
        await self._over.wait()

    async def _receive(self, supervisor: Supervisor, channels: AsyncExitStack) -> None:
        await supervisor.run(self.inbox, channels)
        self._left -= 1
        if self._left:
            log.error("%s; it is stopped, the other channels go on", supervisor.stopped)
        else:
            self._over.set()

    async def _drained(self, sending: asyncio.Task[None]) -> None:
        self.outbox_worker.drain()
        _, late = await asyncio.wait({sending}, timeout=DRAIN)
        for task in late:
            log.warning("stopping with acts still on their way; they count as uncertain")
            await ended(task)


@dataclass(kw_only=True)
class App:
    """A desk, ready to run. Made by :func:`build`."""

    store: Store
    services: Sequence[Service]
    """Its parts, in the order in which they begin; they end in reverse."""
    channels: Mapping[str, Channel]
    supervisors: Sequence[Supervisor]
    """One for each channel."""
    traffic: Traffic
    pulse: Pulse
    alarms: Alarms
    edge: Edge | None
    """Answers by HTTP, if the workspace wants that."""
    lock: Callable[[], AbstractContextManager[None]]
    """Held while the service runs; keeps a second one off the database."""
    _workspace: list[Workspace]

    @property
    def workspace(self) -> Workspace:
        """The workspace in force."""
        return self._workspace[0]

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then drain: nothing new is taken, what is being sent gets
        ten seconds to come back.

        Storage that is away is waited for, a channel that breaks is begun anew, one that is
        misconfigured is stopped while the others go on.

        Raises:
            AlreadyServed: another service works on the same database.
            UnusableDatabase, NewerDatabase: the database will not work like this.
            NoChannelLeft: no channel will ever work with its settings.
        """
        with self.lock():
            async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
                life = Life(stack, tasks)
                for service in self.services:
                    await unless(stop, service.start(life))
                    if stop.is_set():
                        return
                with self.pulse.serving():
                    log.info("ready: %s", ", ".join(self.channels) or "no channels")
                    await unless(stop, self.traffic.over())
        stopped = [s.stopped for s in self.supervisors if s.stopped is not None]
        if stopped and not stop.is_set():
            raise NoChannelLeft(stopped)

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


def files_of(folder: Path) -> Path:
    """Where the data folder keeps letters and other files."""
    return folder / "files"


def letters_in(folder: Path) -> Path:
    """Where letters are, as they came, with the files they carried."""
    return files_of(folder) / "mail"


def files_on_the_way(folder: Path) -> Path:
    """Where files are while they go from one channel to another; erased once they have arrived."""
    return files_of(folder) / "on-the-way"


def _configured(current: Sequence[Workspace], data: Path, clock: Clock) -> list[Channel]:
    """The channels that a workspace sets up, in its first item."""

    def describe(part: Other | Media) -> FormattedText:
        # Who reads it, a desk or a client, the channel does not know: the language of most.
        return described(current[0].texts, part, current[0].default_language)

    def words(key: str, language: str, /, **args: str | int | datetime) -> str:
        text = Text(key=key, args=dict(args))
        return current[0].texts.render(text, language, current[0].zone).text

    def company(language: str, brand: str | None) -> str:
        view = current[0].views.get(brand or "", current[0])
        return view.settings.company.in_language(language)

    around = Surroundings(
        folder=data, words=words, company=company, describe=describe, now=clock.now
    )
    return [kind.build(settings, around) for kind, settings in current[0].settings.configured]


def _edge(
    settings: WebSettings | None, pulse: Pulse, brought: Sequence[tuple[str, Route]], clock: Clock
) -> Edge | None:
    """The HTTP server with the table of routes: the service's own, and those of channels."""
    if settings is None:
        for channel, _ in brought:
            raise Misconfigured(channel, "it is called by HTTP: set up `web` in support.yaml")
        return None
    # aiohttp is loaded for those who answer by HTTP alone.
    from bot.web import health  # noqa: PLC0415 - see above
    from bot.web.edge import Edge  # noqa: PLC0415 - see above

    ours = health.routes(
        health=lambda: health.Answer(*pulse.health()), ready=lambda: health.Answer(*pulse.ready())
    )
    return Edge(settings=settings, routes=joined(ours, brought), clock=clock)


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
    serving: bool = True,
) -> App:
    """Make an application of a workspace.

    Args:
        workspace: what the administrator wrote.
        store: default: opened where the workspace says.
        channels: default: those the workspace sets up.
        clock: default: the machine's.
        limits: pacing per channel name, none for others; default: as the channels say.
        patience: with failures, per channel name, that of a chat for others; default: as the
            channels say.
        reloads: follows the workspace's files and gives each new version, or what is wrong.
        data: where letters and attachments are kept, and the status file; default: the workspace's
            folder.
        serving: it is the workspace's service: its status file says so, and no second one may work
            on its database.
    """
    clock = clock or SystemClock()
    data = data or workspace.folder
    current = [workspace]
    if channels is None:
        channels = _configured(current, data, clock)
    admins = workspace.admins
    if limits is None:
        limits = {channel.name: channel.limits for channel in channels}
    if patience is None:
        patience = {
            channel.name: channel.patience.with_trials()
            if admins is not None and channel.name == admins.channel
            else channel.patience
            for channel in channels
        }
    wakeups = LocalWakeUps()
    by_name = {channel.name: channel for channel in channels}

    def able(place: Address) -> Abilities:
        channel = by_name.get(place.channel)
        return everything(place) if channel is None else channel.abilities(place)

    decider = Decider(lambda: current[0], able)

    def title_of(tx: Transaction, room: Room) -> str:
        return card.title(tx.records, current[0], room)

    async def look_at(channel: str, language: str) -> Content:
        from bot import doctor  # noqa: PLC0415 - for those who ask for it

        return await doctor.report(current[0], channel, language, clock.now(), data)

    def where(desk: str) -> Address:
        return current[0].place_of(desk)

    wording = Wording(lambda: current[0])
    url = database_url(workspace)
    file = sqlite_file(url, workspace.folder) if store is None else None
    if store is None:
        store = LateStore(lambda: open_store(url, folder=workspace.folder, desks=where))
    alarms = Alarms(store=store, decide=decider, clock=clock, wakeups=wakeups)
    asking = Decider(lambda: current[0], able, Matches())
    inbox_worker = InboxWorker(store, asking, clock, wakeups)
    timer_worker = TimerWorker(store, decider, clock, wakeups)
    supervisors = {
        channel.name: Supervisor(
            channel=channel,
            clock=clock,
            tell=alarms.tell,
            carries_alarms=admins is not None and channel.name == admins.channel,
            ready=partial(wakeups.ring, "outbox"),
        )
        for channel in channels
    }

    def reachable(name: str) -> bool:
        return supervisors[name].open

    outbox_worker = OutboxWorker(
        store=store,
        channels=by_name,
        outcomes=Outcomes(
            decider,
            patience=patience,
            repeatable=[c.name for c in channels if c.repeatable],
        ),
        clock=clock,
        wakeups=wakeups,
        title_of=title_of,
        repeated=wording.repeated,
        in_words=wording.in_words,
        diagnose=look_at,
        owner=secrets.token_hex(8),
        alone=not shared(url),
        limits=limits,
        patience=patience,
        files=FilesOnTheWay(by_name, files_on_the_way(data)),
        reachable=reachable,
    )
    pulse = Pulse(
        store=store,
        clock=clock,
        workers=(inbox_worker, outbox_worker, timer_worker),
        channels=list(supervisors.values()),
        tell=alarms.tell,
        folder=data if serving else None,
    )
    inbox = DurableInbox(store, clock, wakeups)
    brought = of_channels(channels, inbox) if serving else ()
    edge = _edge(workspace.settings.web if serving else None, pulse, brought, clock)
    traffic = Traffic(
        inbox=inbox,
        outbox_worker=outbox_worker,
        supervisors=list(supervisors.values()),
    )

    chore = partial(Chore, clock=clock)
    menus = partial(show_menus, channels, lambda: current[0], clock, reachable=reachable)
    watch = ClockWatch(clock=clock, wakeups=wakeups, cut_waits=outbox_worker.cut_waits)
    keeping = Keeping(
        store=store,
        clock=clock,
        spans=lambda: current[0].settings.retention,
        files=KeptFiles(letters_in(data)),
    )
    services: list[Service] = [
        Closed(store),
        pulse,
        alarms,
        *([chore("web", edge.run)] if edge else []),
        Opened(store, clock),
        Promised(workspace, alarms),
        traffic,
        Work(inbox_worker.name, inbox_worker.run),
        Work(timer_worker.name, timer_worker.run),
        chore("menus", menus),
        chore("rights", partial(_take_rights, files_of(data))),
        chore(watch.name, watch.run),
        chore(keeping.name, keeping.run),
    ]
    if reloads is not None:
        news = reloads
        services.append(
            chore("reload", lambda: follow(news(current[0]), partial(_use, current), alarms.tell))
        )
    return App(
        store=store,
        services=services,
        channels=by_name,
        supervisors=traffic.supervisors,
        traffic=traffic,
        pulse=pulse,
        alarms=alarms,
        edge=edge,
        lock=(lambda: lock.serving(file, clock.now())) if file and serving else _no_lock,
        _workspace=current,
    )


def _no_lock() -> AbstractContextManager[None]:
    """For a service whose store nobody else can open, or that shares it with others."""
    return contextlib.nullcontext()


def _use(current: list[Workspace], workspace: Workspace) -> None:
    """Put another workspace in force, from the next event on."""
    current[0] = workspace


async def _take_rights(folder: Path) -> None:
    """Take from others what an older version of the program let them read (load test, F13)."""
    if changed := await asyncio.to_thread(make_folder_private, folder):
        log.warning("%s files and folders in %s were readable for others", changed, folder)


async def serve(app: App) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await app.run(stop)
