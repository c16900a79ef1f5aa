"""Delivering by hand, for tests of what every store makes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from bot.conversation.decision import (
    Outgoing,
    Rewrite,
    Say,
)
from bot.delivery.ports import Lane, OutboxRow, Store
from channels.message import Receipt
from tests import outbox
from tests.values import NOW, sending


async def enqueue(store: Store, *outgoing: Outgoing) -> None:
    await store.transact(lambda tx: tx.apply(sending(*outgoing), NOW))


async def due(
    store: Store,
    after: timedelta = timedelta(),
    *,
    limit: int = 50,
    busy: Collection[Lane] = (),
) -> Sequence[OutboxRow]:
    return await store.transact(lambda tx: outbox.due(tx, NOW + after, limit=limit, busy=busy))


async def deliver(store: Store, row: OutboxRow, *messages: str) -> None:
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await arrive(store, row, *messages)


async def arrive(store: Store, row: OutboxRow, *messages: str) -> None:
    receipt = Receipt(at=NOW, messages=messages)
    await store.transact(lambda tx: tx.outbox.delivered(row.id, receipt))


def words(rows: Sequence[OutboxRow]) -> list[str]:
    said = []
    for row in rows:
        action = row.outgoing.action
        if isinstance(action, (Say, Rewrite)) and action.content:
            said.append(action.content.words)
        else:
            said.append(action.type)
    return said


async def drained(store: Store) -> list[str]:
    """Everything in the order it would be sent."""
    sent: list[str] = []
    while rows := await due(store, limit=1):
        sent += words(rows)
        await deliver(store, rows[0])
    return sent
