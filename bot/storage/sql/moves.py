"""A chat has a new id: everything bound to the old one follows."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, delete, or_, select, update

from bot.storage.codec import CONVERSATION, INBOUND, OUTGOING
from bot.storage.shared import order_key
from bot.storage.sql.records import SqlRecords
from bot.storage.sql.schema import (
    ASIDE,
    conversations,
    holds,
    inbox,
    moved_chats,
    outbox,
    rooms,
    waiting,
)
from bot.storage.sql.session import Facet, Session
from bot.storage.sql.upsert import upsert
from channels.message import Address

_p = bindparam

_REDIRECT = (
    update(moved_chats)
    .where(moved_chats.c.channel == _p("in_channel"), moved_chats.c.now_chat == _p("old"))
    .values(now_chat=_p("new"))
)
_NOT_MOVED = delete(moved_chats).where(
    moved_chats.c.channel == _p("in_channel"), moved_chats.c.chat == _p("new")
)
_MOVED = upsert(moved_chats, ["channel", "chat"], ["now_chat"])
_MOVE_CONVERSATION = (
    update(conversations)
    .where(conversations.c.id == _p("key"))
    .values(chat=_p("new"), version=_p("new_version"), body=_p("new_body"))
)
_MOVE_ROOMS = (
    update(rooms)
    .where(rooms.c.channel == _p("in_channel"), rooms.c.chat == _p("old"))
    .values(chat=_p("new"))
)
_TO_CHAT = select(outbox.c.id, outbox.c.body).where(
    outbox.c.channel == _p("in_channel"),
    outbox.c.chat == _p("old"),
    outbox.c.room_ticket.is_(None),
    outbox.c.body.is_not(None),
)
_READDRESS = (
    update(outbox)
    .where(outbox.c.id == _p("row"))
    .values(order_key=_p("new_key"), body=_p("new_body"))
)
_MOVE_OUTBOX = (
    update(outbox)
    .where(outbox.c.channel == _p("in_channel"), outbox.c.chat == _p("old"))
    .values(chat=_p("new"))
)
_UNDECIDED = select(inbox.c.id, inbox.c.body).where(
    or_(waiting(inbox), inbox.c.state == ASIDE), inbox.c.channel == _p("in_channel")
)
_MOVE_INBOX = (
    update(inbox)
    .where(inbox.c.id == _p("row"))
    .values(order_key=_p("new_key"), body=_p("new_body"))
)
_HELD = select(holds.c.paused_until).where(
    holds.c.channel == _p("in_channel"), holds.c.chat == _p("old")
)
_UNHOLD = delete(holds).where(holds.c.channel == _p("in_channel"), holds.c.chat == _p("old"))
_HOLD = upsert(holds, ["channel", "chat"], ["paused_until", "parked"])


class SqlMoves(Facet):
    """Following a chat over SQL.

    Args:
        records: where the conversations are looked up.
    """

    def __init__(self, session: Session, records: SqlRecords) -> None:
        super().__init__(session)
        self._records = records

    def follow(self, channel: str, old: str, new: str) -> None:
        """Everything follows except links: message ids of the old chat mean nothing, or something
        else, in the new one (Telegram counts a supergroup's messages from 1)."""
        if old == new:
            return
        where = {"in_channel": channel, "old": old, "new": new}
        self._run(_REDIRECT, where)
        self._run(_NOT_MOVED, {"in_channel": channel, "new": new})
        names = {"channel": channel, "chat": old, "now_chat": new}
        self._run(_MOVED[self._dialect], names)
        self._known.forget()
        self._move_conversation(channel, old, new)
        self._run(_MOVE_ROOMS, where)
        self._move_outbox(where, new)
        self._move_inbox(channel, old, new)
        hold = self._run(_HELD, {"in_channel": channel, "old": old}).first()
        if hold is not None:
            self._run(_UNHOLD, {"in_channel": channel, "old": old})
            values = {"channel": channel, "chat": new, "parked": None}
            self._run(_HOLD[self._dialect], {**values, "paused_until": hold.paused_until})

    def _move_conversation(self, channel: str, old: str, new: str) -> None:
        conversation = self._records.conversation_at(Address(channel=channel, chat=old))
        there = Address(channel=channel, chat=new)
        if conversation is None or self._records.conversation_at(there):
            return
        address = replace(conversation.address, chat=new)
        version = conversation.version + 1
        moved = replace(conversation, address=address, version=version)
        values = {"new": new, "new_version": version, "new_body": CONVERSATION.dump(moved)}
        self._run(_MOVE_CONVERSATION, {"key": moved.id, **values})
        self._known.conversations[moved.id] = moved

    def _move_outbox(self, where: dict[str, str], new: str) -> None:
        for row in self._run(_TO_CHAT, {n: where[n] for n in ("in_channel", "old")}):
            try:
                outgoing = OUTGOING.load(row.body)
            except ValueError:
                continue  # nobody knows where it was to go; its turn will set it aside
            if isinstance(outgoing.to, Address):
                outgoing = replace(outgoing, to=replace(outgoing.to, chat=new))
            values = {"new_key": order_key(outgoing.to), "new_body": OUTGOING.dump(outgoing)}
            self._run(_READDRESS, {"row": row.id, **values})
        self._run(_MOVE_OUTBOX, where)

    def _move_inbox(self, channel: str, old: str, new: str) -> None:
        for row in self._run(_UNDECIDED, {"in_channel": channel}):
            try:
                inbound = INBOUND.load(row.body)
            except ValueError:
                continue  # nobody knows where it came from; its turn will set it aside
            if (inbound.address.channel, inbound.address.chat) == (channel, old):
                address = replace(inbound.address, chat=new)
                body = INBOUND.dump(replace(inbound, address=address))
                self._run(_MOVE_INBOX, {"row": row.id, "new_key": address.key, "new_body": body})
