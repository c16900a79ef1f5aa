"""How many small decisions a second each store keeps.

    make bench-storage

One decision here is what a client's message costs: claim it, read conversation, client and open
tickets, save the changed conversation, the message, a line of the record and an answer, finish it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.conversation.decision import ContactRecord, Decision, Outgoing, Say, Urgency
from bot.conversation.state import Client, Conversation, Message
from bot.delivery.ports import Store, Transaction
from bot.storage import open_store
from channels.message import Address, Content, FormattedText, Inbound, Said, Sender
from escalation.ticket import Author

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLIENTS = 200
WAITING = 10_000


def arrival(number: int) -> Inbound:
    chat = str(number % CLIENTS)
    return Inbound(
        channel="telegram",
        external_id=str(number),
        address=Address(channel="telegram", chat=chat),
        private=True,
        sender=Sender(id=chat, name="Анна Ивановна"),
        at=NOW,
        event=Said(
            message=str(number),
            content=Content(text=FormattedText("Не работает интернет второй день, что делать?")),
        ),
    )


def decide(tx: Transaction) -> int:
    """One decision; how many rows it was about."""
    rows = tx.inbox.next(NOW)
    for row in rows:
        address = row.inbound.address
        talk = tx.records.conversation_at(address)
        if talk is None:
            client = Client(id=f"c{address.chat}", name="Анна Ивановна", created_at=NOW)
            talk = Conversation(
                id=f"k{address.chat}", client=client.id, address=address, language="ru"
            )
        else:
            client = tx.records.client(talk.client) or Client(
                id=talk.client, name="", created_at=NOW
            )
        tx.records.tickets_of(talk.id)
        message = Message(
            id=tx.ids.new_id(),
            conversation=talk.id,
            ticket=None,
            kind="client",
            author=Author(kind="client", id=address.chat, name=client.name),
            content=Content(text=FormattedText("Не работает интернет второй день, что делать?")),
            at=NOW,
        )
        answer = Content(text=FormattedText("Перезагрузите роутер: выключите его на минуту."))
        tx.apply(
            Decision(
                client=client,
                conversation=replace(talk, problem=(message.id,)),
                messages=(message,),
                contacts=(ContactRecord(conversation=talk.id, at=NOW, outcome="answered"),),
                outgoing=(
                    Outgoing(
                        to=address,
                        action=Say(content=answer, handle=tx.ids.new_id()),
                        audience="client",
                        urgency=Urgency(0),
                    ),
                ),
            ),
            NOW,
        )
    tx.inbox.finish([row.id for row in rows], NOW)
    return len(rows)


async def together(store: Store, count: int, lanes: int) -> tuple[float, list[float]]:
    """``count`` decisions by so many callers at once: per second, and each one's seconds."""
    for first in range(0, count, 500):
        items = [arrival(n) for n in range(first, min(first + 500, count))]
        await store.transact(lambda tx, items=items: tx.inbox.accept(items, None, NOW))  # type: ignore[misc]  # a default binds the loop's value
    waits: list[float] = []

    async def lane() -> None:
        while True:
            began = time.perf_counter()
            if not await store.transact(decide):
                return
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _lane in range(lanes):
            group.create_task(lane())
    return len(waits) / (time.perf_counter() - began), waits


async def searching(store: Store, rows: Sequence[Outgoing]) -> float:
    """Milliseconds of one search for what may go, with ``rows`` waiting."""
    await store.transact(lambda tx: tx.apply(Decision(outgoing=tuple(rows)), NOW))
    await store.transact(lambda tx: tx.chats.pause("telegram", "paused", NOW.replace(year=2027)))
    return await timed(store)


def to(chat: str, thread: str | None = None) -> Outgoing:
    address = Address(channel="telegram", chat=chat, thread=thread)
    return Outgoing(to=address, action=Say(content=Content()), audience="client")


async def timed(store: Store) -> float:
    took = []
    for _run in range(20):
        began = time.perf_counter()
        await store.transact(lambda tx: tx.claims.heads(NOW))
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took)


def bare_commits(folder: Path) -> float:
    """What the disk gives: one row, one durable commit, nothing else."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (x)")
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < 2:
        connection.execute("INSERT INTO t VALUES (1)")
        count += 1
    connection.close()
    return count / (time.perf_counter() - began)


def commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Store]:
    store = open_store(url, folder=folder)
    try:
        yield store
    finally:
        await store.close()


async def measure(name: str, url: str, count: int) -> None:
    for lanes, share in ((1, 10), (64, 1)):
        with tempfile.TemporaryDirectory() as folder:
            async with opened(url, Path(folder)) as store:
                cpu = time.process_time()
                rate, waits = await together(store, count // share, lanes)
                cpu = 1000 * (time.process_time() - cpu) / (count // share)
        waits.sort()
        p50, p99 = (1000 * waits[int(len(waits) * q)] for q in (0.5, 0.99))
        print(f"| {name} | {lanes} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {cpu:.2f} |", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=5_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"commit {commit()}, Python {platform.python_version()},"
            f" SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,"
            f" load {os.getloadavg()[0]:.1f};"
            f" bare durable commits of the disk: {bare_commits(Path(folder)):,.0f}/s\n"
        )
    print("| store | callers | decisions/s | p50 ms | p99 ms | CPU ms each |")
    print("|---|--:|--:|--:|--:|--:|")
    await measure("memory", "memory:", asked.decisions)
    await measure("SQLite", "sqlite:///x.db", asked.decisions)
    print(f"\nSearch for what may go, SQLite, {WAITING:,} rows waiting:\n")
    for words, rows in (
        ("each in a chat of its own", [to(f"{n}") for n in range(WAITING)]),
        (
            "all in 50 threads of one paused chat",
            [to("paused", f"{n % 50}") for n in range(WAITING)],
        ),
    ):
        with tempfile.TemporaryDirectory() as folder:
            async with opened("sqlite:///x.db", Path(folder)) as store:
                print(f"- {words}: {await searching(store, rows):.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
