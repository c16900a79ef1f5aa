"""The journal of decisions and of what came of what was posted, so that days can be run again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import Instant, Number

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_table("journal")
