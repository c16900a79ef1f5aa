"""Alembic's entry: runs migrations on the connection it is given (see ``bot.storage.migrate``)."""

from __future__ import annotations

from alembic import context

from bot.storage.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
