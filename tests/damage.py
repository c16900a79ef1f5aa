"""Rows as a newer version of the program, or a sick disk, would leave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import bindparam, select, update

from bot.delivery.ports import Transaction
from bot.storage.codec import INBOUND
from bot.storage.memory import MemoryTransaction
from bot.storage.sql import SqlTransaction
from bot.storage.sql.schema import inbox, outbox
from channels.message import Inbound

_OF_ITEM = inbox.c.external_id == bindparam("which")
_BODY = select(inbox.c.body).where(_OF_ITEM)
_REPLACE = update(inbox).where(_OF_ITEM).values(body=bindparam("raw"))
_DAMAGE_POST = update(outbox).where(outbox.c.id == bindparam("which")).values(body=bindparam("raw"))

NEWER = '{"told": "by a newer version"}'


def damaged(external_id: str, raw: str = NEWER) -> Callable[[Transaction], None]:
    """Put something into a row of the inbox that cannot be read."""
    return lambda tx: _put(tx, external_id, raw)


def damaged_post(row: str, raw: str = NEWER) -> Callable[[Transaction], None]:
    """Put something into a row of the outbox that cannot be read."""

    def put(tx: Transaction) -> None:
        if isinstance(tx, MemoryTransaction):
            tx.tables.outbox.put(row, replace(tx.tables.outbox[row], damaged=raw))
        else:
            assert isinstance(tx, SqlTransaction)
            tx.session.run(_DAMAGE_POST, {"which": row, "raw": raw})

    return put


def healed(item: Inbound) -> Callable[[Transaction], None]:
    """The row of an item can be read again."""
    return lambda tx: _put(tx, item.external_id, None, INBOUND.dump(item))


def kept(tx: Transaction, external_id: str) -> Inbound:
    """What a row of the inbox holds, whatever its state."""
    if isinstance(tx, MemoryTransaction):
        return next(r.inbound for r in tx.tables.inbox.rows() if _is(r.inbound, external_id))
    assert isinstance(tx, SqlTransaction)
    return INBOUND.load(tx.session.run(_BODY, {"which": external_id}).scalar())


def _put(tx: Transaction, external_id: str, damage: str | None, body: str = "") -> None:
    if isinstance(tx, MemoryTransaction):
        for row in list(tx.tables.inbox.rows()):
            if _is(row.inbound, external_id):
                tx.tables.inbox.put(row.id, replace(row, damaged=damage))
    else:
        assert isinstance(tx, SqlTransaction)
        raw = body if damage is None else damage
        tx.session.run(_REPLACE, {"which": external_id, "raw": raw})


def _is(inbound: Inbound, external_id: str) -> bool:
    return inbound.external_id == external_id
