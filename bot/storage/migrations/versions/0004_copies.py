"""How many sends of a post may have arrived; what the administrators have not read yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

LAST_COPY = "state = 'waiting' AND copies >= 2"
UNDELIVERED = "state IN ('failed', 'sending', 'uncertain', 'waiting')"


def upgrade() -> None:
    # The defaults are for the rows that are there, and for a process of the former version.
    for name, kind, default in (
        ("copies", sa.Integer(), sa.text("0")),
        ("alarm", sa.Boolean(), sa.false()),
    ):
        column: sa.Column[Any] = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("outbox", column)
    is_alarm = "alarm" if op.get_bind().dialect.name == "postgresql" else "alarm = 1"
    op.create_index("ix_outbox_last_copy", "outbox", ["channel", "due"], **_where(LAST_COPY))
    alarms = _where(f"{is_alarm} AND {UNDELIVERED}")
    op.create_index("ix_outbox_alarm", "outbox", ["seq"], **alarms)


def downgrade() -> None:
    op.drop_index("ix_outbox_alarm", "outbox")
    op.drop_index("ix_outbox_last_copy", "outbox")
    op.drop_column("outbox", "alarm")
    op.drop_column("outbox", "copies")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
