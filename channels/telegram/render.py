"""From our values to what the Bot API takes: UTF-16 entities, messages of legal size, keyboards.

Telegram counts offsets, lengths and its limits in UTF-16 code units (Bot API, MessageEntity); the
rest of LineZero counts characters. Pure functions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final, TypeAlias

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from channels.markup import is_safe_link
from channels.message import (
    Buttons,
    FormattedText,
    Keyboard,
    NoKeyboard,
    ShareRequest,
    Span,
    SpanKind,
)

MAX_CAPTION: Final = 1024
MAX_ENTITIES: Final = 100
"""Telegram silently forgets the formatting after the hundredth entity of a message."""
MAX_TOPIC_TITLE: Final = 128
MAX_NOTE: Final = 200
"""Characters in the answer to a pressed button."""

Markup: TypeAlias = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

ENTITY_TYPES: Final[dict[SpanKind, str]] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "link": "text_link",
    "quote": "blockquote",
    "emoji": "custom_emoji",
}


# --------------------------------------------------------------------------- counting


def units(text: str) -> int:
    """Length in UTF-16 code units. A lone surrogate counts one, as everywhere."""
    return len(text) + sum(character > "\uffff" for character in text)


def unit_offsets(text: str) -> list[int]:
    """The UTF-16 offset of every character, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets


def character_offset(offsets: list[int], unit: int) -> int:
    """The character at a UTF-16 offset; one inside a surrogate pair means the pair's start.

    Args:
        offsets: What ``unit_offsets`` gave for the text.
        unit: Any number; beyond the text means its end.
    """
    low, high = 0, len(offsets) - 1
    while low < high:  # the last character that starts at or before the unit
        middle = (low + high + 1) // 2
        if offsets[middle] <= unit:
            low = middle
        else:
            high = middle - 1
    return low


def entities(text: FormattedText) -> list[MessageEntity]:
    """The spans as Bot API entities. Links that may not be clicked are left out (case E7)."""
    offsets = unit_offsets(text.text)
    return [
        _entity(span, offsets[span.start], offsets[span.start + span.length])
        for span in text.spans
        if span.length > 0 and not (span.kind == "link" and not is_safe_link(span.value or ""))
        if not (span.kind == "emoji" and not span.value)
    ]


def _entity(span: Span, start: int, end: int) -> MessageEntity:
    kind = ENTITY_TYPES[span.kind]
    if span.kind == "quote" and span.value == "expandable":
        kind = "expandable_blockquote"
    return MessageEntity(
        type=kind,
        offset=start,
        length=end - start,
        url=span.value if span.kind == "link" else None,
        language=span.value if span.kind == "pre" else None,
        custom_emoji_id=span.value if span.kind == "emoji" else None,
    )


# --------------------------------------------------------------------------- splitting

_JOINER: Final = "\u200d"


def _sticks(text: str, position: int) -> bool:
    """Whether the characters around a position are drawn as one: it must not be cut there."""
    before, after = text[position - 1], text[position]
    if _JOINER in (before, after):
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc"):  # accents, variation selectors, keycaps
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return True
    if "\U000e0020" <= after <= "\U000e007f":  # tags that spell the flag of a region
        return True
    if (before, after) == ("\r", "\n"):
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        run = position
        while run > 0 and _is_flag_half(text[run - 1]):
            run -= 1
        return (position - run) % 2 == 1
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _cut(text: str, start: int, end: int) -> int:
    """Where to end a piece that starts at ``start`` and may reach ``end`` at most.

    After a paragraph or a line if that keeps the piece at least half full, else after a word,
    else between two characters, else (a single sign longer than the limit) anywhere.
    """
    if end == len(text):
        return end
    half = start + (end - start) // 2
    for border in ("\n\n", "\n"):
        found = text.rfind(border, max(start, half - len(border)), end)
        if found >= 0:
            return found + len(border)
    for position in range(end, half, -1):
        if text[position - 1].isspace() and not _sticks(text, position):
            return position
    for position in range(end, start, -1):
        if not _sticks(text, position):
            return position
    return end


def split(text: FormattedText, limit: int) -> list[FormattedText]:
    """Cut a text into pieces of at most ``limit`` UTF-16 units and 100 entities.

    The pieces joined are the text again, white space included; a piece of white space only is
    joined to nothing and left out, as Telegram refuses it.
    """
    whole = text.text
    offsets = unit_offsets(whole)
    pieces: list[FormattedText] = []
    start = 0
    while start < len(whole):
        end = character_offset(offsets, offsets[start] + limit)
        end = _cut(whole, start, max(end, start + 1))
        piece = text.slice(start, end)
        if len(piece.spans) > MAX_ENTITIES:
            begins = sorted(span.start for span in piece.spans)[MAX_ENTITIES]
            if begins > 0:
                end = _cut(whole, start, start + begins)
                piece = text.slice(start, end)
        if piece.text.strip():
            pieces.append(piece)
        start = end
    return pieces


def fits(text: FormattedText, limit: int) -> bool:
    """Whether a text can go as one message (or caption) of at most ``limit`` units."""
    return units(text.text) <= limit and len(text.spans) <= MAX_ENTITIES


def shorten(text: str, limit: int) -> str:
    """A title or a note that cannot be split, cut with an ellipsis."""
    if units(text) <= limit:
        return text
    offsets = unit_offsets(text)
    end = character_offset(offsets, limit - 1)
    while end > 1 and _sticks(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


# --------------------------------------------------------------------------- keyboards


def keyboard(wanted: Keyboard | None) -> Markup | None:
    """The ``reply_markup`` for a keyboard; None for none."""
    match wanted:
        case None:
            return None
        case NoKeyboard():
            return ReplyKeyboardRemove(remove_keyboard=True)
        case ShareRequest():
            return ReplyKeyboardMarkup(
                keyboard=list(_share_rows(wanted)), resize_keyboard=True, one_time_keyboard=True
            )
        case Buttons():
            return inline_keyboard(wanted)


def _share_rows(wanted: ShareRequest) -> Iterator[list[KeyboardButton]]:
    yield [
        KeyboardButton(
            text=wanted.label,
            request_contact=True if wanted.kind == "phone" else None,
            request_location=True if wanted.kind == "location" else None,
        )
    ]
    for label in wanted.others:
        yield [KeyboardButton(text=label)]


def inline_keyboard(wanted: Buttons) -> InlineKeyboardMarkup | None:
    """Buttons under the message; None if there is not a single one."""
    rows = [
        [
            InlineKeyboardButton(text=button.label, callback_data=button.action, url=button.url)
            for button in row
        ]
        for row in wanted.rows
        if row
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
