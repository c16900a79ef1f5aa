"""What stands in columns and marks, in every store; what is written is what a migration fills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.conversation.decision import ContactRecord, Decision, Marking
from bot.conversation.records import Tally
from bot.conversation.state import Correspondence
from bot.delivery.ports import Store, Transaction, VersionConflict
from bot.storage.migrate import run
from bot.storage.postgres import PostgresStore, postgres_engine
from bot.storage.sqlite import SqliteStore, sqlite_engine
from channels.message import Address, Receipt
from escalation.ticket import Author, Status
from tests import postgres
from tests.outbox import due
from tests.values import (
    ANNA,
    NOW,
    change,
    client,
    conversation,
    desk_chat,
    message,
    said,
    say,
    sending,
    ticket,
)

MARIA = Address(channel="email", chat="maria@client.example")
MINUTE = timedelta(minutes=1)


async def save(store: Store, **parts: Any) -> None:
    decision = Decision(**parts)
    await store.transact(lambda tx: tx.apply(decision, NOW))


async def ask(store: Store, question: str, *args: Any, **named: Any) -> Any:
    return await store.transact(lambda tx: getattr(tx.records, question)(*args, **named))


# ------------------------------------------------------------------ small questions


async def test_the_latest_of_a_history(store: Store) -> None:
    spoken = [message(f"m{n}", kind="client" if n < 3 else "note") for n in range(6)]
    await save(store, messages=(*spoken, message("other", of=8)))
    assert await ask(store, "history", 7, last=2) == spoken[4:]
    assert await ask(store, "history", 7, last=60) == spoken
    assert await ask(store, "history", 7) == spoken
    assert await ask(store, "last_said", 7) == spoken[2]
    assert await ask(store, "last_said", 9) is None


async def test_when_a_ticket_last_left_a_desk(store: Store) -> None:
    moves = [
        change(kind=kind, before=before, after=after, at=NOW + n * MINUTE)
        for n, (kind, before, after) in enumerate(
            [
                ("passed", "network", "core"),
                ("returned", "core", "network"),
                ("escalated", "network", "core"),
                ("status", "network", "core"),
            ]
        )
    ]
    await save(store, events=tuple(moves))
    assert await ask(store, "last_left", 7, "network") == NOW + 2 * MINUTE
    assert await ask(store, "last_left", 7, "core") == NOW + MINUTE
    assert await ask(store, "last_left", 7, "billing") is None
    assert await ask(store, "last_left", 8, "network") is None


async def test_the_latest_exchanges_with_an_address(store: Store) -> None:
    talks = [
        conversation(f"k{n}", MARIA, letters=Correspondence(subject="x", suspicious=n in {1, 4}))
        for n in range(6)
    ]
    await save(store, others=(*talks, conversation("chat", ANNA)))
    found = await ask(
        store, "latest_exchanges", MARIA.channel, MARIA.chat, suspicious=False, limit=3
    )
    assert [talk.id for talk in found] == ["k2", "k3", "k5"]
    forged = await ask(
        store, "latest_exchanges", MARIA.channel, MARIA.chat, suspicious=True, limit=9
    )
    assert [talk.id for talk in forged] == ["k1", "k4"]
    none = await ask(store, "latest_exchanges", ANNA.channel, ANNA.chat, suspicious=False, limit=9)
    assert not none


async def test_states_of_many_posts(store: Store) -> None:
    await save(store, outgoing=(say("a", handle="h1"), say("b", handle="h2"), say("c")))
    [row] = await store.transact(lambda tx: due(tx, NOW, limit=1))
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW, messages=("1",))))
    states = await ask(store, "post_states", ["h1", "h2", "h3"], ANNA.channel, ANNA.chat)
    assert states == {"h1": "delivered", "h2": "waiting"}
    assert await ask(store, "post_states", [], ANNA.channel, ANNA.chat) == {}


# ------------------------------------------------------------------ marks


def once(subject: str) -> Marking:
    return Marking(kind="told", subject=subject, at=NOW, once=True)


async def test_once_is_once(store: Store) -> None:
    assert not await ask(store, "marked", "told", "x")
    await save(store, marks=(once("x"),))
    assert await ask(store, "marked", "told", "x")
    assert not await ask(store, "marked", "told", "y")
    with pytest.raises(VersionConflict):
        await save(store, marks=(once("x"),))


async def test_counting_goes_by_time(store: Store) -> None:
    for n in range(4):
        at = NOW + n * MINUTE
        counted = Marking(kind="letters:email", subject=str(n // 2), at=at)
        await save(store, marks=(counted, replace(counted, kind="letters:other")))
    assert await ask(store, "tally", "letters:email", NOW) == Tally(count=4, first=NOW + MINUTE)
    later = NOW + 2 * MINUTE
    assert await ask(store, "tally", "letters:email", later) == Tally(
        count=2, first=NOW + 3 * MINUTE
    )
    assert await ask(store, "tally", "x", NOW) == Tally(count=0, first=None)


async def test_a_mark_is_undone_with_its_decision(store: Store) -> None:
    def work(tx: Transaction) -> None:
        with tx.savepoint():
            tx.apply(Decision(marks=(once("x"),)), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transact(work)
    assert not await ask(store, "marked", "told", "x")


# ------------------------------------------------------------------ columns


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        path = tmp_path / "linezero.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        made = sqlite_engine(path)
    else:
        with postgres.database(request.getfixturevalue("postgres_server")) as url:
            PostgresStore(url, threads=1).dispose()
            made = postgres_engine(url)
            yield made
            made.dispose()
        return
    yield made
    made.dispose()


def lived(engine: Engine) -> Store:
    if engine.dialect.name == "postgresql":
        return PostgresStore(engine.url, desks=desk_chat, threads=1)
    return SqliteStore(Path(engine.url.database or ""), desks=desk_chat)


FACTS = {
    "tickets": "number, desk, line, topic, status, priority, assignee, channel, client,"
    " first_reply_at, resolved_at",
    "ticket_events": "seq, at, kind, desk, before, after",
    "messages": "seq, at, kind",
    "contacts": "seq, conversation, channel, language, outcome, entry",
    "conversations": "id, suspicious",
    "marks": "kind, subject, count",
}


def facts(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table: [
                tuple(row)
                for row in connection.execute(text(f"SELECT {names} FROM {table} ORDER BY 1, 2"))  # noqa: S608 - constants
            ]
            for table, names in FACTS.items()
        }


async def live(store: Store) -> None:
    """A ticket that is opened, passed on, answered and solved; a letter, a contact, marks."""
    peter = Author(kind="specialist", id="telegram:9", name="Пётр")
    forged = conversation("k2", MARIA, letters=Correspondence(subject="x", suspicious=True))
    opened = ticket(desk="network")
    await save(
        store,
        client=client(),
        conversation=conversation(),
        others=(forged,),
        tickets=(opened, ticket(8, conversation="k2", topic=None)),
        events=(
            change(kind="opened", after="new", extra={"desk": "network"}),
            change(8, kind="opened", after="new", extra={"desk": "network"}),
        ),
        messages=(message("m1"), message("m2", kind="bot", of=None)),
        contacts=(
            ContactRecord(conversation="k1", at=NOW, outcome="answered", entry="e", language="ru"),
            ContactRecord(conversation="k2", at=NOW, outcome="none"),
        ),
    )
    passed = replace(
        opened, desk="core", line=3, assignee=peter, status=Status.IN_PROGRESS, version=1
    )
    await save(
        store,
        tickets=(passed,),
        events=(
            change(kind="note", at=NOW + MINUTE),
            change(kind="escalated", before="network", after="core", at=NOW + MINUTE),
            change(kind="taken", after="Пётр", at=NOW + MINUTE),
        ),
    )
    solved = replace(
        passed, status=Status.RESOLVED, first_reply_at=NOW, resolved_at=NOW + MINUTE, version=2
    )
    await save(
        store, tickets=(solved,), events=(change(kind="resolved", before="new", after="resolved"),)
    )
    written = Marking(kind="letters:email", subject=f"{NOW:%Y-%m-%dT%H:%M}", at=NOW)
    await save(store, marks=(written,))
    await save(store, marks=(written, Marking(kind="crowded", subject="telegram:-5", at=NOW)))


async def test_what_is_written_is_what_a_migration_fills(engine: Engine) -> None:
    """Down to where there were no such columns and up again: nothing differs."""
    store = lived(engine)
    await live(store)
    await store.close()
    written = facts(engine)
    assert [row[3] for row in written["ticket_events"] if row[0] > 2] == ["network"] * 2 + [
        "core"
    ] * 2
    assert [row[7] for row in written["tickets"]] == ["telegram", "email"]
    with engine.begin() as connection:
        run(connection, "0005")
        run(connection, "head")
    assert facts(engine) == written


async def test_what_is_finished_says_since_when(engine: Engine) -> None:
    """By the database's clock, and no more once it is to go again."""
    store = lived(engine)
    finished = "SELECT state, finished_at IS NOT NULL FROM {} ORDER BY 1"

    def seen(table: str) -> list[tuple[str, bool]]:
        with engine.connect() as connection:
            rows = connection.execute(text(finished.format(table)))
            return [(state, bool(since)) for state, since in rows]

    await store.transact(
        lambda tx: tx.inbox.accept([said("1"), said("2", desk_chat("core"))], None, NOW)
    )
    await store.transact(lambda tx: tx.inbox.finish([1], NOW))
    assert seen("inbox") == [("done", True), ("waiting", False)]
    await store.transact(lambda tx: tx.apply(sending(say("a"), say("b", desk_chat("core"))), NOW))
    row, other = await store.transact(lambda tx: due(tx, NOW, limit=2))
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW, messages=())))
    await store.transact(lambda tx: tx.outbox.fail(other.id, "failed", "why"))
    assert seen("outbox") == [("delivered", True), ("failed", True)]
    await save(store, resend=(other.id,))
    assert seen("outbox") == [("delivered", True), ("waiting", False)]
    await store.close()
