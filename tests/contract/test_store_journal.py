"""The journal of every store: all that happened, in order, read again as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.conversation.decision import Decision, Timer
from bot.conversation.events import (
    Alarm,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    MachineEvent,
    RoomDoubled,
    RoomLost,
    TimerFired,
    Unconfirmed,
    Withheld,
)
from bot.delivery import noted
from bot.delivery.ports import Entry, StorageUnavailable, Store, Transaction
from bot.delivery.ports.journal import (
    Decided,
    Delivered,
    Ended,
    Linked,
    Postponed,
    RoomForgotten,
    RoomOpened,
    Taken,
)
from bot.storage import open_store
from bot.storage.journal_stream import LENGTH
from bot.storage.memory import MemoryStore
from bot.storage.presence import Presence
from bot.storage.sql import SqlTransaction
from bot.storage.sql.schema import journal
from channels.message import Address, Reason, Receipt
from tests.values import ANNA, GROUP, NOW, ROOM, SECOND, client, conversation, said, say, ticket

POST = {
    "outgoing": "r1",
    "to": ANNA,
    "conversation": "k1",
    "origin": None,
    "room": None,
    "audience": "client",
}
EVENTS: list[MachineEvent] = [
    said("1", text="привет \0 \ud83d"),
    TimerFired(kind="close", subject="7"),
    DeliveryFailed(**POST, reason=Reason.BLOCKED, detail="blocked", post=say("hello")),  # type: ignore[arg-type]  # fields by name
    DeliveryLate(**POST, detail="busy", since=NOW, until=NOW + SECOND),  # type: ignore[arg-type]  # fields by name
    FilesLeftOut(**POST, files=("a.pdf",), post=None),  # type: ignore[arg-type]  # fields by name
    Withheld(conversation="k1", since=NOW),
    RoomLost(room=ROOM.key),
    RoomDoubled(room=ROOM, thread=GROUP),
    Alarm(key="admin.storage_back", args={"since": NOW, "detail": "2026-11-23T12:00:00Z"}),
    Unconfirmed(channel="telegram"),
]
DECISION = Decision(
    client=client(),
    conversation=conversation(),
    tickets=(ticket(),),
    outgoing=(say("hello"), say("at the desk", ROOM)),
    timers=(Timer(kind="close", subject="7", due=NOW), Timer(kind="rating", subject="7", due=None)),
    moved=((ANNA, GROUP),),
)
ENTRIES: list[Entry] = [
    *(Decided(at=NOW, event=event, decision=DECISION, names=("i:a", "n:7")) for event in EVENTS),
    Decided(at=NOW, event=None, decision=Decision(), rows=("r1", "r2"), settled=True),
    Taken(rows=("r1", "r2")),
    Delivered(row="r1", receipt=Receipt(messages=("9",), at=NOW)),
    Ended(row="r1", state="uncertain"),
    Postponed(row="r1", arrived=("9",), copies=1),
    RoomOpened(room=ROOM, address=Address(channel="telegram", chat="-1", thread="5")),
    RoomForgotten(room=ROOM, thread=None),
    Linked(handle="m1", channel="telegram", chat="-1", messages=("1", "2"), thread="5"),
]


async def keep(store: Store, *entries: Entry) -> None:
    def work(tx: Transaction) -> None:
        for entry in entries:
            tx.journal.add(entry)

    await store.transact(work)


async def found(store: Store, after: int = 0, limit: int = 100) -> list[Entry]:
    numbered = await store.transact(lambda tx: tx.journal.after(after, limit))
    return [each.entry for each in numbered]


@pytest.mark.parametrize("entry", ENTRIES[1:], ids=lambda entry: type(entry).__name__)
async def test_everything_is_read_as_it_was(store: Store, entry: Entry) -> None:
    await keep(store, entry)
    await keep(store, ENTRIES[-1])
    assert await found(store) == [entry, ENTRIES[-1]]


async def test_the_strangest_text_is_kept(store: Store) -> None:
    """Half of a surrogate pair is no text that could be stored."""
    await keep(store, ENTRIES[0])
    [entry] = await found(store)
    assert isinstance(entry, Decided)
    assert entry.decision == DECISION


async def test_in_order_page_by_page(store: Store) -> None:
    for entry in ENTRIES[1:9]:
        await keep(store, entry)
    last = await store.transact(lambda tx: tx.journal.last())
    numbered = await store.transact(lambda tx: tx.journal.after(0, 100))
    assert [each.entry for each in numbered] == ENTRIES[1:9]
    assert numbered[-1].number == last
    assert await found(store, numbered[2].number, 2) == ENTRIES[4:6]
    assert await found(store, last) == []


async def test_what_is_committed_together_is_read_in_its_order(store: Store) -> None:
    await keep(store, *ENTRIES[1:4])
    await keep(store, *ENTRIES[4:9])
    assert await found(store) == ENTRIES[1:9]
    last = await store.transact(lambda tx: tx.journal.last())
    assert (await found(store, last - 1, 1))[-1] == ENTRIES[8]


async def test_long_stories_are_read_from_anywhere(store: Store) -> None:
    story = [Ended(row=f"r{number}", state="failed") for number in range(250)]
    for entry in story:
        await keep(store, entry)
    numbered = await store.transact(lambda tx: tx.journal.after(0, 250))
    assert [each.entry for each in numbered] == story
    for place in (0, 98, 99, 100, 101, 248):
        assert await found(store, numbered[place].number, 2) == story[place + 1 : place + 3]


async def test_what_arrived_is_read_from_the_inbox(store: Store) -> None:
    """It stands there anyway."""
    event = said("1", text="привет")
    decided = Decided(at=NOW, event=event, decision=DECISION)
    await store.transact(lambda tx: tx.inbox.accept([event], None, NOW))
    await keep(store, decided)
    assert await found(store) == [decided]


async def test_an_album_is_no_single_arrival(store: Store) -> None:
    """It is several rows of the inbox, and one event."""
    event = said("1", album="a1")
    decided = Decided(at=NOW, event=event, decision=DECISION)
    await keep(store, decided)
    assert await found(store) == [decided]


async def test_what_the_inbox_has_no_more_is_an_event_nobody_knows(store: Store) -> None:
    if isinstance(store, MemoryStore):
        pytest.skip("values are kept as they are")
    await keep(store, Decided(at=NOW, event=said("1"), decision=DECISION))
    assert await found(store) == [Decided(at=NOW, event=None, decision=DECISION)]


async def test_what_is_undone_was_never_noted(store: Store) -> None:
    def work(tx: Transaction) -> None:
        with suppress(ZeroDivisionError), tx.savepoint():
            tx.journal.add(ENTRIES[-1])
            raise ZeroDivisionError
        tx.journal.add(ENTRIES[-2])

    await store.transact(work)
    assert await found(store) == [ENTRIES[-2]]


async def test_a_decision_is_noted_with_the_rows_it_made(store: Store) -> None:
    decision = Decision(outgoing=(say("one"), say("two")))
    await store.transact(lambda tx: noted.decide(tx, EVENTS[1], decision, ["i:x"], NOW))
    [entry] = await found(store)
    assert isinstance(entry, Decided)
    assert (entry.event, entry.decision, entry.names) == (EVENTS[1], decision, ("i:x",))
    rows = await store.transact(lambda tx: tx.outbox.rows(entry.rows))
    assert len(rows) == 2


async def test_the_oldest_are_forgotten_step_by_step(store: Store) -> None:
    def decided(seconds: int) -> Entry:
        return Decided(at=NOW + seconds * SECOND, event=None, decision=Decision())

    async def forget(day: int) -> None:
        limit = NOW + timedelta(days=day)
        while await store.transact(lambda tx: tx.journal.forget(limit, 20)):
            pass

    days = [decided(day * 86400) for day in range(5)]
    for day in days:
        for _ in range(60):
            await keep(store, day)
    last = await store.transact(lambda tx: tx.journal.last())
    await forget(0)
    assert len(await found(store, limit=999)) == 300
    await forget(3)
    kept = await found(store, limit=999)
    assert kept[-120:] == [days[3]] * 60 + [days[4]] * 60
    assert len(kept) < 120 + LENGTH
    await forget(9)
    assert [entry for entry in await found(store) if isinstance(entry, Decided)] == []
    await keep(store, days[4])
    newest = (await store.transact(lambda tx: tx.journal.after(0, 9)))[-1]
    assert newest.entry == days[4]
    assert newest.number > last, "no number comes twice"


async def test_somebody_else_writes_meanwhile(tmp_path: Path) -> None:
    """Two processes on one file: what each writes is read."""
    stores = [open_store("sqlite:///x.db", folder=tmp_path) for _ in range(2)]
    for number in (0, 0, 1, 0, 1, 1):
        await keep(stores[number], ENTRIES[1 + number])
    expected = [ENTRIES[1 + number] for number in (0, 0, 1, 0, 1, 1)]
    assert await found(stores[0]) == expected
    for store in stores:
        await store.close()


async def test_a_commit_that_fails_leaves_a_journal_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store("sqlite:///x.db", folder=tmp_path)
    await keep(store, ENTRIES[1])
    with monkeypatch.context() as patch:
        patch.setattr(Presence, "check", failing_once(Presence.check, at=2))
        with pytest.raises(StorageUnavailable):
            await keep(store, ENTRIES[2])
    await keep(store, ENTRIES[3])
    assert await found(store) == [ENTRIES[1], ENTRIES[3]]
    await store.close()


def failing_once(work: Callable[..., None], *, at: int) -> Callable[..., None]:
    """The same work; the call of that number fails."""
    calls = count(1)

    def called(*args: object) -> None:
        if next(calls) == at:
            raise StorageUnavailable("the disk is full")
        work(*args)

    return called


async def test_one_nobody_can_read_is_told_as_such(store: Store) -> None:
    await keep(store, ENTRIES[1])

    def damage(tx: Transaction) -> None:
        if not isinstance(tx, SqlTransaction):
            pytest.skip("values are kept as they are")
        tx.session.run(update(journal).values(body=b"from a newer version"))

    await store.transact(damage)
    with pytest.raises(ValueError, match="missing before it"):
        await store.transact(lambda tx: tx.journal.after(0, 9))
