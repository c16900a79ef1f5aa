"""Taking away what was kept for a time only, a few rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a look through the messages came."""

    at: datetime
    seq: int


class Retention(Protocol):
    """What is kept for a time only, within a transaction (``tx.retention``).

    Nothing that the machine may still ask about changes its answer: what is open, waits, failed or
    was set aside is never touched. Each method looks at ``limit`` rows at most.
    """

    def thin_inbox(self, before: datetime, limit: int) -> int:
        """Take away what arrived and was decided about before a moment, all but the key by which a
        second copy of it is known.

        Returns:
            How many rows it looked at; 0: there are no more.
        """
        ...

    def erase_posts(self, before: datetime, limit: int) -> int:
        """Erase outbox rows that were delivered or dropped before a moment. What can still be sent
        again, and the only sign that something was posted, stay.

        Returns:
            How many rows it looked at; 0: there are no more.
        """
        ...

    def thin_messages(
        self, before: datetime, limit: int, after: Reached | None = None
    ) -> Reached | None:
        """Take away what messages said, if they and the end of their ticket lie before a moment.
        Who said something, when and in which ticket stays. A message without a ticket is thinned
        unless its dialogue still needs it.

        Args:
            after: where the look before this one ended.

        Returns:
            Where to go on; None: there are no more.
        """
        ...

    def erase_contacts(self, before: datetime, limit: int) -> int:
        """Erase the record of contacts before a moment.

        Returns:
            How many that were.
        """
        ...
