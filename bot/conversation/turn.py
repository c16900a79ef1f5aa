"""One event being decided: what is known, and what has been decided so far.

A turn collects effects and gives them out once, as a :class:`Decision`. Handlers read state from
it, replace values in it and say things through it; nothing else of theirs leaves the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.conversation.decision import (
    Action,
    ContactRecord,
    Decision,
    Mark,
    Origin,
    Outgoing,
    Place,
    Release,
    Rename,
    Rewrite,
    Room,
    Say,
    TakeBack,
    Timer,
    TimerKind,
    Urgency,
)
from bot.conversation.posting import as_letters
from bot.conversation.records import Ids, Records
from bot.conversation.state import Client, Conversation, Identity, Message
from channels.message import Address, Content, FormattedText, Inbound, Keyboard, Text
from config.settings import Workspace
from escalation.experts import SideThread
from escalation.settings import Desk
from escalation.ticket import BOT, Author, Ticket, TicketEvent, TicketEventKind


class Turn:
    """Knowledge and effects of one event."""

    def __init__(self, *, now: datetime, workspace: Workspace, records: Records, ids: Ids) -> None:
        self.now = now
        self.workspace = workspace
        self.records = records
        self.ids = ids
        self._client: Client | None = None
        self._conversation: Conversation | None = None
        self._others: dict[str, Conversation] = {}
        self._identities: dict[tuple[str, str], Identity | None] = {}
        self._tickets: dict[int, Ticket] = {}
        self._events: list[TicketEvent] = []
        self._messages: dict[str, Message] = {}
        self._side_threads: dict[str, SideThread] = {}
        self._outgoing: list[Outgoing] = []
        self._timers: dict[tuple[TimerKind, str], Timer] = {}
        self._contacts: list[ContactRecord] = []
        self._resend: list[str] = []
        self._moved: list[tuple[Address, Address]] = []
        self._returned: list[Address] = []
        self.answers_letter = False
        """A client's letter is being answered: what the bot says counts against its limits."""
        self.mute = False
        """What is said to the client in this turn is left unsaid: no letter may go there."""

    # ---------------------------------------------------------------- state

    @property
    def conversation(self) -> Conversation:
        """The dialogue this turn is about, as changed so far."""
        if self._conversation is None:
            raise LookupError("this turn is about no conversation")
        return self._conversation

    @property
    def is_about_somebody(self) -> bool:
        """Whether there is such a dialogue."""
        return self._conversation is not None

    @property
    def client(self) -> Client:
        """Its client, as changed so far."""
        if self._client is None:
            raise LookupError("this turn is about no client")
        return self._client

    def about(self, conversation: Conversation, client: Client) -> None:
        """Name the dialogue this turn is about. It is saved only if it changes later, or is new."""
        self._conversation = conversation
        self._client = client

    def change(self, **fields: Any) -> Conversation:  # noqa: ANN401 - checked by dataclasses.replace
        """Change fields of the conversation."""
        self._conversation = replace(self.conversation, **fields)
        return self._conversation

    def change_client(self, **fields: Any) -> Client:  # noqa: ANN401 - checked by dataclasses.replace
        """Change fields of the client."""
        self._client = replace(self.client, **fields)
        return self._client

    def known_conversation(self, conversation: str) -> Conversation | None:
        """Any dialogue as changed so far."""
        if self._conversation is not None and self._conversation.id == conversation:
            return self._conversation
        return self._others.get(conversation) or self.records.conversation(conversation)

    def save_conversation(self, conversation: Conversation) -> None:
        """Keep a dialogue that changed, this turn's or a further one."""
        if self._conversation is not None and self._conversation.id == conversation.id:
            self._conversation = conversation
        else:
            self._others[conversation.id] = conversation

    def identity(self, channel: str, chat: str) -> Identity | None:
        """Whose address it was proved to be, as changed so far."""
        if (channel, chat) in self._identities:
            return self._identities[channel, chat]
        return self.records.identity(channel, chat)

    def own(self, identity: Identity) -> None:
        """An address was proved to be a client's."""
        self._identities[identity.channel, identity.chat] = identity

    def disown(self, channel: str, chat: str) -> None:
        """An address is nobody's proven address any more."""
        self._identities[channel, chat] = None

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

    def ticket(self, number: int) -> Ticket | None:
        """A ticket as changed so far in this turn."""
        return self._tickets.get(number) or self.records.ticket(number)

    def tickets(self, *, since: datetime | None = None) -> list[Ticket]:
        """The conversation's open tickets (and those ended since), as changed so far."""
        known = {t.number: t for t in self.records.tickets_of(self.conversation.id, since=since)}
        mine = {n: t for n, t in self._tickets.items() if t.conversation == self.conversation.id}
        merged = {**known, **mine}
        return [
            ticket
            for _, ticket in sorted(merged.items())
            if ticket.status.open
            or (since is not None and (ticket.closed_at or ticket.resolved_at or self.now) >= since)
        ]

    def save_ticket(self, ticket: Ticket) -> Ticket:
        """Keep a new or changed ticket."""
        changed = replace(ticket, changed_at=self.now)
        self._tickets[ticket.number] = changed
        return changed

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

    def message(self, message: str) -> Message | None:
        return self._messages.get(message) or self.records.message(message)

    def history(self, ticket: int) -> list[Message]:
        """All that was said in a ticket, as changed so far, oldest first."""
        known = {m.id: m for m in self.records.history(ticket)}
        for message in self._messages.values():
            if message.ticket == ticket:
                known[message.id] = message
            else:
                known.pop(message.id, None)
        return list(known.values())

    def save_message(self, message: Message) -> Message:
        """Keep a new or changed message."""
        self._messages[message.id] = message
        return message

    # ---------------------------------------------------------------- words

    @property
    def language(self) -> str:
        """The client's language."""
        return self.conversation.language

    def desk(self, desk: str) -> Desk:
        return self.workspace.desks[desk]

    def desk_language(self, desk: str) -> str:
        return self.desk(desk).language or self.workspace.default_language

    def render(self, text: Text, language: str) -> FormattedText:
        return self.workspace.texts.render(text, language, self.workspace.zone, now=self.now)

    def words(self, key: str, language: str, /, **args: Any) -> FormattedText:  # noqa: ANN401 - see Text.args
        """A sentence of the catalogue."""
        return self.render(Text(key=key, args=args), language)

    def label(self, key: str, language: str, /, **args: str | int) -> str:
        """A short plain text of the catalogue, for buttons and titles."""
        return self.workspace.texts.label(key, language, **args)

    # ---------------------------------------------------------------- effects

    def send(
        self,
        to: Place,
        action: Action,
        *,
        urgency: Urgency = Urgency.NOTICE,
        origin: Origin | None = None,
        conversation: str | None = None,
        resend_if_uncertain: bool = True,
        only_unheld: bool = False,
        front: bool = False,
    ) -> None:
        """Anything, anywhere. The methods below are the usual cases."""
        self._outgoing.append(
            Outgoing(
                to=to,
                action=action,
                urgency=urgency,
                origin=origin,
                conversation=conversation,
                resend_if_uncertain=resend_if_uncertain,
                only_unheld=only_unheld,
                front=front,
            )
        )

    def say(
        self,
        key: str,
        /,
        *,
        keyboard: Keyboard | None = None,
        handle: str | None = None,
        reply_to: str | None = None,
        urgency: Urgency = Urgency.PEOPLE,
        only_unheld: bool = False,
        **args: Any,  # noqa: ANN401 - see Text.args
    ) -> None:
        """A sentence of the catalogue to the client."""
        self.tell(
            Content(text=self.words(key, self.language, **args)),
            keyboard=keyboard,
            handle=handle,
            reply_to=reply_to,
            urgency=urgency,
            only_unheld=only_unheld,
        )

    def tell(
        self,
        content: Content,
        *,
        keyboard: Keyboard | None = None,
        handle: str | None = None,
        reply_to: str | None = None,
        urgency: Urgency = Urgency.PEOPLE,
        only_unheld: bool = False,
    ) -> None:
        """Ready content to the client."""
        self.send(
            self.conversation.address,
            Say(content=content, keyboard=keyboard, handle=handle, reply_to=reply_to),
            urgency=urgency,
            conversation=self.conversation.id,
            only_unheld=only_unheld,
        )

    def say_at_desk(
        self,
        room: Room,
        key: str,
        /,
        *,
        keyboard: Keyboard | None = None,
        handle: str | None = None,
        reply_to: str | None = None,
        urgency: Urgency = Urgency.NOTICE,
        **args: Any,  # noqa: ANN401 - see Text.args
    ) -> None:
        """A sentence of the catalogue in a ticket's room, in the desk's language."""
        self.send(
            room,
            Say(
                content=Content(text=self.words(key, self.desk_language(room.desk), **args)),
                keyboard=keyboard,
                handle=handle,
                reply_to=reply_to,
            ),
            urgency=urgency,
        )

    def tell_admins(self, key: str, /, **args: Any) -> None:  # noqa: ANN401 - see Text.args
        """A sentence to the administrators' chat, if there is one."""
        settings = self.workspace.settings
        if settings.admin_chat and settings.telegram:
            address = Address(channel=settings.telegram.name, chat=settings.admin_chat)
            content = Content(text=self.words(key, self.workspace.default_language, **args))
            self.send(address, Say(content=content))

    def tell_admins_once(self, handle: str, key: str, /, **args: Any) -> None:  # noqa: ANN401 - see Text.args
        """The same, silently, unless it was told under this handle before."""
        settings = self.workspace.settings
        if settings.admin_chat is None or settings.telegram is None:
            return
        chat = Address(channel=settings.telegram.name, chat=settings.admin_chat)
        if self.records.post_state(handle, chat.channel, chat.chat) is None:
            content = Content(text=self.words(key, self.workspace.default_language, **args))
            self.send(chat, Say(content=content, handle=handle, silent=True))

    def release(self, inbound: Inbound, press: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button."""
        self.send(
            inbound.address,
            Release(press=press, text=text, alert=alert),
            urgency=Urgency.PEOPLE,
        )

    def mark(self, inbound: Inbound, message: str, emoji: str | None) -> None:
        """Put an emoji on somebody's message."""
        self.send(inbound.address, Mark(message=message, emoji=emoji), urgency=Urgency.COSMETIC)

    def rewrite(
        self,
        to: Place,
        *,
        handle: str | None = None,
        message: str | None = None,
        content: Content | None = None,
        keyboard: Keyboard | None = None,
        urgency: Urgency = Urgency.COSMETIC,
    ) -> None:
        """Change an earlier post of ours, by handle or by foreign id."""
        self.send(
            to,
            Rewrite(handle=handle, message=message, content=content, keyboard=keyboard),
            urgency=urgency,
        )

    def take_back(self, to: Place, handle: str) -> None:
        """Remove a post of ours."""
        self.send(to, TakeBack(handle=handle), urgency=Urgency.PEOPLE)

    def rename(self, room: Room, *, title: str | None = None, closed: bool | None = None) -> None:
        """Change a room's title, or close or reopen it."""
        self.send(room, Rename(title=title, closed=closed), urgency=Urgency.COSMETIC)

    def wake(self, kind: TimerKind, subject: str | int, due: datetime | None) -> None:
        """Set, move or (None) take away a timer."""
        self._timers[kind, str(subject)] = Timer(kind=kind, subject=str(subject), due=due)

    def record_contact(
        self,
        outcome: str,
        *,
        text: str = "",
        entry: str | None = None,
        suggested: Iterable[str] = (),
    ) -> None:
        """Write how line 0 dealt with the client's message."""
        self._contacts.append(
            ContactRecord(
                conversation=self.conversation.id,
                at=self.now,
                outcome=outcome,
                text=text,
                entry=entry,
                suggested=tuple(suggested),
                language=self.language,
            )
        )

    def resend(self, outgoing: str) -> None:
        """Send a failed or uncertain post again."""
        self._resend.append(outgoing)

    def moved(self, old: Address, new: Address) -> None:
        """Everything bound to ``old`` goes to ``new`` from now on."""
        self._moved.append((old, new))

    def returned(self, chat: Address) -> None:
        """We may write to a group again."""
        self._returned.append(chat)

    def decision(self) -> Decision:
        """Everything decided in this turn."""
        outgoing = as_letters(self, self._outgoing)
        return Decision(
            client=self._client,
            conversation=self._conversation,
            others=tuple(self._others.values()),
            tickets=tuple(self._tickets.values()),
            events=tuple(self._events),
            messages=tuple(self._messages.values()),
            outgoing=tuple(outgoing),
            timers=tuple(self._timers.values()),
            resend=tuple(self._resend),
            moved=tuple(self._moved),
            returned=tuple(self._returned),
            contacts=tuple(self._contacts),
            identities=tuple(i for i in self._identities.values() if i is not None),
            disowned=tuple(place for place, i in self._identities.items() if i is None),
            side_threads=tuple(self._side_threads.values()),
        )
