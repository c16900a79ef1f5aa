"""What is kept for a time only is erased after it, in small steps that keep nobody waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.delivery.clock import Clock
from bot.delivery.ports import StorageUnavailable, Store

log = logging.getLogger(__name__)

EVERY: Final = 3600.0
"""Seconds between two looks."""
STEP: Final = 200
"""Rows that are erased in one transaction at most."""


@dataclass(kw_only=True)
class Keeping:
    """Erases the oldest part of the journal.

    Args:
        span: gives how long decisions are kept, as the workspace in force says.
    """

    store: Store
    clock: Clock
    span: Callable[[], timedelta]
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
        """Erase what is old enough."""
        before = self.clock.now() - self.span()
        while await self.store.transact(lambda tx: tx.journal.forget(before, STEP)):
            await self.clock.sleep(0)
