"""The timers of every store."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation.decision import Decision, Timer
from bot.delivery.ports import Store
from tests.values import NOW, SECOND


def timer(subject: str, due: timedelta | None) -> Timer:
    return Timer(kind="close", subject=subject, due=None if due is None else NOW + due)


async def set_timers(store: Store, *timers: Timer) -> None:
    await store.transact(lambda tx: tx.apply(Decision(timers=timers), NOW))


async def test_timers_come_when_they_are_due_oldest_first(store: Store) -> None:
    late, early, far = timer("1", 2 * SECOND), timer("2", SECOND), timer("3", 9 * SECOND)
    await set_timers(store, late, early, far)
    assert await store.transact(lambda tx: tx.timers.next_due()) == NOW + SECOND
    assert not await store.transact(lambda tx: tx.timers.due(NOW, 10))
    due = await store.transact(lambda tx: tx.timers.due(NOW + 2 * SECOND, 10))
    assert list(due) == [early, late]
    assert len(await store.transact(lambda tx: tx.timers.due(NOW + 2 * SECOND, 1))) == 1
    await store.transact(lambda tx: tx.timers.drop(early))
    assert await store.transact(lambda tx: tx.timers.next_due()) == NOW + 2 * SECOND


async def test_a_timer_is_one_per_kind_and_subject(store: Store) -> None:
    await set_timers(store, timer("1", SECOND))
    await set_timers(store, timer("1", 5 * SECOND), Timer(kind="rating", subject="1", due=NOW))
    due = await store.transact(lambda tx: tx.timers.due(NOW + 9 * SECOND, 10))
    assert [(t.kind, t.due) for t in due] == [("rating", NOW), ("close", NOW + 5 * SECOND)]
    await set_timers(store, timer("1", None), Timer(kind="rating", subject="1", due=None))
    assert await store.transact(lambda tx: tx.timers.next_due()) is None
