"""A ticket's rooms, who may act in them, and which ticket a group's message means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.decision import CARD, LINE, Room, Say, Urgency
from bot.conversation.events import NotYet
from bot.conversation.ticket import dialogues
from bot.conversation.turn import Turn
from channels.message import Address, Content, Inbound, Keyboard
from escalation.lifecycle import Refused, Step
from escalation.routing import contact_for
from escalation.settings import Desk
from escalation.ticket import Author, Ticket


def card_handle(room: Room) -> str:
    """The handle of a ticket's card in a room."""
    return f"{CARD}{room.key}"


def room_from_key(key: str) -> Room | None:
    """The room a key names."""
    number, _, desk = key.partition("@")
    return Room(ticket=int(number), desk=desk) if number.isdecimal() and desk else None


# ---------------------------------------------------------------------- a ticket's rooms


def contact_desk(turn: Turn, ticket: Ticket) -> str | None:
    """The desk that talks to the ticket's client: its own, or the one below that may."""
    settings = turn.workspace.settings
    return contact_for(settings.routing, turn.workspace.desks, ticket.path or (ticket.desk,))


def live_rooms(turn: Turn, ticket: Ticket) -> list[Room]:
    """Rooms that follow the ticket now: of the desk that talks to the client, and of the desk that
    has it, if that is another."""
    desks = dict.fromkeys((contact_desk(turn, ticket), ticket.desk))
    known = turn.workspace.desks
    return [Room(ticket=ticket.number, desk=desk) for desk in desks if desk and desk in known]


def attend(turn: Turn, ticket: Ticket) -> None:
    """Make the turn about the ticket's client, in the dialogue where they are written to about
    it; unless it is about them already."""
    if turn.is_about_somebody and turn.owns(ticket):
        return
    place = dialogues.current(turn, ticket)
    turn.about(place, dialogues.client_of(turn, ticket))


def client_author(turn: Turn) -> Author:
    """The turn's client as an author."""
    address = turn.conversation.address
    return Author(kind="client", id=f"{address.channel}:{address.chat}", name=turn.client.name)


def record(turn: Turn, step: Step, author: Author) -> Ticket:
    """Save a ticket after a step, with a line of its history for everything that changed."""
    ticket = turn.save_ticket(step.ticket)
    for change in step.changes:
        turn.note_event(
            ticket,
            change.kind,
            author,
            before=change.before,
            after=change.after,
            detail=change.detail,
        )
    return ticket


def post_in(
    turn: Turn,
    room: Room,
    content: Content,
    *,
    keyboard: Keyboard | None = None,
    reply_to: str | None = None,
    silent: bool = False,
    handle: str | None = None,
    urgency: Urgency = Urgency.NOTICE,
    front: bool = False,
) -> None:
    """Post words of ours in a room; the handle lets a reply to them find the ticket in a plain
    group."""
    say = Say(
        content=content,
        keyboard=keyboard,
        handle=handle or f"{LINE}{room.key}:{turn.ids.new_id()}",
        reply_to=reply_to,
        silent=silent,
    )
    turn.send(room, say, audience="desk", urgency=urgency, front=front)


def say_in(
    turn: Turn,
    room: Room,
    key: str,
    *,
    keyboard: Keyboard | None = None,
    reply_to: str | None = None,
    silent: bool = False,
    handle: str | None = None,
    urgency: Urgency = Urgency.NOTICE,
    **args: object,
) -> None:
    """A sentence of the catalogue in a room, in the desk's language."""
    post_in(
        turn,
        room,
        Content(text=turn.words(key, turn.desk_language(room.desk), **args)),
        keyboard=keyboard,
        reply_to=reply_to,
        silent=silent,
        handle=handle,
        urgency=urgency,
    )


# ---------------------------------------------------------------------- who writes where


def desks_at(turn: Turn, channel: str, chat: str) -> list[Desk]:
    """The desks that work in a chat."""
    here = Address(channel=channel, chat=chat)
    return [
        desk
        for desk in turn.workspace.desks.values()
        if turn.today(turn.workspace.place_of(desk.id)) == here
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A specialist acting in a room of a ticket, checked at this very moment (case E6)."""

    room: Room
    desk: Desk
    author: Author
    inbound: Inbound


def specialist(inbound: Inbound) -> Author:
    """The sender of something in a desk's group, as an author."""
    sender = inbound.sender
    return Author(kind="specialist", id=f"{inbound.channel}:{sender.id}", name=sender.name)


def seat(turn: Turn, inbound: Inbound, room: Room) -> Seat:
    """The sender's seat in a room of this chat.

    Raises:
        Refused: the channel hides who it is, or they may not act for the desk.
    """
    desk = next(
        (d for d in desks_at(turn, inbound.channel, inbound.address.chat) if d.id == room.desk),
        None,
    )
    if desk is None:
        raise Refused("desk.refused.elsewhere", number=room.ticket)
    if inbound.sender.anonymous:
        raise Refused("desk.refused.anonymous")
    if desk.members and inbound.sender.id not in desk.members:
        raise Refused("desk.refused.member")
    return Seat(room=room, desk=desk, author=specialist(inbound), inbound=inbound)


def ticket_at(turn: Turn, taken: Seat) -> Ticket:
    """The ticket of a seat, if its desk still has a part in it; the turn is about its client then.

    Raises:
        Refused: the ticket is unknown or at another desk.
    """
    ticket = turn.ticket(taken.room.ticket)
    if ticket is None:
        raise Refused("desk.refused.unknown", number=taken.room.ticket)
    if taken.room not in live_rooms(turn, ticket):
        raise Refused("desk.refused.elsewhere", number=ticket.number)
    attend(turn, ticket)
    return ticket


# ---------------------------------------------------------------------- which ticket


def room_of(turn: Turn, inbound: Inbound, reply_to: str | None) -> Room | None:
    """The room a message was written in: its thread, or in a plain group what it replies to.

    Raises:
        NotYet: it may be known once posts that are on their way have their receipts (case G4).
    """
    channel, address, records = inbound.channel, inbound.address, turn.records
    if address.thread is not None:
        room = records.room_at(channel, address.chat, address.thread)
        if room is not None:
            return room
    if reply_to is not None:
        handle = records.handle_at(channel, address.chat, reply_to)
        if handle is not None:
            return _room_of_handle(turn, handle, desks_at(turn, channel, address.chat))
    foreign = address.thread is not None or reply_to is not None
    if foreign and records.unconfirmed(channel, address.chat):
        raise NotYet
    return None


def _room_of_handle(turn: Turn, handle: str, here: Sequence[Desk]) -> Room | None:
    """The room one of our posts, or a specialist's own message, belongs to."""
    for prefix in (CARD, LINE):
        if handle.startswith(prefix):
            return room_from_key(handle.removeprefix(prefix).split(":")[0])
    message = turn.message(handle)
    ticket = turn.ticket(message.ticket) if message and message.ticket is not None else None
    if ticket is None:
        return None
    names = {desk.id for desk in here}
    desk = next((desk for desk in reversed(ticket.path) if desk in names), None)
    return Room(ticket=ticket.number, desk=desk) if desk else None
