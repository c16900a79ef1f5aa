"""Which messages have lost their words; indexes that no question used go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

UNUSED: Mapping[str, Sequence[Sequence[str]]] = {
    "tickets": (("desk", "status"), ("client", "number"), ("topic", "opened_at")),
    "ticket_events": (("at",), ("kind", "at")),
    "messages": (("conversation", "seq"), ("at",)),
    "contacts": (("conversation", "seq"), ("outcome", "at")),
}
WHOLE = "ix_messages_whole"
ENTRY = "ix_contacts_entry_at"


def upgrade() -> None:
    thinned: sa.Column[bool] = sa.Column(
        "thinned", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("messages", thinned)
    op.drop_index(ENTRY, "contacts")
    for table, indexes in UNUSED.items():
        for columns in indexes:
            op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    whole = ~sa.column("thinned", sa.Boolean)
    op.create_index(WHOLE, "messages", ["at", "seq"], sqlite_where=whole, postgresql_where=whole)


def downgrade() -> None:
    op.drop_index(WHOLE, "messages")
    for table, indexes in UNUSED.items():
        for columns in indexes:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    named = sa.text("entry != ''")
    op.create_index(ENTRY, "contacts", ["entry", "at"], sqlite_where=named, postgresql_where=named)
    op.drop_column("messages", "thinned")
