"""Which rows go next: turns and budgets of everything that is due, in one transaction.

Lanes and order keys are conditions of the store (:class:`~bot.delivery.ports.Claims`).
Here is the choice among what may go: one act for each lane, people's words before
notices before cosmetics, the rooms of a group by turns, each within its budget.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import noted
from bot.delivery.pacing import Pacer
from bot.delivery.ports import Head, Lane, OutboxRow, Transaction, Unreadable
from bot.delivery.preparing import Prepared

AGAIN = 0.25
"""Seconds after which a lane is looked at again that another process was faster to claim in."""

Prepare = Callable[[Transaction, OutboxRow], Prepared | None]
"""What to send for a row; None if nothing is to be sent, and what follows from that is settled."""
Aside = Callable[[Transaction, Unreadable[str]], None]
"""Sets a row aside that cannot be read, and tells of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one claiming transaction found."""

    prepared: tuple[Prepared, ...] = ()
    dropped: int = 0
    """Rows that went out of the way instead: there may be others behind them."""
    due: datetime | None = None
    """When there may be more, if nothing new is written meanwhile."""


class Claiming:
    """One claiming transaction.

    Args:
        tx: the transaction.
        now: what time it is.
        owner: who claims.
        slots: how many acts each channel may take now; one that is not there may take any number.
        on_trial: channels of which it is not known whether they take anything: what is wrong with
            one post, if it is the post, is found out after the others went.
        spare: channels of those where nothing is to be tried that may not be sent twice.
        pacer: the budgets of a channel.
        prepare: makes the act for a row.
        aside: sets an unreadable row aside.
    """

    def __init__(
        self,
        tx: Transaction,
        now: datetime,
        *,
        owner: str,
        slots: Mapping[str, int],
        on_trial: Collection[str] = (),
        spare: Collection[str] = (),
        pacer: Callable[[str], Pacer],
        prepare: Prepare,
        aside: Aside,
    ) -> None:
        self._tx = tx
        self._now = now
        self._owner = owner
        self._slots = slots
        self._on_trial = on_trial
        self._spare = spare
        self.spared = False
        """Something did not go that may not be sent twice."""
        self._pacer = pacer
        self._prepare = prepare
        self._aside = aside
        self._prepared: list[Prepared] = []
        self._taken = Counter[str]()
        self._dropped = 0
        self._held_back: float | None = None
        self._waits: dict[tuple[Lane, int, str], float] = {}

    def claim(self, busy: Collection[Lane]) -> Claim:
        """Take what may go now.

        Args:
            busy: lanes that take nothing now.
        """
        full = {name for name, free in self._slots.items() if free < 1}
        heads = self._tx.claims.heads(self._now, busy=busy, full=full)
        turns = self._turns(head for head in heads if head.due <= self._now)
        likely = [lane[0].row for lane in turns[: sum(self._slots.values())]]
        rows = {_id(row): row for row in self._tx.outbox.rows(likely)}
        for lane in turns:
            self._one_of(lane, rows)
        if self._prepared or self._dropped:
            return Claim(prepared=tuple(self._prepared), dropped=self._dropped)
        dues = [head.due for head in heads if head.due > self._now]
        if (over := self._tx.claims.pause_over(self._now, busy=busy, full=full)) is not None:
            dues.append(over)
        if self._held_back is not None:
            dues.append(self._now + timedelta(seconds=self._held_back))
        return Claim(due=min(dues, default=None))

    def _turns(self, heads: Iterable[Head]) -> list[list[Head]]:
        """What each lane may be sent now, in the order in which it is tried; the lane with the most
        urgent and oldest first."""
        age: dict[str, int] = {}
        lanes = defaultdict[Lane, list[Head]](list)
        for head in heads:
            age[head.row] = len(age)
            lanes[head.lane].append(head)
        for (channel, chat), waiting in lanes.items():
            pacer = self._pacer(channel)
            waiting.sort(
                key=lambda h: (
                    self._suspect(h),
                    h.urgency,
                    pacer.spent(chat, h.order, self._now),
                )
            )
        turns = [fitting for waiting in lanes.values() if (fitting := self._fitting(waiting))]
        turns.sort(key=lambda lane: (self._suspect(lane[0]), lane[0].urgency, age[lane[0].row]))
        return turns

    def _suspect(self, head: Head) -> int:
        return head.copies if head.lane[0] in self._on_trial else 0

    def _fitting(self, heads: Sequence[Head]) -> list[Head]:
        """Those that the budget allows as far as is known before they are made."""
        return [head for head in heads if self._wait(head) <= 0]

    def _wait(self, head: Head) -> float:
        channel, chat = head.lane
        pacer = self._pacer(channel)
        # All rooms that had nothing of late are told the same.
        room = head.order if pacer.spent(chat, head.order, self._now) else ""
        known = (head.lane, head.urgency, room)
        wait = self._waits.get(known)
        if wait is None:
            wait = pacer.wait(chat, head.urgency, self._now, room=head.order)
            self._waits[known] = wait
        if wait > 0:
            self._hold_back(wait)
        return wait

    def _hold_back(self, seconds: float) -> None:
        self._held_back = seconds if self._held_back is None else min(seconds, self._held_back)

    def _one_of(self, lane: Sequence[Head], rows: dict[str, OutboxRow | Unreadable[str]]) -> None:
        """Take the first of a lane that can go."""
        channel, chat = lane[0].lane
        if self._taken[channel] >= self._slots.get(channel, len(self._taken) + 1):
            return
        pacer = self._pacer(channel)
        for head in lane:
            row = rows.get(head.row) or next(iter(self._tx.outbox.rows([head.row])), None)
            if row is None:
                continue
            if isinstance(row, Unreadable):
                self._aside(self._tx, row)
                self._dropped += 1
                return
            once = not row.outgoing.resend_if_uncertain and not row.outgoing.is_trial
            if channel in self._spare and once:
                self.spared = True
                continue
            made = self._prepare(self._tx, row)
            if made is None:
                self._dropped += 1
                return
            wait = pacer.wait(chat, head.urgency, self._now, cost=made.cost, room=head.order)
            if wait > 0:
                self._hold_back(wait)
                if self._has_waited_enough(made, pacer):
                    return
                continue
            if noted.take(self._tx, [each.id for each in made.rows], self._owner):
                self._taken[channel] += 1
                self._prepared.append(made)
            else:
                self._hold_back(AGAIN)
            return

    def _has_waited_enough(self, made: Prepared, pacer: Pacer) -> bool:
        """An album needs ten messages' room at once, and single lines would take each as it comes
        back. Once it has waited as long as all of it takes to come back, nothing of its lane passes
        it any more; unless its room is one that had its turn."""
        row = made.row
        chat = row.place.address.chat
        return (
            made.cost > 1
            and self._now - row.enqueued_at > pacer.window(chat)
            and not pacer.spent(chat, row.order, self._now)
        )


def _id(row: OutboxRow | Unreadable[str]) -> str:
    return row.row if isinstance(row, Unreadable) else row.id
