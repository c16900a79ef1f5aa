"""Contents that a channel cannot show again, in words."""

from __future__ import annotations

from typing import Final

from channels.message import FormattedText, Media, Other, Reason
from config.texts.catalogue import Catalogue

MEGABYTE: Final = 1024 * 1024
_KNOWN: Final = frozenset(
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
    name = part.kind if part.kind in _KNOWN else "other"
    kind = texts.label(f"desk.kind.{name}", language)
    said = texts.label("desk.part.other", language, kind=kind, detail=part.detail)
    return FormattedText(said.rstrip())


def _left_out(texts: Catalogue, part: Media, language: str) -> str:
    """A file that could not be brought along."""
    name = part.name or texts.label(f"desk.part.{part.kind}", language)
    if part.left_out is not Reason.TOO_LARGE:
        return texts.label("desk.part.missing", language, name=name)
    size = max(1, round((part.size or 0) / MEGABYTE))
    return texts.label("desk.part.too_large", language, name=name, size=size)
