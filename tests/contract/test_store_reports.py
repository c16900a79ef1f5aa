"""What every store tells of all conversations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.conversation.decision import ContactRecord, Decision
from bot.delivery.ports import Store
from escalation.ticket import Status
from tests.values import (
    NOW,
    SECOND,
    ticket,
)


async def save(store: Store, **parts: Any) -> None:
    decision = Decision(**parts)
    await store.transact(lambda tx: tx.apply(decision, NOW))


async def test_reports(store: Store) -> None:
    old = ContactRecord(conversation="k1", at=NOW - timedelta(days=2), outcome="none", text="a")
    new = ContactRecord(conversation="k1", at=NOW, outcome="answered", entry="e", suggested=("f",))
    closed = {"status": Status.CLOSED, "closed_at": NOW, "opened_at": NOW - timedelta(days=9)}
    await save(store, contacts=(new, old), tickets=(ticket(2), ticket(1, **closed)))
    assert await store.read(lambda r: list(r.reports.contacts(NOW))) == [new]
    assert await store.read(lambda r: list(r.reports.contacts(old.at))) == [new, old]

    async def numbers(**wanted: Any) -> list[int]:
        found = await store.read(lambda r: r.reports.tickets(**wanted))
        return [t.number for t in found]

    assert await numbers() == [1, 2]
    assert await numbers(open_only=True) == [2]
    assert await numbers(since=NOW) == [1, 2]
    assert await numbers(since=NOW + SECOND) == [2]
