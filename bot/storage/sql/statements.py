"""Statements, compiled once and then sent straight to the driver.

SQLAlchemy builds the SQL and knows how values of each type travel. All statements of this package
are constants, so what it would work out anew at every execution is kept: the text, the order of
the parameters, the conversions. That takes two thirds of the processor time off a decision.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Dialect, Executable


class Prepared:
    """A statement for one dialect.

    Args:
        statement: a constant; an INSERT without values gets the columns of ``parameters``.
        parameters: names of what each execution will bind.
    """

    def __init__(
        self, statement: Executable, dialect: Dialect, parameters: Mapping[str, object]
    ) -> None:
        constant: Any = statement
        compiled = constant.compile(dialect=dialect, column_keys=list(parameters) or None)
        self.text: str = str(compiled)
        binds = compiled.binds
        self._order: tuple[str, ...] | None = (
            tuple(compiled.positiontup) if compiled.positional else None
        )
        converted = {
            name: convert
            for name, bind in binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._convert = converted
        self._fixed = {
            name: converted[name](bind.value) if name in converted else bind.value
            for name, bind in binds.items()
            if not bind.required and name not in parameters
        }
        columns: list[Any] = list(getattr(constant, "exported_columns", ()))
        self.row = namedtuple("Row", [str(c.key) for c in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024 - the fields are the statement's columns
        results = [
            (place, c.type.dialect_impl(dialect).result_processor(dialect, None))
            for place, c in enumerate(columns)
        ]
        self.results = [(place, convert) for place, convert in results if convert is not None]

    def bound(self, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a tuple or a mapping, as the driver wants
        """The parameters of one execution as the driver takes them."""
        values = dict(self._fixed)
        convert = self._convert
        for name, value in parameters.items():
            values[name] = convert[name](value) if name in convert else value
        return values if self._order is None else tuple([values[name] for name in self._order])


SLICE = 16
"""Rows of a long answer taken without a break: a fraction of a millisecond's work."""


class Answer:
    """What the database said.

    Args:
        breathe: taken at once if None, else slice by slice with this between them.
    """

    __slots__ = ("_breathe", "_cursor", "_prepared")

    def __init__(
        self,
        cursor: Any,  # noqa: ANN401 - a DB-API cursor
        prepared: Prepared,
        breathe: Callable[[], None] | None = None,
    ) -> None:
        self._cursor = cursor
        self._prepared = prepared
        self._breathe = breathe

    @property
    def rowcount(self) -> int:
        """Rows inserted, changed or deleted."""
        count: int = self._cursor.rowcount
        return count

    def __iter__(self) -> Iterator[Any]:
        row, results = self._prepared.row, self._prepared.results
        for found in self._rows():
            if results:
                values = list(found)
                for place, convert in results:
                    values[place] = convert(values[place])
                yield row(*values)
            else:
                yield row(*found)

    def _rows(self) -> Iterator[Any]:
        if self._breathe is None:
            yield from self._cursor.fetchall()
            return
        while part := self._cursor.fetchmany(SLICE):
            yield from part
            if len(part) < SLICE:
                return
            self._breathe()

    def first(self) -> Any:  # noqa: ANN401 - a row of the statement's columns, or None
        return next(iter(self), None)

    def scalar(self) -> Any:  # noqa: ANN401 - the type of the statement's column, or None
        row = self.first()
        return None if row is None else row[0]

    def scalars(self) -> Iterator[Any]:
        return (row[0] for row in self)


class Statements:
    """All statements prepared for one dialect so far."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[Executable, Prepared] = {}

    def __call__(self, statement: Executable, parameters: Mapping[str, object]) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = Prepared(statement, self._dialect, parameters)
            self._prepared[statement] = prepared
        return prepared
