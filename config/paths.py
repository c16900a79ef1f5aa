"""Walking plain YAML data by patterns, and changing it by dotted paths."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from faq.document import Step, Value

Path = tuple[Step, ...]


class BadOverride(ValueError):
    """``path`` leads to nothing that can be set."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no setting can be reached by {path!r}")
        self.path = path


def select(data: Value, *pattern: str) -> Iterator[tuple[Path, Value]]:
    """Every value at a path of the pattern, ``*`` standing for any item; wrong shapes are skipped.

    >>> list(select({"desks": [{"id": "a"}, {}]}, "desks", "*", "id"))
    [(('desks', 0, 'id'), 'a')]
    """
    if not pattern:
        yield (), data
        return
    step, rest = pattern[0], pattern[1:]
    found: list[tuple[Step, Value]] = []
    if step == "*":
        found = list(items(data))
    elif isinstance(data, dict) and step in data:
        found = [(step, data[step])]
    for at, value in found:
        for path, inner in select(value, *rest):
            yield (at, *path), inner


def items(data: Value) -> Iterator[tuple[Step, Value]]:
    """The items of a list or the values of a mapping, with their steps; nothing of a scalar."""
    if isinstance(data, dict):
        yield from data.items()
    elif isinstance(data, list):
        yield from enumerate(data)


def leaves(data: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every scalar with its path."""
    if not isinstance(data, dict | list):
        yield path, data
    for step, value in items(data):
        yield from leaves(value, (*path, step))


def overridden(data: Value, overrides: Mapping[str, object]) -> Value:
    """A copy of ``data`` with values replaced by dotted path; None takes a key away.

    An item of a list is named by its ``id``: ``desks.billing.chat``.

    Raises:
        BadOverride: a path leads to nothing.
    """
    changed: Any = copy.deepcopy(data)
    for path, value in overrides.items():
        *steps, last = path.split(".")
        place: Any = changed
        for step in steps:
            if isinstance(place, dict):
                place = place.setdefault(step, {})
            elif isinstance(place, list):
                place = next(
                    (each for each in place if isinstance(each, dict) and each.get("id") == step),
                    None,
                )
        if not isinstance(place, dict):
            raise BadOverride(path)
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return changed  # type: ignore[no-any-return]  # plain data in, plain data out
