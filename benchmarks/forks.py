"""Services forked from one process that has loaded everything: `python -P forks.py`.

Which build they are of says PYTHONPATH; nothing here may need more than the first release has. Each
line on the standard input is answered by one: ``init FOLDER`` makes an example workspace (0), ``run
FOLDER`` serves one as `linezero run` does, but without Telegram's limits (the pid). They end with
this process.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bot.app import build, serve
from bot.logs import set_up_logging
from bot.reloading import reloads
from channels.limits import UNLIMITED
from config.workspace import init, load

LIMITS = {"telegram": UNLIMITED}


def live(folder: Path) -> None:
    """One service; what it logs is in ``log.txt`` of the folder."""
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    set_up_logging()
    asyncio.run(serve(build(load(folder, secrets=True), limits=LIMITS, reloads=reloads)))


def main() -> None:
    importlib.import_module("channels.telegram.channel")  # which takes seconds, once
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    pids = []
    for line in sys.stdin:
        verb, folder = line.split(maxsplit=1)
        if verb == "init":
            init(Path(folder.strip()))
            print(0, flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                live(Path(folder.strip()))
            finally:
                os._exit(0)
        pids.append(pid)
        print(pid, flush=True)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
