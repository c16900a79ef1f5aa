"""What the machine looks up, over SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select, union_all

from bot.conversation.decision import Room
from bot.conversation.records import PostState, Tally
from bot.conversation.state import Client, Conversation, Identity, Message
from bot.storage.codec import (
    CLIENT,
    CONVERSATION,
    MESSAGE,
    SIDE_THREAD,
    TICKET,
    TICKET_EVENT,
)
from bot.storage.shared import lane_of
from bot.storage.sql.lists import as_list, one_of
from bot.storage.sql.schema import (
    EMPTY,
    SENDING,
    clients,
    conversations,
    identities,
    links,
    marks,
    messages,
    moved_chats,
    moves,
    of_client,
    outbox,
    rooms,
    side_threads,
    ticket_events,
    tickets,
    waiting,
)
from bot.storage.sql.session import Facet
from bot.storage.sql.statements import Answer
from channels.message import Address
from escalation.experts import SideThread
from escalation.ticket import Ticket, TicketEvent

_p = bindparam

_CLIENT = select(clients.c.body, clients.c.version).where(clients.c.id == _p("id"))
_CONVERSATION = select(conversations.c.body).where(conversations.c.id == _p("id"))
_CONVERSATION_AT = select(conversations.c.body).where(
    conversations.c.channel == _p("channel"),
    conversations.c.chat == _p("chat"),
    conversations.c.exchange == "",
)
_CONVERSATIONS_AT = (
    select(conversations.c.body)
    .where(conversations.c.channel == _p("channel"), conversations.c.chat == _p("chat"))
    .order_by(conversations.c.id)
)
_LATEST_EXCHANGES = (
    select(conversations.c.body)
    .where(
        conversations.c.channel == _p("channel"),
        conversations.c.chat == _p("chat"),
        conversations.c.suspicious == _p("suspicious"),
        conversations.c.exchange != EMPTY,
    )
    .order_by(conversations.c.exchange.desc())
    .limit(_p("limit"))
)
_PROVEN = and_(
    identities.c.channel == conversations.c.channel, identities.c.chat == conversations.c.chat
)
# Two searches by index; one condition with "or" would look through all conversations.
_OF_CLIENT = union_all(
    select(conversations.c.id).where(
        conversations.c.client == _p("client"), ~exists().where(_PROVEN)
    ),
    select(conversations.c.id).join(identities, _PROVEN).where(identities.c.client == _p("client")),
)
_CONVERSATIONS_OF = (
    select(conversations.c.body)
    .where(conversations.c.id.in_(_OF_CLIENT))
    .order_by(conversations.c.id)
)
_IDENTITY = select(identities.c.client, identities.c.proven_at).where(
    identities.c.channel == _p("channel"), identities.c.chat == _p("chat")
)
_SIDE_THREAD = select(side_threads.c.body).where(side_threads.c.id == _p("id"))
_SIDE_THREADS_OF = (
    select(side_threads.c.body)
    .where(side_threads.c.ticket == _p("ticket"))
    .order_by(side_threads.c.id)
)
_TICKET = select(tickets.c.body).where(tickets.c.number == _p("number"))
_OF_CONVERSATION = (
    select(tickets.c.body)
    .where(tickets.c.conversation == _p("conversation"))
    .order_by(tickets.c.number)
)
_OPEN_OF_CONVERSATION = _OF_CONVERSATION.where(tickets.c.ended_at.is_(None))
_RECENT_OF_CONVERSATION = _OF_CONVERSATION.where(
    or_(tickets.c.ended_at.is_(None), tickets.c.ended_at >= _p("since"))
)
_TICKETS_OF_CLIENT = (
    select(tickets.c.body).where(tickets.c.conversation.in_(_OF_CLIENT)).order_by(tickets.c.number)
)
_OPEN_OF_CLIENT = _TICKETS_OF_CLIENT.where(tickets.c.ended_at.is_(None))
_RECENT_OF_CLIENT = _TICKETS_OF_CLIENT.where(
    or_(tickets.c.ended_at.is_(None), tickets.c.ended_at >= _p("since"))
)
_OPEN_AFTER = (
    select(tickets.c.body)
    .where(tickets.c.ended_at.is_(None), tickets.c.number > _p("after"))
    .order_by(tickets.c.number)
    .limit(_p("limit"))
)
_OVERDUE = (
    select(tickets.c.body)
    .where(tickets.c.due_next.is_not(None), tickets.c.due_next <= _p("now"))
    .order_by(tickets.c.due_next, tickets.c.number)
    .limit(_p("limit"))
)
_OVERDUE_OF_DESK = _OVERDUE.where(tickets.c.desk == _p("desk"))
_SAID = select(messages.c.body).where(messages.c.ticket == _p("ticket"))
_HISTORY = _SAID.order_by(messages.c.seq)
_LATEST = _SAID.order_by(messages.c.seq.desc()).limit(_p("last"))
_LAST_SAID = _SAID.where(of_client(messages)).order_by(messages.c.seq.desc()).limit(1)
_MESSAGE = select(messages.c.body).where(messages.c.id == _p("id"))
_EVENTS = (
    select(ticket_events.c.body)
    .where(ticket_events.c.ticket == _p("ticket"))
    .order_by(ticket_events.c.seq)
)
_LAST_LEFT = select(func.max(ticket_events.c.at)).where(
    moves(ticket_events),
    ticket_events.c.ticket == _p("ticket"),
    ticket_events.c.before == _p("desk"),
)
_MARKED = select(marks.c.count).where(marks.c.kind == _p("kind"), marks.c.subject == _p("subject"))
_TALLY = select(
    func.coalesce(func.sum(marks.c.count), 0).label("times"),
    func.min(marks.c.at).label("since_then"),
).where(marks.c.kind == _p("kind"), marks.c.at >= _p("since"))
_HANDLE_AT = (
    select(links.c.handle)
    .where(
        links.c.channel == _p("channel"),
        links.c.chat == _p("chat"),
        links.c.message == _p("message"),
    )
    .order_by(links.c.seq.desc())
    .limit(1)
)
_PLACES_OF = (
    select(links.c.message)
    .where(
        links.c.handle == _p("handle"),
        links.c.channel == _p("channel"),
        links.c.chat == _p("chat"),
        links.c.current,
    )
    .order_by(links.c.seq)
)
_POST_STATE = (
    select(outbox.c.state)
    .where(
        outbox.c.handle == _p("handle"),
        outbox.c.channel == _p("channel"),
        outbox.c.chat == _p("chat"),
    )
    .order_by(outbox.c.seq.desc())
    .limit(1)
)
_LINKED = (
    select(links.c.seq)
    .where(
        links.c.handle == _p("handle"),
        links.c.channel == _p("channel"),
        links.c.chat == _p("chat"),
    )
    .limit(1)
)
_POST_STATES = {
    dialect: select(outbox.c.handle, outbox.c.state)
    .where(
        one_of(outbox.c.handle, "handles", dialect),
        outbox.c.channel == _p("channel"),
        outbox.c.chat == _p("chat"),
    )
    .order_by(outbox.c.seq)
    for dialect in ("sqlite", "postgresql")
}
_POSTS_SINCE = select(func.count()).where(
    outbox.c.handle == _p("handle"), outbox.c.enqueued_at >= _p("since")
)
_POSTS_TO_SINCE = _POSTS_SINCE.where(outbox.c.channel == _p("channel"), outbox.c.chat == _p("chat"))
_ROOM_AT = select(rooms.c.ticket, rooms.c.desk).where(
    rooms.c.channel == _p("channel"),
    rooms.c.chat == _p("chat"),
    rooms.c.thread == _p("thread"),
    rooms.c.open,
)
_PLACE_OF_ROOM = select(rooms.c.channel, rooms.c.chat, rooms.c.thread).where(
    rooms.c.ticket == _p("ticket"), rooms.c.desk == _p("desk"), rooms.c.open
)
_names_a_message = or_(
    outbox.c.handle.is_not(None),
    and_(
        outbox.c.room_ticket.is_not(None),
        ~exists().where(
            rooms.c.ticket == outbox.c.room_ticket, rooms.c.desk == outbox.c.room_desk, rooms.c.open
        ),
    ),
)
_to_lane = (outbox.c.channel == _p("channel"), outbox.c.lane == _p("lane"), _names_a_message)
# Two questions, as there is an index for each.
_UNCONFIRMED = select(
    or_(
        exists().where(waiting(outbox), *_to_lane),
        exists().where(outbox.c.state == SENDING, *_to_lane),
    ).label("found")
)
_MOVED = select(moved_chats.c.channel, moved_chats.c.chat, moved_chats.c.now_chat)


class SqlRecords(Facet):
    """``Records`` over SQL."""

    settled = False

    def client(self, client: str) -> Client | None:
        if client not in self._known.clients:
            row = self._run(_CLIENT, {"id": client}).first()
            # Those saved before clients had versions do not name it in the body.
            self._known.clients[client] = (
                replace(CLIENT.load(row.body), version=row.version) if row else None
            )
        return self._known.clients[client]

    def conversation(self, conversation: str) -> Conversation | None:
        if conversation not in self._known.conversations:
            body = self._run(_CONVERSATION, {"id": conversation}).scalar()
            self._known.conversations[conversation] = CONVERSATION.load(body) if body else None
        return self._known.conversations[conversation]

    def conversation_at(self, address: Address) -> Conversation | None:
        place = {"channel": address.channel, "chat": address.chat}
        body = self._run(_CONVERSATION_AT, place).scalar()
        if body is None:
            return None
        found = CONVERSATION.load(body)
        self._known.conversations[found.id] = found
        return found

    def conversations_at(self, channel: str, chat: str) -> Sequence[Conversation]:
        return self._conversations(_CONVERSATIONS_AT, {"channel": channel, "chat": chat})

    def latest_exchanges(
        self, channel: str, chat: str, *, suspicious: bool, limit: int
    ) -> Sequence[Conversation]:
        place = {"channel": channel, "chat": chat, "suspicious": suspicious}
        return self._conversations(_LATEST_EXCHANGES, {**place, "limit": limit})[::-1]

    def conversations_of(self, client: str) -> Sequence[Conversation]:
        return self._conversations(_CONVERSATIONS_OF, {"client": client})

    def _conversations(
        self, statement: Select[tuple[str]], wanted: Mapping[str, object]
    ) -> Sequence[Conversation]:
        found = [CONVERSATION.load(body) for body in self._run(statement, wanted).scalars()]
        self._known.conversations.update((each.id, each) for each in found)
        return found

    def identity(self, channel: str, chat: str) -> Identity | None:
        row = self._run(_IDENTITY, {"channel": channel, "chat": chat}).first()
        return row and Identity(
            channel=channel, chat=chat, client=row.client, proven_at=row.proven_at
        )

    def side_thread(self, thread: str) -> SideThread | None:
        body = self._run(_SIDE_THREAD, {"id": thread}).scalar()
        return SIDE_THREAD.load(body) if body else None

    def side_threads_of(self, ticket: int) -> Sequence[SideThread]:
        rows = self._run(_SIDE_THREADS_OF, {"ticket": ticket})
        return [SIDE_THREAD.load(body) for body in rows.scalars()]

    def ticket(self, number: int) -> Ticket | None:
        if number not in self._known.tickets:
            body = self._run(_TICKET, {"number": number}).scalar()
            self._known.tickets[number] = TICKET.load(body) if body else None
        return self._known.tickets[number]

    def tickets_of(self, conversation: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        if since is None:
            rows = self._run(_OPEN_OF_CONVERSATION, {"conversation": conversation})
        else:
            wanted = {"conversation": conversation, "since": since}
            rows = self._run(_RECENT_OF_CONVERSATION, wanted)
        return self._tickets(rows)

    def tickets_of_client(self, client: str, *, since: datetime | None = None) -> Sequence[Ticket]:
        if since is None:
            return self._tickets(self._run(_OPEN_OF_CLIENT, {"client": client}))
        return self._tickets(self._run(_RECENT_OF_CLIENT, {"client": client, "since": since}))

    def open_tickets(self, *, after: int, limit: int) -> Sequence[Ticket]:
        return self._tickets(self._run(_OPEN_AFTER, {"after": after, "limit": limit}))

    def overdue_tickets(
        self, now: datetime, *, limit: int, desk: str | None = None
    ) -> Sequence[Ticket]:
        wanted = {"now": now, "limit": limit}
        if desk is None:
            return self._tickets(self._run(_OVERDUE, wanted))
        return self._tickets(self._run(_OVERDUE_OF_DESK, {**wanted, "desk": desk}))

    def _tickets(self, rows: Answer) -> Sequence[Ticket]:
        found = [TICKET.load(body) for body in rows.scalars()]
        self._known.tickets.update((ticket.number, ticket) for ticket in found)
        return found

    def history(self, ticket: int, *, last: int | None = None) -> Sequence[Message]:
        if last is None:
            rows = self._run(_HISTORY, {"ticket": ticket})
            return [MESSAGE.load(body) for body in rows.scalars()]
        rows = self._run(_LATEST, {"ticket": ticket, "last": last})
        return [MESSAGE.load(body) for body in rows.scalars()][::-1]

    def last_said(self, ticket: int) -> Message | None:
        body = self._run(_LAST_SAID, {"ticket": ticket}).scalar()
        return MESSAGE.load(body) if body else None

    def message(self, message: str) -> Message | None:
        body = self._run(_MESSAGE, {"id": message}).scalar()
        return MESSAGE.load(body) if body else None

    def ticket_events(self, ticket: int) -> Sequence[TicketEvent]:
        rows = self._run(_EVENTS, {"ticket": ticket})
        return [TICKET_EVENT.load(body) for body in rows.scalars()]

    def last_left(self, ticket: int, desk: str) -> datetime | None:
        at: datetime | None = self._run(_LAST_LEFT, {"ticket": ticket, "desk": desk}).scalar()
        return at

    def handle_at(self, channel: str, chat: str, message: str) -> str | None:
        place = {"channel": channel, "chat": chat, "message": message}
        handle: str | None = self._run(_HANDLE_AT, place).scalar()
        return handle

    def places_of(self, handle: str, channel: str, chat: str) -> Sequence[str]:
        wanted = {"handle": handle, "channel": channel, "chat": chat}
        return list(self._run(_PLACES_OF, wanted).scalars())

    def post_state(self, handle: str, channel: str, chat: str) -> PostState | None:
        wanted = {"handle": handle, "channel": channel, "chat": chat}
        state: PostState | None = self._run(_POST_STATE, wanted).scalar()
        if state is None and self._run(_LINKED, wanted).first() is not None:
            return "delivered"
        return state

    def post_states(
        self, handles: Collection[str], channel: str, chat: str
    ) -> Mapping[str, PostState]:
        wanted = {"handles": as_list(handles), "channel": channel, "chat": chat}
        rows = self._run(_POST_STATES[self._dialect], wanted)
        return {row.handle: row.state for row in rows}  # the latest of a handle comes last

    def posts_since(self, handle: str, since: datetime, *, to: Address | None = None) -> int:
        wanted = {"handle": handle, "since": since}
        if to is None:
            found: int = self._run(_POSTS_SINCE, wanted).scalar()
        else:
            place = {"channel": to.channel, "chat": to.chat}
            found = self._run(_POSTS_TO_SINCE, wanted | place).scalar()
        return found

    def room_at(self, channel: str, chat: str, thread: str) -> Room | None:
        place = {"channel": channel, "chat": chat, "thread": thread}
        row = self._run(_ROOM_AT, place).first()
        return Room(ticket=row.ticket, desk=row.desk) if row else None

    def place_of_room(self, room: Room) -> Address | None:
        row = self._run(_PLACE_OF_ROOM, {"ticket": room.ticket, "desk": room.desk}).first()
        return Address(channel=row.channel, chat=row.chat, thread=row.thread) if row else None

    def unconfirmed(self, channel: str, chat: str) -> bool:
        if self.settled:
            return False
        lane = {"channel": channel, "lane": lane_of(channel, chat)}
        return bool(self._run(_UNCONFIRMED, lane).scalar())

    def current_chat(self, channel: str, chat: str) -> str:
        if self._known.moved is None:  # few chats ever move: the whole table is one small read
            rows = self._run(_MOVED)
            self._known.moved = {(row.channel, row.chat): row.now_chat for row in rows}
        return self._known.moved.get((channel, chat), chat)

    def marked(self, kind: str, subject: str) -> bool:
        return self._run(_MARKED, {"kind": kind, "subject": subject}).first() is not None

    def tally(self, kind: str, since: datetime) -> Tally:
        row = self._run(_TALLY, {"kind": kind, "since": since}).first()
        return Tally(count=int(row.times), first=row.since_then)
