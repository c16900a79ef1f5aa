"""A small world around the machine: groups, people and a client, on the memory store.

Events go through the real machine; posts are prepared as delivery prepares them and land in
``World.chats``, so that a test reads what people would see.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.conversation.decision import Decision, Room
from bot.conversation.events import DeliveryFailed, MachineEvent, RoomLost, TimerFired
from bot.conversation.machine import begin, conclude
from bot.conversation.state import Client, Conversation, Message
from bot.conversation.ticket import card, life, relay
from bot.conversation.ticket.rooms import attend
from bot.conversation.turn import Turn
from bot.delivery.decisions import Decider
from bot.delivery.outcomes import Outcomes
from bot.delivery.ports import OutboxRow
from bot.delivery.preparing import prepare
from bot.storage.memory import MemoryTransaction
from bot.storage.memory.rows import Tables
from channels.message import (
    Act,
    Address,
    Content,
    Edited,
    Event,
    FormattedText,
    Inbound,
    MessageRef,
    Moved,
    OpenThread,
    Part,
    Pressed,
    Reason,
    Receipt,
    Said,
    Sender,
)
from channels.protocol import EVERYTHING
from channels.telegram.settings import TelegramSettings
from config.settings import Workspace, settings_model
from config.texts import built_in
from escalation.settings import Topic
from escalation.ticket import Author, IntakeAnswer, Ticket, Tried
from faq import Faq
from tests.clock import START
from tests.desk_chats import Chats, Shown
from tests.outbox import due

ADMINS, NETWORK, BILLING, EXPERTS, CLIENT = "-1", "-20", "-21", "-30", "500"
IVAN = Sender(id="11", name="Иван")
OLGA = Sender(id="12", name="Ольга")
PETR = Sender(id="13", name="Пётр")
ANONYMOUS = Sender(id="99", name="Группа", anonymous=True)


def workspace(**changes: Any) -> Workspace:
    """Two desks that talk to clients, and experts above who do not."""
    settings: dict[str, Any] = {
        "company": "Маяк",
        "timezone": "UTC",
        "telegram": TelegramSettings(),
        "admin_chat": ADMINS,
        "desks": [
            {
                "id": "network",
                "title": {"ru": "Сеть", "en": "Network"},
                "chat": NETWORK,
                "escalates_to": "experts",
            },
            {"id": "billing", "title": "Расчёты", "chat": BILLING, "speak": "note"},
            {"id": "experts", "line": 3, "title": "Эксперты", "chat": EXPERTS},
        ],
        "routing": {
            "rules": [{"topic": ["money"], "desk": "billing"}],
            "fallback": "network",
        },
    }
    topics = [
        Topic.model_validate(
            {
                "id": "internet",
                "title": {"ru": "Нет интернета", "en": "No internet"},
                "questions": [{"id": "contract", "type": "text", "ask": "Какой договор?"}],
                "priorities": [{"when": {"contract": "vip"}, "priority": "urgent"}],
            }
        ),
        Topic.model_validate({"id": "money", "title": "Оплата", "priority": "low"}),
    ]
    return Workspace(
        folder=Path("workspace"),
        settings=settings_model().model_validate(settings | changes),
        topics={topic.id: topic for topic in topics},
        faq=Faq(folder=Path("workspace"), entries={}, sections=()),
        texts=built_in(),
    )


Failure = Callable[[OutboxRow, Act], Reason | bool | None]
"""What becomes of a post: True arrives, a reason fails, None leaves nobody any the wiser."""


class World:
    """Everything there is. Threads are called ``t1``, ``t2`` …, messages are numbered."""

    def __init__(self, used: Workspace | None = None, *, forum: bool = True) -> None:
        self.workspace = used or workspace()
        self.forum = forum
        self.now: datetime = START
        self._ids = (f"id{number}" for number in itertools.count(1))
        self.tables = Tables()
        self.tx = MemoryTransaction(self.tables, lambda: next(self._ids), self._desk_address)
        self._decider = Decider(lambda: self.workspace)
        self._threads = itertools.count(1)
        self._chats = Chats()
        self._numbers = self._chats.numbers
        self.chats = self._chats.shown
        self.releases = self._chats.releases
        self.closed = self._chats.closed
        self.left = self._chats.left
        self.sent: list[tuple[Address, Act]] = []
        self.titles: dict[str, str] = {}
        self.fails: Failure = lambda row, act: True
        self.decisions: list[Decision] = []
        self._client()

    def _desk_address(self, desk: str) -> Address:
        return Address(channel="telegram", chat=self.workspace.desks[desk].chat)

    def _client(self) -> None:
        client = Client(id="c1", name="Анна", username="anna", created_at=self.now)
        conversation = Conversation(
            id="k1",
            client="c1",
            address=Address(channel="telegram", chat=CLIENT),
            language="ru",
        )
        self.tx.apply(Decision(client=client, conversation=conversation), self.now)

    # ---- deciding

    def decide(self, event: MachineEvent) -> Decision:
        with self.tx.savepoint():
            decision = self._decider(self.tx, event, self.now)
        self.decisions.append(decision)
        return decision

    def turn(self) -> Turn:
        """A turn about the client, as the client's side of the machine has it."""
        turn = begin(
            now=self.now, workspace=self.workspace, records=self.tx.records, ids=self.tx.ids
        )
        conversation, client = self.tx.records.conversation("k1"), self.tx.records.client("c1")
        assert conversation is not None
        assert client is not None
        turn.about(conversation, client)
        return turn

    def finish(self, turn: Turn) -> Decision:
        decision = conclude(turn)
        self.tx.apply(decision, self.now)
        for message in decision.messages:
            for ref in message.content.source:
                self.tx.chats.link(message.id, ref.channel, ref.chat, [ref.id], thread=None)
        self.decisions.append(decision)
        return decision

    # ---- the client

    def client_message(
        self,
        text: str = "",
        *,
        parts: tuple[Part, ...] = (),
        forwarded_from: str | None = None,
        reply_to: str | None = None,
    ) -> Message:
        ref = MessageRef(channel="telegram", chat=CLIENT, id=str(next(self._numbers)))
        return Message(
            id=self.tx.ids.new_id(),
            conversation="k1",
            ticket=None,
            kind="client",
            author=Author(kind="client", id=f"telegram:{CLIENT}", name="Анна"),
            content=Content(
                text=FormattedText(text),
                parts=parts,
                source=(ref,),
                forwarded_from=forwarded_from,
            ),
            at=self.now,
            reply_to=reply_to,
        )

    def open_ticket(
        self,
        *said: str,
        topic: str | None = "internet",
        answers: Sequence[IntakeAnswer] = (),
        tried: Sequence[Tried] = (),
        deliver: bool = True,
    ) -> Ticket:
        turn = self.turn()
        ticket = life.open_ticket(
            turn,
            topic=topic,
            subject="Не работает",
            answers=answers,
            tried=tried,
            messages=[self.client_message(text) for text in said or ("Не работает интернет",)],
        )
        self.finish(turn)
        if deliver:
            self.deliver()
        return self.ticket(ticket.number)

    def client_says(self, number: int, text: str = "", **more: Any) -> Message:
        turn, message = self.turn(), self.client_message(text, **more)
        attend(turn, self.ticket(number))
        relay.client_said(turn, self.ticket(number), message)
        self.finish(turn)
        self.deliver()
        return message

    def client_edits(self, number: int, message: Message, content: Content) -> None:
        turn = self.turn()
        changed = replace(message, content=content)
        relay.client_corrected(turn, self.ticket(number), changed, message.content)
        self.finish(turn)
        self.deliver()

    # ---- people in groups

    def inbound(
        self, who: Sender, chat: str, thread: str | None, event: Event, *, private: bool = False
    ) -> Inbound:
        return Inbound(
            channel="telegram",
            external_id=str(next(self._numbers)),
            address=Address(channel="telegram", chat=chat, thread=thread),
            private=private,
            sender=who,
            at=self.now,
            event=event,
        )

    def say(
        self,
        who: Sender,
        desk: str,
        text: str = "",
        *,
        ticket: int = 1,
        reply_to: str | None = None,
        parts: tuple[Part, ...] = (),
        deliver: bool = True,
    ) -> str:
        """Write in a ticket's place at a desk: its topic, or a reply to its card."""
        chat = self.workspace.desks[desk].chat
        thread = self.thread(ticket, desk)
        if thread is None and reply_to is None:
            reply_to = self.card(desk, ticket).id
        return self.write(who, chat, thread, text, reply_to=reply_to, parts=parts, deliver=deliver)

    def write(
        self,
        who: Sender,
        chat: str,
        thread: str | None,
        text: str,
        *,
        reply_to: str | None = None,
        parts: tuple[Part, ...] = (),
        deliver: bool = True,
    ) -> str:
        message = str(next(self._numbers))
        ref = MessageRef(channel="telegram", chat=chat, id=message)
        content = Content(text=FormattedText(text), parts=parts, source=(ref,))
        self.chats.setdefault(chat, {})[message] = Shown(message, thread, content)
        said = Said(message=message, content=content, reply_to=reply_to)
        self.decide(self.inbound(who, chat, thread, said))
        if deliver:
            self.deliver()
        return message

    def edit(self, who: Sender, desk: str, message: str, text: str, *, ticket: int = 1) -> None:
        chat = self.workspace.desks[desk].chat
        ref = MessageRef(channel="telegram", chat=chat, id=message)
        content = Content(text=FormattedText(text), source=(ref,))
        event = Edited(message=message, content=content)
        self.decide(self.inbound(who, chat, self.thread(ticket, desk), event))
        self.deliver()

    def press(
        self,
        who: Sender,
        desk: str,
        data: str,
        *,
        message: str | None = None,
        ticket: int = 1,
        deliver: bool = True,
    ) -> str:
        """Press a button; what the presser is told."""
        chat = self.workspace.desks[desk].chat
        press = f"p{next(self._numbers)}"
        event = Pressed(press=press, data=data, message=message)
        self.decide(self.inbound(who, chat, self.thread(ticket, desk), event))
        if not deliver:
            return press
        self.deliver()
        told = [r.text for r in self.releases if r.press == press]
        assert len(told) == 1, "a press is released once"
        return told[0]

    def move_group(self, old: str, new: str) -> None:
        self.decide(self.inbound(IVAN, old, None, Moved(chat=new)))
        self.deliver()

    def fire(self, kind: Any, subject: int | str) -> None:
        self.decide(TimerFired(kind=kind, subject=str(subject)))
        self.deliver()

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)

    # ---- delivering

    def deliver(self) -> None:
        """Deliver everything that waits."""
        for _ in range(1000):
            rows = due(self.tx, self.now, limit=1)
            if not rows:
                return
            self._deliver(rows[0])
        raise AssertionError("the outbox never ends")

    def _deliver(self, row: OutboxRow) -> None:
        title = (
            card.title(self.tx.records, self.workspace, row.place.room) if row.place.room else ""
        )
        repeated = lambda row: FormattedText("↻")  # noqa: E731 - a word of one character
        prepared = prepare(
            self.tx,
            row,
            self.now,
            title=title,
            merge=False,
            able=replace(EVERYTHING, threads=self.forum),
            repeated=repeated,
            in_words=lambda tx, row, content: content,
        )
        if isinstance(prepared, str):
            Outcomes(self._decider).unsent(self.tx, row, prepared, self.now)
            return
        self.tx.claims.take([row.id], "here")
        act, address = prepared.outbound.act, prepared.outbound.address
        fate = self.fails(row, act)
        if fate is not True:
            self._fail(row, fate or None)
            return
        if prepared.opens is not None:
            thread = f"t{next(self._threads)}"
            assert isinstance(act, OpenThread)
            self.titles[thread] = act.title
            self.tx.chats.room_opened(prepared.opens, replace(address, thread=thread))
            self.tx.outbox.postpone(row.id, self.now, "opened")
            return
        self.sent.append((address, act))
        posted = self._chats.carry_out(address, act)
        self.tx.outbox.delivered(
            row.id, Receipt(at=self.now, messages=posted, thread=address.thread)
        )

    def _fail(self, row: OutboxRow, reason: Reason | None) -> None:
        self.tx.outbox.fail(row.id, "failed" if reason else "uncertain", "as the test said")
        self.decide(
            DeliveryFailed(
                outgoing=row.id,
                to=row.place.address,
                reason=reason,
                detail="as the test said",
                conversation=row.outgoing.conversation,
                origin=row.outgoing.origin,
                room=row.place.room.key if row.place.room else None,
                post=row.outgoing,
                audience=row.outgoing.audience,
            )
        )

    def delete_thread(self, desk: str, ticket: int = 1) -> str:
        """Somebody deletes a topic; delivery finds out."""
        room = Room(ticket=ticket, desk=desk)
        thread = self.thread(ticket, desk)
        assert thread is not None
        chat = self.chats[self.workspace.desks[desk].chat]
        for message in [m for m in chat.values() if m.thread == thread]:
            del chat[message.id]
        assert self.tx.chats.room_lost(room, thread)
        self.decide(RoomLost(room=room.key))
        return thread

    # ---- looking

    def ticket(self, number: int = 1) -> Ticket:
        ticket = self.tx.records.ticket(number)
        assert ticket is not None
        return ticket

    def thread(self, ticket: int, desk: str) -> str | None:
        opened = self.tables.rooms.get(Room(ticket=ticket, desk=desk).key)
        return opened.address.thread if opened else None

    def seen(self, desk: str, ticket: int = 1) -> list[Shown]:
        """What stands in a ticket's topic (or in the plain group)."""
        chat = self.chats.get(self.workspace.desks[desk].chat, {})
        thread = self.thread(ticket, desk)
        return [m for m in chat.values() if m.thread == thread]

    def texts(self, desk: str, ticket: int = 1) -> list[str]:
        return [m.text for m in self.seen(desk, ticket)]

    def last(self, desk: str, ticket: int = 1) -> Shown:
        return self.seen(desk, ticket)[-1]

    def card(self, desk: str, ticket: int = 1) -> Shown:
        handle = f"card:{ticket}@{desk}"
        chat = self.workspace.desks[desk].chat
        places = self.tx.records.places_of(handle, "telegram", chat)
        assert places, "there is no card"
        return self.chats[chat][places[0]]

    @property
    def client_sees(self) -> list[str]:
        return [m.text for m in self.chats.get(CLIENT, {}).values()]

    @property
    def admins_see(self) -> list[str]:
        return [m.text for m in self.chats.get(ADMINS, {}).values()]

    def events(self, number: int = 1) -> list[str]:
        return [event.kind for event in self.tx.records.ticket_events(number)]
