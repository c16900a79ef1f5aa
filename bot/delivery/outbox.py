"""From a decision to the far side: claim, commit the attempt, send, commit the receipt.

Order within an order key is a condition of the claim. A chat has one act in flight at a time, so a
crash leaves few acts of which nobody knows whether they arrived.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.conversation.decision import Room
from bot.delivery.clock import Clock, seconds_until
from bot.delivery.files import FilesOnTheWay
from bot.delivery.outcomes import Outcomes
from bot.delivery.pacing import UNLIMITED, Limits, Pacer
from bot.delivery.patience import CHAT, Patience
from bot.delivery.ports import OutboxRow, Store, Transaction, VersionConflict
from bot.delivery.preparing import Prepared, prepare, reopening
from bot.delivery.wakeups import WakeUps, pause
from channels.message import (
    Content,
    DeliveryError,
    Outbound,
    Permanent,
    Post,
    Reason,
    Receipt,
    Uncertain,
)
from channels.protocol import Channel, StorageUnavailable

log = logging.getLogger(__name__)

LOOK_AHEAD = 4
"""Rows looked at for each that may go: some will have to wait for their chat's budget."""

ORPHANS = timedelta(seconds=30)
"""How often rows of processes that are gone are looked for, where there may be such."""

R = TypeVar("R")
ChatKey = tuple[str, str]
"""Channel and present chat id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one claiming transaction found."""

    prepared: tuple[Prepared, ...] = ()
    dropped: int = 0
    due: datetime | None = None
    """When rows that wait may go."""
    held_back: float | None = None
    """Seconds until the budget allows what was held back for it."""


@dataclass
class OutboxWorker:
    """Delivers what waits in the outbox.

    Args:
        title_of: name of a room that has to be opened.
        diagnose: looks at a channel's set-up, in a language, for ``Diagnose``.
        owner: name of this process, unique among those alive.
        alone: no other process can be working on this store (SQLite): everything that was being
            sent when it started was interrupted.
    """

    store: Store
    channels: Mapping[str, Channel]
    outcomes: Outcomes
    clock: Clock
    wakeups: WakeUps
    title_of: Callable[[Transaction, Room], str]
    diagnose: Callable[[str, str], Awaitable[Content]]
    owner: str
    alone: bool = True
    limits: Mapping[str, Limits] = field(default_factory=dict)
    patience: Mapping[str, Patience] = field(default_factory=dict)
    """By channel name; that of a chat where none is given."""
    reachable: Callable[[str], bool] = lambda _name: True
    """Whether a channel can be sent by: it has begun, and was not stopped for good. What is for
    another one waits and is not tried."""
    files: FilesOnTheWay | None = None
    """Brings files from one channel to another; without it they are named in words."""
    _pacers: dict[str, Pacer] = field(default_factory=dict, init=False)
    _busy: set[ChatKey] = field(default_factory=set, init=False)
    _draining: bool = field(default=False, init=False)
    _recovered: datetime | None = field(default=None, init=False)

    async def run(self) -> None:
        """Work until cancelled or drained. Storage that is away is waited for."""
        if self.files is not None:
            await self.files.sweep(self.clock.now())
        async with asyncio.TaskGroup() as sends:
            while not self._draining:
                if self._orphans_due():
                    await self._patiently(self.recover)
                claim = await self._patiently(self._claim)
                for prepared in claim.prepared:
                    sends.create_task(self._carry_out(prepared))
                if not claim.prepared and not claim.dropped:
                    await pause(self.wakeups, "outbox", self.clock, self._idle(claim))

    def drain(self) -> None:
        """Claim nothing more; :meth:`run` returns when what is in flight has come back."""
        self._draining = True
        self.wakeups.ring("outbox")

    def _idle(self, claim: Claim) -> float:
        now = self.clock.now()
        waits = [seconds_until(claim.due, now)]
        if claim.held_back is not None:
            waits.append(claim.held_back)
        waits += [w for p in self._pacers.values() if (w := p.next_free(now)) is not None]
        return max(0.005, min(waits))

    async def _patiently(self, work: Callable[[], Awaitable[R]]) -> R:
        while True:
            try:
                return await work()
            except (StorageUnavailable, VersionConflict) as error:
                log.warning("outbox: storage is not available, trying again: %s", error)
                await self.clock.sleep(1)

    # ---------------------------------------------------------------- claiming

    def _orphans_due(self) -> bool:
        """At the start; and with neighbours, again and again, as a lease runs out when it does."""
        if self._recovered is None:
            return True
        return not self.alone and self.clock.now() - self._recovered >= ORPHANS

    async def recover(self) -> None:
        """Settle what was being sent when a process died, and say that what we send is on its way
        still: a letter may take longer than a lease."""
        self._recovered = now = self.clock.now()
        owner = None if self.alone else self.owner

        def settle(tx: Transaction) -> None:
            if owner is not None:
                tx.renew(owner, now)
            for row in tx.interrupted(owner, now):
                self.outcomes.interrupted(tx, row, now)

        await self.store.transact(settle)

    async def cut_waits(self) -> None:
        """Until the lanes land."""

    async def _claim(self) -> Claim:
        now = self.clock.now()
        busy = set(self._busy)
        for name, pacer in self._pacers.items():
            pacer.forget_idle(now)
            busy |= {(name, chat) for chat in pacer.blocked(now)}
        slots = self._slots()
        if not any(slots.values()) or self._draining:
            return Claim()
        claim = await self.store.transact(lambda tx: self._claim_in(tx, now, busy, slots))
        for prepared in claim.prepared:
            place = prepared.row.place.address
            self._busy.add((place.channel, place.chat))
            self._pacer(place.channel, now).spend(place.chat, prepared.cost, now)
        return claim

    def _slots(self) -> dict[str, int]:
        """How many acts each channel may take now: a slow mail server holds up no chat."""
        on_the_way = Counter(channel for channel, _ in self._busy)
        return {
            name: max(0, self.patience.get(name, CHAT).at_once - on_the_way[name])
            if self.reachable(name)
            else 0
            for name in self.channels
        }

    def _claim_in(
        self, tx: Transaction, now: datetime, busy: set[ChatKey], slots: Mapping[str, int]
    ) -> Claim:
        prepared: list[Prepared] = []
        taken = set(busy)
        counted = Counter[str]()
        dropped = 0
        held_back: float | None = None
        full = {name for name, free in slots.items() if not free}
        for row in self._candidates(tx, now, taken, full, LOOK_AHEAD * sum(slots.values())):
            place = row.place.address
            pacer = self._pacer(place.channel, now)
            if place.channel in full or (place.channel, place.chat) in taken:
                continue
            if (wait := pacer.wait(place.chat, row.outgoing.urgency, now)) > 0:
                held_back = wait if held_back is None else min(wait, held_back)
                # What follows for this chat is no more urgent.
                taken.add((place.channel, place.chat))
                continue
            made = self._prepare(tx, row, now)
            if isinstance(made, str):
                tx.fail(row.id, "dropped", made)
                dropped += 1
                continue
            if (wait := pacer.wait(place.chat, row.outgoing.urgency, now, cost=made.cost)) > 0:
                held_back = wait if held_back is None else min(wait, held_back)
                taken.add((place.channel, place.chat))
                continue
            tx.start([r.id for r in made.rows], self.owner, now)
            taken.add((place.channel, place.chat))
            counted[place.channel] += 1
            free = slots.get(place.channel, 0)
            if counted[place.channel] >= min(free, max(1, pacer.room_for(now))):
                full.add(place.channel)
            prepared.append(made)
        # What is on its way rings when it comes back: nothing needs to look at the clock for it.
        due = None if prepared or dropped else tx.outbox_due(now, busy=self._busy, full=full)
        return Claim(prepared=tuple(prepared), dropped=dropped, due=due, held_back=held_back)

    def _candidates(
        self, tx: Transaction, now: datetime, taken: set[ChatKey], full: set[str], page: int
    ) -> Iterator[OutboxRow]:
        """Rows that may go, page by page, so that a crowd of rows for one chat that has to wait
        hides no others. ``taken`` and ``full`` grow meanwhile: chats and channels that get nothing
        more in this round."""
        while True:
            known = len(taken) + len(full)
            rows = tx.due_outbox(now, limit=page, busy=taken, full=full)
            yield from rows
            if len(rows) < page or len(taken) + len(full) == known:
                return

    def _prepare(self, tx: Transaction, row: OutboxRow, now: datetime) -> Prepared | str:
        place = row.place
        channel = self.channels.get(place.address.channel)
        if channel is None:
            return f"there is no channel {place.address.channel!r} any more"
        title = self.title_of(tx, place.room) if place.room and not place.open else ""
        return prepare(
            tx,
            row,
            title=title,
            merge=self._pacer(place.address.channel, now).short(place.address.chat, now),
            in_forum=channel.capabilities.threads,
        )

    def _pacer(self, channel: str, now: datetime) -> Pacer:
        pacer = self._pacers.get(channel)
        if pacer is None:
            pacer = Pacer(self.limits.get(channel, UNLIMITED), now)
            self._pacers[channel] = pacer
        return pacer

    # ---------------------------------------------------------------- sending

    async def _carry_out(self, prepared: Prepared) -> None:
        place = prepared.row.place.address
        try:
            result = await self._send(prepared)
            await self._patiently(lambda: self._settle(prepared, result))
            if self.files is not None and isinstance(result, Receipt | Permanent):
                await self.files.forget(prepared.outbound)
        finally:
            self._busy.discard((place.channel, place.chat))
            self.wakeups.ring("outbox")

    async def _send(self, prepared: Prepared) -> Receipt | DeliveryError:
        channel = self.channels[prepared.outbound.address.channel]
        seconds = self.patience.get(channel.name, CHAT).answer
        try:
            outbound = await self._completed(prepared)
            try:
                async with asyncio.timeout(seconds):
                    return await channel.send(outbound)
            except Permanent as error:
                if error.reason is not Reason.THREAD_CLOSED:
                    raise
            await channel.send(reopening(prepared))
            return await channel.send(outbound)
        except DeliveryError as error:
            return error
        except TimeoutError:
            return Uncertain(f"no answer for {seconds:g} s")
        except Exception as error:
            log.exception("outbox: the channel failed to send row %s", prepared.row.id)
            return Uncertain(f"{type(error).__name__}")

    async def _completed(self, prepared: Prepared) -> Outbound:
        if prepared.diagnose is None:
            if self.files is None:
                return prepared.outbound
            return await self.files.bring(prepared.outbound)
        content = await self.diagnose(prepared.outbound.address.channel, prepared.diagnose.language)
        return replace(prepared.outbound, act=Post(content=content))

    async def _settle(self, prepared: Prepared, result: Receipt | DeliveryError) -> None:
        now = self.clock.now()
        try:
            await self.store.transact(lambda tx: self.outcomes.settle(tx, prepared, result, now))
        except (StorageUnavailable, VersionConflict):
            raise
        except Exception:
            log.exception("outbox: what follows from row %s failed", prepared.row.id)
            await self.store.transact(lambda tx: self.outcomes.leave(tx, prepared, result))
