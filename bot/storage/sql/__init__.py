"""The ports of ``bot.delivery`` on one SQLAlchemy Core schema."""

from __future__ import annotations

from bot.storage.sql.decisions import SqlDecisions
from bot.storage.sql.inbox import SqlInbox
from bot.storage.sql.outbox import SqlOutbox

__all__ = ["SqlTransaction"]


class SqlTransaction(SqlInbox, SqlOutbox, SqlDecisions):
    """One transaction on a connection; whoever made it commits."""
