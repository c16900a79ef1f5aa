"""Every store on posts that may have arrived, and on alarms that have not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.conversation.decision import Decision, Outgoing
from bot.delivery.ports import LAST_COPY, OutboxRow, Store, Transaction
from channels.message import Address, Receipt
from tests.outbox import due as next_due
from tests.values import ANNA, BORIS, GROUP, NOW, SECOND, say, sending

LATER = NOW + timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
MAIL = Address(channel="email", chat="a@b.example")


async def waiting(store: Store, *outgoing: Outgoing) -> list[OutboxRow]:
    """Rows that wait for these, in order."""
    await store.transact(lambda tx: tx.apply(sending(*outgoing), NOW))
    return await due(store, timedelta())


async def due(store: Store, after: timedelta) -> list[OutboxRow]:
    rows = await store.transact(lambda tx: next_due(tx, NOW + after))
    return sorted(rows, key=lambda row: row.outgoing.to.key)


async def test_copies_are_counted_and_stay_counted(store: Store) -> None:
    """case A3."""
    [row] = await waiting(store, say("hello"))
    assert row.copies == 0
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW, "no answer", copies=1))
    [row] = await due(store, timedelta())
    assert row.copies == 1
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW, "429"))
    [row] = await due(store, timedelta())
    assert row.copies == 1


@pytest.mark.parametrize(("copies", "left"), [(0, 0), (1, 1), (2, 1)])
async def test_sent_again_by_a_person_it_may_still_be_a_repetition(
    store: Store, copies: int, left: int
) -> None:
    """case A3."""
    [row] = await waiting(store, say("hello"))
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW, "no answer", copies=copies))
    await store.transact(lambda tx: tx.outbox.fail(row.id, "uncertain", "no answer"))
    await store.transact(lambda tx: tx.apply(Decision(resend=(row.id,)), NOW))
    [row] = await due(store, timedelta())
    assert (row.copies, row.attempts) == (left, 0)


async def test_what_waits_for_its_last_copy_can_be_hastened(store: Store) -> None:
    """case A3: of one channel, and not what would go in a moment anyway."""
    mail, b, a = await waiting(store, say("a", BORIS), say("b", ANNA), say("c", MAIL))
    soon, last = NOW + MINUTE, LAST_COPY
    await store.transact(lambda tx: tx.outbox.postpone(a.id, LATER, "no answer", copies=last))
    await store.transact(lambda tx: tx.outbox.postpone(b.id, soon, "no answer", copies=last))
    await store.transact(lambda tx: tx.outbox.postpone(mail.id, LATER, "no answer", copies=last))

    async def anything(channel: str, than: timedelta) -> bool:
        return await store.transact(lambda tx: tx.outbox.last_copies_wait(channel, NOW + than))

    assert await anything("telegram", MINUTE)
    assert not await anything("telegram", MINUTE * 30)
    assert not await anything("max", MINUTE)
    assert await due(store, timedelta()) == []
    later = NOW + SECOND
    await store.transact(lambda tx: tx.outbox.hasten("telegram", later, later_than=soon))
    assert [row.id for row in await due(store, SECOND)] == [a.id]
    assert not await anything("telegram", MINUTE)
    assert await anything("email", MINUTE)


async def test_only_the_last_copy_is_hastened(store: Store) -> None:
    [row] = await waiting(store, say("a"))
    await store.transact(lambda tx: tx.outbox.postpone(row.id, LATER, "no answer", copies=1))
    await store.transact(lambda tx: tx.outbox.hasten("telegram", NOW, later_than=NOW))
    assert await due(store, timedelta()) == []
    assert not await store.transact(lambda tx: tx.outbox.last_copies_wait("telegram", NOW))


def _end(row: OutboxRow, number: int, tx: Transaction) -> None:
    tx.claims.take([row.id], "me")
    if number == 0:
        tx.outbox.delivered(row.id, Receipt(at=NOW, messages=("1",)))
    else:
        tx.outbox.fail(row.id, "failed" if number == 1 else "uncertain", "why")


async def test_alarms_are_known_until_they_are_delivered(store: Store) -> None:
    """Waiting or given up, with their words; nothing else that waits is among them."""
    told = [replace(say(f"alarm {n}", GROUP), alarm=True) for n in range(4)]
    await store.transact(lambda tx: tx.apply(sending(say("answer"), *told), NOW))
    for number in range(3):
        [row] = [r for r in await due(store, timedelta()) if r.outgoing.alarm]
        await store.transact(partial(_end, row, number))
    alarms = await store.transact(lambda tx: tx.outbox.undelivered_alarms())
    assert [(alarm.words, alarm.given_up) for alarm in alarms] == [
        ("alarm 1", True),
        ("alarm 2", True),
        ("alarm 3", False),
    ]
    assert {alarm.at for alarm in alarms} == {NOW}
    assert {alarm.address for alarm in alarms} == {GROUP}


async def test_a_hundred_alarms_are_enough(store: Store) -> None:
    told = [replace(say(f"alarm {n}", GROUP), alarm=True) for n in range(120)]
    await store.transact(lambda tx: tx.apply(sending(*told), NOW))
    alarms = await store.transact(lambda tx: tx.outbox.undelivered_alarms())
    assert [alarms[0].words, alarms[-1].words] == ["alarm 20", "alarm 119"]
