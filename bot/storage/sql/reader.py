"""Reading over SQL on a connection and in a thread of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.delivery.ports import Reading, StorageUnavailable, WriteRefused
from bot.storage.shared import no_desks, unforeseen
from bot.storage.sql import SqlTransaction
from bot.storage.sql.session import Session, translated
from bot.storage.sql.statements import Statements

T = TypeVar("T")

PAUSE = 0.0001
"""Seconds between two slices of a long answer. Python runs one thread at a time and takes turns of
5 ms; a decision changes threads dozens of times, and would wait that long at each of them for
somebody who reads without a break."""


class Reader:
    """Runs readings, one after another.

    Args:
        engine: makes connections that cannot write; the reader disposes of it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = Statements(engine.dialect)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._closed = False

    async def read(self, work: Callable[[Reading], T]) -> T:
        if self._closed:
            raise StorageUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        """Break off what is being read and let go of the database."""
        await asyncio.to_thread(self.dispose)

    def dispose(self) -> None:
        """``close`` for code that runs in no event loop."""
        self._closed = True
        self._thread.shutdown()
        self._engine.dispose()

    def _run(self, work: Callable[[Reading], T]) -> T:
        try:
            with self._engine.connect() as connection, connection.begin():
                session = Session(
                    connection, self._statements, _no_id, no_desks, breathe=self._breathe
                )
                result = work(SqlTransaction(session))
                if session.trouble is not None:
                    raise session.trouble
                return result
        except DBAPIError as error:
            raise translated(error) from error
        except StopIteration as error:
            raise unforeseen(error) from error

    def _breathe(self) -> None:
        """Let others have a turn."""
        if self._closed:
            raise StorageUnavailable("the store is closed")
        time.sleep(PAUSE)


def _no_id() -> NoReturn:
    raise WriteRefused("a reading needs no new ids")
