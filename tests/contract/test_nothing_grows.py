"""An event costs the same work however much was said before.

What is counted is work, not time: statements, rows whose body is decoded, and the steps of SQLite's
machine.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.conversation.decision import Decision, Room
from bot.conversation.events import MachineEvent, RoomLost
from bot.conversation.state import Correspondence
from bot.delivery.decisions import Decider
from bot.delivery.ports import Transaction
from bot.storage import codec
from bot.storage.sqlite import SqliteStore
from channels.letter import Letter
from channels.message import Address, Inbound, Said, Sender
from config.settings import Workspace
from config.workspace import load
from escalation.ticket import Author
from tests.values import (
    ANNA,
    NOW,
    change,
    client,
    content,
    conversation,
    message,
    said,
    ticket,
)
from tests.workspaces import EMAIL, small_workspace

SHORT, LONG = 100, 2500
"""Messages, events or exchanges that are there already."""
MARIA = Address(channel="email", chat="maria@client.example")
PETER = Author(kind="specialist", id="telegram:9", name="Пётр")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return load(small_workspace(tmp_path_factory.mktemp("x") / "desk", more=EMAIL), secrets=True)


class Meter:
    """Counts the work of one SQLite store."""

    def __init__(self, path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        def where(desk: str) -> Address:
            return Address(channel="telegram", chat=str(workspace.desks[desk].chat))

        self.store = SqliteStore(path, desks=where)
        self.decide = Decider(lambda: workspace)
        self.counted: Counter[str] = Counter()
        event.listen(self.store._engine, "connect", self._watch)
        load_text = codec.Codec.load

        def loaded(kind: codec.Codec[object], text: str) -> object:
            self.counted["rows"] += 1
            return load_text(kind, text)

        monkeypatch.setattr(codec.Codec, "load", loaded)

    def _watch(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(lambda _text: self.counted.update(statements=1))
        connection.set_progress_handler(lambda: self.counted.update(steps=10), 10)

    async def of(self, happens: MachineEvent) -> Counter[str]:
        """The work of deciding about something."""
        self.counted.clear()

        def work(tx: Transaction) -> Decision:
            return self.decide(tx, happens, NOW)

        decision = await self.store.transact(work)
        assert decision.outgoing
        return self.counted.copy()


def much_was_said(tx: Transaction, number: int) -> None:
    """A client with two tickets and a long history in one, all of it another's but the first."""
    said_so_far = tuple(
        message(
            f"m{n:05}",
            kind="client" if n == 0 else "note",
            author=PETER,
            side_thread="s" if n % 2 else None,
        )
        for n in range(number)
    )
    changes = tuple(change(kind="note") for _ in range(number))
    moved = change(kind="passed", before="core", after="tech", at=NOW - timedelta(days=1))
    talk = conversation(current_ticket=7)
    both = (ticket(7, desk="tech", path=("tech",)), ticket(8, desk="tech", path=("tech",)))
    tx.apply(
        Decision(
            client=client(),
            conversation=talk,
            tickets=both,
            messages=said_so_far,
            events=(moved, *changes),
        ),
        NOW,
    )


def many_exchanges(tx: Transaction, number: int) -> None:
    """A person who has written from one address very often."""
    talks = tuple(
        conversation(f"k{n:05}", MARIA, letters=Correspondence(subject="Help"))
        for n in range(number)
    )
    tx.apply(Decision(client=client(), others=talks), NOW)


def letter() -> Inbound:
    return Inbound(
        channel="email",
        external_id="<new>",
        address=MARIA,
        private=True,
        sender=Sender(id=MARIA.chat, name="Мария"),
        at=NOW,
        event=Said(
            message="<new>",
            content=content("не работает интернет"),
            letter=Letter(subject="Ещё одно", mailbox="support@example.com"),
        ),
    )


def room_lost() -> RoomLost:
    return RoomLost(room=Room(ticket=7, desk="tech").key)


@pytest.mark.parametrize(
    ("before", "happens"),
    [
        pytest.param(much_was_said, lambda: said("x", ANNA), id="one of two tickets"),
        pytest.param(much_was_said, room_lost, id="a room is rebuilt"),
        pytest.param(many_exchanges, letter, id="a letter"),
    ],
)
async def test_the_work_stays_the_same(
    before: Callable[[Transaction, int], None],
    happens: Callable[[], MachineEvent],
    sqlite_template: Path,
    tmp_path: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = []
    for number in (SHORT, LONG):
        path = tmp_path / f"{number}.db"
        shutil.copy(sqlite_template, path)
        meter = Meter(path, workspace, monkeypatch)
        await meter.store.transact(lambda tx, n=number: before(tx, n))  # type: ignore[misc]
        work.append(await meter.of(happens()))
        await meter.store.close()
    short, long = work
    assert long["statements"] == short["statements"]
    assert long["rows"] == short["rows"]
    assert long["steps"] <= 1.2 * short["steps"]
