"""How many sends of a post may have arrived; what the administrators have not read yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"

LAST_COPY = "state = 'waiting' AND copies >= 2"
ALARM = "state IN ('failed', 'sending', 'uncertain', 'waiting')"


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("copies", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(
            sa.Column("alarm", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("outbox") as table:
        table.alter_column("copies", server_default=None)
        table.alter_column("alarm", server_default=None)
    alarm = "alarm" if op.get_bind().dialect.name == "postgresql" else "alarm = 1"
    op.create_index("ix_outbox_last_copy", "outbox", ["channel", "due"], **_where(LAST_COPY))
    op.create_index("ix_outbox_alarm", "outbox", ["seq"], **_where(f"{alarm} AND {ALARM}"))


def downgrade() -> None:
    op.drop_index("ix_outbox_alarm", "outbox")
    op.drop_index("ix_outbox_last_copy", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("alarm")
        table.drop_column("copies")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
