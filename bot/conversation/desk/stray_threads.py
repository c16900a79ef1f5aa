"""Threads of a desk's group that are no ticket's room.

The answer to "open a thread" may get lost: then the thread is there, and nobody knows that it was
meant for a ticket. The channel tells of it a second time, by an event of its own (``ThreadOpened``)
and with every word that is said in it (``Said.opened_as``). Such a thread becomes the ticket's room
if that is still to be opened; else it is one too many and closed with a word. Whoever writes in a
thread that is no room reads so: words of a specialist never go nowhere without a sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.conversation.decision import Rename, Room, Say, Urgency
from bot.conversation.events import RoomDoubled
from bot.conversation.ticket import card
from bot.conversation.ticket.rooms import desks_at, live_rooms
from bot.conversation.turn import Turn
from channels.message import Address, Content, Inbound, Said, ThreadOpened
from escalation.settings import Desk
from escalation.ticket import Ticket

STRAY: Final = "stray:"
"""Begins the handle of the word with which a thread too many was closed."""
_AGAIN: Final = timedelta(minutes=1)
"""How soon the same thing is said again to people who go on writing in such a thread."""
_NUMBER, _NAME, _TOPIC = "\ue000", "\ue001", "\ue002"
"""Stand for the parts of a title, to see where its number is."""


def opened(turn: Turn, inbound: Inbound, event: ThreadOpened) -> None:
    """We opened a thread. Mostly its receipt has told so already; if that got lost, it becomes the
    room it was meant for, or is closed."""
    address = inbound.address
    if address.thread is None or turn.records.room_at(
        address.channel, address.chat, address.thread
    ):
        return
    room = _adopted(turn, address, event.title)
    meant = room or _meant_for(turn, address, event.title)
    if room is None and meant is not None:
        _close(turn, meant, address)


def doubled(turn: Turn, event: RoomDoubled) -> None:
    """A room was opened, but has another thread by now: the new one is closed."""
    if event.room.desk in turn.workspace.desks:
        _close(turn, event.room, event.thread)


def room_in(turn: Turn, inbound: Inbound, title: str) -> Room | None:
    """The room a thread of ours is, or becomes now, as nobody has told us of it yet; None if it is
    one too many.

    Args:
        title: the one we opened it with.
    """
    address = inbound.address
    if address.thread is None:
        return None
    known = turn.records.room_at(address.channel, address.chat, address.thread)
    return known or _adopted(turn, address, title)


def stray(turn: Turn, inbound: Inbound, said: Said, here: list[Desk]) -> None:
    """Words in a thread that is no ticket's room.

    In one that we opened, every message gets a mark, and the reason as often as it may help. Any
    other belongs to the team: that clients read nothing of it is said once.
    """
    address, records = inbound.address, turn.records
    if not said.content:
        return
    room = _meant_for(turn, address, said.opened_as) if said.opened_as else None
    told, closed = f"{STRAY}told:{address.thread}", f"{STRAY}{address.thread}"
    if room is not None or records.post_state(closed, address.channel, address.chat) is not None:
        turn.mark(inbound, said.message, "unheard")
        if records.posts_since(told, turn.now - _AGAIN, to=address):
            return
    elif records.post_state(told, address.channel, address.chat) is not None:
        return
    language = turn.desk_language(room.desk if room else here[0].id)
    key = "desk.thread.elsewhere" if room else "desk.thread.no_ticket"
    text = turn.words(key, language, number=room.ticket if room else 0)
    say = Say(content=Content(text=text), handle=told, answers=said.message)
    turn.send(address, say, audience="desk")


# ---------------------------------------------------------------------- which ticket's


def _adopted(turn: Turn, address: Address, title: str) -> Room | None:
    """Make a thread the room it was opened for, if that is not open yet."""
    for room in _rooms_titled(turn, address, title):
        if turn.records.place_of_room(room) is None:
            turn.adopt(room, address)
            return room
    return None


def _meant_for(turn: Turn, address: Address, title: str) -> Room | None:
    """The room a thread was opened for."""
    return next(_rooms_titled(turn, address, title), None)


def _rooms_titled(turn: Turn, address: Address, title: str) -> Iterator[Room]:
    """Rooms in a chat that a title names, those that follow their ticket now first."""
    for desk in desks_at(turn, address.channel, address.chat):
        for ticket in _tickets_titled(turn, title, desk):
            rooms = [room for room in live_rooms(turn, ticket) if room.desk == desk.id]
            earlier = Room(ticket=ticket.number, desk=desk.id)
            yield from rooms or ([earlier] if desk.id in ticket.path else [])


def _tickets_titled(turn: Turn, title: str, desk: Desk) -> Iterator[Ticket]:
    """The ticket whose number a title begins with. Where an administrator's text has a name before
    the number, which may be any, only the title a ticket has today is believed."""
    language = turn.desk_language(desk.id)
    form = turn.label("desk.title", language, number=_NUMBER, name=_NAME, topic=_TOPIC)
    head = form.partition(_NUMBER)[0]
    sure = _NAME not in head and _TOPIC not in head
    pattern = re.escape(head) if sure else "(?:^|.*?[^0-9])"
    for found in re.finditer(pattern + "([0-9]{1,15})(?![0-9])", title):
        ticket = turn.ticket(int(found[1]))
        room = Room(ticket=int(found[1]), desk=desk.id)
        if ticket and (sure or title == card.title(turn.records, turn.workspace, room)):
            yield ticket
        if sure:
            return


# ---------------------------------------------------------------------- one too many


def _close(turn: Turn, room: Room, address: Address) -> None:
    """Say in a thread that it is one too many, and close it; once."""
    handle = f"{STRAY}{address.thread}"
    if turn.records.post_state(handle, address.channel, address.chat) is not None:
        return
    language = turn.desk_language(room.desk)
    text = turn.words("desk.thread.closed", language, number=room.ticket)
    title = turn.label("desk.thread.title", language, number=room.ticket)
    say = Say(content=Content(text=text), handle=handle, silent=True)
    turn.send(address, say, audience="desk")
    rename = Rename(title=title, closed=True)
    turn.send(address, rename, audience="desk", urgency=Urgency.COSMETIC)
