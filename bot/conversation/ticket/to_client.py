"""The one door from a desk to a client.

Everything a specialist's act says or does to a client goes through here, and nothing else under
``desk`` imports ``ticket.notices`` for an act of a specialist. A desk that may not write to clients
finds it shut: words are refused, notices are not sent (acceptance case G7).
"""

from __future__ import annotations

from datetime import datetime

from bot.conversation.decision import Origin
from bot.conversation.state import Client, Message
from bot.conversation.ticket import dialogues, identities, notices
from bot.conversation.ticket.rooms import Seat
from bot.conversation.turn import Turn
from channels.message import Address, Content
from escalation.lifecycle import Refused
from escalation.ticket import Ticket


def allowed(turn: Turn, seat: Seat) -> bool:
    """Whether the desk of a seat may write to clients, by the settings in force."""
    return turn.desk(seat.room.desk).may_write_to_clients


def must_be_allowed(turn: Turn, seat: Seat) -> None:
    """Refuse a desk that may not write to clients.

    Raises:
        Refused: the desk may not write to clients.
    """
    if not allowed(turn, seat):
        raise Refused("desk.refused.no_contact")


def reply(turn: Turn, seat: Seat, ticket: Ticket, message: Message, origin: Origin) -> None:
    """A specialist's words."""
    must_be_allowed(turn, seat)
    notices.reply(turn, ticket, message, origin=origin)


def ask(turn: Turn, seat: Seat, ticket: Ticket, message: Message, origin: Origin) -> None:
    """A specialist's question, and that we wait for the answer."""
    must_be_allowed(turn, seat)
    notices.waiting_for_you(turn, ticket, message, origin=origin)


def correction(turn: Turn, seat: Seat, ticket: Ticket, message: Message, old: Content) -> None:
    """How a specialist's words read now."""
    must_be_allowed(turn, seat)
    notices.correction(turn, ticket, message, old)


def take_back(turn: Turn, seat: Seat, ticket: Ticket, message: Message) -> None:
    """Remove a specialist's words from the client's screen, wherever they were shown."""
    must_be_allowed(turn, seat)
    for talk in dialogues.posted_in(turn, ticket, message.id):
        turn.take_back(talk.address, message.id, audience="client", conversation=talk.id)


def send_again(turn: Turn, seat: Seat, outgoing: str) -> None:
    """Send a specialist's words again that did not, or may not have, arrived."""
    must_be_allowed(turn, seat)
    turn.resend(outgoing)


def show_again(turn: Turn, outgoing: str) -> None:
    """Show something at a desk again. No client reads it, so every desk may."""
    turn.resend(outgoing)


def send_again_by_administrator(turn: Turn, outgoing: str) -> None:
    """Send something of the bot's own again that the administrators were shown. They are no desk:
    what desks may not do does not bind them."""
    turn.resend(outgoing)


def send_letter_again(turn: Turn, outgoing: str) -> None:
    """Send a letter to an outside expert again. No client reads it, so every desk may."""
    turn.resend(outgoing)


def taken(turn: Turn, seat: Seat, ticket: Ticket) -> None:
    """Tell the client that a specialist took the ticket."""
    if allowed(turn, seat):
        notices.taken(turn, ticket)


def passed(turn: Turn, seat: Seat, ticket: Ticket) -> None:
    """Tell the client that another desk has the ticket."""
    if allowed(turn, seat):
        notices.passed(turn, ticket)


def waiting_for_others(turn: Turn, seat: Seat, ticket: Ticket) -> None:
    """Somebody outside has to answer first."""
    must_be_allowed(turn, seat)
    notices.waiting_for_others(turn, ticket)


def resolved(turn: Turn, seat: Seat, ticket: Ticket) -> None:
    """Tell the client that the ticket is solved, in which words, and ask whether it is."""
    must_be_allowed(turn, seat)
    notices.resolved(turn, ticket)


def closed(turn: Turn, seat: Seat, ticket: Ticket) -> None:
    """Tell the client that the ticket was closed."""
    must_be_allowed(turn, seat)
    notices.closed(turn, ticket)


def parted(turn: Turn, seat: Seat, client: Client, address: Address) -> None:
    """An address was parted from the client: their chat hears of it."""
    chat = turn.parties.chat_of(client)
    if chat is not None and allowed(turn, seat):
        identities.say_to(turn, chat, "client.email.parted_by_desk", address=address.chat)


def closed_by_silence(turn: Turn, ticket: Ticket) -> None:
    """It is over because nobody said otherwise; no desk's doing."""
    notices.closed(turn, ticket)


def later_than_promised(turn: Turn, ticket: Ticket, at: datetime) -> None:
    """A new time before a promise is broken; no desk's doing."""
    notices.later_than_promised(turn, ticket, at)


def file_left_out(turn: Turn, files: str) -> None:
    """A file of the client's did not reach the desk; no desk's doing."""
    turn.say("client.file_left_out", files=files)
