"""A version for each client, so that of two who change the same one the second decides again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("clients") as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("clients") as table:
        table.alter_column("version", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("clients") as table:
        table.drop_column("version")
