"""Column types both databases share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Computed, Dialect, Integer, Text, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.storage.codec import whole_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment: ``timestamptz`` on PostgreSQL, microseconds since 1970 on SQLite; aware UTC in
    Python."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - whatever the driver takes
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - whatever the driver gives
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


class Name(TypeDecorator[str]):
    """An id or key of any origin. What a database cannot keep in text is replaced, so that the
    strangest foreign id is stored and found again."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else whole_text(value)


Number = BigInteger().with_variant(Integer, "sqlite")
"""Numbers that rows are counted with: SQLite does that with INTEGER PRIMARY KEY only, PostgreSQL
should have room for more."""


class Derived(Computed):
    """A column the database works out of others of its row: stored on PostgreSQL, worked out where
    it is read on SQLite, which could not add a stored one to a table that is there. Both can index
    it."""

    inherit_cache = True


@compiles(Derived, "postgresql")
def _stored(derived: Derived, compiler: Any, **_more: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    expression = compiler.sql_compiler.process(derived.sqltext, include_table=False)
    return f"GENERATED ALWAYS AS ({expression}) STORED"


class DatabaseTime(FunctionElement[datetime]):
    """What time it is for the database, or so many seconds ago: the one clock that all processes
    share, however wrong their own are. On SQLite that is the machine's."""

    type = Instant()
    inherit_cache = True

    def __init__(self, seconds_ago: ColumnElement[float] | None = None) -> None:
        super().__init__(literal(0.0) if seconds_ago is None else seconds_ago)


@compiles(DatabaseTime, "sqlite")
def _lite(time: DatabaseTime, compiler: Any, **more: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    ago = compiler.process(time.clauses, **more)
    return f"CAST(((julianday('now') - 2440587.5) * 86400 - {ago}) * 1000000 AS INTEGER)"


@compiles(DatabaseTime, "postgresql")
def _post(time: DatabaseTime, compiler: Any, **more: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return f"now() - make_interval(secs => {compiler.process(time.clauses, **more)})"
