"""What an event costs does not grow with what was said before (review, section 2: growth).

Counted in statements, and in rows that come back: one statement may read a whole history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Executable

from bot.conversation.decision import Decision, Room
from bot.conversation.events import MachineEvent, RoomLost
from bot.conversation.state import Message
from bot.conversation.ticket.history import SHOWN
from bot.delivery.decisions import Decider
from bot.delivery.ports import Store, Transaction
from bot.storage.sql.session import NOTHING, Session
from bot.storage.sql.statements import Answer
from channels.message import Address, Inbound, Said, Sender
from escalation.ticket import Author, Status
from tests.desk_world import NETWORK, workspace
from tests.values import NOW, client, content, conversation, message, said, ticket

FEW, MANY = 10, 2000
THREAD = Address(channel="telegram", chat=NETWORK, thread="70")
ROOM = Room(ticket=7, desk="network")
IVAN = Sender(id="11", name="Иван")
PERSON = Author(kind="specialist", id="telegram:11", name="Иван")


def at_desk(text: str) -> Inbound:
    return Inbound(
        channel="telegram",
        external_id="d1",
        address=THREAD,
        private=False,
        sender=IVAN,
        at=NOW,
        event=Said(message="900", content=content(text)),
    )


EVENTS: dict[str, MachineEvent] = {
    "a client's words": said("c1", text="Всё ещё не работает"),
    "a specialist's reply": at_desk("Проверьте кабель"),
    "a message is recalled": at_desk("/recall"),
    "the history is shown": at_desk("/history"),
    "the client asks how it stands": said("c1", text="/status"),
    "a topic was deleted": RoomLost(room=ROOM.key),
    "a note": at_desk("/note звонил, не берёт"),
    "a ticket is passed on": at_desk("/pass billing не наше"),
    "a ticket is resolved": at_desk("/resolve заменили кабель"),
}


class Counted(Exception):
    """The event was decided about; nothing of it stays."""


WHOLE_HISTORY = {
    "a client's words",
    "a message is recalled",
    "the history is shown",
    "a topic was deleted",
    "a ticket is passed on",
}
"""Still read everything that was ever said, in one statement, to find one message of it or to show
the last forty: this set is to be empty once the store can be asked for just that."""


@dataclass
class Costs:
    statements: int = 0
    rows: int = 0
    """That came back."""


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    made, run, rows = Costs(), Session.run, Answer.__iter__

    def counted(
        self: Session, statement: Executable, parameters: Mapping[str, Any] = NOTHING
    ) -> Answer:
        made.statements += 1
        return run(self, statement, parameters)

    def counted_rows(self: Answer) -> Iterator[Any]:
        for row in rows(self):
            made.rows += 1
            yield row

    monkeypatch.setattr(Session, "run", counted)
    monkeypatch.setattr(Answer, "__iter__", counted_rows)
    return made


def ancient(numbers: range) -> tuple[Message, ...]:
    """What a client and a specialist said, all of it a moment ago."""
    return tuple(
        message(
            f"m{n:05}",
            at=NOW - timedelta(milliseconds=MANY - n),
            kind="reply" if n % 2 else "client",
            author=PERSON if n % 2 else Author(kind="client", id="telegram:101", name="Анна"),
        )
        for n in numbers
    )


def fill(tx: Transaction) -> None:
    """A client with two tickets at a desk; a few messages in one of them."""
    people = Decision(client=client(), conversation=conversation(current_ticket=7))
    tickets = tuple(ticket(n, status=Status.IN_PROGRESS, assignee=PERSON) for n in (7, 8))
    tx.apply(replace(people, tickets=tickets, messages=ancient(range(FEW))), NOW)
    for number in (7, 8):
        thread = replace(THREAD, thread=f"{number}0")
        tx.chats.room_opened(Room(ticket=number, desk="network"), thread)


async def costs_of_all(store: Store, costs: Costs) -> dict[str, tuple[int, int]]:
    """Statements and rows of each event. Nothing of it stays."""
    decider, found = Decider(workspace), dict[str, tuple[int, int]]()

    def decide(tx: Transaction, event: MachineEvent) -> None:
        costs.statements = costs.rows = 0
        assert decider(tx, event, NOW).outgoing, "it was understood"
        raise Counted

    for name, event in EVENTS.items():
        with pytest.raises(Counted):
            await store.transact(partial(decide, event=event))
        found[name] = (costs.statements, costs.rows)
    return found


@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
async def test_what_was_said_before_costs_nothing(store: Store, costs: Costs) -> None:
    await store.transact(fill)
    few = await costs_of_all(store, costs)
    more = Decision(messages=ancient(range(FEW, MANY)))
    await store.transact(lambda tx: tx.apply(more, NOW))
    many = await costs_of_all(store, costs)
    asked = {name: (few[name][0], many[name][0]) for name in EVENTS}
    rebuilt, again = asked.pop("a topic was deleted")
    assert again <= rebuilt + SHOWN, "of each message that is shown it is asked whether it waits"
    assert {name: pair for name, pair in asked.items() if pair[1] > pair[0]} == {}
    rows = {name: many[name][1] for name in EVENTS if many[name][1] > few[name][1] + SHOWN}
    assert set(rows) <= WHOLE_HISTORY, rows
