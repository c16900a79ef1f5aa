"""The journal of every store: all that happened, in order, read again as it was."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

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
from bot.delivery.ports import Entry, Store, Transaction
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
    assert await found(store) == [entry]


async def test_the_strangest_text_is_kept(store: Store) -> None:
    """Half of a surrogate pair is no text that could be stored."""
    await keep(store, ENTRIES[0])
    [entry] = await found(store)
    assert isinstance(entry, Decided)
    assert entry.decision == DECISION


async def test_in_order_page_by_page(store: Store) -> None:
    await keep(store, *ENTRIES[1:4])
    await keep(store, *ENTRIES[4:9])
    last = await store.transact(lambda tx: tx.journal.last())
    numbered = await store.transact(lambda tx: tx.journal.after(0, 100))
    assert [each.entry for each in numbered] == ENTRIES[1:9]
    assert numbered[-1].number == last
    assert await found(store, numbered[2].number, 2) == ENTRIES[4:6]
    assert await found(store, last) == []


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

    tail = [Taken(rows=("r9",)), decided(30)]
    await keep(store, decided(0), Taken(rows=("r1",)), decided(10), *tail)
    limit = NOW + timedelta(seconds=20)
    assert await store.transact(lambda tx: tx.journal.forget(limit, 2)) == 2
    assert await store.transact(lambda tx: tx.journal.forget(limit, 9)) == 2
    assert await found(store) == [decided(30)]
    assert await store.transact(lambda tx: tx.journal.forget(limit, 9)) == 0
    await keep(store, Taken(rows=("r2",)))
    numbered = await store.transact(lambda tx: tx.journal.after(0, 9))
    assert [each.number for each in numbered] == [5, 6], "no number comes twice"


async def test_one_nobody_can_read_is_told_as_such(store: Store) -> None:
    await keep(store, ENTRIES[1])

    def damage(tx: Transaction) -> None:
        if not isinstance(tx, SqlTransaction):
            pytest.skip("values are kept as they are")
        tx.session.run(update(journal).values(body=b"from a newer version"))

    await store.transact(damage)
    with pytest.raises(ValueError, match="cannot be read"):
        await store.transact(lambda tx: tx.journal.after(0, 9))
