"""Who and where, and what a message says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from channels.message.errors import Reason

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
