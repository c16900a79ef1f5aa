"""What can be done with a message's content: a heading, a footer, an edit, a part told in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from channels.message import (
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    Other,
    Part,
    Reason,
    join,
)
from config.texts.catalogue import Catalogue

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


def after_edit(old: Content, new: Content, message: str) -> Content:
    """``old`` as it reads after an edit.

    An album came in as many messages as it has parts, and an edit speaks of one of them: the others
    stay as they are (acceptance case B17).

    Args:
        old: what was kept.
        new: how the edited message reads now.
        message: the foreign id of it.
    """
    of_album = len(old.source) == len(old.parts) > 1 and len(new.parts) == 1
    places = [place for place, ref in enumerate(old.source) if ref.id == message]
    if not of_album or not places:
        return replace(new, source=old.source)
    at = places[0]
    return replace(old, parts=(*old.parts[:at], *new.parts, *old.parts[at + 1 :]))


# --------------------------------------------------------------------------- in words

MEGABYTE: Final = 1024 * 1024
_NAMED: Final = frozenset(
    {
        "poll", "dice", "story", "paid_media", "game", "giveaway", "giveaway_winners", "invoice",
        "checklist", "rich_message", "unreadable",
    }
)  # fmt: skip
"""Kinds of ``Other`` that have a name; what a channel invents tomorrow has none yet."""


def described(texts: Catalogue, part: Other | Media, language: str) -> FormattedText:
    """``[poll] Which day?``: what it is, and what can be said of it."""
    if isinstance(part, Media):
        if part.left_out is not None:
            return FormattedText(_left_out(texts, part, language))
        kind = texts.label(f"desk.part.{part.kind}", language)
        return FormattedText(f"{kind} {part.name or ''}".rstrip())
    name = part.kind if part.kind in _NAMED else "other"
    kind = texts.label(f"desk.kind.{name}", language)
    said = texts.label("desk.part.other", language, kind=kind, detail=part.detail)
    return FormattedText(said.rstrip())


def without_parts(texts: Catalogue, content: Content, language: str) -> Content:
    """The content in words alone, for a place that can show nothing else: each part is named, and
    its caption stands below its name."""
    lines = [line for part in content.parts for line in _told(texts, part, language) if line]
    return replace(
        content, text=join("\n", [content.text, *lines] if content.text else lines), parts=()
    )


def _told(texts: Catalogue, part: Part, language: str) -> tuple[FormattedText, ...]:
    match part:
        case Media():
            missing = replace(part, left_out=part.left_out or Reason.REFUSED)
            return described(texts, missing, language), part.caption
        case Location():
            where = f"{part.latitude:.6f}, {part.longitude:.6f}"
            label = texts.label("desk.part.location", language)
            named = (word for word in (label, part.title, part.address, where) if word)
            return (FormattedText(" ".join(named)),)
        case Contact():
            args = {"name": part.name, "phone": part.phone}
            return (FormattedText(texts.label("desk.part.contact", language, **args)),)
        case Other():
            return (described(texts, part, language),)


def _left_out(texts: Catalogue, part: Media, language: str) -> str:
    """A file that could not be brought along."""
    name = part.name or texts.label(f"desk.part.{part.kind}", language)
    if part.left_out is not Reason.TOO_LARGE:
        return texts.label("desk.part.missing", language, name=name)
    size = max(1, round((part.size or 0) / MEGABYTE))
    return texts.label("desk.part.too_large", language, name=name, size=size)
