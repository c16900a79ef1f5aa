"""Which outbox rows may go, and who has them in hands.

Several processes may send from one outbox; these conditions hold over all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.delivery.ports.rows import LEASE, Head, Lane, OutboxRow, Unreadable


class Claims(Protocol):
    """The claims on the outbox within a transaction (``tx.claims``)."""

    def heads(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> Sequence[Head]:
        """What may go next. What is left out is not even read: it costs nothing.

        Args:
            busy: lanes to leave out, besides those that have an act in flight or are paused or
                parked.
            full: channels to leave out.

        Returns:
            Of each order key the first unfinished row, if it waits, also when it is due later;
            most urgent first, then oldest.
        """
        ...

    def pause_over(
        self, now: datetime, *, busy: Collection[Lane] = (), full: Collection[str] = ()
    ) -> datetime | None:
        """When the next of the pauses is over that something waits for, ``busy`` lanes and ``full``
        channels left out; None if there is none."""
        ...

    def take(self, rows: Sequence[str], owner: str) -> bool:
        """Take a row, and those joined to it, in hands and record the attempt; committed before
        anything is sent. Their lease is written by the database's own clock.

        The conditions: the lane has no other act in flight, the first row is the first unfinished
        one of its order key, and all of them wait.

        Args:
            rows: ids; the first one is that of the head.
            owner: who sends them.

        Returns:
            Whether they are the owner's now. False changes nothing: somebody else was faster.
        """
        ...

    def in_flight(self, rows: Collection[str], owner: str) -> bool:
        """Whether all of these are still in this owner's hands. Nobody else takes them before this
        transaction ends."""
        ...

    def renew(self, rows: Collection[str], owner: str) -> None:
        """These are still on their way: those among them in this owner's hands get a new lease."""
        ...

    def release(self, owner: str, held: Collection[str]) -> int:
        """Rows that stand as this owner's without being among those it ``held``, because it never
        heard that its claim was committed, wait again; the attempt was none.

        Returns:
            How many.
        """
        ...

    def interrupted(
        self, owner: str | None, *, lease: timedelta = LEASE
    ) -> Sequence[OutboxRow | Unreadable[str]]:
        """Rows being sent by somebody who is gone. Nobody else gets them before this transaction
        ends.

        Args:
            owner: who asks: it gets those of other owners whose lease ran out by the database's
                clock. None: every row in flight, as nobody else can be alive.
        """
        ...
