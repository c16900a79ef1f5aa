"""The journal over SQL: a row for what is committed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import LargeBinary, bindparam, delete, func, insert, select, update

from bot.delivery.ports import Entry, Numbered
from bot.delivery.ports.journal import Decided, Taken
from bot.storage.codec import INBOUND
from bot.storage.journal_codec import joined, packed, unpacked
from bot.storage.journal_stream import LENGTH, StreamReader, StreamWriter, begins
from bot.storage.sql.schema import inbox, journal
from bot.storage.sql.session import Facet, Session
from channels.message import Inbound

_p = bindparam

_first_byte = func.substr(journal.c.body, 1, 1, type_=LargeBinary)

_ADD = insert(journal).returning(journal.c.number)
_AGAIN = update(journal).where(journal.c.number == _p("row")).values(body=_p("new_body"))
_EMPTY = _AGAIN.values(at=None)
_AFTER = (
    select(journal.c.number, journal.c.body)
    .where(journal.c.number > _p("number"))
    .order_by(journal.c.number)
    .limit(_p("limit"))
)
_BEFORE = (
    select(journal.c.number, _first_byte)
    .where(journal.c.number <= _p("number"))
    .order_by(journal.c.number.desc())
    .limit(_p("limit"))
)
_LAST = select(func.max(journal.c.number))
_OLDEST = (
    select(journal.c.number, journal.c.at, _first_byte)
    .order_by(journal.c.number)
    .limit(_p("limit"))
)
_INBOUND = select(inbox.c.body).where(
    inbox.c.channel == _p("channel"), inbox.c.external_id == _p("external_id")
)
_FORGET = delete(journal).where(journal.c.number < _p("kept"))


_TAKEN: Final = f"{Taken.__name__}\n"


class SqlJournal(Facet):
    """``Journal`` over SQL. Entries are written when the transaction ends (:meth:`write`).

    Args:
        session: the transaction's.
        stream: has compressed the rows so far. None: others may write at the same time, so no row
            leans on another.
    """

    def __init__(self, session: Session, stream: StreamWriter | None) -> None:
        super().__init__(session)
        self._alone = stream is not None
        self._stream = stream or StreamWriter()
        self._texts = list[str]()
        self._times = list[datetime | None]()

    def add(self, entry: Entry) -> None:
        self._texts.append(packed(entry))
        self._times.append(entry.at if isinstance(entry, Decided) else None)

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Forget what was added inside when an exception leaves the block."""
        before = len(self._texts)
        try:
            yield
        except BaseException:
            del self._texts[before:], self._times[before:]
            raise

    def write(self) -> None:
        """Write down what was added. The last thing a transaction does; if that is undone, the
        stream has to hear of it."""
        if not self._texts:
            return
        if self._alone and all(text.startswith(_TAKEN) for text in self._texts):
            # It matters to nothing but what comes after it: it is written with that.
            self._stream.held += self._texts
            return
        text = joined([*self._stream.held, *self._texts])
        at = next(filter(None, self._times), None)
        self._stream.held.clear()
        row = {"at": at, "body": self._stream.row(text, at)}
        number = self._run(_ADD, row).scalar()
        if not self._stream.follows(number):
            self._stream.begin_anew()
            self._run(_AGAIN, {"row": number, "new_body": self._stream.row(text, at)})

    def after(self, number: int, limit: int) -> Sequence[Numbered]:
        reader = StreamReader()
        start = self._beginning(number + 1)
        found = list[Numbered]()
        rows = self._run(_AFTER, {"number": start - 1, "limit": number + 1 - start + limit})
        for row in rows:
            text = reader.text(bytes(row.body))
            if row.number > number:
                found.extend(Numbered(row.number, entry) for entry in unpacked(text, self._arrived))
        return found

    def _beginning(self, number: int) -> int:
        """Where to begin to read so that a row can be read."""
        rows = self._run(_BEFORE, {"number": number, "limit": LENGTH})
        return next((row[0] for row in rows if begins(bytes(row[1]))), number)

    def _arrived(self, channel: str, external_id: str) -> Inbound | None:
        """What arrived, as long as the inbox has it."""
        key = {"channel": channel, "external_id": external_id}
        body = self._run(_INBOUND, key).scalar()
        return INBOUND.load(body) if body else None

    def last(self) -> int:
        return self._run(_LAST).scalar() or 0

    def forget(self, before: datetime, limit: int) -> int:
        rows = list(self._run(_OLDEST, {"limit": limit + LENGTH}))
        kept, old = 0, 0
        for place, (number, at, first) in enumerate(rows):
            if begins(bytes(first)):
                kept, old = number, place
            if at is not None and at >= before:
                break
        else:
            if rows and len(rows) < limit + LENGTH:
                kept, old = rows[-1][0], len(rows) - 1
                self._empty(*rows[-1])
        if old:
            self._run(_FORGET, {"kept": kept})
        return old

    def _empty(self, number: int, at: datetime | None, first: bytes) -> None:
        """All there is is old. The newest row stays, with nothing in it, so that its number is not
        given again."""
        if at is not None or not begins(bytes(first)):
            self._stream.begin_anew()
            nothing = StreamWriter().row(packed(Taken(rows=())), None)
            self._run(_EMPTY, {"row": number, "new_body": nothing})
