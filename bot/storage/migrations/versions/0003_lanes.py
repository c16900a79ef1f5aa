"""Lanes: one act in flight per chat, and a search that steps over what may not go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import Derived, Name

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # A generated column: the database fills it for the rows that are there.
    op.add_column("outbox", sa.Column("lane", Name(), Derived("channel || ':' || chat")))
    op.create_index(
        "ix_outbox_lane",
        "outbox",
        ["channel", "lane", "order_key", "position", "seq"],
        **_where("state = 'waiting'"),
    )
    op.create_index("ix_outbox_in_flight", "outbox", ["lane"], **_where("state = 'sending'"))
    op.drop_index("ix_outbox_waiting", "outbox")
    op.drop_index("ix_outbox_chat", "outbox")
    op.create_index(op.f("ix_holds_paused_until"), "holds", ["paused_until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_holds_paused_until"), "holds")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["urgency", "seq", "due", "order_key", "position", "channel", "chat"],
        **_where("state = 'waiting'"),
    )
    op.create_index(
        "ix_outbox_chat", "outbox", ["channel", "chat"], **_where("state IN ('sending', 'waiting')")
    )
    op.drop_index("ix_outbox_in_flight", "outbox")
    op.drop_index("ix_outbox_lane", "outbox")
    op.drop_column("outbox", "lane")


def _where(condition: str) -> dict[str, Any]:
    """A partial index on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
