"""Migrations lead to exactly the schema the program works with, step by step and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

from bot.storage.migrate import FOLDER, HEAD, migrate, revision, run
from bot.storage.postgres import postgres_engine
from bot.storage.sql.schema import metadata
from bot.storage.sqlite import sqlite_engine
from tests import postgres

SCRIPTS = ScriptDirectory(str(FOLDER))
STEPS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path / "x.db")
        yield made
        made.dispose()
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        made = postgres_engine(url)
        yield made
        made.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def described(connection: Connection) -> dict[str, object]:
    """All tables with columns, keys and indexes, as the database tells them."""
    found = inspect(connection)
    tables = [name for name in found.get_table_names() if name != "alembic_version"]
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted(str(sorted(u.items())) for u in found.get_unique_constraints(name)),
            sorted(json.dumps(i, default=str, sort_keys=True) for i in found.get_indexes(name)),
        )
        for name in tables
    }


def test_the_program_knows_the_newest_migration() -> None:
    assert SCRIPTS.get_heads() == [HEAD]


def test_migrated_is_what_the_program_works_with(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        assert revision(connection) == HEAD
        assert differences(connection) == []
        migrated = described(connection)
        run(connection, "base")
        metadata.create_all(connection)
        assert described(connection) == migrated
    assert set(migrated) == set(metadata.tables)


def test_every_step_goes_up_down_and_up(engine: Engine) -> None:
    with engine.begin() as connection:
        previous = "base"
        for step in STEPS:
            run(connection, step)
            run(connection, previous)
            assert revision(connection) == (None if previous == "base" else previous)
            run(connection, step)
            previous = step
        run(connection, "base")
        assert described(connection) == {}


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO clients (id, version, body) VALUES ('c1', 1, '{}')"))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM clients")).scalar() == 1


def test_clients_of_before_have_a_first_version(engine: Engine) -> None:
    with engine.begin() as connection:
        run(connection, "0002")
        connection.execute(text("INSERT INTO clients (id, body) VALUES ('c1', '{}')"))
        run(connection, "0005")
        found = connection.execute(text("SELECT version, body FROM clients")).one()
        assert tuple(found) == (1, "{}")
        run(connection, "0002")
        assert connection.execute(text("SELECT id, body FROM clients")).one() == ("c1", "{}")


def test_the_numbers_of_a_journal_of_before_go_on(engine: Engine) -> None:
    """So a backup of before is told from one that the journal reaches back to."""
    add = "INSERT INTO journal (number, kind, body) VALUES (:number, 'Ended', '')"
    with engine.begin() as connection:
        run(connection, "0008")
        for number in (41, 42):
            connection.execute(text(add), {"number": number})
        run(connection, "0009")
        connection.execute(text("INSERT INTO journal (body) VALUES (:body)"), {"body": b"?"})
        found = connection.execute(text("SELECT number FROM journal ORDER BY number")).scalars()
        assert list(found) == [42, 43]
        run(connection, "0008")
        assert connection.execute(text("SELECT number, kind FROM journal")).one() == (43, "Taken")


def test_a_migration_that_fails_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tickets (number integer)"))
    with pytest.raises(Exception, match="tickets"):
        migrate(engine)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["tickets"]


def test_processes_that_start_together_take_turns(engine: Engine) -> None:
    url: URL = engine.url

    def start(_number: int) -> str | None:
        mine = (
            postgres_engine(url)
            if url.get_backend_name() == "postgresql"
            else sqlite_engine(Path(url.database or ""))
        )
        try:
            migrate(mine)
            with mine.begin() as connection:
                return revision(connection)
        finally:
            mine.dispose()

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(start, range(3))) == [HEAD] * 3


def test_rows_from_before_lanes_have_theirs(engine: Engine) -> None:
    """And go on having it on the way down and up again, wherever they are readdressed."""
    row = {
        "id": "r1",
        "order_key": "k",
        "position": 0,
        "urgency": 0,
        "state": "waiting",
        "due": 0 if engine.dialect.name == "sqlite" else "2026-01-01",
        "channel": "telegram",
        "chat": "-500",
        "enqueued_at": 0 if engine.dialect.name == "sqlite" else "2026-01-01",
        "attempts": 0,
        "owner": "",
        "error": "",
        "arrived": "[]",
        "body": "{}",
    }
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        run(connection, "0002")
        connection.execute(text(f"INSERT INTO outbox ({names}) VALUES ({values})"), row)  # noqa: S608 - names from above
        for target in ("0003", "0002", "0003"):
            run(connection, target)
        assert connection.execute(text("SELECT lane FROM outbox")).scalar() == "telegram:-500"
        connection.execute(text("UPDATE outbox SET chat = '-1009'"))
        assert connection.execute(text("SELECT lane FROM outbox")).scalar() == "telegram:-1009"
