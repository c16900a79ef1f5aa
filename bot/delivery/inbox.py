"""From a channel to a decision: accept durably, then decide in order, each event once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation.events import Alarm, NotYet
from bot.delivery.clock import Clock, seconds_until
from bot.delivery.decisions import Decide
from bot.delivery.ports import InboxRow, Store, Transaction, VersionConflict
from bot.delivery.traces import headline
from bot.delivery.wakeups import WakeUps, pause
from channels.message import Content, Inbound, Said
from channels.protocol import Cursor, StorageUnavailable

log = logging.getLogger(__name__)

BATCH = 50
"""Events decided in one transaction at most; later ones are not kept waiting for longer."""
NOT_YET = timedelta(seconds=1)
"""How soon an event that came before a receipt is looked at again (acceptance case G4)."""
NOT_YET_FOR = timedelta(seconds=15)
"""How long that goes on; then the event is finished as one about nothing we know."""
ATTEMPTS = 5
"""Failures after which an event is set aside."""


class DurableInbox:
    """What channels put arrivals into: the ``Inbox`` of the channel protocol."""

    def __init__(self, store: Store, clock: Clock, wakeups: WakeUps) -> None:
        self._store = store
        self._clock = clock
        self._wakeups = wakeups

    async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
        now = self._clock.now()
        new = await self._store.transact(lambda tx: tx.accept(items, cursor, now))
        if new:
            self._wakeups.ring("inbox")
        return new

    async def cursor(self, channel: str, source: str) -> str | None:
        return await self._store.transact(lambda tx: tx.cursor(channel, source))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one transaction of the inbox worker did."""

    handled: int
    due: datetime | None
    """When there may be more; None: when something arrives."""
    waiting_to_go: bool
    timers_set: bool


class InboxWorker:
    """Decides about what arrived, oldest first within each order key."""

    def __init__(self, store: Store, decide: Decide, clock: Clock, wakeups: WakeUps) -> None:
        self._store = store
        self._decide = decide
        self._clock = clock
        self._wakeups = wakeups

    async def run(self) -> None:
        """Work until cancelled. Storage that is away is waited for; nothing is lost meanwhile."""
        while True:
            try:
                progress = await self.step()
            except (StorageUnavailable, VersionConflict) as error:
                log.warning("inbox: storage is not available, trying again: %s", error)
                await self._clock.sleep(1)
                continue
            if not progress.handled:
                await pause(
                    self._wakeups,
                    "inbox",
                    self._clock,
                    seconds_until(progress.due, self._clock.now()),
                )

    async def step(self) -> Progress:
        """Decide about one batch of what is due."""
        now = self._clock.now()
        progress = await self._store.transact(lambda tx: self._batch(tx, now))
        if progress.waiting_to_go:
            self._wakeups.ring("outbox")
        if progress.timers_set:
            self._wakeups.ring("timers")
        return progress

    def _batch(self, tx: Transaction, now: datetime) -> Progress:
        handled, waiting, timers = 0, False, False
        while handled < BATCH and (rows := tx.next_inbox(now)):
            decision = self._one(tx, rows, now)
            handled += 1
            if decision is not None:
                waiting |= decision[0]
                timers |= decision[1]
        return Progress(
            handled=handled,
            due=None if handled else tx.inbox_due(),
            waiting_to_go=waiting,
            timers_set=timers,
        )

    def _one(
        self, tx: Transaction, rows: Sequence[InboxRow], now: datetime
    ) -> tuple[bool, bool] | None:
        """Decide about one event; whatever happens, its rows are finished, postponed or set
        aside, so the loop always goes on."""
        ids = [row.id for row in rows]
        try:
            with tx.savepoint():
                decision = self._decide(tx, joined(rows), now)
                tx.finish_inbox(ids, now)
        except NotYet:
            if now - rows[0].accepted_at < NOT_YET_FOR:
                tx.postpone_inbox(ids, now + NOT_YET)
            else:
                tx.finish_inbox(ids, now)
            return None
        except (VersionConflict, StorageUnavailable):
            raise
        except Exception:  # noqa: BLE001 - poison input is kept and the loop goes on
            return self._failed(tx, rows, traceback.format_exc(), now)
        return (
            bool(decision.outgoing or decision.resend or decision.moved or decision.returned),
            bool(decision.timers),
        )

    def _failed(
        self, tx: Transaction, rows: Sequence[InboxRow], trace: str, now: datetime
    ) -> tuple[bool, bool] | None:
        ids = [row.id for row in rows]
        attempts = max(row.attempts for row in rows) + 1
        log.error("inbox: deciding about row %s failed (attempt %s)\n%s", ids[0], attempts, trace)
        if attempts < ATTEMPTS:
            tx.postpone_inbox(ids, now + timedelta(seconds=2**attempts), error=trace)
            return None
        tx.set_aside(ids, trace, now)
        args = {"row": str(ids[0]), "error": headline(trace)}
        alarm = Alarm(key="admin.set_aside", args=args)
        self._decide(tx, alarm, now)
        return True, False


def joined(rows: Sequence[InboxRow]) -> Inbound:
    """One event of several: the parts of an album become one message with all parts in order."""
    first = rows[0].inbound
    said = [row.inbound.event for row in rows if isinstance(row.inbound.event, Said)]
    if len(said) < 2:
        return first
    said.sort(key=lambda part: (len(part.message), part.message))
    content = Content(
        text=next((part.content.text for part in said if part.content.text), said[0].content.text),
        parts=tuple(p for part in said for p in part.content.parts),
        source=tuple(ref for part in said for ref in part.content.source),
        forwarded_from=said[0].content.forwarded_from,
        protected=any(part.content.protected for part in said),
    )
    event = replace(
        said[0],
        content=content,
        reply_to=next((part.reply_to for part in said if part.reply_to), None),
    )
    return replace(first, event=event)
