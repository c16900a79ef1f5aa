"""The ports of ``bot.delivery`` on one SQLAlchemy Core schema."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.storage.journal_stream import StreamWriter
from bot.storage.sql.chats import SqlChats
from bot.storage.sql.claims import SqlClaims
from bot.storage.sql.decisions import SqlDecisions
from bot.storage.sql.ids import SqlIds
from bot.storage.sql.inbox import SqlInbox
from bot.storage.sql.journal import SqlJournal
from bot.storage.sql.outbox import SqlOutbox
from bot.storage.sql.records import SqlRecords
from bot.storage.sql.reports import SqlReports
from bot.storage.sql.retention import SqlRetention
from bot.storage.sql.session import Session
from bot.storage.sql.timers import SqlTimers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.conversation.decision import Decision

__all__ = ["SqlTransaction"]


class SqlTransaction:
    """One transaction on a connection; whoever made it commits.

    Args:
        session: the connection inside that transaction.
        stream: compresses what it writes into the journal, if nobody else writes at the same time.
    """

    def __init__(self, session: Session, *, stream: StreamWriter | None = None) -> None:
        self.session = session
        self.inbox = SqlInbox(session)
        self.chats = SqlChats(session)
        self.outbox = SqlOutbox(session, self.chats)
        self.claims = SqlClaims(session)
        self.timers = SqlTimers(session)
        self.records = SqlRecords(session)
        self.ids = SqlIds(session)
        self.journal = SqlJournal(session, stream)
        self.reports = SqlReports(session)
        self.retention = SqlRetention(session, self.records)
        self._decisions = SqlDecisions(session, self.records)

    def apply(self, decision: Decision, now: datetime) -> Sequence[str]:
        return self._decisions.apply(decision, now)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with self.journal.undone_on_error(), self.session.savepoint():
            yield

    def finish(self) -> None:
        """What is left to do before the commit."""
        self.journal.write()
