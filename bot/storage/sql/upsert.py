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
