"""``INSERT … ON CONFLICT``: SQLite and PostgreSQL share it, SQLAlchemy has it per dialect.

All are ``inline``: nobody asks for the key of the new row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

ByDialect = Mapping[str, Insert]
"""The statement for each dialect name."""


def insert_new(table: Table) -> ByDialect:
    """Insert a row unless one like it exists; ``rowcount`` tells which."""
    lite, post = sqlite.insert(table).inline(), postgresql.insert(table).inline()
    return {
        "sqlite": lite.on_conflict_do_nothing(),
        "postgresql": post.on_conflict_do_nothing(),
    }


def upsert(table: Table, keys: Sequence[str], change: Sequence[str]) -> ByDialect:
    """Insert a row, or change some columns of the one with the same keys."""
    lite, post = sqlite.insert(table).inline(), postgresql.insert(table).inline()
    return {
        "sqlite": lite.on_conflict_do_update(
            index_elements=keys, set_={name: lite.excluded[name] for name in change}
        ),
        "postgresql": post.on_conflict_do_update(
            index_elements=keys, set_={name: post.excluded[name] for name in change}
        ),
    }


def count_up(table: Table, keys: Sequence[str], count: str, change: Sequence[str]) -> ByDialect:
    """Insert a row, or add the new row's count to the one with the same keys and change some
    columns of it. Two who count at once wait for each other, and both are counted."""
    lite, post = sqlite.insert(table).inline(), postgresql.insert(table).inline()
    return {
        "sqlite": lite.on_conflict_do_update(
            index_elements=keys,
            set_={count: table.c[count] + lite.excluded[count]}
            | {name: lite.excluded[name] for name in change},
        ),
        "postgresql": post.on_conflict_do_update(
            index_elements=keys,
            set_={count: table.c[count] + post.excluded[count]}
            | {name: post.excluded[name] for name in change},
        ),
    }
