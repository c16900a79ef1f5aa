"""Where the client of a ticket is written to: the dialogue they last wrote in about it, or the one
they prefer; another one of theirs while that cannot be reached (acceptance case B12)."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.say.actions import token
from bot.conversation.state import Client, Conversation, Correspondence
from bot.conversation.turn import Turn
from channels.message import Address, Text
from escalation.ticket import Ticket


def opened_in(turn: Turn, ticket: Ticket) -> Conversation:
    """The dialogue a ticket was opened in.

    Raises:
        LookupError: it is gone.
    """
    own = turn.parties.conversation(ticket.conversation)
    if own is None:
        raise LookupError(f"ticket {ticket.number} has lost its conversation")
    return own


def client_of(turn: Turn, ticket: Ticket) -> Client:
    """Whose ticket it is now.

    Raises:
        LookupError: the client is gone.
    """
    return turn.parties.owner(opened_in(turn, ticket))


def current(turn: Turn, ticket: Ticket) -> Conversation:
    """The dialogue in which the ticket's client is written to now.

    An exchange of letters that has to be begun for it is kept in the turn.
    """
    own = opened_in(turn, ticket)
    client = turn.parties.owner(own)
    if not client.addresses:
        return own
    wanted = _wanted(turn, ticket, client, own)
    if wanted.unreachable_since is None or not turn.workspace.settings.tickets.failover:
        return wanted
    other = (
        _by_letters(turn, ticket, client, own)
        if wanted.letters is None
        else _in_chat(turn, client, own)
    )
    return other if other is not None and other.unreachable_since is None else wanted


def _wanted(turn: Turn, ticket: Ticket, client: Client, own: Conversation) -> Conversation:
    match client.prefers:
        case "chat":
            return _in_chat(turn, client, own) or own
        case "letters":
            return _by_letters(turn, ticket, client, own) or own
        case "last":
            last = turn.parties.conversation(ticket.via) if ticket.via is not None else None
            mine = last is not None and turn.parties.owner(last).id == client.id
            return last if last is not None and mine else own


def _in_chat(turn: Turn, client: Client, own: Conversation) -> Conversation | None:
    return own if own.letters is None else turn.parties.chat_of(client)


def _by_letters(
    turn: Turn, ticket: Ticket, client: Client, own: Conversation
) -> Conversation | None:
    """The letters a ticket goes on by: its own, or an exchange we begin for it."""
    if own.letters is not None:
        return own
    if turn.workspace.own_mailbox is None:
        return None
    address = client.addresses[-1]
    name = _exchange(ticket, address)
    known = turn.parties.conversation(name)
    if known is not None:
        return known
    subject = turn.label(
        "client.ticket.title", own.language, number=ticket.number, subject=ticket.subject
    )
    begun = Conversation(
        id=name,
        client=client.id,
        address=replace(address, thread=name),
        language=own.language,
        language_chosen=own.language_chosen,
        letters=Correspondence(
            subject=subject,
            mailbox=turn.workspace.own_mailbox,
            ticket=ticket.number,
            answered=True,
        ),
    )
    turn.parties.put(begun)
    return begun


def _exchange(ticket: Ticket, address: Address) -> str:
    """The id of the letters a ticket goes on by: the same whenever it is asked for, so that one
    ticket never begins two exchanges with an address."""
    return f"t{ticket.number}{token(address.chat)}"


def posted_in(turn: Turn, ticket: Ticket, handle: str) -> list[Conversation]:
    """The dialogues of the ticket's client that a post about it was made in."""
    here, client = turn.conversation, turn.client
    names = [here.id]
    if client.addresses:
        names += [name for name in (ticket.conversation, ticket.via, client.chat) if name]
        names += [_exchange(ticket, address) for address in client.addresses]
    talks = (turn.parties.conversation(name) for name in dict.fromkeys(names))
    by_place = {(t.address.channel, t.address.chat): t for t in talks if t is not None}
    return [t for place, t in by_place.items() if turn.records.post_state(handle, *place)]


def is_at(conversation: Conversation, place: Address) -> bool:
    """Whether a dialogue is held at an address (thread ignored)."""
    address = conversation.address
    return (address.channel, address.chat) == (place.channel, place.chat)


def name_of(place: Conversation) -> Text:
    """What a desk calls the place where a client is written to."""
    if place.letters is None:
        return Text(key="desk.place.chat", args={"channel": place.address.channel})
    return Text(key="desk.place.letters", args={"address": place.address.chat})
