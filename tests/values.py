"""Short ways to make the values storage tests are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversation.decision import Action, Decision, Outgoing, Place, Room, Say
from bot.conversation.state import Client, Conversation, Message
from bot.delivery.ports import InboxRow, Unreadable
from channels.message import Address, Content, FormattedText, Inbound, Said, Sender
from escalation.ticket import Author, Priority, Status, Ticket, TicketEvent

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANNA = Address(channel="telegram", chat="101")
BORIS = Address(channel="telegram", chat="102")
GROUP = Address(channel="telegram", chat="-500")
ROOM = Room(ticket=7, desk="network")


def desk_chat(desk: str) -> Address:
    """Where desks work: all in one group."""
    if desk == "nowhere":
        raise LookupError(desk)
    return GROUP


def content(text: str) -> Content:
    return Content(text=FormattedText(text))


def said(
    external: str, at: Address = ANNA, *, text: str = "hi", album: str | None = None
) -> Inbound:
    """Something a client wrote."""
    return Inbound(
        channel=at.channel,
        external_id=external,
        address=at,
        private=True,
        sender=Sender(id=at.chat, name="Анна"),
        at=NOW,
        event=Said(message=external, content=content(text), album=album),
    )


def readable(rows: Iterable[InboxRow | Unreadable[int]]) -> list[InboxRow]:
    """Rows of the inbox, none of which is damaged."""
    found = list(rows)
    assert not [row for row in found if isinstance(row, Unreadable)]
    return [row for row in found if isinstance(row, InboxRow)]


def say(text: str, to: Place = ANNA, *, handle: str | None = None, **fields: Any) -> Outgoing:
    """Something to post, for whom :func:`act` says."""
    return act(Say(content=content(text), handle=handle), to, **fields)


def act(action: Action, to: Place = ANNA, **fields: Any) -> Outgoing:
    """Something to do: for a desk, unless it is of a dialogue or somebody is named."""
    fields.setdefault("audience", "client" if fields.get("conversation") else "desk")
    return Outgoing(to=to, action=action, **fields)


def sending(*outgoing: Outgoing) -> Decision:
    return Decision(outgoing=outgoing)


def client(key: str = "c1", **fields: Any) -> Client:
    return Client(**{"id": key, "name": "Анна", "created_at": NOW, **fields})


def conversation(key: str = "k1", at: Address = ANNA, **fields: Any) -> Conversation:
    return Conversation(**{"id": key, "client": "c1", "address": at, "language": "ru", **fields})


def ticket(number: int = 7, **fields: Any) -> Ticket:
    return Ticket(
        **{
            "number": number,
            "conversation": "k1",
            "client": "c1",
            "topic": "internet",
            "subject": "нет связи",
            "desk": "network",
            "line": 2,
            "status": Status.NEW,
            "priority": Priority.NORMAL,
            "opened_at": NOW,
            "changed_at": NOW,
            **fields,
        }
    )


def message(key: str, *, of: int | None = 7, text: str = "hi", **fields: Any) -> Message:
    return Message(
        **{
            "id": key,
            "conversation": "k1",
            "ticket": of,
            "kind": "client",
            "author": Author(kind="client", id="telegram:101", name="Анна"),
            "content": content(text),
            "at": NOW,
            **fields,
        }
    )


def change(number: int = 7, **fields: Any) -> TicketEvent:
    return TicketEvent(
        **{
            "ticket": number,
            "at": NOW,
            "author": Author(kind="specialist", id="telegram:9", name="Пётр"),
            "kind": "status",
            **fields,
        }
    )
