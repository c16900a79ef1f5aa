"""What the machine wants done: the only things that leave it.

A decision is saved in one transaction together with the state it changed. Places are bound here
and never looked up again from anything global: a client's address, a ticket's room, or a chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from bot.conversation.state import Client, Conversation, Identity, Message
from channels.letter import Letterhead
from channels.message import Address, Content, Keyboard, MarkState
from escalation.experts import SideThread
from escalation.ticket import Ticket, TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A ticket's place at a desk: a topic of the desk's forum, or, in a plain group, the thread of
    replies to the ticket's card. Delivery opens it when something is first sent there."""

    ticket: int
    desk: str

    @property
    def key(self) -> str:
        return f"{self.ticket}@{self.desk}"


Place = Address | Room


Audience = Literal["client", "desk", "expert", "admins"]
"""Whom something is for: the client of a dialogue; the specialists of a desk, and whoever else is
in a group; somebody outside who is asked by letter; the administrators."""
GROUPS: Final = frozenset({"desk", "admins"})
"""Audiences that read in a group: what stands in the way there is mended by people, and is waited
for."""


def audience_before(kept: Mapping[str, Any]) -> Audience:
    """Whom something is for that an older release kept without saying so.

    Args:
        kept: the fields of an ``Outgoing``, or of an event about one.
    """
    post = kept.get("post")
    if isinstance(post, Outgoing):
        return post.audience
    action = kept.get("action")
    if isinstance(kept.get("to"), Room) or kept.get("room") is not None:
        return "desk"
    if kept.get("conversation") is not None:
        return "client"
    if isinstance(action, Say) and action.letterhead is not None:
        return "expert"
    return "admins" if kept.get("alarm") else "desk"


class Urgency(IntEnum):
    """What goes first when a chat may take only so many messages. Lower is sooner."""

    PEOPLE = 0  #: words of people, and whatever a person waits for
    NOTICE = 1  #: cards, notices, questions of the bot's own accord
    COSMETIC = 2  #: reactions, edits of cards, titles


# A handle is our own name for a message: ``Message.id`` for something said, ``card:<room key>``
# for a card, anything else unique for what must be edited later. Delivery remembers which foreign
# messages stand for a handle in which chat, and resolves handles when it sends.

CARD = "card:"
"""Begins the handle of a ticket's card in a room: ``card:<room key>``."""
LINE = "line:"
"""Begins the handles of other words of ours in a room: ``line:<room key>:…``."""
TICKET = "ticket:"
"""Begins the handles of words of ours to a client about a ticket: ``ticket:<number>:…``."""
TRIAL = "trial:"
"""How the handle begins of a post that only shows whether posts are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Post something.

    ``handle`` names it for later. ``reply_to`` is a handle: it becomes a reply where that message
    is known in the chat, and is left out where not. ``answers`` is the foreign id of a message in
    that chat, where it has no handle. ``merge`` allows joining it with neighbours
    of the same kind when the chat's budget is short. ``letterhead`` is set in one place for
    everything said in a dialogue by letters (``say.letters``), and by hand for a letter to anybody
    else. ``signed`` names who writes, where it becomes a letter: it stands below the words there.
    """

    type: Literal["say"] = "say"
    content: Content
    keyboard: Keyboard | None = None
    handle: str | None = None
    reply_to: str | None = None
    answers: str | None = None
    pin: bool = False
    silent: bool = False
    merge: bool = False
    signed: str = ""
    letterhead: Letterhead | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Change an earlier post (by handle, or by foreign id in the address's chat). A newer rewrite
    of the same target replaces one that has not gone out yet.

    With ``content`` it says all there is to see: if somebody deleted the post, it is posted anew
    under its handle. ``pinned`` is set for one that must always be there: it is pinned again, and
    posted if it never was.
    """

    type: Literal["rewrite"] = "rewrite"
    handle: str | None = None
    message: str | None = None
    content: Content | None = None
    keyboard: Keyboard | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Remove a post by handle: cancelled if it has not gone out, deleted if it has."""

    type: Literal["take_back"] = "take_back"
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Show a state on somebody's message (foreign id); None takes ours off."""

    type: Literal["mark"] = "mark"
    message: str
    state: MarkState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Answer a pressed button."""

    type: Literal["release"] = "release"
    press: str
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Change the room's title or close and reopen it."""

    type: Literal["rename"] = "rename"
    title: str | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """Leave the group."""

    type: Literal["quit"] = "quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnose:
    """Look at the channel's set-up now and post what is wrong and how to mend it."""

    type: Literal["diagnose"] = "diagnose"
    language: str


Action = Say | Rewrite | TakeBack | Mark | Release | Rename | Quit | Diagnose


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The message somebody wrote that this post carries on: it gets the delivery mark, and its
    author hears of a failure."""

    channel: str
    chat: str
    message: str
    """Foreign id in that chat; of an album, its first part."""
    room: str | None = None
    """Key of the room the author wrote in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One action at one place."""

    to: Place
    action: Action
    urgency: Urgency = Urgency.NOTICE
    conversation: str | None = None
    """The dialogue it belongs to, for retry and failure news; None: it belongs to none."""
    origin: Origin | None = None
    resend_if_uncertain: bool = True
    """Words of ours are sent again when nobody knows whether they arrived; a person's words are
    not: they are flagged for the person to decide (acceptance case A3)."""
    only_unheld: bool = False
    """Line 0's answers: dropped at sending time if a specialist holds the conversation by then."""
    front: bool = False
    """Goes before everything that still waits for the same place (rebuilding a lost room)."""
    alarm: bool = False
    """The administrators should read it: until they have, ``linezero health`` shows it."""
    audience: Annotated[Audience, Field(default_factory=audience_before)]
    """Whom it is for. Rows of older releases do not say so; nothing new is made without it."""

    @property
    def is_trial(self) -> bool:
        """It only shows whether posts are taken."""
        return isinstance(self.action, Say) and (self.action.handle or "").startswith(TRIAL)


TimerKind = Literal["intake", "close", "rating", "expert", "promise", "overdue", "promises"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Wake the machine at ``due``. One timer per (kind, subject): setting it again moves it;
    ``due`` None takes it away. ``subject`` is a conversation id (intake), the id of a side thread
    (expert), a desk or nobody (overdue), the last ticket that was looked at (promises) or a ticket
    number."""

    kind: TimerKind
    subject: str
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Remember that something happened. There is one mark for each kind and subject: it holds when
    that was last, and how often."""

    kind: str
    subject: str
    at: datetime
    once: bool = False
    """It must be the first time. If somebody was faster the decision is made again, and then sees
    it."""


TOLD = "told"
"""Marks what the administrators were told that they are told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """One line of the record of contacts: every message of a client and how line 0 dealt with it.

    ``outcome``: answered, suggested, none, picked (a suggestion was pressed), helped, not_helped.
    """

    conversation: str
    at: datetime
    outcome: str
    text: str = ""
    entry: str | None = None
    suggested: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything to save and to do after one event."""

    client: Client | None = None
    conversation: Conversation | None = None
    others: tuple[Conversation, ...] = ()
    """Further dialogues that change."""
    clients: tuple[Client, ...] = ()
    """Further clients that are new or change."""
    tickets: tuple[Ticket, ...] = ()
    events: tuple[TicketEvent, ...] = ()
    messages: tuple[Message, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    timers: tuple[Timer, ...] = ()
    resend: tuple[str, ...] = ()
    """Ids of failed or uncertain posts to send again, because a person said so."""
    moved: tuple[tuple[Address, Address], ...] = ()
    """Chats with a new id: (old, new). Everything bound to the old one follows."""
    returned: tuple[Address, ...] = ()
    """Groups we may write to again: what was parked for them is due now."""
    opened: tuple[tuple[Room, Address], ...] = ()
    """Rooms whose threads were found: what waits for them goes there."""
    contacts: tuple[ContactRecord, ...] = ()
    identities: tuple[Identity, ...] = ()
    """Addresses proved to be a client's."""
    disowned: tuple[tuple[str, str], ...] = ()
    """(channel, chat) that are nobody's proven address any more."""
    side_threads: tuple[SideThread, ...] = ()
    marks: tuple[Marking, ...] = ()
