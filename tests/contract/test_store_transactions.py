"""What a transaction of every store promises: all or nothing, again after a conflict."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.conversation.decision import Decision
from bot.delivery.ports import StorageUnavailable, Store, Transaction, VersionConflict
from tests.outbox import due
from tests.values import ANNA, NOW, ROOM, conversation, message, readable, said, say, ticket
from tests.waiting import moment, patience, turns


class Boom(Exception):
    """A fault in a work."""


def fill(tx: Transaction) -> None:
    """Write something of every kind."""
    tx.inbox.accept([said("1")], None, NOW)
    tx.chats.room_opened(ROOM, ANNA)
    tx.chats.pause("telegram", "101", NOW)
    tx.chats.link("m1", "telegram", "101", ["5"], thread=None)
    tx.apply(
        Decision(
            conversation=conversation(),
            tickets=(ticket(),),
            messages=(message("m1"),),
            outgoing=(say("hello"),),
            moved=((ANNA, ANNA.__class__(channel="telegram", chat="new")),),
        ),
        NOW,
    )


def empty(tx: Transaction) -> bool:
    return not (
        tx.inbox.next(NOW)
        or due(tx, NOW)
        or tx.records.conversation("k1")
        or tx.records.ticket(7)
        or tx.records.history(7)
        or tx.records.handle_at("telegram", "101", "5")
        or tx.records.current_chat("telegram", "101") != "101"
    )


async def test_a_work_that_fails_leaves_nothing(store: Store) -> None:
    def work(tx: Transaction) -> None:
        fill(tx)
        raise Boom

    with pytest.raises(Boom):
        await store.transact(work)
    assert await store.transact(empty)


async def test_a_work_that_runs_out_of_an_iterator_keeps_nobody_waiting(store: Store) -> None:
    """``StopIteration`` cannot be set on a future: whoever waited, or shared the commit, hung."""

    def work(tx: Transaction) -> str:
        fill(tx)
        return next(iter(()))

    async with patience():
        bad, good = await asyncio.gather(
            store.transact(work), store.transact(lambda _tx: "fine"), return_exceptions=True
        )
    assert isinstance(bad, RuntimeError)
    assert good == "fine"
    assert await store.transact(empty)


async def test_a_savepoint_that_fails_leaves_the_rest(store: Store) -> None:
    def fail(tx: Transaction) -> None:
        with tx.savepoint():
            tx.inbox.accept([said("inside")], None, NOW)
            with tx.savepoint():
                tx.apply(Decision(conversation=conversation()), NOW)
            assert tx.records.conversation("k1")
            raise Boom

    def work(tx: Transaction) -> None:
        tx.inbox.accept([said("before")], None, NOW)
        with pytest.raises(Boom):
            fail(tx)
        assert tx.records.conversation("k1") is None, "what was read inside is forgotten"
        tx.inbox.accept([said("inside"), said("after")], None, NOW)

    await store.transact(work)

    def all_of_it(tx: Transaction) -> list[str]:
        found = []
        while rows := readable(tx.inbox.next(NOW)):
            found += [row.inbound.external_id for row in rows]
            tx.inbox.finish([row.id for row in rows], NOW)
        return found

    assert await store.transact(all_of_it) == ["before", "inside", "after"]


async def test_one_bad_work_among_many_harms_nobody(store: Store) -> None:
    """Works that arrive together may share a commit; they never share a fate."""

    def work(number: int, tx: Transaction) -> int:
        tx.inbox.accept([said(f"{number}", text="x")], None, NOW)
        if number % 7 == 3:
            raise Boom
        return number

    async def one(number: int) -> int:
        return await store.transact(lambda tx: work(number, tx))

    results = await asyncio.gather(*(one(n) for n in range(40)), return_exceptions=True)
    good = [n for n in range(40) if n % 7 != 3]
    assert [r for r in results if isinstance(r, int)] == good
    assert all(isinstance(r, Boom) for r in results if not isinstance(r, int))

    def known(tx: Transaction) -> list[int]:
        return [n for n in range(40) if not tx.inbox.accept([said(f"{n}")], None, NOW)]

    assert await store.transact(known) == good


async def test_a_conflict_is_run_again(store: Store) -> None:
    runs = 0

    def work(tx: Transaction) -> int:
        nonlocal runs
        runs += 1
        tx.inbox.accept([said(f"run {runs}")], None, NOW)
        if runs < 3:
            raise VersionConflict
        return runs

    assert await store.transact(work) == 3
    assert await store.transact(lambda tx: tx.inbox.accept([said("run 1")], None, NOW)) == 1
    assert await store.transact(lambda tx: tx.inbox.accept([said("run 3")], None, NOW)) == 0


async def test_a_conflict_that_stays_is_told(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.inbox.accept([said("1")], None, NOW)
        raise VersionConflict

    with pytest.raises(VersionConflict):
        await store.transact(work)
    assert await store.transact(empty)


async def test_counting_together_loses_nothing(store: Store) -> None:
    """Many change the same ticket at once: each sees what the one before left."""
    await store.transact(lambda tx: tx.apply(Decision(tickets=(ticket(),)), NOW))

    def work(tx: Transaction) -> None:
        now = tx.records.ticket(7)
        assert now is not None
        tx.apply(Decision(tickets=(ticket(reopened=now.reopened + 1, version=now.version),)), NOW)

    async def patiently() -> None:
        while True:
            try:
                return await store.transact(work)
            except VersionConflict:
                await moment()

    await asyncio.gather(*(patiently() for _ in range(12)))
    after = await store.transact(lambda tx: tx.records.ticket(7))
    assert after is not None
    assert (after.reopened, after.version) == (12, 13)


async def test_each_item_is_claimed_by_one(store: Store) -> None:
    """Workers side by side: everything is taken once, in order within an address."""
    addresses = [ANNA.__class__(channel="telegram", chat=f"{n}") for n in range(6)]
    items = [said(f"{n}-{a.chat}", a) for n in range(3) for a in addresses]
    await store.transact(lambda tx: tx.inbox.accept(items, None, NOW))
    taken: list[str] = []
    lock = threading.Lock()

    def work(tx: Transaction) -> list[str]:
        rows = readable(tx.inbox.next(NOW))
        tx.inbox.finish([row.id for row in rows], NOW)
        return [row.inbound.external_id for row in rows]

    async def worker() -> None:
        misses = 0
        while misses < 3:
            got = await store.transact(work)
            misses = 0 if got else misses + 1
            with lock:
                taken.extend(got)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert sorted(taken) == sorted(item.external_id for item in items)


async def test_a_cancelled_wait_harms_nobody(store: Store) -> None:
    async with patience():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
        assert await store.transact(lambda tx: tx.inbox.accept([said("2")], None, NOW)) == 1


async def test_a_closed_store_takes_nothing(store: Store) -> None:
    await store.close()
    with pytest.raises(StorageUnavailable):
        await store.transact(empty)
    await store.close()


async def test_closing_finishes_what_was_asked(store: Store) -> None:
    async def ask(number: int) -> int:
        return await store.transact(lambda tx: tx.inbox.accept([said(f"{number}")], None, NOW))

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(ask(number)) for number in range(20)]
        await turns(2)  # all of them have begun
        await store.close()
    assert [task.result() for task in asked] == [1] * 20
