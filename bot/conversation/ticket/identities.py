"""An address becomes a client's, and parts from them again.

Only the proof joins: the dialogues at the address stay what they are, and so do their tickets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bot.conversation.decision import Say, Urgency
from bot.conversation.state import Client, Conversation
from bot.conversation.ticket import card
from bot.conversation.ticket.rooms import client_author, live_rooms, say_in
from bot.conversation.turn import Turn
from channels.message import Address, Content
from escalation.ticket import Author, Ticket


def join(turn: Turn, address: Address) -> None:
    """The turn's client proved that an address is theirs. Whoever had proved it before is told
    that it no longer is."""
    before = turn.parties.identity(address)
    former = turn.parties.client(before.client) if before is not None else None
    if former is not None and former.id != turn.client.id:
        part(turn, former, address)
        chat = turn.parties.chat_of(former)
        if chat is not None:
            say_to(turn, chat, "client.email.moved_away", address=address.chat)
    there = dialogues_at(turn, address)
    silenced = any(turn.parties.owner(each).quarantined for each in there)
    turn.parties.prove(address, turn.client, turn.now)
    others = tuple(each for each in turn.client.addresses if each != address)
    turn.change_client(
        addresses=(*others, address),
        chat=turn.conversation.id,
        # A silence ordered for one channel holds on both.
        quarantined=turn.client.quarantined or silenced,
    )
    for each in there:
        if each.letters is not None:  # whoever reads mail there is with us now
            turn.parties.put(replace(each, letters=replace(each.letters, answered=True)))
    for ticket in turn.all_tickets():
        _note(turn, ticket, "joined", address, client_author(turn))


def part(turn: Turn, client: Client, address: Address, author: Author | None = None) -> None:
    """The address is the client's no more: what was begun there stays there, as if it had never
    been joined.

    Args:
        author: who parted them, if it was not the client.
    """
    joined = turn.tickets_of(client)
    turn.parties.disown(address)
    resident: Client | None = None
    for each in dialogues_at(turn, address):
        if each.client == client.id:
            resident = resident or _resident(turn, client, address)
            turn.parties.put(replace(each, client=resident.id))
    kept = tuple(each for each in client.addresses if each != address)
    turn.parties.put(replace(client, addresses=kept, prefers=client.prefers if kept else "last"))
    who = author or Author(kind="client", id=client.id, name=client.name)
    for ticket in joined:
        _note(turn, ticket, "parted", address, who)


def dialogues_at(turn: Turn, address: Address) -> list[Conversation]:
    """The dialogues by letters with an address, but those that seem to be forged."""
    found = (
        turn.parties.conversations.get(each.id, each)
        for each in turn.records.conversations_at(address.channel, address.chat)
    )
    return [each for each in found if each.letters is not None and not each.letters.suspicious]


def _resident(turn: Turn, client: Client, address: Address) -> Client:
    """Who writes from an address once it is the client's no more: whoever did before."""
    for each in dialogues_at(turn, address):
        known = turn.parties.client(each.client) if each.client != client.id else None
        if known is not None:
            return known
    resident = Client(
        id=turn.ids.new_id(),
        name=address.chat.partition("@")[0],
        created_at=turn.now,
        quarantined=client.quarantined,
    )
    turn.parties.put(resident)
    return resident


def _note(
    turn: Turn, ticket: Ticket, kind: Literal["joined", "parted"], address: Address, author: Author
) -> None:
    turn.note_event(ticket, kind, author, detail=address.chat)
    for room in live_rooms(turn, ticket):
        say_in(turn, room, f"desk.line.{kind}", silent=True, name=author.name, address=address.chat)
    card.refresh(turn, ticket)


def say_to(turn: Turn, conversation: Conversation, key: str, **args: str) -> None:
    """A sentence of the catalogue in a dialogue that need not be the turn's."""
    text = turn.words(key, conversation.language, **args)
    turn.send(
        conversation.address,
        Say(content=Content(text=text)),
        audience="client",
        urgency=Urgency.NOTICE,
        conversation=conversation.id,
    )
