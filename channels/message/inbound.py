"""What comes in: one thing that happened in a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels.letter import Letter
from channels.message.content import Address, Content, FormattedText, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A new message."""

    type: Literal["said"] = "said"
    message: str
    """Foreign id of the message."""
    content: Content
    reply_to: str | None = None
    """Foreign id of the message it answers."""
    quote: FormattedText = FormattedText()  # noqa: RUF009 - a frozen value
    """The words of the answered message that the sender picked out, if they did."""
    album: str | None = None
    """Parts of one album arrive as messages of their own with the same value here."""
    letter: Letter | None = None
    """Set if it came as a letter."""
    answers_us: bool = False
    """The message it answers is one of ours."""
    opened_as: str = ""
    """The title we gave the thread it was said in when we opened it. Empty if somebody else opened
    it, or if the channel does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A message was changed; ``content`` is how it reads now."""

    type: Literal["edited"] = "edited"
    message: str
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button under one of our messages was pressed. ``data`` is what we put there, or, from a
    tampered client, anything at all."""

    type: Literal["pressed"] = "pressed"
    press: str
    """Foreign id of the press, to answer it."""
    data: str
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """A client blocked the bot (false) or came back (true)."""

    type: Literal["reachability"] = "reachability"
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Our own standing in a group changed."""

    type: Literal["membership"] = "membership"
    status: Literal["administrator", "member", "absent"]
    can_manage_topics: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The chat has a new id (Telegram: a group became a supergroup)."""

    type: Literal["moved"] = "moved"
    chat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadOpened:
    """We opened the thread of the address. It repeats what the receipt of ``OpenThread`` says, in
    case that got lost."""

    type: Literal["thread_opened"] = "thread_opened"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The adapter could not make sense of what came; ``raw`` keeps it for people to look at."""

    type: Literal["unreadable"] = "unreadable"
    raw: str
    error: str
    message: str | None = None
    """Foreign id, if it was a message."""


Event = Said | Edited | Pressed | Reachability | Membership | Moved | ThreadOpened | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that happened in a channel.

    ``external_id`` is unique within the channel and the same whenever the source repeats itself.
    """

    channel: str
    external_id: str
    address: Address
    private: bool
    """A dialogue with one person, as opposed to a group."""
    sender: Sender
    at: datetime
    """When it happened by the channel's clock (aware, UTC). For display; never for order."""
    event: Event
