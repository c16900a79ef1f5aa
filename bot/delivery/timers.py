"""Timers: rows that wake the machine when they are due."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime

from bot.conversation.events import Alarm, TimerFired
from bot.delivery.clock import Clock, seconds_until
from bot.delivery.decisions import Decide
from bot.delivery.ports import Store, Transaction, VersionConflict
from bot.delivery.traces import headline
from bot.delivery.wakeups import WakeUps, pause
from channels.protocol import StorageUnavailable

log = logging.getLogger(__name__)

BATCH = 50


class TimerWorker:
    """Fires due timers, each once."""

    def __init__(self, store: Store, decide: Decide, clock: Clock, wakeups: WakeUps) -> None:
        self._store = store
        self._decide = decide
        self._clock = clock
        self._wakeups = wakeups

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                fired, due = await self.step()
            except (StorageUnavailable, VersionConflict) as error:
                log.warning("timers: storage is not available, trying again: %s", error)
                await self._clock.sleep(1)
                continue
            if not fired:
                wait = seconds_until(due, self._clock.now())
                await pause(self._wakeups, "timers", self._clock, wait)

    async def step(self) -> tuple[int, datetime | None]:
        """Fire what is due: how many, and when the next one is due."""
        now = self._clock.now()
        fired, due = await self._store.transact(lambda tx: self._batch(tx, now))
        if fired:
            self._wakeups.ring("outbox")
        return fired, due

    def _batch(self, tx: Transaction, now: datetime) -> tuple[int, datetime | None]:
        timers = tx.due_timers(now, BATCH)
        for timer in timers:
            tx.drop_timer(timer)
            try:
                with tx.savepoint():
                    self._decide(tx, TimerFired(kind=timer.kind, subject=timer.subject), now)
            except (VersionConflict, StorageUnavailable):
                raise
            except Exception:  # noqa: BLE001 - one bad timer must not stop the others
                trace = traceback.format_exc()
                log.error("timers: %s %s failed\n%s", timer.kind, timer.subject, trace)  # noqa: TRY400 - the trace is in the text
                args = {"timer": f"{timer.kind} {timer.subject}", "error": headline(trace)}
                self._decide(tx, Alarm(key="admin.timer_failed", args=args), now)
        return len(timers), tx.timer_due()
