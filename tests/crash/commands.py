"""Runs `linezero` commands as processes of their own, each in milliseconds.

One process loads everything once, says ``loaded`` and forks a command for each line on its
standard input, a JSON list: the file for what it says, then its words. Writes ``PID begun``, and
``PID CODE`` when the command has ended. The service is in a hurry: it beats and tells at once, so
that tests need not wait for it.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import sys
from datetime import timedelta
from pathlib import Path

from bot import pulse
from bot.main import main as linezero
from tests import moved

LOOK = 0.02
"""Seconds between two looks whether a command has ended."""


def run(log: Path, words: list[str]) -> None:
    """The whole life of a command, in a child."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv[1:] = words
    code: object = 1
    try:
        linezero()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def main() -> None:
    for module in ("channels.telegram.channel", "bot.doctor", "alembic.command", "psycopg"):
        importlib.import_module(module)  # seconds, once
    pulse.FIRST_BEAT = pulse.BEAT = 0.2  # type: ignore[misc]  # as the first words say
    pulse.TOLD_AFTER = timedelta()  # type: ignore[misc]
    moved.move()
    os.umask(0)  # as careless as can be
    sys.stdout.write("loaded\n")
    sys.stdout.flush()
    alive = set[int]()
    while True:
        ready, _, _ = select.select([0], [], [], LOOK)
        if ready:
            line = sys.stdin.readline()
            if not line:
                break
            log, *words = json.loads(line)
            pid = os.fork()  # this process has no threads
            if pid == 0:
                run(Path(log), words)
            alive.add(pid)
            sys.stdout.write(f"{pid} begun\n")
        for pid in list(alive):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                alive.discard(pid)
                sys.stdout.write(f"{pid} {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
