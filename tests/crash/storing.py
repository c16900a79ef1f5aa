"""A process that accepts and decides as fast as it can and says what it was promised.

    python -m tests.crash.storing URL FOLDER

Each line on the standard input, ``FIRST DECISIONS SECONDS``, is a life: a child is forked, numbers
what it accepts from FIRST, and is killed with SIGKILL so many seconds after so many decisions:
somewhere in its work, however slow the machine is. Each line on the standard output is a promise
that followed a commit, ``accepted N`` or ``decided N``, or the end of a life, ``dead``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.conversation.decision import Decision, Outgoing, Say
from bot.conversation.state import Message
from bot.delivery.ports import Store, Transaction
from bot.storage import open_store
from channels.message import Address
from escalation.ticket import Author
from tests.values import content, readable, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def promise(line: str) -> None:
    """Written by the kernel even if we are killed right after."""
    os.write(1, f"{line}\n".encode())


def place(number: int) -> Address:
    return Address(channel="telegram", chat=f"{number % 5}")


async def accepting(store: Store, first: int) -> None:
    for number in count(first):
        item = said(f"{number}", place(number))
        await store.transact(lambda tx, item=item: tx.inbox.accept([item], None, NOW))  # type: ignore[misc]  # a default binds the loop's value
        promise(f"accepted {number}")


def decide(tx: Transaction) -> list[str]:
    """One transaction of several writes that belong together."""
    rows = readable(tx.inbox.next(NOW))
    for row in rows:
        number = row.inbound.external_id
        message = Message(
            id=f"m{number}",
            conversation="k1",
            ticket=1,
            kind="client",
            author=Author(kind="client"),
            content=content(number),
            at=NOW,
        )
        answer = Outgoing(
            to=row.inbound.address,
            action=Say(content=content(number), handle=f"h{number}"),
            audience="client",
        )
        tx.apply(Decision(messages=(message,), outgoing=(answer,)), NOW)
    tx.inbox.finish([row.id for row in rows], NOW)
    return [row.inbound.external_id for row in rows]


async def deciding(store: Store, told: int) -> None:
    while True:
        for number in await store.transact(decide):
            promise(f"decided {number}")
            os.write(told, b"!")


async def live(url: str, folder: Path, first: int, told: int) -> None:
    store = open_store(url, folder=folder)
    async with asyncio.TaskGroup() as group:
        for lane in range(4):
            group.create_task(accepting(store, first + lane * 1_000_000))
        group.create_task(deciding(store, told))


def main() -> None:
    url, folder = sys.argv[1:]
    for line in sys.stdin:
        first, decisions, seconds = line.split()
        heard, told = os.pipe()
        child = os.fork()  # this process has no threads and no database open
        if child == 0:
            asyncio.run(live(url, Path(folder), int(first), told))
            os._exit(1)
        os.close(told)
        for _ in range(int(decisions)):
            assert os.read(heard, 1), "it died by itself"
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)
        os.close(heard)
        os.waitpid(child, 0)
        promise("dead")


if __name__ == "__main__":
    main()
