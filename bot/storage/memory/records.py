"""What the machine looks up in the memory store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from bot.conversation.decision import Room
from bot.conversation.records import PostState, Tally
from bot.conversation.state import Client, Conversation, Identity, Message
from bot.storage.memory.rows import Facet
from bot.storage.shared import ended_at
from channels.message import Address
from escalation.experts import SideThread
from escalation.ticket import MOVES, Ticket, TicketEvent

T = TypeVar("T")


class MemoryRecords(Facet):
    """``Records`` over tables."""

    settled = False

    def client(self, client: str) -> Client | None:
        return self._tables.clients.get(client)

    def conversation(self, conversation: str) -> Conversation | None:
        return self._tables.conversations.get(conversation)

    def conversation_at(self, address: Address) -> Conversation | None:
        found = self._tables.conversations.where("place", (address.channel, address.chat))
        return found[0] if found else None

    def conversations_at(self, channel: str, chat: str) -> Sequence[Conversation]:
        found = self._tables.conversations.where("chat", (channel, chat))
        return sorted(found, key=lambda c: c.id)

    def latest_exchanges(
        self, channel: str, chat: str, *, suspicious: bool, limit: int
    ) -> Sequence[Conversation]:
        found = self.conversations_at(channel, chat)
        kept = [c for c in found if c.letters and c.letters.suspicious is suspicious]
        return _latest(kept, limit)

    def conversations_of(self, client: str) -> Sequence[Conversation]:
        tables = self._tables
        begun = [
            c
            for c in tables.conversations.where("client", client)
            if (c.address.channel, c.address.chat) not in tables.identities
        ]
        proven = [
            c
            for mine in tables.identities.where("client", client)
            for c in tables.conversations.where("chat", (mine.channel, mine.chat))
        ]
        return sorted((*begun, *proven), key=lambda c: c.id)

    def identity(self, channel: str, chat: str) -> Identity | None:
        return self._tables.identities.get((channel, chat))

    def side_thread(self, thread: str) -> SideThread | None:
        return self._tables.side_threads.get(thread)

    def side_threads_of(self, ticket: int) -> Sequence[SideThread]:
        return sorted(self._tables.side_threads.where("ticket", ticket), key=lambda t: t.id)

    def ticket(self, number: int) -> Ticket | None:
        return self._tables.tickets.get(number)

    def tickets_of(self, conversation: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        mine = self._tables.tickets.where("conversation", conversation)
        return sorted((t for t in mine if _open_or_ended(t, since)), key=lambda t: t.number)

    def tickets_of_client(self, client: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        dialogues = [each.id for each in self.conversations_of(client)]
        found = (t for name in dialogues for t in self.tickets_of(name, since=since))
        return sorted(found, key=lambda t: t.number)

    def open_tickets(self, *, after: int, limit: int) -> Sequence[Ticket]:
        found = (t for _, t in self._tables.tickets.items() if t.status.open and t.number > after)
        return sorted(found, key=lambda t: t.number)[:limit]

    def overdue_tickets(
        self, now: datetime, *, limit: int, desk: str | None = None
    ) -> Sequence[Ticket]:
        late = [
            (ticket.due_next, ticket.number, ticket)
            for _, ticket in self._tables.tickets.items()
            if ticket.due_next and ticket.due_next <= now and desk in {None, ticket.desk}
        ]
        return [ticket for _, _, ticket in sorted(late, key=lambda row: row[:2])[:limit]]

    def history(self, ticket: int, *, last: int | None = None) -> Sequence[Message]:
        rows = self._tables.messages.where("ticket", ticket)
        return _latest([message for _, message in sorted(rows, key=lambda row: row[0])], last)

    def last_said(self, ticket: int) -> Message | None:
        said = [message for message in self.history(ticket) if message.kind == "client"]
        return said[-1] if said else None

    def message(self, message: str) -> Message | None:
        row = self._tables.messages.get(message)
        return row[1] if row else None

    def ticket_events(self, ticket: int) -> Sequence[TicketEvent]:
        return self._tables.events.where("ticket", ticket)

    def last_left(self, ticket: int, desk: str) -> datetime | None:
        events = self._tables.events.where("ticket", ticket)
        left = (event.at for event in events if event.kind in MOVES and event.before == desk)
        return max(left, default=None)

    def handle_at(self, channel: str, chat: str, message: str) -> str | None:
        links = self._tables.links.where("message", (channel, chat, message))
        return max(links, key=lambda link: link.seq).handle if links else None

    def places_of(self, handle: str, channel: str, chat: str) -> Sequence[str]:
        links = self._tables.links.where("handle", (handle, channel, chat))
        return [k.message for k in sorted(links, key=lambda link: link.seq) if k.current]

    def post_state(self, handle: str, channel: str, chat: str) -> PostState | None:
        rows = self._tables.outbox.where("handle", (handle, channel, chat))
        if rows:
            return max(rows, key=lambda row: row.seq).state
        linked = self._tables.links.where("handle", (handle, channel, chat))
        return "delivered" if linked else None

    def post_states(
        self, handles: Collection[str], channel: str, chat: str
    ) -> Mapping[str, PostState]:
        found = ((handle, self.post_state(handle, channel, chat)) for handle in handles)
        return {handle: state for handle, state in found if state is not None}

    def posts_since(self, handle: str, since: datetime, *, to: Address | None = None) -> int:
        rows = (
            self._tables.outbox.rows()
            if to is None
            else self._tables.outbox.where("handle", (handle, to.channel, to.chat))
        )
        return sum(row.handle == handle and row.enqueued_at >= since for row in rows)

    def room_at(self, channel: str, chat: str, thread: str) -> Room | None:
        found = self._tables.rooms.where("thread", (channel, chat, thread))
        return found[0].room if found else None

    def place_of_room(self, room: Room) -> Address | None:
        opened = self._tables.rooms.get(room.key)
        return opened.address if opened is not None and opened.open else None

    def unconfirmed(self, channel: str, chat: str) -> bool:
        if self.settled:
            return False
        for row in self._tables.outbox.where("unfinished chat", (channel, chat)):
            if row.handle is not None:
                return True
            if isinstance(row.outgoing.to, Room):
                opened = self._tables.rooms.get(row.outgoing.to.key)
                if opened is None or not opened.open:
                    return True
        return False

    def current_chat(self, channel: str, chat: str) -> str:
        return self._tables.moved.get((channel, chat)) or chat

    def marked(self, kind: str, subject: str) -> bool:
        return (kind, subject) in self._tables.marks

    def tally(self, kind: str, since: datetime) -> Tally:
        found = [m for m in self._tables.marks.rows() if m.kind == kind and m.at >= since]
        first = min((mark.at for mark in found), default=None)
        return Tally(count=sum(mark.count for mark in found), first=first)


def _open_or_ended(ticket: Ticket, since: datetime | None) -> bool:
    ended = ended_at(ticket)
    return ended is None or (since is not None and ended >= since)


def _latest(found: Sequence[T], number: int | None) -> Sequence[T]:
    return found if number is None else found[max(0, len(found) - number) :]
