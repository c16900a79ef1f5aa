"""The outbox: a row is claimed, the attempt committed, the act sent, its result committed.

Order within an order key is a condition of the claim. So is that a lane, a chat, has one act in
flight at a time over all processes: a crash leaves few acts of which nobody knows whether they
arrived.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from bot.conversation.decision import Room
from bot.delivery.calls import Calls
from bot.delivery.cancellation import strays_are_faults
from bot.delivery.claiming import Claim, Claiming
from bot.delivery.files import FilesOnTheWay
from bot.delivery.outages import TRIAL, Begun, Outages, news_of
from bot.delivery.outcomes import SECOND_THOUGHT, Outcomes
from bot.delivery.pacing import Pacer
from bot.delivery.ports import (
    Lane,
    OutboxRow,
    Store,
    Transaction,
    Unreadable,
    VersionConflict,
)
from bot.delivery.preparing import Prepared, prepare
from bot.delivery.wakeups import Queue
from bot.delivery.worker import Progress, Worker
from channels.limits import UNLIMITED, Limits
from channels.message import (
    Address,
    Content,
    DeliveryError,
    FormattedText,
    Permanent,
    Reason,
    Receipt,
    Uncertain,
)
from channels.patience import CHAT, Patience
from channels.protocol import Channel, Probes, StorageUnavailable

log = logging.getLogger(__name__)

ORPHANS: Final = timedelta(seconds=30)
"""How often rows of processes that are gone are looked for, where there may be such."""
CONFLICTS: Final = 5
"""Times that what follows from a result may meet others before it is left at the result alone."""


@dataclass(kw_only=True, eq=False)
class OutboxWorker(Worker):
    """Delivers what waits in the outbox.

    Args:
        title_of: name of a room that has to be opened.
        repeated: says of a post that it may be a repetition, to those who read it.
        in_words: tells a content in words alone, to those who read it.
        diagnose: looks at a channel's set-up, in a language, for ``Diagnose``.
        owner: name of this process, unique among those alive.
        alone: no other process can be working on this store (SQLite): everything that was being
            sent when it started was interrupted.
    """

    name: ClassVar[Queue] = "outbox"

    store: Store
    channels: Mapping[str, Channel]
    outcomes: Outcomes
    title_of: Callable[[Transaction, Room], str]
    repeated: Callable[[OutboxRow], FormattedText]
    in_words: Callable[[Transaction, OutboxRow, Content], Content]
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
    _in_hand: dict[Lane, tuple[str, ...]] = field(default_factory=dict, init=False)
    """The rows of the act on its way in each lane."""
    _unsure: bool = field(default=False, init=False)
    """Whether a claim may have been committed without our hearing of it."""
    _recovered: datetime | None = field(default=None, init=False)
    _sends: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup, init=False)
    _outages: Outages = field(init=False)
    _held: set[str] = field(init=False)
    """Channels where something may wait for its last copy."""
    _probing: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        # What may be repeated without harm may also be tried without asking.
        self._outages = Outages(
            name
            for name, channel in self.channels.items()
            if isinstance(channel, Probes) and not channel.repeatable
        )
        self._held = set(self.channels)

    async def run(self) -> None:
        """Work until cancelled or drained, then wait for what is in flight."""
        if self.files is not None:
            await self.files.sweep(self.clock.now())
        async with asyncio.TaskGroup() as self._sends:
            await super().run()

    def drain(self) -> None:
        """Claim nothing more; :meth:`run` returns when what is in flight has come back. Nobody
        waits for a probe."""
        self.stop()
        for probe in self._probing:
            probe.cancel()

    async def step(self) -> Progress:
        """Claim what may go and begin to send it; ask after channels in an outage."""
        if self._orphans_due():
            await self.recover()
        claim = await self._claim()
        for prepared in claim.prepared:
            begun = self._outages.begin(prepared.row.place.address.channel, self.clock.now())
            self._sends.create_task(self._carry_out(prepared, begun))
        for address in self._outages.probes(self.clock.now()):
            probe = self._sends.create_task(self._probe(address))
            self._probing.add(probe)
            probe.add_done_callback(self._probing.discard)
        dues = [
            due
            for due in (claim.due, self._outages.look_again(self.clock.now()))
            if due is not None
        ]
        handled = len(claim.prepared) + claim.dropped
        return Progress(handled=handled, due=min(dues, default=None))

    # ---------------------------------------------------------------- what was interrupted

    def _orphans_due(self) -> bool:
        """At the start; and with neighbours, again and again, as a lease runs out when it does."""
        if self._recovered is None:
            return True
        return not self.alone and abs(self.clock.now() - self._recovered) >= ORPHANS

    async def recover(self) -> None:
        """Settle what was being sent when a process died, and say that what we send is on its way
        still: a letter may take longer than a lease. At the start, due times and pauses that a
        wrong clock wrote are cut (case A9)."""
        now = self.clock.now()
        self._held |= set(self.channels)
        held = [row for rows in self._in_hand.values() for row in rows]
        first = self._recovered is None

        def settle(tx: Transaction) -> None:
            if first:
                self._cut_waits(tx, now)
            if not self.alone:
                tx.claims.renew(held, self.owner)
                tx.claims.release(self.owner, held)
            for row in tx.claims.interrupted(None if self.alone else self.owner):
                if isinstance(row, Unreadable):
                    self._aside(tx, row, now)
                else:
                    self.outcomes.interrupted(tx, row, now)

        await self.store.transact(settle)
        self._recovered = now

    async def cut_waits(self, longest: timedelta | None = None) -> None:
        """Let nothing wait too long: after the clock was put right.

        Args:
            longest: anything that waits for longer is due now; default: the longest pause there is.
        """
        now = self.clock.now()
        await self.store.transact(lambda tx: self._cut_waits(tx, now, longest))
        self.wakeups.ring("inbox")
        self.wakeups.ring("outbox")

    def _cut_waits(self, tx: Transaction, now: datetime, longest: timedelta | None = None) -> None:
        if longest is None:
            patience = [CHAT, *self.patience.values()]
            longest = max(pause for each in patience for pause in each.pauses)
        cut = tx.inbox.cut_waits(now, longest) + tx.outbox.cut_waits(now, longest)
        if cut := cut + tx.chats.cut_pauses(now, longest):
            log.warning("outbox: %s waits ended too far ahead and were cut: a clock was wrong", cut)

    # ---------------------------------------------------------------- claiming

    async def _claim(self) -> Claim:
        now = self.clock.now()
        for pacer in self._pacers.values():
            pacer.forget_idle(now)
        slots = self._slots(now)
        if self._stopping or not any(slots.values()):
            return Claim(due=self._free_again(now))
        try:
            claim = await self.store.transact(lambda tx: self._claim_in(tx, now, slots))
        except StorageUnavailable:
            self._unsure = True
            raise
        self._unsure = False
        for prepared in claim.prepared:
            place = prepared.row.place.address
            self._in_hand[place.channel, place.chat] = tuple(row.id for row in prepared.rows)
            room = prepared.row.order
            self._pacer(place.channel, now).spend(place.chat, prepared.cost, now, room=room)
        dues = [due for due in (claim.due, self._free_again(now)) if due is not None]
        return replace(claim, due=min(dues, default=None))

    def _slots(self, now: datetime) -> dict[str, int]:
        """How many acts each channel may take now: a slow mail server holds up no chat."""
        on_the_way = Counter(channel for channel, _ in self._in_hand)
        free = {
            name: max(
                0,
                min(
                    self.patience.get(name, CHAT).at_once - on_the_way[name],
                    self._pacer(name, now).room_for(now),
                ),
            )
            if self.reachable(name)
            else 0
            for name in self.channels
        }
        return self._outages.slots(free, self.clock.now())

    def _free_again(self, now: datetime) -> datetime | None:
        """When a budget that is used up allows something again. What is on its way rings when it
        comes back: nothing needs to look at the clock for it."""
        waits = [w for p in self._pacers.values() if (w := p.next_free(now)) is not None]
        return now + timedelta(seconds=min(waits)) if waits else None

    def _claim_in(self, tx: Transaction, now: datetime, slots: Mapping[str, int]) -> Claim:
        if self._unsure:
            tx.claims.release(self.owner, [row for rows in self._in_hand.values() for row in rows])
        busy = {*self._in_hand}
        busy |= {(name, chat) for name, p in self._pacers.items() for chat in p.blocked(now)}
        spare = self._outages.troubled()
        claim, spared = self._claim_sparing(tx, now, slots, busy, spare)
        soon = claim.due is not None and claim.due <= now + TRIAL
        if claim.prepared or claim.dropped or (soon and not spared):
            return claim
        if self._try_out(tx, now, spared=spared):
            return replace(claim, due=now)
        return self._claim_sparing(tx, now, slots, busy, ())[0] if spared else claim

    def _claim_sparing(
        self,
        tx: Transaction,
        now: datetime,
        slots: Mapping[str, int],
        busy: Collection[Lane],
        spare: Collection[str],
    ) -> tuple[Claim, bool]:
        """Claim; and whether something stayed that may not be sent twice."""
        claiming = Claiming(
            tx,
            now,
            owner=self.owner,
            slots=slots,
            on_trial=self._outages.on_trial(now),
            spare=spare,
            pacer=lambda channel: self._pacer(channel, now),
            prepare=lambda tx, row: self._prepare(tx, row, now),
            aside=lambda tx, row: self._aside(tx, row, now),
        )
        return claiming.claim(busy), claiming.spared

    def _try_out(self, tx: Transaction, now: datetime, *, spared: bool) -> bool:
        """Where a post is wanted that shows whether posts are taken, and all that could go may not
        be sent twice, or may have been, have something else said."""
        later = now + SECOND_THOUGHT
        waiting = [
            name
            for name in self._outages.on_trial(now)
            if spared or tx.outbox.last_copies_wait(name, later)
        ]
        return sum(self.outcomes.try_out(tx, name, now) for name in waiting) > 0

    def _prepare(self, tx: Transaction, row: OutboxRow, now: datetime) -> Prepared | None:
        made = self._made(tx, row, now)
        if isinstance(made, Prepared):
            return made
        self.outcomes.unsent(tx, row, made, now)
        return None

    def _made(self, tx: Transaction, row: OutboxRow, now: datetime) -> Prepared | Permanent | str:
        """What to send for a row; else what forbids it for good, or in words why there is nothing
        to send any more."""
        place = row.place
        channel = self.channels.get(place.address.channel)
        if channel is None:
            return Permanent(Reason.NO_CHANNEL, place.address.channel)
        title = self.title_of(tx, place.room) if place.room and not place.open else ""
        pacer = self._pacer(place.address.channel, now)
        return prepare(
            tx,
            row,
            now,
            title=title,
            merge=pacer.short(place.address.chat, now, room=row.order),
            able=channel.abilities(place.address),
            repeated=None if channel.repeatable else self.repeated,
            in_words=self.in_words,
        )

    def _aside(self, tx: Transaction, row: Unreadable[str], now: datetime) -> None:
        """Out of the way of what follows, kept, and told."""
        log.error("outbox: row %s cannot be read and was set aside\n%s", row.row, row.error)
        self.outcomes.aside(tx, row, now)

    def _pacer(self, channel: str, now: datetime) -> Pacer:
        pacer = self._pacers.get(channel)
        if pacer is None:
            pacer = Pacer(self.limits.get(channel, UNLIMITED), now)
            self._pacers[channel] = pacer
        return pacer

    # ---------------------------------------------------------------- sending

    async def _probe(self, address: Address) -> None:
        """Ask a channel in an outage whether it answers."""
        channel = self.channels[address.channel]
        answered = False
        try:
            if isinstance(channel, Probes):
                seconds = self.patience.get(channel.name, CHAT).answer
                with strays_are_faults():
                    async with asyncio.timeout(seconds):
                        await channel.probe(address)
                answered = True
        except (DeliveryError, TimeoutError) as error:
            log.info("%s: no answer yet: %s", address.channel, error)
        except Exception:
            log.exception("%s: the channel failed to probe", address.channel)
        finally:
            self._outages.probed(address.channel, answered=answered, now=self.clock.now())
            self.wakeups.ring("outbox")

    async def _carry_out(self, prepared: Prepared, begun: Begun) -> None:
        place = prepared.row.place.address
        try:
            result = await self._send(prepared)
            news = news_of(prepared.outbound.act, result)
            self._outages.end(begun, news, place, self.clock.now())
            hasten = news == "delivered" and place.channel in self._held
            if hasten:
                self._held.discard(place.channel)
            await self._settled(prepared, result, begun, hasten=hasten)
            if isinstance(result, Uncertain):
                self._held.add(place.channel)
            if self.files is not None and isinstance(result, Receipt | Permanent):
                await self.files.forget(prepared.outbound)
        finally:
            self._in_hand.pop((place.channel, place.chat), None)
            self.wakeups.ring("outbox")

    async def _send(self, prepared: Prepared) -> Receipt | DeliveryError:
        seconds = self.patience.get(prepared.outbound.address.channel, CHAT).answer
        calls = Calls(self.channels, self.files, self.diagnose, seconds)
        return await calls.carry_out(prepared)

    async def _settled(
        self,
        prepared: Prepared,
        result: Receipt | DeliveryError,
        begun: Begun = Begun(),  # noqa: B008 - a frozen value
        *,
        hasten: bool = False,
    ) -> None:
        """Settle until it is committed. One that was committed without our hearing of it settles
        nothing a second time."""
        conflicts = 0

        async def settle() -> None:
            nonlocal conflicts
            try:
                await self._settle(prepared, result, begun, hasten=hasten)
            except VersionConflict:
                conflicts += 1
                if conflicts < CONFLICTS:
                    raise
                log.exception("outbox: what follows from row %s meets others", prepared.row.id)
                await self._leave(prepared, result, traceback.format_exc())

        await self.patiently(settle)

    async def _settle(
        self,
        prepared: Prepared,
        result: Receipt | DeliveryError,
        begun: Begun = Begun(),  # noqa: B008 - a frozen value
        *,
        hasten: bool = False,
    ) -> None:
        now = self.clock.now()

        def settle(tx: Transaction) -> None:
            if self._still_open(tx, prepared, result):
                self.outcomes.settle(tx, prepared, result, now, begun)
            if hasten:
                channel = prepared.row.place.address.channel
                tx.outbox.hasten(channel, now, later_than=now + SECOND_THOUGHT)

        try:
            await self.store.transact(settle)
        except (StorageUnavailable, VersionConflict):
            raise
        except Exception:
            log.exception("outbox: what follows from row %s failed", prepared.row.id)
            await self._leave(prepared, result, traceback.format_exc())

    async def _leave(self, prepared: Prepared, result: Receipt | DeliveryError, trace: str) -> None:
        now = self.clock.now()

        def leave(tx: Transaction) -> None:
            if self._still_open(tx, prepared, result):
                self.outcomes.leave(tx, prepared, result, now, trace)

        await self.store.transact(leave)

    def _still_open(
        self, tx: Transaction, prepared: Prepared, result: Receipt | DeliveryError
    ) -> bool:
        """Whether a result still says something. Not after it was committed already; nor a failure
        after a neighbour took us for gone. That something arrived is news all the same."""
        rows = [row.id for row in prepared.rows]
        if tx.claims.in_flight(rows, self.owner):
            return True
        arrived = isinstance(result, Receipt) and prepared.opens is None
        return arrived and not tx.outbox.any_delivered(rows)
