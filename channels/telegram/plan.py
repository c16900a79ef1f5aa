"""A post cut into the messages Telegram can carry.

Pure, and the same every time: a post that was broken off goes on by counting what arrived
(``Outbound.arrived``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, TypeAlias

from channels.message import (
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    MediaKind,
    MessageRef,
    Other,
    Part,
)
from channels.telegram.limits import MAX_TEXT
from channels.telegram.render import MAX_CAPTION, fits, split

ALBUM_SIZE: Final = 10
"""``sendMediaGroup`` takes 2 to 10."""

_TOGETHER: Final[dict[MediaKind, str]] = {
    "photo": "pictures",
    "video": "pictures",
    "document": "documents",
    "audio": "sounds",
}
"""Kinds with the same value may share an album; the others always go alone."""

_WITHOUT_CAPTION: Final[tuple[MediaKind, ...]] = ("sticker", "video_note")


@dataclass(frozen=True, slots=True)
class Words:
    """A text of legal length."""

    text: FormattedText


@dataclass(frozen=True, slots=True)
class File:
    """A file with a caption of legal length."""

    media: Media


@dataclass(frozen=True, slots=True)
class Album:
    """2 to 10 files that Telegram shows together."""

    files: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """Something only Telegram itself can repeat; ``source`` is where, if that is known."""

    other: Other
    source: MessageRef | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that cannot go along: words stand in its place."""

    media: Media


Message: TypeAlias = Words | File | Album | Location | Contact | Copy | LeftOut


def size(message: Message) -> int:
    """How many message ids Telegram answers with."""
    return len(message.files) if isinstance(message, Album) else 1


def plan(content: Content, *, channel: str, keyboard: bool = False) -> list[Message]:
    """The messages of a post, in order.

    A text goes before the parts, or as the caption of the only file. A caption that is too long
    follows its file as a text of its own (case B6). With a ``keyboard`` the last message is one
    that can carry it: an album cannot.
    """
    text, parts = content.text, content.parts
    if text and len(parts) == 1 and (file := _captioned(parts[0], text)):
        return [File(file)]
    words = [Words(piece) for piece in split(text, MAX_TEXT)]
    rest = list(_parts(content, channel))
    if keyboard and rest and isinstance(rest[-1], Album):
        if words:
            return [*rest, *words]
        *before, last = rest[-1].files
        rest[-1:] = [_together(before), File(last)]
    return [*words, *rest]


def _captioned(part: Part, text: FormattedText) -> Media | None:
    """The file with the text as its caption, where both allow it."""
    if not isinstance(part, Media) or part.kind in _WITHOUT_CAPTION or part.caption:
        return None
    if part.left_out is not None:
        return None
    return replace(part, caption=text) if fits(text, MAX_CAPTION) else None


def _parts(content: Content, channel: str) -> Iterator[Message]:
    def company(part: Part) -> str | None:
        if not isinstance(part, Media) or part.left_out is not None:
            return None
        return _TOGETHER.get(part.kind)

    for kind, run in groupby(content.parts, company):
        group = tuple(run)
        files = tuple(part for part in group if isinstance(part, Media))
        if kind is not None:
            for start in range(0, len(files), ALBUM_SIZE):
                yield from _files(files[start : start + ALBUM_SIZE])
            continue
        for part in group:
            if isinstance(part, Media):
                yield from (LeftOut(part),) if part.left_out else _files((part,))
            elif isinstance(part, Other):
                yield Copy(part, _source(content, part, channel))
            else:
                yield part


def _files(files: tuple[Media, ...]) -> Iterator[Message]:
    """Files that go together, then the captions that found no room."""
    homeless = []
    placed = []
    for file in files:
        if file.kind in _WITHOUT_CAPTION or not fits(file.caption, MAX_CAPTION):
            homeless += split(file.caption, MAX_TEXT)
            placed.append(replace(file, caption=FormattedText()))
        else:
            placed.append(file)
    yield _together(placed)
    for piece in homeless:
        yield Words(piece)


def _together(files: Iterable[Media]) -> Message:
    several = tuple(files)
    return Album(several) if len(several) > 1 else File(several[0])


def _source(content: Content, part: Other, channel: str) -> MessageRef | None:
    """The message to copy. Known if there was one, or one for each part."""
    if content.protected:
        return None
    refs = content.source
    ref = None
    if len(refs) == 1:
        ref = refs[0]
    elif len(refs) == len(content.parts):
        ref = refs[content.parts.index(part)]
    return ref if ref and ref.channel == channel else None
