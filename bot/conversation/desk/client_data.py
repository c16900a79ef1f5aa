"""What specialists correct about the client: the name, and an address that is not theirs."""

from __future__ import annotations

from typing import Final

from bot.conversation.ticket import card, identities, to_client
from bot.conversation.ticket.rooms import Seat, live_rooms, say_in
from bot.conversation.turn import Turn
from channels.message import Text
from escalation.lifecycle import Refused
from escalation.ticket import Ticket

LONGEST: Final = 64
"""Characters of a name."""


def rename(turn: Turn, seat: Seat, ticket: Ticket, name: str) -> Text:
    """Correct the client's name; no channel changes it any more.

    Raises:
        Refused: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("desk.refused.no_name")
    if len(name) > LONGEST:
        raise Refused("desk.refused.name_too_long", most=LONGEST)
    before = turn.client.name
    turn.change_client(name=name, named_by_desk=True)
    turn.note_event(ticket, "renamed", seat.author, before=before, after=name)
    for each in turn.tickets_of(turn.client):
        for room in live_rooms(turn, each):
            who = seat.author.name
            say_in(turn, room, "desk.line.renamed", silent=True, name=who, to=name, before=before)
            turn.rename(room, title=card.title_of(turn.workspace, room, each, turn.client))
        card.refresh(turn, each)
    return Text(key="desk.done.renamed", args={"name": name})


def unlink(turn: Turn, seat: Seat, ticket: Ticket, written: str) -> Text:
    """Part an address from the client that is not theirs. Both the chat and the address keep what
    was said in them.

    Raises:
        Refused: the client has no such address, or several and none was named.
    """
    addresses = turn.client.addresses
    if not addresses:
        raise Refused("desk.refused.no_address")
    named = [each for each in addresses if each.chat == written.strip().lower()]
    if not named and (written.strip() or len(addresses) > 1):
        raise Refused(
            "desk.refused.which_address", addresses=", ".join(each.chat for each in addresses)
        )
    address = named[0] if named else addresses[0]
    client = turn.client
    identities.part(turn, client, address, seat.author)
    to_client.parted(turn, seat, client, address)
    return Text(key="desk.done.parted", args={"address": address.chat})
