"""``linezero aside``: what was set aside is shown and can be put back, also what cannot be read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.delivery.ports import Transaction, Unreadable
from bot.storage.sqlite import SqliteStore
from tests.damage import NEWER, damaged, damaged_post
from tests.values import ANNA, BORIS, NOW, said, say, sending
from tests.workspaces import small_workspace

RUN = CliRunner()


async def set_aside(path: Path) -> None:
    """One row that could not be decided about, and one that cannot be read."""

    def work(tx: Transaction) -> None:
        tx.inbox.accept([said("1"), said("2", BORIS)], None, NOW)
        damaged("2")(tx)
        while rows := tx.inbox.next(NOW):
            for row in rows:
                if isinstance(row, Unreadable):
                    tx.inbox.set_aside([row.row], row.error, NOW)
                else:
                    tx.inbox.set_aside([row.id], "Traceback\n  File x\nKeyError: 'k'", NOW)

    store = SqliteStore(path)
    await store.transact(work)
    await store.close()


@pytest.fixture
async def workspace(tmp_path: Path) -> Path:
    small_workspace(tmp_path)
    await set_aside(tmp_path / "linezero.db")
    return tmp_path


def test_both_are_shown(workspace: Path) -> None:
    """case A13"""
    shown = RUN.invoke(app, ["aside", str(workspace), "--json"])
    assert shown.exit_code == 0, shown.output
    decided, unreadable = json.loads(shown.stdout)
    assert (decided["from"], "raw" in decided) == (ANNA.key, False)
    assert (unreadable["from"], unreadable["raw"]) == (BORIS.key, NEWER)
    assert "ValidationError" in unreadable["error"]
    table = RUN.invoke(app, ["aside", str(workspace)], terminal_width=200)
    assert "KeyError" in table.stdout
    assert "by a newer" in table.stdout


def test_both_are_put_back(workspace: Path) -> None:
    back = RUN.invoke(app, ["aside", str(workspace), "--replay"])
    assert back.exit_code == 0, back.output
    assert "2 put back" in back.stdout
    empty = RUN.invoke(app, ["aside", str(workspace)])
    assert "Nothing was set aside" in empty.stdout


def test_what_was_to_be_sent_is_shown_and_put_back_too(tmp_path: Path) -> None:
    """A post that this version cannot read is set aside, not lost."""
    small_workspace(tmp_path)
    asyncio.run(set_aside_post(tmp_path / "linezero.db"))
    shown = RUN.invoke(app, ["aside", str(tmp_path), "--json"])
    assert shown.exit_code == 0, shown.output
    [post] = json.loads(shown.stdout)
    assert (post["to"], post["raw"]) == (ANNA.key, NEWER)
    assert "→ telegram:101" in RUN.invoke(app, ["aside", str(tmp_path), "--replay"]).stdout
    assert RUN.invoke(app, ["aside", str(tmp_path), "--json"]).stdout.strip() == "[]"


async def set_aside_post(path: Path) -> None:
    def work(tx: Transaction) -> None:
        tx.apply(sending(say("from a newer version")), NOW)
        [head] = tx.claims.heads(NOW)
        damaged_post(head.row)(tx)
        [row] = tx.outbox.rows([head.row])
        assert isinstance(row, Unreadable)
        tx.outbox.set_aside(row.row, row.error)

    store = SqliteStore(path)
    await store.transact(work)
    await store.close()
