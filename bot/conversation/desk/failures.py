"""Posts that did not arrive, and rooms that vanished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.conversation.decision import Room
from bot.conversation.desk.inquiry import expert_bar, experts
from bot.conversation.events import (
    AboutAPost,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    RoomLost,
)
from bot.conversation.say.actions import encode
from bot.conversation.ticket import card, history, onward, outward, reach, tickets
from bot.conversation.ticket.rooms import LINE, attend, line, live_rooms, room_from_key
from bot.conversation.turn import Turn
from channels.message import Address, Button, Buttons, Reason, Text
from escalation.ticket import Ticket

UNREACHABLE: Final = frozenset({Reason.BLOCKED, Reason.NO_ADDRESS})
"""Reasons that say something of the client's address, not of the post."""


def failed(turn: Turn, event: DeliveryFailed) -> None:
    """Tell whoever has to know why a post did not arrive, and let them send it again; where its
    client can be reached elsewhere, it goes there by itself (acceptance case B12)."""
    exchange = experts.of_failure(turn, event)
    if exchange is not None:
        experts.not_sent(turn, exchange, event)
        return
    if _of_a_client(turn, event) and _dealt_with(turn, event):
        return
    room = room_from_key(event.origin.room) if event.origin and event.origin.room else None
    if room is not None and room.desk in turn.workspace.desks:
        _tell_author(turn, event, room)
    elif event.room is not None or event.conversation is None:
        _tell_admins(turn, event)
        _leave_a_line(turn, event)
    elif event.reason not in UNREACHABLE:
        _tell_open_rooms(turn, event, event.conversation)


def _of_a_client(turn: Turn, event: DeliveryFailed) -> bool:
    """Make the turn about the dialogue a post belongs to; False if it belongs to none."""
    name = event.conversation
    conversation = turn.parties.conversation(name) if name is not None else None
    if conversation is None:
        return False
    turn.about(conversation, turn.parties.owner(conversation))
    return True


def _dealt_with(turn: Turn, event: DeliveryFailed) -> bool:
    """Whether nobody has to do anything about it any more."""
    conversation = turn.conversation
    if event.reason not in UNREACHABLE:
        return False
    first = tickets.reachability(turn, conversation, reachable=False)
    return onward.send_again(turn, event.post, turn.conversation, first=first)


def _why(event: DeliveryFailed) -> Text:
    key = f"desk.why.{event.reason}" if event.reason else "desk.why.uncertain"
    return Text(key=key, args={"detail": event.detail})


def _tell_author(turn: Turn, event: DeliveryFailed, room: Room) -> None:
    """An answer to the specialist's own message: why, and a button (cases A3, G3)."""
    origin, language = event.origin, turn.desk_language(room.desk)
    if origin is None:
        return
    handle = turn.records.handle_at(origin.channel, origin.chat, origin.message)
    keyboard = None
    if turn.desk(room.desk).may_write_to_clients:
        again = Button(
            label=turn.label("desk.button.again", language),
            action=encode("d:again", room.ticket, event.outgoing),
        )
        keyboard = Buttons(rows=((again,),))
    key = "desk.line.uncertain" if event.reason is None else "desk.line.failed"
    why = turn.render(_why(event), language)
    line(turn, room, key, keyboard=keyboard, reply_to=handle, why=why, detail=event.detail)


def _tell_admins(turn: Turn, event: DeliveryFailed) -> None:
    """A group's own post: the administrators can mend it. News about their own chat would fail
    like what it is about."""
    settings = turn.workspace.settings
    if settings.admin_chat and _is_chat(turn, event.to, settings.admin_chat):
        return
    language = turn.workspace.default_language
    room = room_from_key(event.room) if event.room else None
    desk = turn.workspace.desks.get(room.desk) if room else None
    key = {
        Reason.CHAT_GONE: "desk.admin.chat_gone",
        Reason.NO_RIGHTS: "desk.admin.no_rights",
    }.get(event.reason or Reason.REFUSED, "desk.admin.post_failed")
    turn.tell_admins(
        key,
        desk=desk.title.in_language(language) if desk else event.to.chat,
        chat=event.to.chat,
        number=room.ticket if room else "–",
        why=turn.render(_why(event), language),
        detail=event.detail,
    )


def _leave_a_line(turn: Turn, event: DeliveryFailed) -> None:
    """Where something could not be shown in a room that takes other posts, say so; but not about
    a line like this one."""
    room = room_from_key(event.room) if event.room else None
    if room is None or room.desk not in turn.workspace.desks:
        return
    handle = f"{LINE}{room.key}:missing"
    last = turn.records.post_state(handle, event.to.channel, event.to.chat)
    parked = event.reason in {Reason.CHAT_GONE, Reason.NO_RIGHTS}
    if not parked and last in {None, "delivered"}:
        why = turn.render(_why(event), turn.desk_language(room.desk))
        line(turn, room, "desk.line.not_shown", handle=handle, why=why)


def _is_chat(turn: Turn, address: Address, chat: str) -> bool:
    return turn.records.current_chat(address.channel, chat) == address.chat


def _tell_open_rooms(turn: Turn, event: DeliveryFailed, conversation_id: str) -> None:
    """Words of the bot did not reach a client: whoever works on their tickets should know."""
    for ticket in _reached_in(turn, conversation_id, event.to):
        for room in live_rooms(turn, ticket):
            language = turn.desk_language(room.desk)
            why = turn.render(_why(event), language)
            line(turn, room, "desk.line.notice_failed", why=why, detail=event.detail)


def _reached_in(turn: Turn, conversation_id: str, to: Address) -> list[Ticket]:
    """The open tickets whose client is written to in a dialogue, if a post went there."""
    conversation = turn.parties.conversation(conversation_id)
    if conversation is None or not reach.is_at(conversation, to):
        return []
    turn.about(conversation, turn.parties.owner(conversation))
    return [t for t in turn.tickets() if reach.place_of(turn, t).id == conversation_id]


def late(turn: Turn, event: DeliveryLate) -> None:
    """Tell the desk of a post that is still on its way (acceptance case D1). The groups' own posts
    are always tried on, and nobody can read of it where they would go."""
    for room, reply_to in _rooms_concerned(turn, event):
        line(
            turn,
            room,
            "desk.line.late",
            reply_to=reply_to,
            detail=event.detail,
            since=event.since,
            until=event.until,
        )


def left_out(turn: Turn, event: FilesLeftOut) -> None:
    """Tell both sides of files that were too large for the way (acceptance case B15): whoever sent
    them; the other side reads of it in their place."""
    names = ", ".join(event.files)
    for room, reply_to in _rooms_concerned(turn, event):
        line(turn, room, "desk.line.left_out", reply_to=reply_to, files=names)
    target = room_from_key(event.room) if event.room else None
    ticket = turn.ticket(target.ticket) if target is not None else None
    if ticket is not None:
        attend(turn, ticket)
        outward.file_left_out(turn, names)


def _rooms_concerned(turn: Turn, event: AboutAPost) -> Iterator[tuple[Room, str | None]]:
    """Where a post to a client is of interest, and the message there that it carries on: the room
    of its author, or for words of the bot all rooms that follow the client's tickets."""
    origin = event.origin
    room = room_from_key(origin.room) if origin and origin.room else None
    if origin is not None and room is not None and room.desk in turn.workspace.desks:
        yield room, turn.records.handle_at(origin.channel, origin.chat, origin.message)
    elif event.conversation is not None and event.room is None:
        for ticket in _reached_in(turn, event.conversation, event.to):
            for each in live_rooms(turn, ticket):
                yield each, None


def room_lost(turn: Turn, event: RoomLost) -> None:
    """A room's thread was deleted: the new one gets the card and what was said, ahead of whatever
    waits for it (case B9)."""
    room = room_from_key(event.room)
    ticket = turn.ticket(room.ticket) if room else None
    if room is None or ticket is None or room.desk not in turn.workspace.desks:
        return
    attend(turn, ticket)
    card.show(turn, ticket, room, front=True)
    history.tell(turn, ticket, room, front=True)
    expert_bar.show_again(turn, ticket, room, front=True)
