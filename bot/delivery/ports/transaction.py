"""Transactions, and the store that runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from bot.conversation.decision import Decision
from bot.conversation.records import Ids, Records
from bot.delivery.ports.chats import Chats
from bot.delivery.ports.claims import Claims
from bot.delivery.ports.inbox import Inbox
from bot.delivery.ports.journal import Journal
from bot.delivery.ports.outbox import Outbox
from bot.delivery.ports.reading import Readable
from bot.delivery.ports.retention import Retention
from bot.delivery.ports.timers import Timers

T = TypeVar("T")


class VersionConflict(Exception):
    """Somebody else saved the same client, conversation or ticket first; decide again."""


class Transaction(Protocol):
    """Everything that is stored, as one transaction sees and changes it."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def chats(self) -> Chats: ...

    @property
    def timers(self) -> Timers: ...

    @property
    def records(self) -> Records: ...

    @property
    def ids(self) -> Ids: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def retention(self) -> Retention: ...

    def apply(self, decision: Decision, now: datetime) -> Sequence[str]:
        """Save everything of a decision: state with version check, history, outbox rows, timers.

        ``Rewrite`` of a handle replaces an unsent ``Rewrite`` of the same handle and place.
        ``TakeBack`` of an unsent post drops it; one that has arrived in part goes on first.

        Returns:
            The ids of the outbox rows it made, in order.

        Raises:
            VersionConflict: a client, conversation or ticket was saved by another since it was
                read.
        """
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo the writes made inside when an exception leaves the block."""
        ...


class Store(Readable, Protocol):
    """Durable storage."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and commit; undo everything if it raises.

        Raises:
            StorageUnavailable: nothing was committed (disk full, database away or locked).
            VersionConflict: if ``work`` still meets one after a few new runs.
        """
        ...
