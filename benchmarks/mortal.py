"""Lives of a service that each end at a commit: `python -m benchmarks.mortal FOLDER`.

Everything is loaded once; each line ``COMMITS WHEN`` on the standard input forks a life. It kills
itself ``before`` or ``after`` its n-th commit, counted from the first claim of something to send:
how long a start takes changes nothing (0: it lives on). Writes the pid of each life and then its
exit status, a negative signal.
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
from typing import Any

import bot.app
from benchmarks.lived import Noting
from channels.limits import UNLIMITED
from config.settings import Workspace
from config.workspace import load

CLAIMS = {"take", "start", "claim"}
"""What of a transaction is asked for when something is taken to be sent."""


class MortalStore:
    """A store whose process dies at a chosen commit."""

    def __init__(self, store: Any, commits: int, when: str) -> None:  # noqa: ANN401 - whatever was opened
        self._store = store
        self._left = commits
        self._when = when
        self._claimed = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._store, name)

    async def transact(self, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as above
        asked: set[str] = set()
        last = self._counts()

        def mortal(tx: Any) -> Any:  # noqa: ANN401 - as above
            result = work(Noting(tx, asked))
            if last and self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        result = await self._store.transact(mortal)
        if last and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        self._claimed |= bool(asked & CLAIMS)
        return result

    def _counts(self) -> bool:
        """Whether this transaction is the last one."""
        if self._claimed:
            self._left -= 1
        return self._claimed and self._left == 0


def live(workspace: Workspace, commits: int, when: str) -> None:
    """One life."""
    logging.basicConfig(level=logging.ERROR)
    open_store = bot.app.open_store
    if commits:
        bot.app.open_store = lambda *given, **named: MortalStore(
            open_store(*given, **named), commits, when
        )
    asyncio.run(bot.app.serve(bot.app.build(workspace, limits={"telegram": UNLIMITED})))


def main() -> None:
    importlib.import_module("channels.telegram.channel")  # which takes seconds, once
    workspace = load(Path(sys.argv[1]), secrets=True)
    for line in sys.stdin:
        commits, when = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                live(workspace, int(commits), when)
            finally:
                os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
