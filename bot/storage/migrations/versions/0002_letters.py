"""Dialogues by letters: many at one address; proven addresses; exchanges with outside experts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import Instant, Name

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("exchange", Name(), nullable=False, server_default=""))
        table.add_column(sa.Column("client", Name(), nullable=False, server_default=""))
    body = "body::json->>'client'" if _postgres() else "json_extract(body, '$.client')"
    op.execute(f"UPDATE conversations SET client = {body}")  # noqa: S608 - two constants
    with op.batch_alter_table("conversations") as table:
        table.alter_column("exchange", server_default=None)
        table.alter_column("client", server_default=None)
        table.drop_constraint(op.f("uq_conversations_channel_chat"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_conversations_channel_chat_exchange"), ["channel", "chat", "exchange"]
        )
    op.create_index(op.f("ix_conversations_client"), "conversations", ["client"])
    op.create_table(
        "identities",
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("client", Name(), nullable=False),
        sa.Column("proven_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "chat", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_client"), "identities", ["client"])
    op.create_table(
        "side_threads",
        sa.Column("id", Name(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_threads")),
    )
    op.create_index(op.f("ix_side_threads_ticket_id"), "side_threads", ["ticket", "id"])


def downgrade() -> None:
    op.drop_table("side_threads")
    op.drop_table("identities")
    # Only one dialogue at an address fits into the older schema.
    op.execute("DELETE FROM conversations WHERE exchange <> ''")
    op.drop_index(op.f("ix_conversations_client"), "conversations")
    with op.batch_alter_table("conversations") as table:
        table.drop_constraint(op.f("uq_conversations_channel_chat_exchange"), type_="unique")
        table.create_unique_constraint(op.f("uq_conversations_channel_chat"), ["channel", "chat"])
        table.drop_column("client")
        table.drop_column("exchange")


def _postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"
