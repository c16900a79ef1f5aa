"""Outbox rows as delivery sees them, read over SQL."""

from __future__ import annotations

import json
import traceback
from typing import Any

from sqlalchemy import and_, select

from bot.conversation.decision import Room
from bot.delivery.ports import Destination, OutboxRow, Unreadable
from bot.storage.codec import OUTGOING
from bot.storage.sql.schema import outbox, rooms
from channels.message import Address

with_room = outbox.outerjoin(
    rooms,
    and_(rooms.c.ticket == outbox.c.room_ticket, rooms.c.desk == outbox.c.room_desk, rooms.c.open),
)
OUTBOX_ROW = select(
    *(
        outbox.c[name]
        for name in (
            "id",
            "order_key",
            "body",
            "attempts",
            "enqueued_at",
            "arrived",
            "copies",
            "channel",
            "chat",
        )
    ),
    rooms.c.channel.label("room_channel"),
    rooms.c.chat.label("room_chat"),
    rooms.c.thread.label("room_thread"),
)


def outbox_row(row: Any) -> OutboxRow | Unreadable[str]:  # noqa: ANN401 - a row with the columns of OUTBOX_ROW
    try:
        outgoing = OUTGOING.load(row.body)
        arrived = tuple(json.loads(row.arrived))
    except ValueError:  # pydantic's ValidationError is one
        trace = traceback.format_exc()
        return Unreadable(row=row.id, error=trace, raw=row.body or "", order=row.order_key)
    to = outgoing.to
    if not isinstance(to, Room):
        place = Destination(address=to)
    elif row.room_chat is None:
        place = Destination(
            address=Address(channel=row.channel, chat=row.chat), room=to, open=False
        )
    else:
        thread = Address(channel=row.room_channel, chat=row.room_chat, thread=row.room_thread)
        place = Destination(address=thread, room=to)
    return OutboxRow(
        id=row.id,
        outgoing=outgoing,
        place=place,
        order=row.order_key,
        attempts=row.attempts,
        enqueued_at=row.enqueued_at,
        copies=row.copies,
        arrived=arrived,
    )
