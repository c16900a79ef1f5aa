"""Every few seconds: does everything work? The answer goes into the status file."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from bot import status
from bot.conversation.events import Alarm
from bot.delivery.clock import Clock
from bot.delivery.ports import (
    StorageUnavailable,
    Store,
    Transaction,
    UndeliveredAlarm,
    VersionConflict,
)
from bot.life import Chore, Life
from bot.status import State, Status, Work
from bot.supervision import Supervisor
from channels.protocol import Cursor

log = logging.getLogger(__name__)

FIRST_BEAT: Final = 1.0
BEAT: Final = 10.0
"""Seconds between two looks; the first ones follow each other sooner, as much changes then."""
COUNTED_EVERY: Final = timedelta(minutes=1)
"""How often what waits for a person is counted, which costs more."""
ANSWER: Final = 20.0
"""Seconds after which storage that has not answered counts as away."""
UNHEARD_AFTER: Final = timedelta(minutes=2)
"""Age of an alarm that still waits for the administrators' chat at which it is shown elsewhere."""
MOST: Final = 20
"""Alarms that are shown at most, the newest; each as so many characters."""
LENGTH: Final = 300
TOLD_AFTER: Final = timedelta(seconds=30)
"""How long storage has to be away for the administrators to hear of it: a restart of the database
is no news."""


class Worker(Protocol):
    """What works through a queue, as seen from outside."""

    @property
    def name(self) -> str: ...

    @property
    def last_success(self) -> datetime | None:
        """When a step last succeeded."""
        ...

    @property
    def trouble(self) -> str:
        """What keeps it from working now; empty if nothing does."""
        ...


@dataclass(kw_only=True)
class Pulse:
    """Looks after workers, channels and storage.

    Args:
        folder: where the status file is; None: nobody reads it.
        tell: takes alarms for the administrators.
    """

    store: Store
    clock: Clock
    workers: Sequence[Worker]
    channels: Sequence[Supervisor]
    tell: Callable[[Alarm], None]
    folder: Path | None = None
    name: str = "pulse"
    last: Status | None = field(default=None, init=False)
    """What was known at the last beat."""
    _file: Path | None = field(default=None, init=False)
    _serving: bool = field(default=False, init=False)
    _started: datetime = field(init=False)
    _storage: State = field(init=False)
    _undelivered: tuple[str, ...] = field(default=(), init=False)
    _aside: int = field(default=0, init=False)
    _counted: float | None = field(default=None, init=False)
    _unwritten: bool = field(default=False, init=False)
    """Whether the log has it that the status file cannot be written."""
    _away: bool = field(default=False, init=False)
    """Whether the log has it that storage is away."""

    def __post_init__(self) -> None:
        self._started = self.clock.now()
        self._storage = State(ok=False, since=self._started, detail="")

    async def start(self, life: Life) -> None:
        """Take a status file, and beat until the end, whose last word is that it was one."""
        if self.folder is not None:
            try:
                self._file = life.stack.enter_context(status.place_in(self.folder))
            except OSError as error:
                log.warning("no status file can be made in %s: %s", self.folder, error.strerror)
        life.stack.push_async_callback(self.write, stopped=True)
        await Chore(self.name, self.run, self.clock).start(life)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """While the block runs, everything has begun and nothing is being ended."""
        self._serving = True
        try:
            yield
        finally:
            self._serving = False

    def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether work is taken now: what arrives can be kept, and there is a way for it to
        arrive."""
        why = [] if self._serving else ["starting or stopping"]
        why += [] if self._storage.ok else ["storage"]
        why += [] if any(channel.open for channel in self.channels) else ["channels"]
        return not why, {"ready": not why, "waiting_for": why}

    def health(self) -> tuple[bool, dict[str, object]]:
        """Whether everything works; as of the last beat, which is late if that was too long ago."""
        return status.for_a_monitor(self.last, self.clock.now())

    async def run(self) -> None:
        """Beat until cancelled."""
        wait = FIRST_BEAT
        while True:
            await self.beat()
            await self.clock.sleep(wait)
            wait = min(BEAT, wait * 2)

    async def beat(self) -> None:
        """Look at everything once and write it down."""
        await self._try_storage()
        for channel in self.channels:
            channel.look()
        await self.write()

    async def write(self, *, stopped: bool = False) -> None:
        """Write down what is known."""
        self.last = self._status(stopped=stopped)
        if self._file is None:
            return
        try:
            await asyncio.to_thread(status.write, self._file, self.last)
        except OSError as error:
            if not self._unwritten:
                log.warning("the status file %s cannot be written: %s", self._file, error.strerror)
            self._unwritten = True
        else:
            self._unwritten = False

    def _status(self, *, stopped: bool) -> Status:
        looks = {channel.name: channel.look() for channel in self.channels}
        return Status(
            pid=os.getpid(),
            host=socket.gethostname(),
            started=self._started,
            written=self.clock.now(),
            stopped=stopped,
            storage=self._storage,
            workers={
                worker.name: Work(last_success=worker.last_success, trouble=worker.trouble)
                for worker in self.workers
            },
            channels={
                name: State(ok=look.ok, since=look.since, detail=look.detail)
                for name, look in looks.items()
            },
            undelivered_alarms=self._undelivered,
            set_aside=self._aside,
        )

    # ---------------------------------------------------------------- storage

    async def _try_storage(self) -> None:
        """See whether storage takes something in: one that only answers may be on a full disk."""
        try:
            async with asyncio.timeout(ANSWER):
                await self.store.transact(self._write_something)
                await self._count()
        except TimeoutError:
            self._note(ok=False, detail=f"no answer for {ANSWER:g} s")
        except (StorageUnavailable, VersionConflict) as error:
            self._note(ok=False, detail=str(error))
        else:
            self._note(ok=True)

    def _write_something(self, tx: Transaction) -> None:
        now = self.clock.now()
        tx.inbox.accept([], Cursor(channel="", source="pulse", position=now.isoformat()), now)

    async def _count(self) -> None:
        """Count what waits for a person, now and then."""
        now = self.clock.steady()
        if self._counted is None or now - self._counted >= COUNTED_EVERY / timedelta(seconds=1):
            before = self.clock.now() - UNHEARD_AFTER
            self._aside = await self.store.transact(lambda tx: len(tx.inbox.aside()))
            alarms = await self.store.transact(lambda tx: tx.outbox.undelivered_alarms())
            self._undelivered = tuple(
                _shown(alarm) for alarm in alarms if alarm.given_up or alarm.at <= before
            )[-MOST:]
            self._counted = now

    def _note(self, *, ok: bool, detail: str = "") -> None:
        before, now = self._storage, self.clock.now()
        if before.ok == ok:
            self._storage = before.model_copy(update={"detail": detail})
            return
        self._storage = State(ok=ok, since=now, detail=detail)
        if not ok:
            log.warning("storage is away: %s", detail)
            self._away = True
            return
        if self._away:
            log.info("storage is back")
        self._away = False
        if now - before.since >= TOLD_AFTER:
            self.tell(
                Alarm(
                    key="admin.storage_back",
                    args={"since": before.since, "until": now, "detail": before.detail},
                )
            )


def _shown(alarm: UndeliveredAlarm) -> str:
    """On one line."""
    return f"{alarm.at:%Y-%m-%d %H:%M} UTC: {' '.join(alarm.words.split())}"[:LENGTH]
