"""A ticket goes on elsewhere when its client cannot be reached where it was (case B12)."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.decision import Origin, Outgoing, Room, Say, Urgency
from bot.conversation.say.screens import button, keyboard, ticket_handle
from bot.conversation.state import Conversation, Message
from bot.conversation.ticket import dialogues
from bot.conversation.ticket.rooms import live_rooms, room_from_key
from bot.conversation.turn import Turn
from channels.message import Content
from escalation.ticket import Ticket


def send_again(turn: Turn, post: Outgoing | None, failed_in: Conversation, *, first: bool) -> bool:
    """Send what did not arrive where its ticket's client can be reached now.

    Args:
        first: nothing has gone there instead yet, so the client is told why.

    Returns:
        Whether it went out again; False if there is no such place, or it is about no ticket.
    """
    say = post.action if post is not None else None
    if post is None or not isinstance(say, Say) or post.only_unheld:
        return False
    room = room_from_key(post.origin.room) if post.origin and post.origin.room else None
    ticket = turn.ticket(room.ticket) if room else turn.own_ticket_behind(say.handle)
    if ticket is None or not turn.owns(ticket):
        return False
    place = dialogues.current(turn, ticket)
    if place.id == failed_in.id:
        return False
    if first:
        introduce(turn, ticket, place, failed_in)
    turn.send(
        place.address,
        replace(say, letterhead=None),
        audience="client",
        urgency=post.urgency,
        origin=post.origin,
        conversation=place.id,
        resend_if_uncertain=post.resend_if_uncertain,
    )
    return True


def came_back(
    turn: Turn,
    ticket: Ticket,
    message: Message | None,
    failed_in: Conversation,
    *,
    first: bool,
) -> None:
    """A letter that went out came back: a specialist's words go where the client can be reached
    now; of anything else the client can see there how the ticket stands."""
    place = dialogues.current(turn, ticket)
    if place.id == failed_in.id:
        return
    if first:
        introduce(turn, ticket, place, failed_in)
    if message is None or message.kind != "reply" or message.recalled:
        return
    address = place.address
    if turn.records.post_state(message.id, address.channel, address.chat) is not None:
        return  # reported twice
    turn.send(
        address,
        Say(content=message.content, handle=message.id),
        audience="client",
        urgency=Urgency.PEOPLE,
        origin=_origin(message, live_rooms(turn, ticket)),
        conversation=place.id,
        resend_if_uncertain=False,
    )


def _origin(message: Message, rooms: list[Room]) -> Origin | None:
    """Where a specialist wrote a message."""
    if not message.content.source or not rooms:
        return None
    ref = message.content.source[0]
    return Origin(channel=ref.channel, chat=ref.chat, message=ref.id, room=rooms[0].key)


def introduce(turn: Turn, ticket: Ticket, place: Conversation, failed_in: Conversation) -> None:
    """Tell the client why a ticket goes on here."""
    language, number = place.language, ticket.number
    if place.letters is not None:
        text, buttons = turn.words("client.goes_on.letters", language, number=number), None
    else:
        address = failed_in.address.chat
        text = turn.words("client.goes_on.chat", language, number=number, address=address)
        buttons = keyboard((button(turn, "client.button.tickets", "c:tickets"),))
    turn.send(
        place.address,
        Say(content=Content(text=text), keyboard=buttons, handle=ticket_handle(turn, number)),
        audience="client",
        urgency=Urgency.PEOPLE,
        conversation=place.id,
    )
