"""What a database objects to: somebody else's being first is no fault, everything else is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Insert, insert

from bot.conversation.decision import Decision
from bot.delivery.ports import OutboxRow, Store, Transaction, Unreadable, VersionConflict
from bot.storage.memory import MemoryTransaction
from bot.storage.sql import SqlTransaction
from bot.storage.sql.schema import clients
from channels.message import Address
from tests.damage import damaged_post
from tests.outbox import due
from tests.values import ANNA, GROUP, NOW, readable, said, say, sending

NEW_CLIENT: Insert = insert(clients).inline()


def in_sql(tx: Transaction) -> SqlTransaction:
    if isinstance(tx, MemoryTransaction):
        pytest.skip("dictionaries have no constraints")
    assert isinstance(tx, SqlTransaction)
    return tx


def put(tx: Transaction, **columns: Any) -> None:
    in_sql(tx).session.run(NEW_CLIENT, columns)


def _waiting(tx: Transaction) -> list[str]:
    first = tx.outbox.rows([head.row for head in tx.claims.heads(NOW)])[0]
    assert isinstance(first, OutboxRow)
    return [first.id, *(row.id for row in tx.outbox.unsent_after(first, 9))]


async def test_a_row_that_is_there_already_is_a_conflict(store: Store) -> None:
    """Two processes insert the same: the later one decides again."""

    def twice(tx: Transaction) -> None:
        put(tx, id="c1", version=1, body="{}")
        put(tx, id="c1", version=1, body="{}")

    with pytest.raises(VersionConflict):
        await store.transact(twice)


async def test_a_broken_rule_is_a_fault_of_that_row(store: Store) -> None:
    """Review, fault 2: any broken constraint was taken for a conflict, and conflicts are run again
    for ever."""
    runs = 0

    def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        put(tx, id="c1", version=1, body=None)

    with pytest.raises(Exception, match=r"(?i)not.null") as caught:
        await store.transact(work)
    assert not isinstance(caught.value, VersionConflict)
    assert runs == 1


async def test_a_fault_in_a_savepoint_leaves_the_rest_of_the_batch(store: Store) -> None:
    def bad(tx: Transaction) -> None:
        with tx.savepoint():
            put(tx, id="c1", version=1, body=None)

    def work(tx: Transaction) -> None:
        tx.inbox.accept([said("1")], None, NOW)
        with pytest.raises(Exception, match=r"(?i)not.null"):
            bad(tx)
        tx.inbox.accept([said("2", replace(ANNA, chat="7"))], None, NOW)

    await store.transact(work)
    assert readable(await store.transact(lambda tx: tx.inbox.next(NOW)))


async def test_a_post_nobody_can_read_keeps_no_chat_from_moving(store: Store) -> None:
    """case B11: nobody knows where it was to go; its turn comes in the new chat, and what stands
    in it stays for whoever can read it."""
    await store.transact(lambda tx: tx.apply(sending(say("odd", GROUP), say("good", GROUP)), NOW))
    odd, good = await store.transact(_waiting)
    await store.transact(damaged_post(odd))
    new = Address(channel="telegram", chat="-1009")
    await store.transact(lambda tx: tx.apply(Decision(moved=((GROUP, new),)), NOW))
    heads = await store.transact(lambda tx: tx.claims.heads(NOW))
    assert {head.row: head.lane for head in heads}.keys() >= {odd}
    assert {head.lane for head in heads} == {("telegram", "-1009")}
    [unreadable] = await store.transact(lambda tx: tx.outbox.rows([odd]))
    assert isinstance(unreadable, Unreadable)
    await store.transact(lambda tx: tx.outbox.set_aside(odd, "unknown"))
    [left] = await store.transact(lambda tx: due(tx, NOW))
    assert (left.id, left.place.address, left.outgoing.to) == (good, new, new)
