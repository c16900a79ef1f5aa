"""Copying rows in bulk: a store of years out of a few days that the real program lived.

Which rows, and what has to differ in a copy, comes from the schema and from the numbers in the rows
(see benchmarks/marks.py): new columns and tables need nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from benchmarks.marks import COPY, COUNTED, first, mark
from bot.storage.sql.types import Instant

AT_ONCE = 50
"""Copies in one transaction."""
DAY = re.compile(r"\b(20\d\d-\d\d-\d\d)T")
"""A day in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is copied.

    Attributes:
        series: Rows that hold its numbers wherever they have to be unique.
        copies: How many more there are to be of each.
        shift: By how many days a copy lies after the original, in columns and in JSON.
    """

    series: int
    copies: int
    shift: Callable[[int], int] | None = None


def filling_engine(url: URL) -> Engine:
    """An engine for writing much at once; what it writes need not survive a crash."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def hurry(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
                cursor.execute(f"PRAGMA {pragma}")
        else:
            cursor.execute("SET synchronous_commit = off")
        cursor.close()

    return engine


def copy_rows(engine: Engine, metadata: MetaData, plan: Plan) -> dict[str, int]:
    """Make the copies: how many rows each table got."""
    copying = Copying(engine, plan)
    with engine.begin() as connection:
        tables = [t for t in metadata.sorted_tables if copying.take_template(connection, t)]
        copying.list_copies(connection, tables)
    added = {table.name: 0 for table in tables}
    for low in range(1, plan.copies + 1, AT_ONCE):
        reach = {"low": low, "high": min(low + AT_ONCE - 1, plan.copies)}
        with engine.begin() as connection:
            for table in tables:
                added[table.name] += connection.execute(copying.insertion(table), reach).rowcount
    with engine.begin() as connection:
        copying.tidy_up(connection, tables)
    return added


class Copying:
    """Writes the SQL of one plan."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._plan = plan
        self._postgres = engine.dialect.name == "postgresql"
        self._quote = engine.dialect.identifier_preparer.quote
        self._marked: set[Column[Any]] = set()
        """Text that holds numbers of the series."""
        self._dated: dict[Column[Any], set[str]] = {}
        """Text that holds days, and which."""
        self._days: list[str] = []
        self._counted_by_us: set[str] = set()
        """Tables whose counted column has numbers of the series all the same."""

    def take_template(self, connection: Connection, table: Table) -> int:
        """Put the rows that can be copied into a table of their own: how many there are."""
        if table.autoincrement_column is not None and self._any(connection, table):
            self._counted_by_us.add(table.name)
        groups = list(self._keys(table)) or [list(table.columns)]
        where = " AND ".join(f"({self._has_one(group)})" for group in groups)
        name = f"template_{table.name}"
        source = self._quote(table.name)
        connection.execute(text(f"CREATE TABLE {name} AS SELECT * FROM {source} WHERE {where}"))
        count = int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
        if not count:
            connection.execute(text(f"DROP TABLE {name}"))
        return count

    def list_copies(self, connection: Connection, tables: Sequence[Table]) -> None:
        """A table with a row for each copy: its mark, its shift, and what its days are called."""
        plan = self._plan
        for table in tables:
            for column in filter(_is_text, table.columns):
                self._look_through(connection, column)
        self._days = sorted(set[str]().union(*self._dated.values())) if plan.shift else []
        days = "".join(f", day{n} TEXT" for n in range(len(self._days)))
        connection.execute(
            text(f"CREATE TABLE copies (copy BIGINT PRIMARY KEY, mark TEXT, shift INTEGER{days})")
        )
        copies = Table("copies", MetaData(), autoload_with=connection)
        rows = []
        for copy in range(1, plan.copies + 1):
            shift = plan.shift(copy) if plan.shift else 0
            later = [date.fromisoformat(day) + timedelta(days=shift) for day in self._days]
            named = {f"day{number}": day.isoformat() for number, day in enumerate(later)}
            rows.append({"copy": copy, "mark": mark(plan.series, copy), "shift": shift, **named})
        connection.execute(insert(copies), rows)

    def _look_through(self, connection: Connection, column: Column[Any]) -> None:
        """Find out what has to be replaced in a column."""
        source = f"template_{column.table.name}"
        found = connection.execute(text(f"SELECT {self._quote(column.name)} FROM {source}"))
        values = [value for (value,) in found if value]
        if any(mark(self._plan.series) in value for value in values):
            self._marked.add(column)
        self._dated[column] = {day for value in values for day in DAY.findall(value)}

    def insertion(self, table: Table) -> TextClause:
        """The statement that writes the copies from ``low`` to ``high``."""
        counted = table.autoincrement_column
        columns = [
            column
            for column in table.columns
            if column.computed is None
            and (column is not counted or table.name in self._counted_by_us)
        ]
        names = ", ".join(self._quote(column.name) for column in columns)
        values = ", ".join(self._copied(column) for column in columns)
        order = "" if counted is None else f", t.{self._quote(counted.name)}"
        return text(
            f"INSERT INTO {self._quote(table.name)} ({names}) SELECT {values} "
            f"FROM copies c CROSS JOIN template_{table.name} t "
            f"WHERE c.copy BETWEEN :low AND :high ORDER BY c.copy{order}"
        )

    def tidy_up(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Drop what was only for copying; let the database count on where the copies end."""
        for table in tables:
            connection.execute(text(f"DROP TABLE template_{table.name}"))
        connection.execute(text("DROP TABLE copies"))
        if self._postgres:
            for table in tables:
                if table.name in self._counted_by_us:
                    count_on(connection, table)

    def _copied(self, column: Column[Any]) -> str:
        value = f"t.{self._quote(column.name)}"
        if _is_text(column):
            if column in self._marked:
                value = f"replace({value}, '{mark(self._plan.series)}', c.mark)"
            for number, day in enumerate(self._days):
                if day not in self._dated[column]:
                    continue
                value = f"replace({value}, '{day}T', c.day{number} || 'T')"
        elif isinstance(column.type, Instant):
            if self._plan.shift is not None:
                day = "interval '1 day'" if self._postgres else "86400000000"
                value = f"{value} + c.shift * {day}"
        elif isinstance(column.type, BigInteger):
            value = f"CASE WHEN {self._has(value)} THEN {value} + c.copy * {COPY} ELSE {value} END"
        return value

    def _keys(self, table: Table) -> Iterator[list[Column[Any]]]:
        """What has to be unique, but for what the database counts by itself."""
        if table.autoincrement_column is None or table.name in self._counted_by_us:
            yield list(table.primary_key.columns)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield list(constraint.columns)
        for index in table.indexes:
            if index.unique:
                yield list(index.columns)

    def _has_one(self, columns: Sequence[Column[Any]]) -> str:
        """SQL: one of the columns has a number of the series."""
        found = []
        for column in columns:
            name = self._quote(column.name)
            if _is_text(column):
                found.append(f"{name} LIKE '%{mark(self._plan.series)}%'")
            elif isinstance(column.type, BigInteger):
                found.append(self._has(name))
        return " OR ".join(found) or "1 = 0"

    def _has(self, value: str) -> str:
        low = first(self._plan.series)
        return f"{value} BETWEEN {low} AND {low + COUNTED - 1}"

    def _any(self, connection: Connection, table: Table) -> bool:
        column = table.autoincrement_column
        assert column is not None
        where = self._has_one([column])
        source = self._quote(table.name)
        return bool(
            connection.execute(text(f"SELECT 1 FROM {source} WHERE {where} LIMIT 1")).first()
        )


def count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give out what follows the highest number in a table."""
    column = table.autoincrement_column
    assert column is not None
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"
            f" (SELECT max({column.name}) FROM {table.name}))"
        )
    )


def _is_text(column: Column[Any]) -> bool:
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, String)
