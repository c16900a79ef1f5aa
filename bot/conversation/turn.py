"""One event being decided: what is known, and what has been decided so far.

A turn collects effects and gives them out once, as a :class:`Decision`. Handlers read state from
it, replace values in it and say things through it; nothing else of theirs leaves the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from bot.conversation.decision import (
    TOLD,
    Action,
    Audience,
    ContactRecord,
    Decision,
    Mark,
    Marking,
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
from bot.conversation.knowledge import Knowledge
from bot.conversation.records import Ids, Records
from bot.conversation.state import Client, Conversation
from channels.message import Address, Content, FormattedText, Inbound, Keyboard, MarkState, Text
from channels.protocol import LETTERS, Abilities, everything
from config.settings import Workspace
from escalation.settings import Desk
from escalation.ticket import Ticket
from faq import Faq, Language, Match


class Asks(Protocol):
    """Asks a FAQ, as ``Faq.match`` does."""

    def __call__(
        self, faq: Faq, words: str, /, *, language: Language | None, today: date | None
    ) -> Match: ...


class Follower(Protocol):
    """Whatever hangs on a ticket and has to do something when that moves or ends.

    A ticket does not know what hangs on it; the machine names it to each turn.
    """

    def on_moved(self, turn: Turn, ticket: Ticket, room: Room) -> None:
        """The ticket came to a room, which shows its card and history already."""
        ...

    def on_ended(self, turn: Turn, ticket: Ticket) -> None:
        """The ticket was resolved or closed; its rooms have not been told yet."""
        ...


class Turn(Knowledge):
    """One event while it is decided: what is known of it, and what is to be saved and done."""

    def __init__(
        self,
        *,
        now: datetime,
        workspace: Workspace,
        records: Records,
        ids: Ids,
        followers: Sequence[Follower] = (),
        able: Callable[[Address], Abilities] = everything,
        ask: Asks = Faq.match,
    ) -> None:
        super().__init__(now=now, records=records)
        self._whole = workspace
        self.workspace = workspace
        """What is in force; once the turn is about somebody, as their brand sees it."""
        self.ids = ids
        self.able = able
        """What can be shown in a place."""
        self.ask = ask
        """Asks a FAQ."""
        self.followers = followers
        """What hangs on tickets: whoever moves or ends one tells them."""
        self.outgoing: list[Outgoing] = []
        """What is said and done so far, in order."""
        self._timers: dict[tuple[TimerKind, str], Timer] = {}
        self._contacts: list[ContactRecord] = []
        self._marks: dict[tuple[str, str], Marking] = {}
        self._resend: list[str] = []
        self._moved: list[tuple[Address, Address]] = []
        self._returned: list[Address] = []
        self._opened: list[tuple[Room, Address]] = []
        self.answers_letter = False
        """A client's letter is being answered: what the bot says counts against its limits."""
        self.mute = False
        """What is said to the client in this turn is left unsaid: no letter may go there."""

    def about(self, conversation: Conversation, client: Client) -> None:
        super().about(conversation, client)
        self.workspace = self.seen_in(conversation)

    def seen_in(self, conversation: Conversation) -> Workspace:
        """The workspace as the brand of a dialogue shows it."""
        mailbox = conversation.letters.mailbox if conversation.letters is not None else None
        return self._whole.seen_by(conversation.address.channel, mailbox)

    def able_in(self, talk: Conversation) -> Abilities:
        """What can be shown in a dialogue; by letters it is the same whatever brings them."""
        return LETTERS if talk.letters is not None else self.able(talk.address)

    @property
    def batch(self) -> bool:
        """Whether what is said to the client in this turn is one message, and one answers it."""
        return self.able_in(self.conversation).batch

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
        audience: Audience,
        urgency: Urgency = Urgency.NOTICE,
        origin: Origin | None = None,
        conversation: str | None = None,
        resend_if_uncertain: bool = True,
        only_unheld: bool = False,
        front: bool = False,
        alarm: bool = False,
    ) -> None:
        """Have an action done at a place; the methods below are the usual cases."""
        self.outgoing.append(
            Outgoing(
                to=to,
                action=action,
                audience=audience,
                urgency=urgency,
                origin=origin,
                conversation=conversation,
                resend_if_uncertain=resend_if_uncertain,
                only_unheld=only_unheld,
                front=front,
                alarm=alarm,
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
        self.post(
            Content(text=self.words(key, self.language, **args)),
            keyboard=keyboard,
            handle=handle,
            reply_to=reply_to,
            urgency=urgency,
            only_unheld=only_unheld,
        )

    def post(
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
            audience="client",
            urgency=urgency,
            conversation=self.conversation.id,
            only_unheld=only_unheld,
        )

    def tell_admins(self, key: str, /, **args: Any) -> None:  # noqa: ANN401 - see Text.args
        """A sentence to the administrators' chat, if there is one."""
        admins = self.workspace.admins
        if admins is not None:
            content = Content(text=self.words(key, self.workspace.default_language, **args))
            self.send(admins, Say(content=content), audience="admins", alarm=True)

    def tell_admins_once(self, handle: str, key: str, /, **args: Any) -> None:  # noqa: ANN401 - see Text.args
        """The same, silently, unless it was told under this handle before."""
        admins = self.workspace.admins
        if admins is None:
            return
        if self.mark_once(TOLD, handle):
            content = Content(text=self.words(key, self.workspace.default_language, **args))
            say = Say(content=content, handle=handle, silent=True)
            self.send(admins, say, audience="admins", alarm=True)

    def release(self, inbound: Inbound, press: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button."""
        self._respond(inbound, Release(press=press, text=text, alert=alert), urgency=Urgency.PEOPLE)

    def mark(self, inbound: Inbound, message: str, state: MarkState) -> None:
        """Show a state on somebody's message."""
        self._respond(inbound, Mark(message=message, state=state), urgency=Urgency.COSMETIC)

    def _respond(self, inbound: Inbound, action: Release | Mark, *, urgency: Urgency) -> None:
        """Answer with an act what somebody did: a client in their dialogue, or a specialist."""
        conversation = self.conversation.id if inbound.private else None
        audience: Audience = "client" if inbound.private else "desk"
        self.send(
            inbound.address,
            action,
            audience=audience,
            urgency=urgency,
            conversation=conversation,
        )

    def rewrite(
        self,
        to: Place,
        *,
        audience: Audience,
        conversation: str | None = None,
        handle: str | None = None,
        message: str | None = None,
        content: Content | None = None,
        keyboard: Keyboard | None = None,
        pinned: bool = False,
        urgency: Urgency = Urgency.COSMETIC,
    ) -> None:
        """Change an earlier post of ours, by handle or by foreign id."""
        self.send(
            to,
            Rewrite(
                handle=handle, message=message, content=content, keyboard=keyboard, pinned=pinned
            ),
            audience=audience,
            urgency=urgency,
            conversation=conversation,
        )

    def take_back(
        self, to: Place, handle: str, *, audience: Audience, conversation: str | None = None
    ) -> None:
        """Remove a post of ours."""
        self.send(
            to,
            TakeBack(handle=handle),
            audience=audience,
            urgency=Urgency.PEOPLE,
            conversation=conversation,
        )

    def rename(self, room: Room, *, title: str | None = None, closed: bool | None = None) -> None:
        """Change a room's title, or close or reopen it."""
        rename = Rename(title=title, closed=closed)
        self.send(room, rename, audience="desk", urgency=Urgency.COSMETIC)

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

    def mark_once(self, kind: str, subject: str) -> bool:
        """Remember that something happened. False if it is remembered already."""
        if (kind, subject) in self._marks or self.records.marked(kind, subject):
            return False
        self._marks[kind, subject] = Marking(kind=kind, subject=subject, at=self.now, once=True)
        return True

    def count(self, kind: str, subject: str) -> None:
        """Something that is counted happened, once in this turn for each subject."""
        self._marks[kind, subject] = Marking(kind=kind, subject=subject, at=self.now)

    def resend(self, outgoing: str) -> None:
        """Send a failed or uncertain post again."""
        self._resend.append(outgoing)

    def moved(self, old: Address, new: Address) -> None:
        """Everything bound to ``old`` goes to ``new`` from now on."""
        self._moved.append((old, new))

    def returned(self, chat: Address) -> None:
        """We may write to a group again."""
        self._returned.append(chat)

    def adopt(self, room: Room, thread: Address) -> None:
        """A thread that is there already is the room's from now on."""
        self._opened.append((room, thread))

    def decision(self) -> Decision:
        """Everything decided in this turn."""
        conversations, clients = dict(self.parties.conversations), dict(self.parties.clients)
        talk, client = self._about or ("", "")
        return Decision(
            client=clients.pop(client, None),
            conversation=conversations.pop(talk, None),
            others=tuple(conversations.values()),
            clients=tuple(clients.values()),
            tickets=tuple(self._tickets.values()),
            events=tuple(self._events),
            messages=tuple(self._messages.values()),
            outgoing=tuple(self.outgoing),
            timers=tuple(self._timers.values()),
            resend=tuple(self._resend),
            moved=tuple(self._moved),
            returned=tuple(self._returned),
            opened=tuple(self._opened),
            contacts=tuple(self._contacts),
            identities=tuple(self.parties.proven.values()),
            disowned=tuple(self.parties.disowned),
            side_threads=tuple(self._side_threads.values()),
            marks=tuple(self._marks.values()),
        )
