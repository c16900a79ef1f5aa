"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.storage.sql.types import Instant, Name, Number

revision = "0001"
down_revision = None


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", Name(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "contacts",
        sa.Column("seq", Number, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_at"), "contacts", ["at"])
    op.create_table(
        "conversations",
        sa.Column("id", Name(), nullable=False),
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "chat", name=op.f("uq_conversations_channel_chat")),
    )
    op.create_table(
        "cursors",
        sa.Column("channel", Name(), nullable=False),
        sa.Column("source", Name(), nullable=False),
        sa.Column("position", Name(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "source", name=op.f("pk_cursors")),
    )
    op.create_table(
        "holds",
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("parked", Name(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "chat", name=op.f("pk_holds")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", Number, nullable=False),
        sa.Column("channel", Name(), nullable=False),
        sa.Column("external_id", Name(), nullable=False),
        sa.Column("order_key", Name(), nullable=False),
        sa.Column("album", Name(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", Name(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_inbox_channel_external_id")),
    )
    op.create_index("ix_inbox_aside", "inbox", ["id"], **_where("state = 'aside'"))
    op.create_index("ix_inbox_order", "inbox", ["order_key", "id"], **_where("state = 'waiting'"))
    op.create_index(
        "ix_inbox_waiting", "inbox", ["id", "due", "order_key"], **_where("state = 'waiting'")
    )
    op.create_table(
        "links",
        sa.Column("seq", Number, nullable=False),
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("message", Name(), nullable=False),
        sa.Column("handle", Name(), nullable=False),
        sa.Column("thread", Name(), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_links")),
        sa.UniqueConstraint(
            "channel",
            "chat",
            "message",
            "handle",
            name=op.f("uq_links_channel_chat_message_handle"),
        ),
    )
    op.create_index(op.f("ix_links_handle_channel_chat"), "links", ["handle", "channel", "chat"])
    op.create_table(
        "messages",
        sa.Column("seq", Number, nullable=False),
        sa.Column("id", Name(), nullable=False),
        sa.Column("conversation", Name(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_messages")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.create_index(op.f("ix_messages_ticket_seq"), "messages", ["ticket", "seq"])
    op.create_table(
        "moved_chats",
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("now_chat", Name(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "chat", name=op.f("pk_moved_chats")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", Number, nullable=False),
        sa.Column("id", Name(), nullable=False),
        sa.Column("order_key", Name(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("room_ticket", sa.BigInteger(), nullable=True),
        sa.Column("room_desk", Name(), nullable=True),
        sa.Column("handle", Name(), nullable=True),
        sa.Column("target", Name(), nullable=True),
        sa.Column("enqueued_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", Name(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("error", Name(), nullable=False),
        sa.Column("arrived", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    op.create_index(
        "ix_outbox_chat", "outbox", ["channel", "chat"], **_where("state IN ('sending', 'waiting')")
    )
    op.create_index(
        "ix_outbox_handle", "outbox", ["handle", "channel", "chat"], **_where("handle IS NOT NULL")
    )
    op.create_index(
        "ix_outbox_order",
        "outbox",
        ["order_key", "position", "seq"],
        **_where("state IN ('sending', 'waiting')"),
    )
    op.create_index("ix_outbox_sending", "outbox", ["order_key"], **_where("state = 'sending'"))
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["urgency", "seq", "due", "order_key", "position", "channel", "chat"],
        **_where("state = 'waiting'"),
    )
    op.create_table(
        "rooms",
        sa.Column("ticket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("desk", Name(), nullable=False),
        sa.Column("channel", Name(), nullable=False),
        sa.Column("chat", Name(), nullable=False),
        sa.Column("thread", Name(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "desk", name=op.f("pk_rooms")),
    )
    op.create_index(op.f("ix_rooms_channel_chat_thread"), "rooms", ["channel", "chat", "thread"])
    op.create_table(
        "ticket_events",
        sa.Column("seq", Number, nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ticket_events")),
    )
    op.create_index(op.f("ix_ticket_events_ticket_seq"), "ticket_events", ["ticket", "seq"])
    op.create_table(
        "ticket_numbers",
        sa.Column("number", Number, nullable=False),
        sa.Column("at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ticket_numbers")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tickets",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("conversation", Name(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_conversation_number"), "tickets", ["conversation", "number"])
    op.create_table(
        "timers",
        sa.Column("kind", Name(), nullable=False),
        sa.Column("subject", Name(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_timers")),
    )
    op.create_index(op.f("ix_timers_due"), "timers", ["due"])


def downgrade() -> None:
    op.drop_table("timers")
    op.drop_table("tickets")
    op.drop_table("ticket_numbers")
    op.drop_table("ticket_events")
    op.drop_table("rooms")
    op.drop_table("outbox")
    op.drop_table("moved_chats")
    op.drop_table("messages")
    op.drop_table("links")
    op.drop_table("inbox")
    op.drop_table("holds")
    op.drop_table("cursors")
    op.drop_table("conversations")
    op.drop_table("contacts")
    op.drop_table("clients")
