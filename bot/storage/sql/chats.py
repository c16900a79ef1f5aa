"""Links, pauses and rooms over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, false, select, update

from bot.conversation.decision import Room
from bot.storage.sql.schema import holds, links, outbox, rooms, unfinished
from bot.storage.sql.session import Facet
from bot.storage.sql.upsert import upsert
from channels.message import Address

_p = bindparam

_LINK = upsert(links, ["channel", "chat", "message", "handle"], ["thread", "current"])
_PAUSE = upsert(holds, ["channel", "chat"], ["paused_until"])
_PARKED = select(holds.c.parked).where(holds.c.channel == _p("channel"), holds.c.chat == _p("chat"))
_PARK = upsert(holds, ["channel", "chat"], ["parked"])
_OPENED = upsert(rooms, ["ticket", "desk"], ["channel", "chat", "thread", "open"])
_FOLLOW_ROOM = (
    update(outbox)
    .where(unfinished(outbox), outbox.c.order_key == _p("room"))
    .values(channel=_p("new_channel"), chat=_p("new_chat"))
)
_LOST = (
    update(rooms)
    .where(
        rooms.c.ticket == _p("of_ticket"),
        rooms.c.desk == _p("of_desk"),
        rooms.c.open,
        rooms.c.thread.is_not_distinct_from(_p("lost")),
    )
    .values(open=false())
)
_beyond: ColumnElement[datetime] = _p("latest")
_CUT = update(holds).where(holds.c.paused_until > _beyond).values(paused_until=_p("now"))


class SqlChats(Facet):
    """``Chats`` over SQL."""

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        for message in messages:
            self._run(
                _LINK[self._dialect],
                {
                    "channel": channel,
                    "chat": chat,
                    "message": message,
                    "handle": handle,
                    "thread": thread,
                    "current": True,
                },
            )

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        hold = {"channel": channel, "chat": chat, "paused_until": until}
        self._run(_PAUSE[self._dialect], hold)

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        place = {"channel": channel, "chat": chat}
        if (self._run(_PARKED, place).scalar() is None) == (reason is None):
            return False
        self._run(_PARK[self._dialect], {**place, "parked": reason})
        return True

    def room_opened(self, room: Room, address: Address) -> None:
        self._run(
            _OPENED[self._dialect],
            {
                "ticket": room.ticket,
                "desk": room.desk,
                "channel": address.channel,
                "chat": address.chat,
                "thread": address.thread,
                "open": True,
            },
        )
        self._run(
            _FOLLOW_ROOM,
            {"room": room.key, "new_channel": address.channel, "new_chat": address.chat},
        )

    def room_lost(self, room: Room, thread: str | None) -> bool:
        lost = {"of_ticket": room.ticket, "of_desk": room.desk, "lost": thread}
        return bool(self._run(_LOST, lost).rowcount)

    def cut_pauses(self, now: datetime, longest: timedelta) -> int:
        return self._run(_CUT, {"now": now, "latest": now + longest}).rowcount
