"""Contents put under a heading, and what is written in them: for clients and desks alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from channels.message import Content, FormattedText, Media, Part, join

_CAPTIONED: Final = frozenset({"photo", "video", "animation", "audio", "voice", "document"})
"""Kinds of files that carry a caption (Bot API: stickers and video notes do not)."""


def headed(head: FormattedText, content: Content) -> Content:
    """Content under a heading: above the text, or in the first caption if there is no text."""
    if not head:
        return content
    if content.text or not content.parts:
        return replace(content, text=head + "\n" + content.text if content.text else head)
    first = content.parts[0]
    if isinstance(first, Media) and first.kind in _CAPTIONED:
        caption = head + "\n" + first.caption if first.caption else head
        return replace(content, parts=(replace(first, caption=caption), *content.parts[1:]))
    return replace(content, text=head)


def footed(foot: FormattedText, content: Content) -> Content:
    """Content with a line below it: under the last caption, or under the text."""
    last = content.parts[-1] if content.parts else None
    if isinstance(last, Media) and last.kind in _CAPTIONED:
        caption = last.caption + "\n" + foot if last.caption else foot
        return replace(content, parts=(*content.parts[:-1], replace(last, caption=caption)))
    return replace(content, text=content.text + "\n" + foot if content.text else foot)


def all_words(content: Content) -> FormattedText:
    """The text and the captions, one below the other, with their formatting."""
    captions = (part.caption for part in content.parts if isinstance(part, Media))
    return join("\n", (text for text in (content.text, *captions) if text))


def bare(content: Content) -> tuple[Part, ...]:
    """The parts without their captions."""
    return tuple(
        replace(part, caption=FormattedText()) if isinstance(part, Media) else part
        for part in content.parts
    )
