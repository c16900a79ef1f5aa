"""Saving decisions over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

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
from bot.conversation.state import Client, Conversation, Message
from bot.delivery.ports import VersionConflict
from bot.storage import facts
from bot.storage.codec import (
    CLIENT,
    CONTACT,
    CONVERSATION,
    MESSAGE,
    OUTGOING,
    SIDE_THREAD,
    TICKET,
    TICKET_EVENT,
)
from bot.storage.shared import RESENDABLE, ended_at, lane_of, order_key, rewritten
from bot.storage.sql.moves import SqlMoves
from bot.storage.sql.records import SqlRecords
from bot.storage.sql.schema import (
    clients,
    contacts,
    conversations,
    holds,
    identities,
    marks,
    messages,
    outbox,
    rooms,
    side_threads,
    ticket_events,
    tickets,
    timers,
    unfinished,
    waiting,
)
from bot.storage.sql.session import Facet, Session
from bot.storage.sql.types import DatabaseTime
from bot.storage.sql.upsert import count_up, insert_new, upsert
from channels.message import Address
from escalation.ticket import Ticket

_p = bindparam

_NEW_CLIENT = insert_new(clients)
_SAVE_CLIENT = (
    update(clients)
    .where(clients.c.id == _p("key"), clients.c.version == _p("read"))
    .values(version=_p("new_version"), body=_p("new_body"))
)
_CONVERSATION_COLUMNS = (
    "channel", "chat", "exchange", "client", "version", "body", "suspicious",
)  # fmt: skip
_NEW_CONVERSATION = insert_new(conversations)
_SAVE_CONVERSATION = (
    update(conversations)
    .where(conversations.c.id == _p("key"), conversations.c.version == _p("read"))
    .values({name: _p(f"new_{name}") for name in _CONVERSATION_COLUMNS})
)
_IDENTITY_COLUMNS = ("channel", "chat", "client", "proven_at")
_PROVE = upsert(identities, ["channel", "chat"], ["client", "proven_at"])
_DISOWN = delete(identities).where(
    identities.c.channel == _p("in_channel"), identities.c.chat == _p("in_chat")
)
_SAVE_SIDE_THREAD = upsert(side_threads, ["id"], ["body"])
_NEW_TICKET = insert_new(tickets)
_SAVE_TICKET = (
    update(tickets)
    .where(tickets.c.number == _p("key"), tickets.c.version == _p("read"))
    .values(
        {
            c.name: _p(f"new_{c.name}")
            for c in tickets.c
            if c is not tickets.c.number and c is not tickets.c.opened_at
        }
    )
)
_EVENT = insert(ticket_events).inline()
_SAVE_MESSAGE = upsert(
    messages, ["id"], ["conversation", "ticket", "body", "at", "kind", "thinned"]
)
_CONTACT = insert(contacts).inline()
_SET_TIMER = upsert(timers, ["kind", "subject"], ["due"])
_NO_TIMER = delete(timers).where(timers.c.kind == _p("of"), timers.c.subject == _p("about"))
_MARK_FIRST = insert_new(marks)
_MARK = count_up(marks, ["kind", "subject"], "count", ["at"])

_ENQUEUE = insert(outbox).inline()
_ENQUEUE_AGAIN = insert(outbox).inline()  # with other columns: a statement of its own
_ROOM_CHAT = select(rooms.c.channel, rooms.c.chat).where(
    rooms.c.ticket == _p("ticket"), rooms.c.desk == _p("desk")
)
_FIRST_POSITION = select(func.min(outbox.c.position)).where(
    unfinished(outbox), outbox.c.order_key == _p("order_key")
)
_IN_KEY = (unfinished(outbox), waiting(outbox), outbox.c.order_key == _p("of_key"))
_WAITING_REWRITE = (
    select(outbox.c.id, outbox.c.body)
    .where(*_IN_KEY, outbox.c.target == _p("aim"))
    .order_by(outbox.c.position, outbox.c.seq)
    .limit(1)
    .with_for_update()  # what is being claimed at this moment is let go first, and then found sent
)
_REPLACE = (
    update(outbox)
    .where(outbox.c.id == _p("row"))
    .values(urgency=_p("new_urgency"), body=_p("new_body"))
)
# Of one that was broken off half-way, a part is there already: it goes on, and is removed whole.
_UNTOUCHED = outbox.c.arrived == literal_column("'[]'", Text)
_WAITING_POST = (
    select(outbox.c.id)
    .where(*_IN_KEY, outbox.c.handle == _p("aim"), _UNTOUCHED)
    .limit(1)
    .with_for_update()
)
_DROP = (
    update(outbox)
    .where(*_IN_KEY, or_(outbox.c.handle == _p("aim"), outbox.c.target == _p("aim")))
    .values(state="dropped", finished_at=DatabaseTime())
)
_RESENDABLE = select(*(c for c in outbox.c if c.computed is None and c is not outbox.c.seq)).where(
    outbox.c.id == _p("row"),
    or_(*(outbox.c.state == state for state in sorted(RESENDABLE))),
)
_REMOVE = delete(outbox).where(outbox.c.id == _p("row"))
_UNPARK = (
    update(holds)
    .where(holds.c.channel == _p("in_channel"), holds.c.chat == _p("in_chat"))
    .values(parked=None)
)
_DUE_NOW = (
    update(outbox)
    .where(waiting(outbox), outbox.c.channel == _p("in_channel"), outbox.c.lane == _p("in_lane"))
    .values(due=_p("now"))
)


class SqlDecisions(Facet):
    """``Transaction.apply`` over SQL.

    Args:
        records: tells what is saved already.
    """

    def __init__(self, session: Session, records: SqlRecords) -> None:
        super().__init__(session)
        self._records = records
        self._moves = SqlMoves(session, records)
        self._new_id = session.new_id
        self._desks = session.desks

    def apply(self, decision: Decision, now: datetime) -> Sequence[str]:
        self._save_people(decision)
        events = list(facts.with_desks(decision.events, self._desk_of))  # before tickets change
        for ticket in decision.tickets:
            self._save_ticket(ticket)
        for event, desk in events:
            row = {"ticket": event.ticket, "body": TICKET_EVENT.dump(event)}
            self._run(_EVENT, {**row, **facts.of_event(event, desk)})
        for message in decision.messages:
            self._save_message(message)
        for contact in decision.contacts:
            row = {"at": contact.at, "body": CONTACT.dump(contact)}
            channel = self._channel_of(contact.conversation)
            self._run(_CONTACT, {**row, **facts.of_contact(contact, channel)})
        for thread in decision.side_threads:
            body = SIDE_THREAD.dump(thread)
            names = {"id": thread.id, "ticket": thread.ticket}
            self._run(_SAVE_SIDE_THREAD[self._dialect], {**names, "body": body})
        for timer in decision.timers:
            self._set_timer(timer)
        for old, new in decision.moved:
            self._moves.follow(old.channel, old.chat, new.chat)
        for address in decision.returned:
            place = {"in_channel": address.channel, "in_chat": address.chat}
            self._run(_UNPARK, place)
            lane = lane_of(address.channel, address.chat)
            self._run(_DUE_NOW, {"in_channel": address.channel, "in_lane": lane, "now": now})
        rows = self._enqueue(decision.outgoing, now)
        for post in decision.resend:
            self._resend(post, now)
        for mark in decision.marks:  # last: whoever counts the same waits for us to end
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
            self._run(_PROVE[self._dialect], {n: getattr(identity, n) for n in _IDENTITY_COLUMNS})
        for channel, chat in decision.disowned:
            self._run(_DISOWN, {"in_channel": channel, "in_chat": chat})

    def _save_client(self, new: Client) -> None:
        if self._records.client(new.id) == new:
            return
        saved = replace(new, version=new.version + 1)
        body = CLIENT.dump(saved)
        if new.version == 0:
            row = {"id": new.id, "version": saved.version, "body": body}
            done = self._run(_NEW_CLIENT[self._dialect], row)
        else:
            changed = {"new_version": saved.version, "new_body": body}
            done = self._run(_SAVE_CLIENT, {"key": new.id, "read": new.version, **changed})
        if not done.rowcount:
            self._known.clients.pop(new.id, None)
            raise VersionConflict(f"client {new.id}")
        self._known.clients[new.id] = saved

    def _save_conversation(self, new: Conversation) -> None:
        old = self._records.conversation(new.id)
        if old == new:
            return
        saved = replace(new, version=new.version + 1)
        columns = {
            "channel": new.address.channel,
            "chat": new.address.chat,
            "exchange": new.id if new.letters else "",
            "client": new.client,
            "version": saved.version,
            "body": CONVERSATION.dump(saved),
            "suspicious": bool(new.letters and new.letters.suspicious),
        }
        if new.version == 0:
            done = self._run(_NEW_CONVERSATION[self._dialect], {"id": new.id, **columns})
        else:
            changed = {f"new_{name}": value for name, value in columns.items()}
            key = {"key": new.id, "read": new.version}
            done = self._run(_SAVE_CONVERSATION, {**key, **changed})
        if not done.rowcount:
            self._known.conversations.pop(new.id, None)
            raise VersionConflict(f"conversation {new.id}")
        self._known.conversations[new.id] = saved

    def _save_ticket(self, new: Ticket) -> None:
        old = self._records.ticket(new.number)
        if old == new:
            return
        saved = replace(new, version=new.version + 1)
        columns = {
            "conversation": new.conversation,
            "ended_at": ended_at(new),
            "version": saved.version,
            "body": TICKET.dump(saved),
            **facts.of_ticket(saved, self._channel_of(new.conversation)),
        }
        if new.version == 0:
            key = {"number": new.number, "opened_at": new.opened_at}
            done = self._run(_NEW_TICKET[self._dialect], {**key, **columns})
        else:
            changed = {f"new_{name}": value for name, value in columns.items()}
            read = {"key": new.number, "read": new.version}
            done = self._run(_SAVE_TICKET, {**read, **changed})
        if not done.rowcount:
            self._known.tickets.pop(new.number, None)
            raise VersionConflict(f"ticket {new.number}")
        self._known.tickets[new.number] = saved

    def _save_message(self, message: Message) -> None:
        self._run(
            _SAVE_MESSAGE[self._dialect],
            {
                "id": message.id,
                "conversation": message.conversation,
                "ticket": message.ticket,
                "body": MESSAGE.dump(message),
                **facts.of_message(message),
            },
        )

    def _save_mark(self, new: Marking) -> None:
        row = {"kind": new.kind, "subject": new.subject, "at": new.at, "count": 1}
        if not new.once:
            self._run(_MARK[self._dialect], row)
        elif not self._run(_MARK_FIRST[self._dialect], row).rowcount:
            raise VersionConflict(f"mark {new.kind} {new.subject}")

    def _channel_of(self, conversation: str) -> str:
        known = self._records.conversation(conversation)
        return known.address.channel if known else ""

    def _desk_of(self, number: int) -> str:
        known = self._records.ticket(number)
        return known.desk if known else ""

    def _set_timer(self, timer: Timer) -> None:
        if timer.due is None:
            self._run(_NO_TIMER, {"of": timer.kind, "about": timer.subject})
        else:
            values = {"kind": timer.kind, "subject": timer.subject, "due": timer.due}
            self._run(_SET_TIMER[self._dialect], values)

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
                if order not in in_front:
                    in_front[order] = self._before_all(order)
                position = in_front[order]
            room = bound.to if isinstance(bound.to, Room) else None
            action = bound.action
            made.append(self._new_id())
            self._run(
                _ENQUEUE,
                {
                    "id": made[-1],
                    "order_key": order,
                    "position": position,
                    "urgency": int(bound.urgency),
                    "state": "waiting",
                    "due": now,
                    "channel": address.channel,
                    "chat": address.chat,
                    "room_ticket": room.ticket if room else None,
                    "room_desk": room.desk if room else None,
                    "handle": action.handle if isinstance(action, Say) else None,
                    "target": _target(action) if isinstance(action, Rewrite) else None,
                    "enqueued_at": now,
                    "attempts": 0,
                    "owner": "",
                    "error": "",
                    "arrived": "[]",
                    "copies": 0,
                    "alarm": bound.alarm and isinstance(action, Say),
                    "body": OUTGOING.dump(bound),
                },
            )
        return made

    def _bind(self, item: Outgoing) -> tuple[Outgoing, Address]:
        """Fix the chat an action goes to: it is not looked up again."""
        if isinstance(item.to, Room):
            room = {"ticket": item.to.ticket, "desk": item.to.desk}
            row = self._run(_ROOM_CHAT, room).first()
            address = (
                Address(channel=row.channel, chat=row.chat) if row else self._desks(item.to.desk)
            )
            return item, self._today(address)
        address = self._today(item.to)
        return (item if address == item.to else replace(item, to=address)), address

    def _today(self, address: Address) -> Address:
        chat = self._records.current_chat(address.channel, address.chat)
        return address if chat == address.chat else replace(address, chat=chat)

    def _before_all(self, order: str) -> int:
        first: int | None = self._run(_FIRST_POSITION, {"order_key": order}).scalar()
        return (first or 0) - 1

    def _absorbed(self, item: Outgoing, order: str) -> bool:
        """Whether waiting rows were changed so that ``item`` needs no row of its own."""
        action = item.action
        if isinstance(action, Rewrite):
            wanted = {"of_key": order, "aim": _target(action)}
            row = self._run(_WAITING_REWRITE, wanted).first()
            old = None if row is None else _readable(row.body)
            if row is not None and old is not None:
                self._replace(row.id, old, item, action)
                return True
        if isinstance(action, TakeBack):
            wanted = {"of_key": order, "aim": action.handle}
            if self._run(_WAITING_POST, wanted).first() is not None:
                self._run(_DROP, wanted)
                return True
        return False

    def _replace(self, row: str, old: Outgoing, new: Outgoing, action: Rewrite) -> None:
        if isinstance(old.action, Rewrite):
            action = rewritten(old.action, action)
        newer = replace(new, action=action, urgency=min(new.urgency, old.urgency))
        values = {"new_urgency": int(newer.urgency), "new_body": OUTGOING.dump(newer)}
        self._run(_REPLACE, {"row": row, **values})

    def _resend(self, key: str, now: datetime) -> None:
        row = self._run(_RESENDABLE, {"row": key}).first()
        if row is None:
            return
        # Taken out and put in again: so it is the last in its order key.
        self._run(_REMOVE, {"row": key})
        again = {
            "state": "waiting", "due": now, "attempts": 0, "position": 0, "enqueued_at": now,
            "finished_at": None,
            "copies": min(row.copies, 1),  # it may still be a repetition
        }  # fmt: skip
        self._run(_ENQUEUE_AGAIN, {**row._asdict(), **again})


def _readable(body: str) -> Outgoing | None:
    """What a row wants done; None if this version cannot read it: its turn will set it aside."""
    try:
        return OUTGOING.load(body)
    except ValueError:
        return None


def _target(action: Rewrite) -> str:
    """What a rewrite changes, as one key; handles never begin with a blank."""
    return action.handle if action.handle is not None else f" {action.message}"
