"""The inbox: arrivals are stored, then decided about in order, each event once."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeVar

from bot.conversation.decision import Decision
from bot.conversation.events import Alarm, NotYet
from bot.delivery.clock import Clock
from bot.delivery.decisions import Decide, in_savepoint, rung_by, tell_admins
from bot.delivery.first_steps import ENDED_THE_PROCESS, STEPS, FirstSteps
from bot.delivery.matching import Unmatched
from bot.delivery.ports import InboxRow, Store, Transaction, Unreadable, VersionConflict
from bot.delivery.traces import headline
from bot.delivery.wakeups import Queue, WakeUps
from bot.delivery.worker import BATCH_SECONDS, Progress, Worker
from channels.message import Content, Inbound, Said
from channels.protocol import Cursor, StorageUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

NOT_YET: Final = timedelta(seconds=1)
"""How soon an event that came before a receipt is looked at again (acceptance case G4)."""
NOT_YET_TRIES: Final = 15
"""How often; then it is decided about as if no receipt were to come (``Records.settled``)."""
MATCHED_WITHIN: Final = timedelta(seconds=5)
"""When an event that waits for a match is looked at again in any case: the process that was to find
it may have ended."""
ATTEMPTS: Final = 5
"""Failures after which an event is set aside."""


class DurableInbox:
    """What channels put arrivals into: the ``Inbox`` of the channel protocol."""

    def __init__(self, store: Store, clock: Clock, wakeups: WakeUps) -> None:
        self._store = store
        self._clock = clock
        self._wakeups = wakeups

    async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
        now = self._clock.now()
        new = await self._kept(lambda tx: tx.inbox.accept(items, cursor, now))
        if new:
            self._wakeups.ring("inbox")
        return new

    async def cursor(self, channel: str, source: str) -> str | None:
        return await self._kept(lambda tx: tx.inbox.cursor(channel, source))

    async def _kept(self, work: Callable[[Transaction], T]) -> T:
        """Channels know one thing that can go wrong, since they can do one thing about it:
        acknowledge nothing, and come again."""
        try:
            return await self._store.transact(work)
        except StorageUnavailable:
            raise
        except VersionConflict as error:
            raise StorageUnavailable(f"others were in the way: {error}") from error
        except Exception as error:
            log.exception("inbox: something that arrived could not be kept")
            raise StorageUnavailable(f"{type(error).__name__}: {error}") from error


@dataclass(slots=True)
class _Batch:
    """What one transaction did."""

    handled: int = 0
    """Events decided about or set aside."""
    put_off: int = 0
    """Events that will be looked at again."""
    cut_short: bool = False
    """It was long enough; more may be due."""
    careful: bool = False
    """It is about one event that was written down before (``FirstSteps``)."""
    begun: int | None = None
    """The first row of an event that was only written down: it is decided about in the next
    transaction (``FirstSteps``)."""
    waited: set[int] = field(default_factory=set)
    """Those of them that wait for a receipt, by their first row."""
    unmatched: list[tuple[Sequence[int], Unmatched]] = field(default_factory=list)
    """Rows that wait for what the FAQ makes of their words."""
    over: set[int] = field(default_factory=set)
    rings: set[Queue] = field(default_factory=set)
    due: datetime | None = None

    @property
    def taken(self) -> int:
        return self.handled + self.put_off


class InboxWorker(Worker):
    """Decides about what arrived, oldest first within each order key.

    Args:
        store: where it is kept.
        decide: decides about one event.
        clock: tells when rows are due.
        wakeups: rings when something arrived.
        steady: seconds that only go on, to bound the work of one transaction.
        careful: events that are written down before they are decided about.
    """

    name: ClassVar[Queue] = "inbox"

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
        self._waits: dict[int, int] = {}
        """How often each event that waits for a receipt was looked at by this process."""
        self._beside: asyncio.TaskGroup | None = None
        self._matching = set[asyncio.Task[None]]()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._beside:
            await super().run()
            for task in self._matching:
                task.cancel()

    async def step(self) -> Progress:
        """Decide about one batch of what is due."""
        now = self.clock.now()
        batch = await self._store.transact(lambda tx: self._batch(tx, now))
        if (row := batch.begun) is not None:
            self._first.left -= 1
            batch = await self._store.transact(lambda tx: self._batch(tx, now, begun=row))
        for rows, unmatched in batch.unmatched:
            if batch.careful or self._beside is None:
                await self._matched(rows, unmatched, careful=batch.careful)
                continue
            task = self._beside.create_task(self._matched(rows, unmatched))
            self._matching.add(task)
            task.add_done_callback(self._matching.discard)
        for row in batch.waited:
            self._waits[row] = self._waits.get(row, 0) + 1
        for row in batch.over:
            self._waits.pop(row, None)
        if not batch.taken and batch.due is None:
            self._waits.clear()  # whatever they were, others have dealt with them
        for queue in batch.rings:
            self.wakeups.ring(queue)
        return Progress(handled=batch.handled or int(batch.cut_short), due=batch.due)

    async def _matched(
        self, rows: Sequence[int], unmatched: Unmatched, *, careful: bool = False
    ) -> None:
        """Find out what a decision waits for; then it is due.

        Args:
            careful: it was written down what is begun, and nothing else goes on meanwhile.
        """
        await unmatched.find()

        def due(tx: Transaction) -> None:
            now = self.clock.now()
            tx.inbox.postpone(rows, now)
            if careful:
                self._first.over(tx, now)

        await self.patiently(lambda: self._store.transact(due))
        self.wakeups.ring(self.name)

    def _batch(self, tx: Transaction, now: datetime, *, begun: int | None = None) -> _Batch:
        """Decide about a batch; about one event alone that was ``begun``."""
        batch = _Batch(careful=begun is not None)
        until = self._steady() + (BATCH_SECONDS if begun is None else 0)
        while not batch.taken or self._steady() < until:
            rows = tx.inbox.next(now)
            if not rows:
                break
            if begun is None and self._first.left and not self._begun(tx, rows, now, batch):
                return batch
            self._one(tx, rows, now, batch)
        else:
            batch.cut_short = True
        if begun is not None and not batch.unmatched:
            self._first.over(tx, now)
        if not batch.handled and not batch.cut_short:
            batch.due = tx.inbox.next_due()
        return batch

    def _begun(
        self,
        tx: Transaction,
        rows: Sequence[InboxRow | Unreadable[int]],
        now: datetime,
        batch: _Batch,
    ) -> bool:
        """Write down what is next, or set it aside. Returns whether to go on at once."""
        ids = [row.id for row in rows if isinstance(row, InboxRow)]
        if not ids:
            return True
        if self._first.begin(tx, str(ids[0]), now):
            batch.begun = ids[0]
        else:
            log.error("inbox: row %s: %s", ids[0], ENDED_THE_PROCESS)
            self._set_aside(tx, ids, ENDED_THE_PROCESS, now, batch)
        return False

    def _one(
        self,
        tx: Transaction,
        rows: Sequence[InboxRow | Unreadable[int]],
        now: datetime,
        batch: _Batch,
    ) -> None:
        """Decide about one event; whatever happens, its rows are finished, put off or set aside,
        so the loop always goes on."""
        for row in rows:
            if isinstance(row, Unreadable):
                log.error("inbox: row %s cannot be read: %s", row.row, headline(row.error))
                self._set_aside(tx, [row.row], row.error, now, batch)
        readable = [row for row in rows if isinstance(row, InboxRow)]
        if readable:
            self._decided(tx, readable, now, batch)

    def _decided(
        self, tx: Transaction, rows: Sequence[InboxRow], now: datetime, batch: _Batch
    ) -> None:
        ids = [row.id for row in rows]

        def work() -> Decision:
            decision = self._decide(tx, joined(rows), now)
            tx.inbox.finish(ids, now)
            return decision

        tx.records.settled = self._waits.get(ids[0], 0) >= NOT_YET_TRIES
        try:
            decision = in_savepoint(tx, work)
        except StorageUnavailable:
            raise
        except Unmatched as error:
            tx.inbox.postpone(ids, now + MATCHED_WITHIN)
            batch.put_off += 1
            batch.unmatched.append((ids, error))
        except Exception as error:  # noqa: BLE001 - poison input is kept and the loop goes on
            if isinstance(error, NotYet) and not tx.records.settled:
                tx.inbox.postpone(ids, now + NOT_YET)
                batch.put_off += 1
                batch.waited.add(ids[0])
            else:
                self._failed(tx, rows, traceback.format_exc(), now, batch)
        else:
            batch.handled += 1
            batch.over.add(ids[0])
            batch.rings |= rung_by(decision)
        finally:
            tx.records.settled = False

    def _failed(
        self,
        tx: Transaction,
        rows: Sequence[InboxRow],
        trace: str,
        now: datetime,
        batch: _Batch,
    ) -> None:
        """Count a failure of our own, or somebody who is in the way again and again."""
        ids = [row.id for row in rows]
        attempts = max(row.attempts for row in rows) + 1
        log.error("inbox: deciding about row %s failed (attempt %s)\n%s", ids[0], attempts, trace)
        if attempts < ATTEMPTS:
            tx.inbox.postpone(ids, now + timedelta(seconds=2**attempts), error=trace)
            batch.put_off += 1
        else:
            self._set_aside(tx, ids, trace, now, batch)

    def _set_aside(
        self, tx: Transaction, ids: Sequence[int], trace: str, now: datetime, batch: _Batch
    ) -> None:
        tx.inbox.set_aside(ids, trace, now)
        batch.handled += 1
        batch.over.add(ids[0])
        args = {"row": str(ids[0]), "error": headline(trace)}
        alarm = Alarm(key="admin.set_aside", args=args)
        batch.rings |= tell_admins(self._decide, tx, alarm, now)


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
