"""Lists as one parameter of a statement, which so stays the same however long they are."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from bot.storage.codec import whole_text


def listed(name: str, dialect: str) -> Select[Any]:
    """The texts of a list that is one parameter, as JSON."""
    values = bindparam(name, type_=Text)
    if dialect == "sqlite":
        return select(func.json_each(values).table_valued("value"))
    return select(func.jsonb_array_elements_text(cast(values, JSONB)).column_valued(name))


def one_of(column: ColumnElement[str], name: str, dialect: str) -> ColumnElement[bool]:
    """Whether a column is one of such a list, looked up in its index."""
    if dialect == "sqlite":
        return column.in_(listed(name, dialect))
    # As an array: a subquery would be joined, by reading the whole table if that is not large.
    return column == any_(func.array(listed(name, dialect).scalar_subquery()))


def as_list(texts: Collection[str]) -> str:
    """The parameter for :func:`listed`."""
    return json.dumps([whole_text(text) for text in texts])
