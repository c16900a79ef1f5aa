"""Clients and their dialogues as changed so far in a turn, and whose a dialogue is.

A dialogue belongs to the client who proved its address to be theirs, else to the one it was begun
as. Nothing else joins dialogues, so taking the proof away parts them again.
"""

from __future__ import annotations

from datetime import datetime

from bot.conversation.records import Records
from bot.conversation.state import Client, Conversation, Identity
from channels.message import Address

Place = tuple[str, str]
"""Channel and chat: an address without its thread."""


class Parties:
    """What a turn knows and changes of people."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.clients: dict[str, Client] = {}
        """Those the turn has to do with, as changed so far."""
        self.conversations: dict[str, Conversation] = {}
        self.proven: dict[Place, Identity] = {}
        self.disowned: set[Place] = set()
        self._looked_up: dict[Place, Identity | None] = {}

    # ---------------------------------------------------------------- as changed so far

    def client(self, client: str) -> Client | None:
        return self.clients.get(client) or self._records.client(client)

    def conversation(self, conversation: str) -> Conversation | None:
        return self.conversations.get(conversation) or self._records.conversation(conversation)

    def identity(self, address: Address) -> Identity | None:
        """Whose an address was proved to be."""
        place = (address.channel, address.chat)
        if place in self.disowned:
            return None
        if place in self.proven:
            return self.proven[place]
        if place not in self._looked_up:
            self._looked_up[place] = self._records.identity(*place)
        return self._looked_up[place]

    def owner(self, conversation: Conversation) -> Client:
        """Whose a dialogue is. Only addresses of letters are ever proved, and a letter that seems
        to be forged is not its address's.

        Raises:
            LookupError: the client is gone.
        """
        letters = conversation.letters
        provable = letters is not None and not letters.suspicious
        identity = self.identity(conversation.address) if provable else None
        client = self.client(identity.client if identity else conversation.client)
        if client is None:
            raise LookupError(f"conversation {conversation.id} has lost its client")
        return client

    def dialogues(self, client: Client) -> list[Conversation]:
        """All dialogues of a client, oldest first."""
        touched = [*self.proven, *self.disowned]
        found = {
            each.id: self.conversations.get(each.id, each)
            for each in (
                *self._records.conversations_of(client.id),
                *(each for place in touched for each in self._records.conversations_at(*place)),
                *self.conversations.values(),
            )
        }
        return sorted(
            (each for each in found.values() if each.client and self.owner(each).id == client.id),
            key=lambda each: each.id,
        )

    def chat_of(self, client: Client) -> Conversation | None:
        """The chat of a client who proved an address."""
        return self.conversation(client.chat) if client.chat is not None else None

    @property
    def joined_or_parted(self) -> bool:
        """Whether what is stored no longer tells whose an address is."""
        return bool(self.proven or self.disowned)

    # ---------------------------------------------------------------- changes

    def put(self, *changed: Client | Conversation) -> None:
        """Keep what is new or changed."""
        for each in changed:
            if isinstance(each, Client):
                self.clients[each.id] = each
            else:
                self.conversations[each.id] = each

    def prove(self, address: Address, client: Client, now: datetime) -> None:
        """The address is the client's from now on."""
        place = (address.channel, address.chat)
        self.disowned.discard(place)
        self.proven[place] = Identity(
            channel=address.channel, chat=address.chat, client=client.id, proven_at=now
        )

    def disown(self, address: Address) -> None:
        """The address is nobody's proven one any more."""
        place = (address.channel, address.chat)
        self.proven.pop(place, None)
        self.disowned.add(place)
