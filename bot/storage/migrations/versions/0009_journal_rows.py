"""A row of the journal holds what was committed together, compressed with its neighbours.

What the journal held is dropped. Its numbers go on, so that a backup of before is told from one
that the journal reaches back to.
"""

from __future__ import annotations

import zlib

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import Instant, Number

revision = "0009"
down_revision = "0008"

_NOTHING = 'Taken\n{"rows":[]}'


def upgrade() -> None:
    last = _drop()
    op.create_table(
        "journal",
        sa.Column("number", Number, nullable=False),
        sa.Column("at", Instant()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
    )
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflate.compress(_NOTHING.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    _go_on(last, {"body": b"\0" + body[:-4]})


def downgrade() -> None:
    last = _drop()
    op.create_table(
        "journal",
        sa.Column("number", Number, nullable=False),
        sa.Column("at", Instant()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
        sqlite_autoincrement=True,
    )
    where = sa.text("at IS NOT NULL")
    op.create_index("ix_journal_at", "journal", ["at"], sqlite_where=where, postgresql_where=where)
    kind, _, body = _NOTHING.partition("\n")
    _go_on(last, {"kind": kind, "body": zlib.compress(body.encode())})


def _drop() -> int:
    """The number of the last row there was; 0 if there was none."""
    last = op.get_bind().execute(sa.text("SELECT max(number) FROM journal")).scalar()
    op.drop_table("journal")
    return last or 0


def _go_on(last: int, row: dict[str, object]) -> None:
    """Let the numbers of a new journal begin behind the last one."""
    if not last:
        return
    table = sa.table("journal", *(sa.column(name) for name in ("number", *row)))
    op.get_bind().execute(table.insert().values(number=last, **row))
    if op.get_bind().dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence("journal", "number")
        op.get_bind().execute(sa.select(sa.func.setval(sequence, last)))
