"""Timers: rows that wake the machine when they are due."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from bot.conversation.decision import Decision, Timer, TimerKind
from bot.conversation.events import Alarm, TimerFired
from bot.delivery.clock import Clock
from bot.delivery.decisions import Decide, in_savepoint, rung_by, tell_admins
from bot.delivery.first_steps import ENDED_THE_PROCESS, STEPS, FirstSteps
from bot.delivery.ports import StorageUnavailable, Store, Transaction
from bot.delivery.traces import headline
from bot.delivery.wakeups import Queue, WakeUps
from bot.delivery.worker import BATCH_SECONDS, Progress, Worker

log = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""Failures after which a timer is dropped and the administrators hear of it."""

_Key = tuple[TimerKind, str]
"""Kind and subject: there is one timer of each."""


@dataclass(slots=True)
class _Batch:
    """What one transaction did."""

    fired: int = 0
    """Taken off, whether the machine could make something of them or not."""
    begun: _Key | None = None
    """One that was only written down: it fires in the next transaction (``FirstSteps``)."""
    put_off: set[_Key] = field(default_factory=set)
    """Failed, and will be tried again."""
    over: set[_Key] = field(default_factory=set)
    rings: set[Queue] = field(default_factory=set)
    due: datetime | None = None

    @property
    def taken(self) -> int:
        return self.fired + len(self.put_off)


class TimerWorker(Worker):
    """Fires due timers, each once.

    Args:
        store: where they are.
        decide: what happens when one fires.
        clock: tells when they are due.
        wakeups: rings when there are new ones.
        steady: seconds that only go on, to bound the work of one transaction.
        careful: timers that are written down before they fire.
    """

    name: ClassVar[Queue] = "timers"

    def __init__(
        self,
        store: Store,
        decide: Decide,
        clock: Clock,
        wakeups: WakeUps,
        *,
        steady: Callable[[], float] = time.monotonic,
        careful: int = STEPS,
    ) -> None:
        super().__init__(clock=clock, wakeups=wakeups)
        self._first = FirstSteps(self.name, careful)
        self._store = store
        self._decide = decide
        self._steady = steady
        self._failures: dict[_Key, int] = {}
        """How often each timer that is tried again has failed, as far as this process knows."""

    async def step(self) -> Progress:
        """Fire what is due."""
        now = self.clock.now()
        batch = await self._store.transact(lambda tx: self._batch(tx, now))
        if (begun := batch.begun) is not None:
            self._first.left -= 1
            batch = await self._store.transact(lambda tx: self._batch(tx, now, begun=begun))
        for key in batch.put_off:
            self._failures[key] = self._failures.get(key, 0) + 1
        for key in batch.over:
            self._failures.pop(key, None)
        if not batch.taken and batch.due is None:
            self._failures.clear()  # whatever they were, others have dealt with them
        for queue in batch.rings:
            self.wakeups.ring(queue)
        return Progress(handled=batch.fired, due=batch.due)

    def _batch(self, tx: Transaction, now: datetime, *, begun: _Key | None = None) -> _Batch:
        """Fire a batch; one alone that was ``begun``."""
        batch = _Batch()
        if begun is not None:
            self._first.over(tx, now)
        until = self._steady() + (BATCH_SECONDS if begun is None else 0)
        # One by one: an earlier one may take away or put off those behind it.
        while not batch.taken or self._steady() < until:
            timer = next(iter(tx.timers.due(now, 1)), None)
            if timer is None:
                break
            if begun is None and self._first.left:
                self._begin(tx, timer, now, batch)
                return batch
            self._one(tx, timer, now, batch)
        if not batch.fired:
            batch.due = tx.timers.next_due()
        return batch

    def _begin(self, tx: Transaction, timer: Timer, now: datetime, batch: _Batch) -> None:
        """Write down which is next, or drop it."""
        if self._first.begin(tx, f"{timer.kind} {timer.subject}", now):
            batch.begun = (timer.kind, timer.subject)
        else:
            self._give_up(tx, timer, ENDED_THE_PROCESS, now, batch)

    def _one(self, tx: Transaction, timer: Timer, now: datetime, batch: _Batch) -> None:
        """Fire one timer; whatever happens, it is dropped or put off."""

        def fire() -> Decision:
            tx.timers.drop(timer)
            return self._decide(tx, TimerFired(kind=timer.kind, subject=timer.subject), now)

        key = (timer.kind, timer.subject)
        try:
            batch.rings |= rung_by(in_savepoint(tx, fire))
        except StorageUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one bad timer must not stop the others
            trace = traceback.format_exc()
            attempts = self._failures.get(key, 0) + 1
            named = f"{timer.kind} {timer.subject}"
            log.error("timers: %s failed (attempt %s)\n%s", named, attempts, trace)  # noqa: TRY400 - the trace is in the text
            if attempts < ATTEMPTS:
                again = replace(timer, due=now + timedelta(seconds=2**attempts))
                tx.apply(Decision(timers=(again,)), now)
                batch.put_off.add(key)
                return
            self._give_up(tx, timer, trace, now, batch)
            return
        batch.fired += 1
        batch.over.add(key)

    def _give_up(
        self, tx: Transaction, timer: Timer, trace: str, now: datetime, batch: _Batch
    ) -> None:
        tx.timers.drop(timer)
        args = {"timer": f"{timer.kind} {timer.subject}", "error": headline(trace)}
        alarm = Alarm(key="admin.timer_failed", args=args)
        batch.rings |= tell_admins(self._decide, tx, alarm, now)
        batch.fired += 1
        batch.over.add((timer.kind, timer.subject))
