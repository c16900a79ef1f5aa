"""A desk that is killed and comes back, many times a minute.

One process loads everything once and forks a service for each life, so that a life begins in
milliseconds and ends by a real SIGKILL. Reads lines ``COMMITS WHEN`` from standard input: the life
kills itself ``before`` or ``after`` its n-th transaction is committed (0: never). Writes the pid
of each life and then its exit status.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.app import build, serve
from bot.delivery.ports import Reading, Store, Transaction
from bot.storage import open_store
from bot.storage.open import database_url
from channels.limits import UNLIMITED
from channels.message import Address
from config.settings import Workspace
from config.workspace import load
from tests import moved

T = TypeVar("T")


class MortalStore:
    """A store whose process dies at a chosen commit."""

    def __init__(self, store: Store, commits: int, when: str) -> None:
        self._store = store
        self._left = commits
        self._when = when

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        self._left -= 1
        last = self._left == 0

        def mortal(tx: Transaction) -> T:
            result = work(tx)
            if last and self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        result = await self._store.transact(mortal)
        if last and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    async def read(self, work: Callable[[Reading], T]) -> T:
        return await self._store.read(work)

    async def close(self) -> None:
        await self._store.close()


def live(workspace: Workspace, commits: int, when: str) -> None:
    """One life of the service."""
    logging.basicConfig(level=logging.ERROR)

    def where(desk: str) -> Address:
        return Address(channel="telegram", chat=workspace.desks[desk].chat)

    store: Store = open_store(database_url(workspace), folder=workspace.folder, desks=where)
    if commits:
        store = MortalStore(store, commits, when)
    asyncio.run(serve(build(workspace, store=store, limits={"telegram": UNLIMITED})))


def main() -> None:
    moved.move()
    importlib.import_module("channels.telegram.channel")  # aiogram, which takes seconds, once
    workspace = load(Path(sys.argv[1]), secrets=True)
    for line in sys.stdin:
        commits, when = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                live(workspace, int(commits), when)
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
