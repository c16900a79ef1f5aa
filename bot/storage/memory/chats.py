"""Links, pauses and rooms of the memory store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation.decision import Room
from bot.storage.memory.rows import Facet, Hold, Link, OpenedRoom
from channels.message import Address


class MemoryChats(Facet):
    """``Chats`` over tables."""

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        for message in messages:
            key = (channel, chat, message, handle)
            known = self._tables.links.get(key)
            seq = known.seq if known else self._tables.next("link")
            link = Link(
                seq=seq, handle=handle, channel=channel, chat=chat, message=message, thread=thread
            )
            self._tables.links.put(key, link)

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        key = (channel, chat)
        hold = self._tables.holds.get(key) or Hold(channel=channel, chat=chat)
        self._tables.holds.put(key, replace(hold, paused_until=until))

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        key = (channel, chat)
        hold = self._tables.holds.get(key) or Hold(channel=channel, chat=chat)
        if (hold.parked is None) == (reason is None):
            return False
        self._tables.holds.put(key, replace(hold, parked=reason))
        return True

    def room_opened(self, room: Room, address: Address) -> None:
        self._tables.rooms.put(room.key, OpenedRoom(room=room, address=address, open=True))
        for row in self._tables.outbox.where("unfinished", room.key):
            self._tables.outbox.put(
                row.id, replace(row, channel=address.channel, chat=address.chat)
            )

    def room_lost(self, room: Room, thread: str | None) -> bool:
        opened = self._tables.rooms.get(room.key)
        if opened is None or not opened.open or opened.address.thread != thread:
            return False
        self._tables.rooms.put(room.key, replace(opened, open=False))
        return True

    def cut_pauses(self, now: datetime, longest: timedelta) -> int:
        latest = now + longest
        pauses = [
            h for h in self._tables.holds.rows() if h.paused_until and h.paused_until > latest
        ]
        for hold in pauses:
            self._tables.holds.put((hold.channel, hold.chat), replace(hold, paused_until=now))
        return len(pauses)
