"""Words for the administrators' chat from outside of any conversation."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from bot.conversation.events import Alarm, WorkspaceChanged
from bot.delivery.clock import Clock
from bot.delivery.decisions import Decide
from bot.delivery.ports import StorageUnavailable, Store, VersionConflict
from bot.delivery.wakeups import WakeUps
from bot.life import Chore, Life

log = logging.getLogger(__name__)

News = Alarm | WorkspaceChanged

PAUSE: Final = 5.0
"""Seconds between attempts to write an alarm down while storage is away."""
MOST: Final = 100
"""Alarms that wait in memory for storage at most; then the oldest is dropped, which the log has."""


@dataclass(kw_only=True)
class Alarms:
    """Has the machine decide about news from outside of any conversation, alarms above all: in the
    order in which they came, as soon as storage lets it."""

    store: Store
    decide: Decide
    clock: Clock
    wakeups: WakeUps
    name: str = "alarms"
    _waiting: deque[News] = field(default_factory=lambda: deque(maxlen=MOST), init=False)
    _new: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def tell(self, alarm: News) -> None:
        """Tell the machine, which tells the administrators. Never fails and never waits."""
        self._waiting.append(alarm)
        self._new.set()

    async def start(self, life: Life) -> None:
        """Write down what is told, until the end."""
        await Chore(self.name, self.run, self.clock).start(life)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._new.wait()
            self._new.clear()
            while self._waiting:
                alarm = self._waiting[0]
                try:
                    await self._write_down(alarm)
                except (StorageUnavailable, VersionConflict) as error:
                    log.debug("an alarm waits for storage: %s", error)
                    await self.clock.sleep(PAUSE)
                    continue
                except Exception:
                    log.exception("nothing could be decided about %s", alarm)
                if self._waiting and self._waiting[0] is alarm:
                    self._waiting.popleft()

    async def _write_down(self, alarm: News) -> None:
        now = self.clock.now()
        await self.store.transact(lambda tx: self.decide(tx, alarm, now))
        self.wakeups.ring("outbox")
