"""A store whose database is opened only once the service runs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from bot.delivery.clock import Clock
from bot.delivery.ports import Reading, StorageUnavailable, Store, Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
"""Seconds between attempts to open a database that is away; doubles."""


class LateStore:
    """A ``Store`` whose database may be away while the program starts.

    Args:
        open_it: opens the database; blocks. Called in a thread, until it succeeds once.
    """

    def __init__(self, open_it: Callable[[], Store]) -> None:
        self._open_it = open_it
        self._store: Store | None = None
        self._why = "the database has not been opened yet"

    async def open(self) -> None:
        """Try once to open the database.

        Not in a pool of threads: whoever stops waiting for a database that does not answer must
        be able to leave.

        Raises:
            StorageUnavailable: it is away; try again.
            UnusableDatabase, NewerDatabase: trying again does not help.
        """
        if self._store is not None:
            return
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Store] = loop.create_future()

        def settle(store: Store | None, error: BaseException | None) -> None:
            if opened.done():  # nobody waits any more
                return
            if store is not None:
                opened.set_result(store)
            elif error is not None:
                opened.set_exception(error)

        def work() -> None:
            store, failure = None, None
            try:
                store = self._open_it()
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                failure = error
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(settle, store, failure)

        threading.Thread(target=work, name="opening", daemon=True).start()
        try:
            self._store = await opened
        except StorageUnavailable as error:
            self._why = str(error)
            raise

    async def wait(self, clock: Clock) -> None:
        """Try until the database is open.

        Raises:
            UnusableDatabase, NewerDatabase: trying again does not help.
        """
        pause, told = FIRST_PAUSE, False
        while True:
            try:
                await self.open()
            except StorageUnavailable as error:
                if not told:
                    log.warning("waiting for the database: %s", error)
                told = True
                await clock.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                if told:
                    log.info("the database is there")
                return

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self._opened().transact(work)

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self._opened().read(work)

    def _opened(self) -> Store:
        if self._store is None:
            raise StorageUnavailable(self._why)
        return self._store

    async def close(self) -> None:
        if self._store is not None:
            await self._store.close()
