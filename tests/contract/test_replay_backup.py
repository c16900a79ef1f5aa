"""What `linezero replay` leaves behind in a restored PostgreSQL database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.engine import URL

from bot.conversation.decision import Decision
from bot.delivery import noted
from bot.delivery.ports import Store
from bot.replaying import CannotReplay, replayed
from bot.storage import open_store
from bot.storage.sql.schema import metadata
from channels.message import Address
from config.workspace import load
from tests import postgres
from tests.values import NOW, conversation, said, say
from tests.workspaces import small_workspace


def rows(url: URL) -> dict[str, list[Any]]:
    """Everything in every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


async def decided(store: Store, name: str) -> None:
    place = Address(channel="telegram", chat=name)
    decision = Decision(conversation=conversation(name, place), outgoing=(say("hello", place),))
    event = said(name, place)
    await store.transact(lambda tx: tx.inbox.accept([event], None, NOW))
    await store.transact(lambda tx: noted.decide(tx, event, decision, [], NOW))


async def test_no_row_of_a_restored_database_is_changed(
    postgres_database: URL, tmp_path: Path
) -> None:
    """It is brought up to date and counts on; what was in it is in it."""
    workspace = load(small_workspace(tmp_path))
    url = postgres.emptied(postgres_database)
    backup = url.set(drivername="postgresql").render_as_string(hide_password=False)
    for at, names in (("sqlite:///linezero.db", ["k1", "k2"]), (backup, ["k1"])):
        numbers = iter(range(9))
        store = open_store(
            at,
            folder=tmp_path,
            desks=workspace.place_of,
            new_id=lambda numbers=numbers: f"r{next(numbers)}",  # type: ignore[misc]  # a default binds the loop's value
        )
        for name in names:
            await decided(store, name)
        await store.close()
    before = rows(url)
    report = await replayed(workspace, backup, datetime.min.replace(tzinfo=UTC))
    assert report.decided == 1
    assert rows(url) == before


async def test_the_database_that_is_worked_on_is_no_backup(
    postgres_database: URL, tmp_path: Path
) -> None:
    """Also by another spelling of its address. Nothing of it is touched."""
    url = postgres.emptied(postgres_database).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    workspace = load(small_workspace(tmp_path, database=address))
    other = url.update_query_dict({"application_name": "backup"})
    for backup in (url, other.set(drivername="postgresql+psycopg")):
        address = backup.render_as_string(hide_password=False)
        with pytest.raises(CannotReplay) as refused:
            await replayed(workspace, address, datetime.min.replace(tzinfo=UTC))
        assert refused.value.key == "replay.live"
        assert not backup.password or backup.password not in str(refused.value.args_of_text)
