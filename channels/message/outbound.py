"""What goes out: one act at one address, and the receipt for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels.letter import Letterhead
from channels.message.content import Address, Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Either an ``action`` of ours (at most 64 bytes of UTF-8) or a ``url``."""

    label: str
    action: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """Buttons under the message, in rows."""

    type: Literal["buttons"] = "buttons"
    rows: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRequest:
    """A large button by which the client shares their phone number or place; other labels are
    sent as ordinary text when pressed. Shown once."""

    type: Literal["share"] = "share"
    kind: Literal["phone", "location"]
    label: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoKeyboard:
    """Take a ``ShareRequest`` off the screen."""

    type: Literal["none"] = "none"


Keyboard = Buttons | ShareRequest | NoKeyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Say something. Too long for the channel: it goes as several messages, nothing cut."""

    type: Literal["post"] = "post"
    content: Content
    keyboard: Keyboard | None = None
    reply_to: str | None = None
    """Foreign id in the same chat. If that message is gone, the post goes without it."""
    silent: bool = False
    pin: bool = False
    letterhead: Letterhead | None = None
    """For a channel of letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Change an earlier message of ours. One that already reads so is no error."""

    type: Literal["edit"] = "edit"
    message: str
    content: Content | None = None
    """None keeps the words and changes the keyboard only."""
    keyboard: Buttons | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Take messages of ours back."""

    type: Literal["delete"] = "delete"
    messages: tuple[str, ...]


MarkState = Literal["delivered", "failed", "unsure", "done", "noted", "unheard", "thanks"]
"""What a mark says of a message: it arrived where it was for, it did not, nobody knows; its command
was carried out; it is kept as a note; it went nowhere; it is thanked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Show a state on somebody's message, in place of the one we showed there; None takes it off.
    How a state looks is the channel's matter."""

    type: Literal["react"] = "react"
    message: str
    state: MarkState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPress:
    """Release a pressed button, with a short note where ``text`` is given."""

    type: Literal["answer"] = "answer"
    press: str
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """Open a thread in a group; the receipt carries its id."""

    type: Literal["open_thread"] = "open_thread"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeThread:
    """Rename, close or reopen the thread of the address. None leaves that side as it is."""

    type: Literal["change_thread"] = "change_thread"
    title: str | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave the group."""

    type: Literal["leave"] = "leave"


Act = Post | Edit | Delete | React | AnswerPress | OpenThread | ChangeThread | Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One act at one address. ``id`` stays the same over retries (e-mail builds its Message-ID
    from it)."""

    id: str
    address: Address
    act: Act
    arrived: tuple[str, ...] = ()
    """For a ``Post`` that was broken off: what ``Uncertain.arrived`` said. Those messages are not
    sent again; the receipt lists them too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of delivery."""

    at: datetime
    messages: tuple[str, ...] = ()
    """Foreign ids of what was posted, in order; the first one is the one to reply to or edit."""
    thread: str | None = None
    """The thread it really landed in, or the one that was opened."""
    left_out: tuple[str, ...] = ()
    """Names of files that did not go along; the post says so in words in their place."""
    crowded: bool = False
    """The chat nears the number of messages at which the channel begins to lose old threads."""
