"""What arrived, until it is decided about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.delivery.ports.rows import InboxRow, Unreadable
from channels.message import Inbound
from channels.protocol import Cursor


class Inbox(Protocol):
    """The inbox within a transaction (``tx.inbox``)."""

    def accept(self, items: Sequence[Inbound], cursor: Cursor | None, now: datetime) -> int:
        """Insert what is new by (channel, external_id) and store the cursor.

        A part of an album (``Said.album``) becomes due a moment (0.7 s) after it was accepted, so
        that its siblings can join; everything else at once.

        Args:
            items: what a channel read, in the order in which it was sent.
            cursor: how far the channel has read with them; None leaves that as it is.

        Returns:
            How many were new.
        """
        ...

    def cursor(self, channel: str, source: str) -> str | None:
        """How far a channel has read one of its sources; None if it never did."""
        ...

    def next(self, now: datetime) -> Sequence[InboxRow | Unreadable[int]]:
        """What is decided next. The rows belong to this transaction: no other gets them before it
        ends.

        Returns:
            The oldest due row that is first in its order key, with its siblings if it is an album:
            all unfinished rows of the same order key and album. Empty if there is none.
        """
        ...

    def finish(self, rows: Collection[int], now: datetime) -> None:
        """Mark rows as done; they stay with what they hold, as memory of what was seen and so that
        days can be run again."""
        ...

    def postpone(self, rows: Collection[int], due: datetime, *, error: str | None = None) -> None:
        """Try a row again later; later rows of its key wait.

        Args:
            due: when.
            error: a traceback; it counts as a failed attempt. None: it was none.
        """
        ...

    def set_aside(self, rows: Collection[int], error: str, now: datetime) -> None:
        """Take a row that cannot be handled out of line; it is kept, with its traceback."""
        ...

    def aside(self) -> Sequence[tuple[InboxRow | Unreadable[int], str]]:
        """What was set aside, oldest first, with the tracebacks."""
        ...

    def replay(self, rows: Collection[int], now: datetime) -> None:
        """Put rows that were set aside back into the inbox; others are left as they are."""
        ...

    def next_due(self) -> datetime | None:
        """When the next unfinished row is due, None if there is none."""
        ...

    def cut_waits(self, now: datetime, longest: timedelta) -> int:
        """Whatever waits for a moment further ahead than ``longest`` was written by a clock that
        was wrong: it is due now.

        Returns:
            How many rows that were.
        """
        ...
