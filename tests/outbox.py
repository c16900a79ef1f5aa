"""What would be sent next, for tests that deliver by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.delivery.ports import Lane, OutboxRow, Transaction, Unreadable


def due(
    tx: Transaction,
    now: datetime,
    *,
    limit: int | None = None,
    busy: Collection[Lane] = (),
    full: Collection[str] = (),
) -> Sequence[OutboxRow]:
    """The rows that may go now, in the order in which they would."""
    heads = [head for head in tx.claims.heads(now, busy=busy, full=full) if head.due <= now]
    return [sendable(row) for row in tx.outbox.rows([head.row for head in heads[:limit]])]


def next_due(tx: Transaction, now: datetime, **elsewhere: Collection[str]) -> datetime | None:
    """When something may go, as a worker would work it out."""
    dues = [head.due for head in tx.claims.heads(now, **elsewhere)]  # type: ignore[arg-type]  # busy and full
    over = tx.claims.pause_over(now, **elsewhere)  # type: ignore[arg-type]  # as above
    return min(dues if over is None else [*dues, over], default=None)


def sendable(row: OutboxRow | Unreadable[str]) -> OutboxRow:
    """A row that a test knows to be readable."""
    assert isinstance(row, OutboxRow), row
    return row
