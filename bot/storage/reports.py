"""Reading what happened, for the command line and for figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from bot.conversation.decision import ContactRecord
from bot.delivery.ports import Store
from escalation.ticket import Ticket

T = TypeVar("T")


class Reports(Protocol):
    """Lists over all conversations; nothing here changes anything."""

    def contacts(self, since: datetime) -> Sequence[ContactRecord]:
        """How line 0 dealt with each message since then, in the order they were written down."""
        ...

    def tickets(
        self, *, open_only: bool = False, since: datetime | None = None
    ) -> Sequence[Ticket]:
        """Tickets, oldest first. ``since``: opened or ended at or after it, or still open."""
        ...


class ReportingStore(Store, Protocol):
    """A store that can be asked for reports."""

    async def report(self, read: Callable[[Reports], T]) -> T:
        """Run ``read`` on a consistent view of everything committed.

        Raises:
            StorageUnavailable: the storage cannot be read now.
        """
        ...
