"""What is kept for a time only is erased after it, in small steps that keep nobody waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.delivery.clock import Clock
from bot.delivery.ports import StorageUnavailable, Store, Transaction
from bot.delivery.ports.retention import Reached
from bot.kept_files import KeptFiles
from config.settings import Retention

log = logging.getLogger(__name__)

EVERY: Final = 3600.0
"""Seconds between two looks."""
STEP: Final = 50
"""Rows that are changed in one transaction at most: a few milliseconds' work."""
PAUSE: Final = 0.02
"""Seconds between two steps: the database is for others most of the time."""

Step = Callable[[Transaction, datetime, int], int]


@dataclass(kw_only=True)
class Keeping:
    """Takes away what the workspace says to keep for a time only.

    Args:
        spans: gives how long what is kept, as the workspace in force says.
        files: letters and their files on disk; None if there are none.
    """

    store: Store
    clock: Clock
    spans: Callable[[], Retention]
    files: KeptFiles | None = None
    pause: float = PAUSE
    name: str = "keeping"

    async def run(self) -> None:
        """Look every hour, until cancelled."""
        while True:
            try:
                await self.erase()
            except StorageUnavailable as error:
                log.debug("nothing is erased while storage is away: %s", error)
            await self.clock.sleep(EVERY)

    async def erase(self) -> None:
        """Take away everything that is old enough."""
        spans = self.spans()
        steps: tuple[tuple[timedelta | None, Step], ...] = (
            (spans.journal, lambda tx, before, limit: tx.journal.forget(before, limit)),
            (spans.inbox, lambda tx, before, limit: tx.retention.thin_inbox(before, limit)),
            (spans.outbox, lambda tx, before, limit: tx.retention.erase_posts(before, limit)),
            (spans.contacts, lambda tx, before, limit: tx.retention.erase_contacts(before, limit)),
        )
        for span, step in steps:
            if span is not None:
                await self._step_by_step(step, self.clock.now() - span)
        if spans.messages is not None:
            await self._thin_messages(self.clock.now() - spans.messages)
        if spans.files is not None and self.files is not None:
            await self.files.erase(self.store, self.clock.now() - spans.files)

    async def _step_by_step(self, step: Step, before: datetime) -> None:
        while await self.store.transact(lambda tx: step(tx, before, STEP)):
            await self.clock.sleep(self.pause)

    async def _thin_messages(self, before: datetime) -> None:
        reached: Reached | None = None

        def step(tx: Transaction) -> Reached | None:
            return tx.retention.thin_messages(before, STEP, reached)

        while (reached := await self.store.transact(step)) is not None:
            await self.clock.sleep(self.pause)
