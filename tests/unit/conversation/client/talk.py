"""A client talking to the whole machine over the in-memory store, without a channel or a clock."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.conversation.decision import (
    Decision,
    Mark,
    Outgoing,
    Release,
    Rewrite,
    Room,
    Say,
)
from bot.conversation.events import TimerFired
from bot.conversation.state import Client, Conversation, Message
from bot.delivery.decisions import Decider
from bot.delivery.ports import Transaction
from bot.storage.memory import MemoryStore
from channels.message import (
    Address,
    Button,
    Buttons,
    Content,
    Edited,
    Event,
    FormattedText,
    Inbound,
    MessageRef,
    Part,
    Pressed,
    Reachability,
    Receipt,
    Said,
    Sender,
    ShareRequest,
)
from config.settings import Workspace
from escalation.ticket import Author, Ticket
from tests.outbox import due

T = TypeVar("T")

MONDAY_NOON = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
"""12:00 in Moscow, desks are open."""


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run something that never really waits."""
    while True:
        try:
            work.send(None)
        except StopIteration as end:
            result: T = end.value
            return result


class Talk:
    """One client (``chat``) and everything the bot shows them."""

    def __init__(
        self, workspace: Workspace, *, chat: str = "7", language: str | None = "ru"
    ) -> None:
        self.workspace = workspace
        self.now = MONDAY_NOON
        self.chat = chat
        self.language = language
        self.store = MemoryStore(desks=lambda desk: Address(channel="telegram", chat=f"-{desk}"))
        self.decide = Decider(lambda: self.workspace)
        self.shown: list[tuple[str, Say]] = []
        """What the client's chat shows: (foreign id, post), oldest first."""
        self.at_desk: list[tuple[Room, Say]] = []
        self.released: list[Release] = []
        self.marks: list[Mark] = []
        self.last: Decision = Decision()
        self.hold = False
        """Leave posts undelivered."""
        self._next = 100

    # ------------------------------------------------------------ what the client does

    def say(self, text: str = "", *parts: Part, reply_to: str | None = None) -> str:
        """Write something; returns its foreign id."""
        foreign = self._foreign()
        content = Content(
            text=FormattedText(text),
            parts=parts,
            source=(MessageRef(channel="telegram", chat=self.chat, id=foreign),),
        )
        self.arrive(Said(message=foreign, content=content, reply_to=reply_to))
        return foreign

    def edit(self, foreign: str, text: str) -> None:
        self.arrive(Edited(message=foreign, content=Content(text=FormattedText(text))))

    def press(self, label: str) -> str:
        """Press the lowest button whose label contains ``label``; returns its data."""
        for foreign, post in reversed(self.shown):
            for each in buttons_of(post):
                if label in each.label and each.action is not None:
                    self.press_data(each.action, foreign)
                    return each.action
        raise AssertionError(f"no button {label!r} among {self.labels()}")

    def press_data(self, data: str, message: str | None = None) -> None:
        self.arrive(Pressed(press=self._foreign(), data=data, message=message))

    def reach(self, reachable: bool) -> None:
        self.arrive(Reachability(reachable=reachable))

    def arrive(self, event: Event) -> None:
        address = Address(channel="telegram", chat=self.chat)
        self.happen(
            Inbound(
                channel="telegram",
                external_id=self._foreign(),
                address=address,
                private=True,
                sender=Sender(id=self.chat, name="Анна", username="anna", language=self.language),
                at=self.now,
                event=event,
            )
        )

    def pass_time(self, **span: float) -> None:
        """Let time go by; timers that are due ring."""
        self.now += timedelta(**span)
        for timer in self.transact(lambda tx: list(tx.timers.due(self.now, 100))):
            self.transact(lambda tx, t=timer: tx.timers.drop(t))  # type: ignore[misc]  # the usual default-argument idiom
            self.happen(TimerFired(kind=timer.kind, subject=timer.subject))

    # ------------------------------------------------------------ what specialists do

    def change_ticket(self, number: int, **fields: Any) -> Ticket:
        """Change a ticket behind the machine's back."""
        ticket = replace(self.ticket(number), **fields)
        self.transact(lambda tx: tx.apply(Decision(tickets=(ticket,)), self.now))
        return self.ticket(number)

    def take(self, number: int) -> None:
        self.change_ticket(number, assignee=Author(kind="specialist", id="telegram:1", name="Пётр"))

    # ------------------------------------------------------------ what is true

    def transact(self, work: Callable[[Transaction], T]) -> T:
        return at_once(self.store.transact(work))

    @property
    def conversation(self) -> Conversation:
        address = Address(channel="telegram", chat=self.chat)
        found = self.transact(lambda tx: tx.records.conversation_at(address))
        assert found is not None
        return found

    @property
    def client(self) -> Client:
        found = self.transact(lambda tx: tx.records.client(self.conversation.client))
        assert found is not None
        return found

    def ticket(self, number: int) -> Ticket:
        found = self.transact(lambda tx: tx.records.ticket(number))
        assert found is not None
        return found

    def tickets(self) -> list[Ticket]:
        """Every ticket of the client, ended ones too."""
        since = MONDAY_NOON - timedelta(days=1)
        conversation = self.conversation.id
        return list(self.transact(lambda tx: tx.records.tickets_of(conversation, since=since)))

    def history(self, number: int) -> list[Message]:
        return list(self.transact(lambda tx: tx.records.history(number)))

    def heard(self, number: int) -> list[str]:
        """What the client said in a ticket, in words."""
        return [m.content.words for m in self.history(number) if m.kind == "client"]

    def kept(self, foreign: str) -> Message | None:
        """What was saved of something the client said."""

        def look(tx: Transaction) -> Message | None:
            handle = tx.records.handle_at("telegram", self.chat, foreign)
            return tx.records.message(handle) if handle is not None else None

        return self.transact(look)

    # ------------------------------------------------------------ what is shown

    @property
    def screen(self) -> str:
        """All that the last event made the bot say."""
        return "\n".join(
            said for each in self.last.outgoing if self._is_mine(each) and (said := says(each))
        )

    def labels(self) -> list[str]:
        """Labels on the screen, the lowest last."""
        return [b.label for _, post in self.shown for b in buttons_of(post)]

    def last_labels(self) -> list[str]:
        """Labels of what the last event made the bot post."""
        return [
            button.label
            for each in self.last.outgoing
            if self._is_mine(each) and isinstance(each.action, Say | Rewrite)
            for button in buttons_of(each.action)
        ]

    def desk_heard(self) -> str:
        """Everything said in the tickets' rooms."""
        return "\n".join(
            f"{post.content.text.text}\n{post.content.words}" for _, post in self.at_desk
        )

    # ------------------------------------------------------------ the works

    def happen(self, event: Inbound | TimerFired) -> None:
        self.last = self.transact(lambda tx: self.decide(tx, event, self.now))
        if not self.hold:
            self.deliver()

    def deliver(self) -> None:
        """Deliver everything that waits."""
        while rows := self.transact(lambda tx: due(tx, self.now, limit=100)):
            for row in rows:
                self.transact(lambda tx, r=row: self._deliver(tx, r.id, r.outgoing))  # type: ignore[misc]  # as above

    def _deliver(self, tx: Transaction, row: str, outgoing: Outgoing) -> None:
        tx.claims.take([row], "test")
        foreign: tuple[str, ...] = ()
        action = outgoing.action
        thread = None
        if isinstance(outgoing.to, Room):
            thread = str(outgoing.to.ticket)
            address = Address(channel="telegram", chat=f"-{outgoing.to.desk}", thread=thread)
            tx.chats.room_opened(outgoing.to, address)
        if isinstance(action, Say):
            foreign = (self._foreign(),)
            if isinstance(outgoing.to, Room):
                self.at_desk.append((outgoing.to, action))
            elif outgoing.to.chat == self.chat:
                self.shown.append((foreign[0], action))
        elif isinstance(action, Rewrite) and action.message is not None:
            self._rewrite(action)
        elif isinstance(action, Release):
            self.released.append(action)
        elif isinstance(action, Mark):
            self.marks.append(action)
        tx.outbox.delivered(row, Receipt(at=self.now, messages=foreign, thread=thread))

    def _rewrite(self, action: Rewrite) -> None:
        for position, (foreign, post) in enumerate(self.shown):
            if foreign == action.message:
                self.shown[position] = (
                    foreign,
                    replace(
                        post,
                        content=action.content or post.content,
                        keyboard=action.keyboard or post.keyboard,
                    ),
                )

    def _is_mine(self, outgoing: Outgoing) -> bool:
        return isinstance(outgoing.to, Address) and outgoing.to.chat == self.chat

    def _foreign(self) -> str:
        self._next += 1
        return str(self._next)


def says(outgoing: Outgoing) -> str:
    """What an outgoing post says."""
    action = outgoing.action
    if isinstance(action, Say | Rewrite) and action.content is not None:
        return action.content.words
    return ""


def buttons_of(post: Say | Rewrite) -> Iterable[Button]:
    """The buttons under a post; those of a large share button have no data."""
    if isinstance(post.keyboard, Buttons):
        return [button for row in post.keyboard.rows for button in row]
    if isinstance(post.keyboard, ShareRequest):
        return [Button(label=label) for label in (post.keyboard.label, *post.keyboard.others)]
    return []
