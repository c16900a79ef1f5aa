"""What travels between the conversation core and every channel: values only.

Foreign identifiers (chat, thread, message, file ids) are opaque strings here; only the adapter
that made them reads them. Text offsets count Python characters (code points); adapters convert
to whatever their protocol counts (Telegram: UTF-16 units).

Errors raised by a channel's ``send``::

    DeliveryError
    ├── Transient   not delivered, worth another try, after ``retry_after`` seconds if told so
    ├── Permanent   not delivered and another try will not help; ``reason`` says why
    └── Uncertain   it may have been delivered; nobody can tell
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from channels.letter import Letter, Letterhead

# --------------------------------------------------------------------------- who and where


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place that can be written to: a chat of one channel, or one thread inside it."""

    channel: str
    """Name of the channel instance, e.g. ``telegram``."""
    chat: str
    thread: str | None = None

    @property
    def key(self) -> str:
        """One string per place: messages with the same key keep their order."""
        return f"{self.channel}:{self.chat}:{self.thread or ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who wrote. ``id`` is unique within the channel."""

    id: str
    name: str
    username: str | None = None
    language: str | None = None
    """IETF tag as the channel reports it, e.g. ``ru`` or ``pt-br``."""
    anonymous: bool = False
    """The channel hides the person (Telegram: ``sender_chat`` is set): never authorise them."""


# --------------------------------------------------------------------------- content

SpanKind = Literal[
    "bold", "italic", "underline", "strike", "spoiler", "code", "pre", "link", "quote", "emoji"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Formatting of ``length`` characters from ``start``.

    ``value`` is the address of a ``link``, the language of a ``pre``, the foreign id of a custom
    ``emoji``, or ``expandable`` for a ``quote`` that is folded until tapped.
    """

    kind: SpanKind
    start: int
    length: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text with formatting; spans lie within the text and are ordered by their start."""

    text: str = ""
    spans: tuple[Span, ...] = field(default=(), kw_only=True)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __add__(self, other: FormattedText | str) -> FormattedText:
        if isinstance(other, str):
            return FormattedText(self.text + other, spans=self.spans)
        shifted = tuple(replace(s, start=s.start + len(self.text)) for s in other.spans)
        return FormattedText(self.text + other.text, spans=self.spans + shifted)

    def slice(self, start: int, end: int) -> FormattedText:
        """The characters ``[start, end)`` with the spans that reach into them, cut to fit."""
        spans = []
        for span in self.spans:
            low, high = max(span.start, start), min(span.start + span.length, end)
            if low < high:
                spans.append(replace(span, start=low - start, length=high - low))
        return FormattedText(self.text[start:end], spans=tuple(spans))

    def wrapped(self, kind: SpanKind, value: str | None = None) -> FormattedText:
        """The same text with one more span over all of it."""
        if not self.text:
            return self
        outer = Span(kind=kind, start=0, length=len(self.text), value=value)
        return FormattedText(self.text, spans=(outer, *self.spans))


def join(separator: str, texts: Iterable[FormattedText]) -> FormattedText:
    """Texts one after another, like ``str.join``."""
    words: list[str] = []
    spans: list[Span] = []
    length = 0
    for position, text in enumerate(texts):
        if position:
            words.append(separator)
            length += len(separator)
        spans += (replace(span, start=span.start + length) for span in text.spans)
        words.append(text.text)
        length += len(text.text)
    return FormattedText("".join(words), spans=tuple(spans))


MediaKind = Literal[
    "photo", "video", "animation", "audio", "voice", "video_note", "sticker", "document"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file. Either it lives in a channel (``file`` is that channel's id of it) or on our disk
    (``path``, absolute)."""

    type: Literal["media"] = "media"
    kind: MediaKind
    channel: str | None = None
    file: str | None = None
    path: str | None = None
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    """Bytes, where known."""
    duration: int | None = None
    """Seconds, of sound and moving pictures."""
    caption: FormattedText = FormattedText()
    spoiler: bool = False
    left_out: Reason | None = None
    """Set on its way to another channel when the file could not be brought along: the channel says
    so in words in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A point on the map, in degrees; a venue has a title and an address too."""

    type: Literal["location"] = "location"
    latitude: float
    longitude: float
    title: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A visiting card. ``own`` is true when the channel vouches that it is the sender's own."""

    type: Literal["contact"] = "contact"
    phone: str
    name: str
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything else the channel can carry: a poll, dice, a story, paid media, or a kind we do not
    know yet. ``detail`` is what can be said of it in words (a poll's question and options)."""

    type: Literal["other"] = "other"
    kind: str
    detail: str = ""


Part = Media | Location | Contact | Other


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """One message in one chat of one channel."""

    channel: str
    chat: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says: text, then parts in order. Captions belong to their part."""

    text: FormattedText = FormattedText()
    parts: tuple[Part, ...] = ()
    source: tuple[MessageRef, ...] = ()
    """The foreign messages it came in, so that a channel can copy what it cannot rebuild."""
    forwarded_from: str | None = None
    """The name on a forwarded message; it identifies nobody."""
    protected: bool = False
    """The sender's channel forbids copying it."""

    def __bool__(self) -> bool:
        return bool(self.text) or bool(self.parts)

    @property
    def words(self) -> str:
        """All that is written in it: the text and the captions, one below the other."""
        captions = (p.caption.text for p in self.parts if isinstance(p, Media))
        return "\n".join(t for t in (self.text.text, *captions) if t)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence of ours: a key of the text catalogue and its arguments.

    Arguments are shown literally: markup in them has no effect. An argument may be another
    ``Text`` or a ready ``FormattedText``.
    """

    key: str
    args: dict[str, str | int | Text | FormattedText | datetime | timedelta] = field(
        default_factory=dict
    )


# --------------------------------------------------------------------------- what comes in


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A new message."""

    type: Literal["said"] = "said"
    message: str
    """Foreign id of the message."""
    content: Content
    reply_to: str | None = None
    """Foreign id of the message it answers."""
    quote: FormattedText = FormattedText()
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


# --------------------------------------------------------------------------- what goes out


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


# --------------------------------------------------------------------------- errors


class Reason(StrEnum):
    """Why a delivery failed for good."""

    BLOCKED = "blocked"  #: the client blocked us or deleted the account
    NO_ADDRESS = "no_address"  #: there is nobody at this address
    CHAT_GONE = "chat_gone"  #: we are no longer in the group, or it does not exist
    NO_RIGHTS = "no_rights"  #: we are in the group but may not do this
    MOVED = "moved"  #: the chat has a new id, in ``moved_to``
    THREAD_GONE = "thread_gone"  #: the thread was deleted
    THREAD_CLOSED = "thread_closed"  #: the thread is closed to us
    NO_THREADS = "no_threads"  #: the group has no threads (topics switched off)
    MESSAGE_GONE = "message_gone"  #: what should be edited or reacted to is not there
    TOO_LARGE = "too_large"  #: a file is over the channel's limit
    TOO_LATE = "too_late"  #: a pressed button can no longer be answered
    GAVE_UP = "gave_up"  #: tried for as long as the channel's patience lasts
    NO_CHANNEL = "no_channel"  #: the channel is not in the settings any more; told by delivery
    REFUSED = "refused"  #: anything else the channel will never take


class DeliveryError(Exception):
    """An act did not demonstrably reach its address."""


class Transient(DeliveryError):
    """Not delivered; may be tried again after ``retry_after`` seconds (None: use a backoff).

    ``whole_chat`` is true when the channel asked us to leave the whole chat alone meanwhile
    (Telegram's 429). ``unreachable`` is true when the far side gave no sign that it works: other
    acts would fare no better now.
    """

    def __init__(
        self,
        detail: str,
        *,
        retry_after: float | None = None,
        whole_chat: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.whole_chat = whole_chat
        self.unreachable = unreachable


class Permanent(DeliveryError):
    """Not delivered; ``reason`` decides what happens next."""

    def __init__(self, reason: Reason, detail: str = "", *, moved_to: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.moved_to = moved_to


class Uncertain(DeliveryError):
    """It may have arrived: the connection broke after the whole request had gone out, or a post of
    several messages was broken off half-way.

    ``arrived`` lists the first messages of the post that did arrive. ``rest`` says why the next
    one demonstrably did not; None means that nobody knows about the next one. The same
    ``Outbound`` with ``arrived`` filled in goes on after them. ``unreachable`` as of ``Transient``;
    a far side that answers, and whose answer does not tell, is not unreachable.
    """

    def __init__(
        self,
        detail: str,
        *,
        arrived: tuple[str, ...] = (),
        rest: Transient | Permanent | None = None,
        unreachable: bool = True,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.arrived = arrived
        self.rest = rest
        self.unreachable = unreachable
