"""What is known while one event is decided: everything as it was read, and as changed so far.

A dialogue belongs to the client who proved its address to be theirs, else to the one it was begun
as. Nothing else joins dialogues, so taking the proof away parts them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.conversation.decision import TICKET, Outgoing
from bot.conversation.events import AboutAPost
from bot.conversation.records import Records
from bot.conversation.state import ChoosingTopic, Client, Conversation, Identity, Intake, Message
from channels.message import Address
from escalation.experts import SideThread
from escalation.ticket import BOT, Author, Ticket, TicketEvent, TicketEventKind

Chat = tuple[str, str]
"""Channel and chat: an address without its thread."""


class Parties:
    """What a turn knows and changes of people."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.clients: dict[str, Client] = {}
        """Those the turn has to do with, as changed so far."""
        self.conversations: dict[str, Conversation] = {}
        self.proven: dict[Chat, Identity] = {}
        self.disowned: set[Chat] = set()
        self._looked_up: dict[Chat, Identity | None] = {}

    # ---------------------------------------------------------------- as changed so far

    def client(self, client: str) -> Client | None:
        return self.clients.get(client) or self._records.client(client)

    def conversation(self, conversation: str) -> Conversation | None:
        return self.conversations.get(conversation) or self._records.conversation(conversation)

    def addressed(self, post: Outgoing | AboutAPost) -> Conversation | None:
        """The dialogue a post to its client belongs to; None if it is for somebody else."""
        if post.audience != "client" or post.conversation is None:
            return None
        return self.conversation(post.conversation)

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


class Knowledge:
    """People, dialogues, tickets and what was said, behind one event."""

    def __init__(self, *, now: datetime, records: Records) -> None:
        self.now = now
        self.records = records
        self.parties = Parties(records)
        self._about: tuple[str, str] | None = None
        """Ids of the dialogue and the client."""
        self._tickets: dict[int, Ticket] = {}
        self._looked_up: dict[tuple[str, datetime | None], Sequence[Ticket]] = {}
        self._events: list[TicketEvent] = []
        self._messages: dict[str, Message] = {}
        self._side_threads: dict[str, SideThread] = {}

    # ---------------------------------------------------------------- whom it is about

    @property
    def conversation(self) -> Conversation:
        """The dialogue this turn is about, as changed so far."""
        if self._about is None:
            raise LookupError("this turn is about no conversation")
        return self.parties.conversations[self._about[0]]

    @property
    def is_about_somebody(self) -> bool:
        """Whether there is such a dialogue."""
        return self._about is not None

    @property
    def client(self) -> Client:
        """Its client, as changed so far."""
        if self._about is None:
            raise LookupError("this turn is about no client")
        return self.parties.clients[self._about[1]]

    def about(self, conversation: Conversation, client: Client) -> None:
        """Name the dialogue this turn is about. It is saved only if it changes later, or is new."""
        self.parties.put(conversation, client)
        self._about = conversation.id, client.id

    def change(self, **fields: Any) -> Conversation:  # noqa: ANN401 - checked by dataclasses.replace
        """Change fields of the conversation."""
        changed = replace(self.conversation, **fields)
        self.parties.put(changed)
        return changed

    def change_client(self, **fields: Any) -> Client:  # noqa: ANN401 - checked by dataclasses.replace
        """Change fields of the client."""
        changed = replace(self.client, **fields)
        self.parties.put(changed)
        return changed

    # ---------------------------------------------------------------- places

    def today(self, place: Address) -> Address:
        """A group that an administrator wrote down, under the id it has today."""
        return replace(place, chat=self.records.current_chat(place.channel, place.chat))

    # ---------------------------------------------------------------- exchanges with experts

    def side_thread(self, thread: str) -> SideThread | None:
        """An exchange with an outside expert, as changed so far."""
        return self._side_threads.get(thread) or self.records.side_thread(thread)

    def side_threads(self, ticket: int) -> list[SideThread]:
        """The exchanges with outside experts about a ticket, as changed so far, oldest first."""
        known = {t.id: t for t in self.records.side_threads_of(ticket)}
        mine = {key: t for key, t in self._side_threads.items() if t.ticket == ticket}
        return sorted({**known, **mine}.values(), key=lambda t: (t.opened_at, t.id))

    def save_side_thread(self, thread: SideThread) -> SideThread:
        """Keep a new or changed exchange with an outside expert. Its ticket is saved with it: the
        ticket's version guards both."""
        self._side_threads[thread.id] = thread
        ticket = self.ticket(thread.ticket)
        if ticket is not None:
            self.save_ticket(ticket)
        return thread

    # ---------------------------------------------------------------- tickets

    def ticket(self, number: int) -> Ticket | None:
        """A ticket as changed so far in this turn."""
        return self._tickets.get(number) or self.records.ticket(number)

    def tickets(self, *, since: datetime | None = None) -> list[Ticket]:
        """The open tickets (and those ended since) that are dealt with in this dialogue, as
        changed so far: in a chat all of its client's, in letters those of this exchange."""
        talk = self.conversation
        if talk.letters is None:
            return self.all_tickets(since=since)
        brought = self.ticket(talk.letters.ticket) if talk.letters.ticket is not None else None
        mine = [brought] if brought is not None and self.owns(brought) else []
        return self._of([talk.id], mine, since)

    @property
    def held(self) -> bool:
        """Whether plain words in this dialogue would reach a ticket that a specialist has: then
        line 0 is silent (acceptance case F5). Not while the client asks the bot, or answers its
        questions about a new problem: those words are for the bot."""
        talk = self.conversation
        asked = isinstance(talk.waiting, Intake | ChoosingTopic) and talk.waiting.ticket is None
        if talk.with_bot or asked:
            return False
        return any(ticket.assignee is not None for ticket in self.tickets())

    def all_tickets(self, *, since: datetime | None = None) -> list[Ticket]:
        """The client's open tickets (and those ended since), wherever they were opened."""
        talk, client = self.conversation, self.client
        if talk.letters is None and not client.addresses:
            return self._of([talk.id], [], since)  # the many: nothing else is looked up for them
        return self.tickets_of(client, since=since)

    def tickets_of(self, client: Client, *, since: datetime | None = None) -> list[Ticket]:
        """Any client's open tickets (and those ended since), wherever they were opened."""
        if self.parties.joined_or_parted:
            return self._of([each.id for each in self.parties.dialogues(client)], [], since)
        found = self.records.tickets_of_client(client.id, since=since)
        mine = [t for t in (*found, *self._tickets.values()) if self._belongs(t, client)]
        return self._of([], mine, since)

    def _of(
        self, dialogues: Iterable[str], more: Iterable[Ticket], since: datetime | None
    ) -> list[Ticket]:
        known = {ticket.number: ticket for ticket in more}
        for name in dialogues:
            if (name, since) not in self._looked_up:
                self._looked_up[name, since] = self.records.tickets_of(name, since=since)
            known |= {ticket.number: ticket for ticket in self._looked_up[name, since]}
            known |= {n: t for n, t in self._tickets.items() if t.conversation == name}
        current = (self._tickets.get(number, ticket) for number, ticket in sorted(known.items()))
        return [
            ticket
            for ticket in current
            if ticket.status.open
            or (since is not None and (ticket.closed_at or ticket.resolved_at or self.now) >= since)
        ]

    def owns(self, ticket: Ticket) -> bool:
        """Whether a ticket is this client's, wherever it was opened (acceptance case E6)."""
        talk = self.conversation
        if ticket.conversation == talk.id:
            return True
        if talk.letters is None and not self.client.addresses:
            return False
        return self._belongs(ticket, self.client)

    def _belongs(self, ticket: Ticket, client: Client) -> bool:
        opened = self.parties.conversation(ticket.conversation)
        return opened is not None and self.parties.owner(opened).id == client.id

    def own_ticket(self, number: int | None) -> Ticket | None:
        """A ticket by its number, if it is this client's (acceptance case E6)."""
        ticket = self.ticket(number) if number is not None else None
        return ticket if ticket and self.owns(ticket) else None

    def own_ticket_behind(self, handle: str | None) -> Ticket | None:
        """This client's ticket that a message of ours or theirs is about, by its handle."""
        number: int | None = None
        if handle is not None and handle.startswith(TICKET):
            word = handle.removeprefix(TICKET).partition(":")[0]
            number = int(word) if word.isdecimal() else None
        elif handle is not None and (message := self.message(handle)) is not None:
            number = message.ticket
        return self.own_ticket(number)

    def save_ticket(self, ticket: Ticket) -> Ticket:
        """Keep a new or changed ticket."""
        changed = replace(ticket, changed_at=self.now)
        self._tickets[ticket.number] = changed
        return changed

    def changed_tickets(self) -> list[Ticket]:
        """The tickets that were kept in this turn."""
        return list(self._tickets.values())

    def note_event(
        self,
        ticket: Ticket,
        kind: TicketEventKind,
        author: Author = BOT,
        *,
        before: str = "",
        after: str = "",
        detail: str = "",
        **extra: str,
    ) -> None:
        """Write a line of the ticket's history."""
        self._events.append(
            TicketEvent(
                ticket=ticket.number,
                at=self.now,
                author=author,
                kind=kind,
                before=before,
                after=after,
                detail=detail,
                extra=extra,
            )
        )

    # ---------------------------------------------------------------- what was said

    def message(self, message: str) -> Message | None:
        return self._messages.get(message) or self.records.message(message)

    def history(self, ticket: int, *, last: int | None = None) -> list[Message]:
        """What was said in a ticket, as changed so far, oldest first: all of it, or so many of the
        latest messages at least."""
        known = {m.id: m for m in self.records.history(ticket, last=last)}
        for message in self._messages.values():
            if message.ticket != ticket:
                known.pop(message.id, None)
            elif message.id in known or last is None or self._comes_new(message):
                known[message.id] = message
        return list(known.values())

    def _comes_new(self, message: Message) -> bool:
        """Whether a message comes to its ticket in this turn; else it is further back there."""
        stored = self.records.message(message.id)
        return stored is None or stored.ticket != message.ticket

    def last_said(self, ticket: int) -> Message | None:
        """The latest message of the client in a ticket."""
        mine = [m for m in self._messages.values() if m.ticket == ticket and m.kind == "client"]
        stored = self.records.last_said(ticket)
        return max([*mine, *([stored] if stored else [])], key=lambda m: m.at, default=None)

    def save_message(self, message: Message) -> Message:
        """Keep a new or changed message."""
        self._messages[message.id] = message
        return message


def held_by_person(records: Records, conversation: str, now: datetime) -> bool:
    """Whether a specialist has an open ticket that plain words in a dialogue would reach, in
    whichever dialogue of its client it was opened; see :attr:`Knowledge.held`."""
    talk = records.conversation(conversation)
    if talk is None:
        return False
    known = Knowledge(now=now, records=records)
    known.about(talk, known.parties.owner(talk))
    return known.held
