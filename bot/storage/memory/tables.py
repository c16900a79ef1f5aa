"""Tables of the memory store: dictionaries with indexes and an undo log."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

from bot.delivery.ports import WriteRefused

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Journal:
    """How to undo every change made since the transaction began, newest last."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._reading = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Refuse every change while the block runs."""
        self._reading = True
        try:
            yield
        finally:
            self._reading = False

    def may_write(self) -> None:
        """Asked before anything is changed.

        Raises:
            WriteRefused: somebody only reads.
        """
        if self._reading:
            raise WriteRefused("a reading changes nothing")

    def note(self, undo: Callable[[], None]) -> None:
        self._undo.append(undo)

    def forget(self) -> None:
        """The transaction is over; its changes stay."""
        self._undo.clear()

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Undo the changes made inside when an exception leaves the block."""
        mark = len(self._undo)
        try:
            yield
        except BaseException:
            while len(self._undo) > mark:
                self._undo.pop()()
            raise


class Table(Generic[K, V]):
    """Rows by key. Rows are immutable values: they are replaced, never changed.

    Args:
        indexes: for each index a function from a row to its index value; None leaves the row out,
            which makes the index a partial one.
    """

    def __init__(
        self, journal: Journal, indexes: Mapping[str, Callable[[V], Hashable | None]] | None = None
    ) -> None:
        self._journal = journal
        self._rows: dict[K, V] = {}
        self._functions = dict(indexes or {})
        self._indexes: dict[str, dict[Hashable, dict[K, None]]] = {n: {} for n in self._functions}

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> Iterable[V]:
        """All rows, in the order their keys were first put."""
        return self._rows.values()

    def items(self) -> Iterable[tuple[K, V]]:
        return self._rows.items()

    def where(self, index: str, value: Hashable) -> list[V]:
        """The rows with an index value, in no particular order."""
        return [self._rows[key] for key in self._indexes[index].get(value, ())]

    def values_of(self, index: str) -> list[Hashable]:
        """Every value an index has rows for."""
        return list(self._indexes[index])

    def put(self, key: K, row: V) -> None:
        """Insert or replace."""
        self._set(key, row)

    def remove(self, key: K) -> None:
        """Delete, if it is there."""
        self._set(key, None)

    def _set(self, key: K, row: V | None) -> None:
        self._journal.may_write()
        old = self._rows.get(key)
        self._swap(key, old, row)
        self._journal.note(lambda: self._swap(key, row, old))

    def _swap(self, key: K, old: V | None, new: V | None) -> None:
        if old is not None:
            for name, function in self._functions.items():
                value = function(old)
                if value is not None:
                    bucket = self._indexes[name][value]
                    del bucket[key]
                    if not bucket:
                        del self._indexes[name][value]
        if new is None:
            self._rows.pop(key, None)
            return
        self._rows[key] = new
        for name, function in self._functions.items():
            value = function(new)
            if value is not None:
                self._indexes[name].setdefault(value, {})[key] = None
