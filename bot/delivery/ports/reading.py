"""Asking what is stored, without changing it and without holding up whoever does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from bot.conversation.decision import ContactRecord
from bot.conversation.records import Records
from escalation.ticket import Ticket

T = TypeVar("T")


class WriteRefused(Exception):
    """A work that was to read only tried to write. Nothing was written."""


class Reports(Protocol):
    """Lists over all conversations (``reading.reports``)."""

    def contacts(self, since: datetime) -> Iterator[ContactRecord]:
        """How line 0 dealt with each message since then, in the order they were written down; read
        one by one as they are asked for, while the reading lasts."""
        ...

    def tickets(
        self, *, open_only: bool = False, since: datetime | None = None
    ) -> Sequence[Ticket]:
        """Tickets, oldest first.

        Args:
            open_only: leave out those that are resolved or closed.
            since: only what was opened or ended at or after it, or is still open.
        """
        ...

    def names_of_files(self) -> Iterator[str]:
        """Everything stored that names a file on our disk, as JSON: messages whose words are kept,
        what waits to be decided about, posts that can be sent, letters being written; read one by
        one as they are asked for."""
        ...


class Reading(Protocol):
    """Everything that is stored, as it was at one moment."""

    @property
    def records(self) -> Records: ...

    @property
    def reports(self) -> Reports: ...


class Readable(Protocol):
    """Storage that can be asked."""

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on a consistent view of everything committed. It may take long: nobody
        waits for it but whoever asked.

        Args:
            work: a plain function; what it returns must not be read lazily.

        Raises:
            StorageUnavailable: the storage cannot be read now, or was closed meanwhile.
            WriteRefused: ``work`` tried to write.
        """
        ...

    async def close(self) -> None: ...
