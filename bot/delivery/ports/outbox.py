"""What is to be delivered, and what became of it. Rows are added by decisions.

Every method about one row raises LookupError if there is no such row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.delivery.ports.rows import OutboxRow, UndeliveredAlarm, Unreadable
from channels.message import Receipt


class Outbox(Protocol):
    """The outbox within a transaction (``tx.outbox``)."""

    def rows(self, ids: Sequence[str]) -> Sequence[OutboxRow | Unreadable[str]]:
        """Rows by id, in that order; those that are not there are left out."""
        ...

    def unsent_after(self, row: OutboxRow, limit: int) -> Sequence[OutboxRow]:
        """The rows right behind one in its order key, oldest first (to merge lines), as far as they
        can be read."""
        ...

    def any_delivered(self, rows: Collection[str]) -> bool:
        """Whether one of these is known to have arrived."""
        ...

    def delivered(self, row: str, receipt: Receipt) -> None:
        """Mark a row as arrived: store the receipt, link its messages to the row's handle."""
        ...

    def postpone(
        self,
        row: str,
        due: datetime,
        error: str,
        *,
        arrived: Sequence[str] = (),
        copies: int | None = None,
    ) -> None:
        """Try a row again later; it keeps its place.

        Args:
            due: when it may be tried again.
            arrived: foreign ids of its first messages, kept for the next attempt, which goes on
                after them.
            copies: sends of it that may have arrived; None leaves that number as it is.
        """
        ...

    def fail(self, row: str, state: Literal["failed", "uncertain", "dropped"], error: str) -> None:
        """Give up a row; it is kept, and ``Decision.resend`` sends it again."""
        ...

    def set_aside(self, row: str, error: str) -> None:
        """Take a row that cannot be handled out of line; it is kept, with its traceback."""
        ...

    def aside(self) -> Sequence[tuple[OutboxRow | Unreadable[str], str]]:
        """What was set aside, oldest first, with the tracebacks; ``Decision.resend`` sends it
        again."""
        ...

    def hasten(self, channel: str, now: datetime, *, later_than: datetime) -> None:
        """What waits for its last copy (``LAST_COPY``) on a channel, and would do so beyond a
        moment, is due now."""
        ...

    def last_copies_wait(self, channel: str, later_than: datetime) -> bool:
        """Whether anything waits for its last copy on a channel beyond that moment."""
        ...

    def undelivered_alarms(self) -> Sequence[UndeliveredAlarm]:
        """What was said to the administrators' chat and is not delivered, oldest first; the newest
        hundred at most."""
        ...

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        """Whatever waits for a moment further ahead than ``longest`` was written by a clock that
        was wrong: it is due now. What waits for its last copy is left alone: it goes after the next
        post that is delivered anyway.

        Returns:
            How many rows that were.
        """
        ...
