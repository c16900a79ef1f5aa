"""Saving decisions in the memory store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.decision import (
    Decision,
    Marking,
    Outgoing,
    Rewrite,
    Room,
    Say,
    TakeBack,
    Timer,
)
from bot.conversation.state import Client, Conversation
from bot.delivery.ports import VersionConflict
from bot.storage.memory.rows import Facet, Mark, Shipment, Tables
from bot.storage.shared import RESENDABLE, Desks, order_key, rewritten
from channels.message import Address
from escalation.ticket import Ticket


class MemoryDecisions(Facet):
    """``Transaction.apply`` over tables.

    Args:
        new_id: source of ids.
        desks: where each desk works.
    """

    def __init__(self, tables: Tables, new_id: Callable[[], str], desks: Desks) -> None:
        super().__init__(tables)
        self._new_id = new_id
        self._desks = desks

    def apply(self, decision: Decision, now: datetime) -> Sequence[str]:
        tables = self._tables
        self._save_people(decision)
        for ticket in decision.tickets:
            self._save_ticket(ticket)
        for event in decision.events:
            tables.events.put(tables.next("event"), event)
        for message in decision.messages:
            known = tables.messages.get(message.id)
            seq = known[0] if known else tables.next("message")
            tables.messages.put(message.id, (seq, message))
        for contact in decision.contacts:
            tables.contacts.put(tables.next("contact"), contact)
        for thread in decision.side_threads:
            tables.side_threads.put(thread.id, thread)
        for timer in decision.timers:
            self._set_timer(timer)
        for old, new in decision.moved:
            self._move(old.channel, old.chat, new.chat)
        for address in decision.returned:
            self._resume(address, now)
        rows = self._enqueue(decision.outgoing, now)
        for row in decision.resend:
            self._resend(row, now)
        for mark in decision.marks:
            self._save_mark(mark)
        return rows

    # ---- state

    def _save_people(self, decision: Decision) -> None:
        people = (decision.client,) if decision.client is not None else ()
        for client in (*people, *decision.clients):
            self._save_client(client)
        talks = (decision.conversation,) if decision.conversation is not None else ()
        for conversation in (*talks, *decision.others):
            self._save_conversation(conversation)
        for identity in decision.identities:
            self._tables.identities.put((identity.channel, identity.chat), identity)
        for place in decision.disowned:
            self._tables.identities.remove(place)

    def _save_client(self, new: Client) -> None:
        old = self._tables.clients.get(new.id)
        if old == new:
            return
        if new.version != (old.version if old else 0):
            raise VersionConflict(f"client {new.id}")
        self._tables.clients.put(new.id, replace(new, version=new.version + 1))

    def _save_conversation(self, new: Conversation) -> None:
        old = self._tables.conversations.get(new.id)
        if old == new:
            return
        place = (new.address.channel, new.address.chat)
        others = [] if new.letters else self._tables.conversations.where("place", place)
        if new.version != (old.version if old else 0) or any(c.id != new.id for c in others):
            raise VersionConflict(f"conversation {new.id}")
        self._tables.conversations.put(new.id, replace(new, version=new.version + 1))

    def _save_ticket(self, new: Ticket) -> None:
        old = self._tables.tickets.get(new.number)
        if old == new:
            return
        if new.version != (old.version if old else 0):
            raise VersionConflict(f"ticket {new.number}")
        self._tables.tickets.put(new.number, replace(new, version=new.version + 1))

    def _save_mark(self, new: Marking) -> None:
        key = (new.kind, new.subject)
        old = self._tables.marks.get(key)
        if new.once and old is not None:
            raise VersionConflict(f"mark {new.kind} {new.subject}")
        count = 1 + (old.count if old else 0)
        mark = Mark(kind=new.kind, subject=new.subject, at=new.at, count=count)
        self._tables.marks.put(key, mark)

    def _set_timer(self, timer: Timer) -> None:
        key = (timer.kind, timer.subject)
        if timer.due is None:
            self._tables.timers.remove(key)
        else:
            self._tables.timers.put(key, timer)

    # ---- outbox

    def _enqueue(self, outgoing: Sequence[Outgoing], now: datetime) -> Sequence[str]:
        made = list[str]()
        in_front: dict[str, int] = {}
        for item in outgoing:
            bound, address = self._bind(item)
            order = order_key(bound.to)
            if self._absorbed(bound, order):
                continue
            position = 0
            if bound.front:
                position = in_front.setdefault(order, self._before_all(order))
            key = self._new_id()
            made.append(key)
            self._tables.outbox.put(
                key,
                Shipment(
                    id=key,
                    seq=self._tables.next("outbox"),
                    position=position,
                    order=order,
                    channel=address.channel,
                    chat=address.chat,
                    outgoing=bound,
                    state="waiting",
                    due=now,
                    enqueued_at=now,
                ),
            )
        return made

    def _bind(self, item: Outgoing) -> tuple[Outgoing, Address]:
        """Fix the chat an action goes to: it is not looked up again."""
        if isinstance(item.to, Room):
            opened = self._tables.rooms.get(item.to.key)
            address = opened.address if opened else self._desks(item.to.desk)
            return item, self._today(address)
        address = self._today(item.to)
        return (item if address == item.to else replace(item, to=address)), address

    def _today(self, address: Address) -> Address:
        chat = self._tables.moved.get((address.channel, address.chat))
        return replace(address, chat=chat) if chat else address

    def _before_all(self, order: str) -> int:
        rows = self._tables.outbox.where("unfinished", order)
        return min((row.position for row in rows), default=0) - 1

    def _absorbed(self, item: Outgoing, order: str) -> bool:
        """Whether waiting rows were changed so that ``item`` needs no row of its own."""
        waiting = [
            row for row in self._tables.outbox.where("unfinished", order) if row.state == "waiting"
        ]
        action = item.action
        if isinstance(action, Rewrite):
            for row in waiting:
                old = row.outgoing.action
                same = isinstance(old, Rewrite) and _target(old) == _target(action)
                if isinstance(old, Rewrite) and same and row.damaged is None:
                    urgency = min(item.urgency, row.outgoing.urgency)
                    newer = replace(item, action=rewritten(old, action), urgency=urgency)
                    self._tables.outbox.put(row.id, replace(row, outgoing=newer))
                    return True
        if isinstance(action, TakeBack):
            posts = [row for row in waiting if row.handle == action.handle and not row.arrived]
            if posts:
                for row in waiting:
                    target = row.outgoing.action
                    if isinstance(target, (Say, Rewrite)) and target.handle == action.handle:
                        dropped = replace(row, state="dropped", finished_at=self._tables.now())
                        self._tables.outbox.put(row.id, dropped)
                return True
        return False

    def _resend(self, key: str, now: datetime) -> None:
        row = self._tables.outbox.get(key)
        if row is None or row.state not in RESENDABLE:
            return
        again = replace(row, state="waiting", due=now, attempts=0, position=0, enqueued_at=now)
        again = replace(again, copies=min(row.copies, 1))  # it may still be a repetition
        again = replace(again, finished_at=None)
        self._tables.outbox.put(key, replace(again, seq=self._tables.next("outbox")))

    # ---- chats

    def _resume(self, address: Address, now: datetime) -> None:
        key = (address.channel, address.chat)
        hold = self._tables.holds.get(key)
        if hold is not None:
            self._tables.holds.put(key, replace(hold, parked=None))
        for row in self._tables.outbox.where("unfinished chat", key):
            if row.state == "waiting":
                self._tables.outbox.put(row.id, replace(row, due=now))

    def _move(self, channel: str, old: str, new: str) -> None:
        """Everything bound to chat ``old`` follows to ``new``, except links: message ids of the
        old chat mean nothing, or something else, in the new one."""
        tables = self._tables
        if old == new:
            return
        for (of, before), after in list(tables.moved.items()):
            if of == channel and after == old:
                tables.moved.put((of, before), new)
        tables.moved.remove((channel, new))
        tables.moved.put((channel, old), new)
        taken = tables.conversations.where("place", (channel, new))
        for conversation in tables.conversations.where("place", (channel, old)):
            if not taken:
                address = replace(conversation.address, chat=new)
                version = conversation.version + 1
                tables.conversations.put(
                    conversation.id, replace(conversation, address=address, version=version)
                )
        for opened in tables.rooms.where("chat", (channel, old)):
            address = replace(opened.address, chat=new)
            tables.rooms.put(opened.room.key, replace(opened, address=address))
        for row in tables.outbox.where("chat", (channel, old)):
            tables.outbox.put(row.id, _readdressed(row, new))
        self._move_inbox(channel, old, new)
        hold = tables.holds.get((channel, old))
        if hold is not None:
            tables.holds.remove((channel, old))
            tables.holds.put((channel, new), replace(hold, chat=new, parked=None))

    def _move_inbox(self, channel: str, old: str, new: str) -> None:
        by_order = defaultdict(list)
        for row in self._tables.inbox.rows():
            address = row.inbound.address
            undecided = row.state != "done" and row.damaged is None
            if undecided and (address.channel, address.chat) == (channel, old):
                by_order[replace(address, chat=new)].append(row)
        for address, rows in by_order.items():
            for row in rows:
                inbound = replace(row.inbound, address=address)
                self._tables.inbox.put(row.id, replace(row, inbound=inbound, order=address.key))


def _target(rewrite: Rewrite) -> tuple[str | None, str | None]:
    return rewrite.handle, rewrite.message


def _readdressed(row: Shipment, chat: str) -> Shipment:
    outgoing = row.outgoing
    if row.damaged is not None:
        return replace(row, chat=chat)
    if isinstance(outgoing.to, Address):
        outgoing = replace(outgoing, to=replace(outgoing.to, chat=chat))
    return replace(row, outgoing=outgoing, order=order_key(outgoing.to), chat=chat)
