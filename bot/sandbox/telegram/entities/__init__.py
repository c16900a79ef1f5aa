"""Text formatting as Telegram does it: markup or given entities in, plain text and entities out.

Offsets and lengths are UTF-16 code units (Bot API `MessageEntity`). Error texts are TDLib's
(`MessageEntity.cpp`); byte offsets in them count UTF-8 bytes of the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.telegram.entities.detect import detect
from bot.sandbox.telegram.entities.html import parse_html
from bot.sandbox.telegram.entities.markdown import parse_markdown, parse_markdown_v2
from bot.sandbox.telegram.entities.text import MarkupError, Span, utf16_length
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.state import Json

__all__ = ["FormattedText", "format_text", "utf16_length"]

SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
"""Formatting that is a property of each character: touching stretches are one entity."""

ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            "blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention",
            "custom_emoji", *SPLITTABLE,
        )
    )
}  # fmt: skip

KNOWN = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
        "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
        "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
    }
)  # fmt: skip

DETECTED = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
)
"""Found by Telegram itself; a bot's own claim about them is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormattedText:
    """A text without markup and its entities, sorted."""

    text: str
    entities: list[Json]

    @property
    def length(self) -> int:
        """UTF-16 code units; what Telegram's limits of 4096 and 1024 count."""
        return utf16_length(self.text)


def format_text(
    text: str, parse_mode: str | None = None, entities: Sequence[Json] | None = None
) -> FormattedText:
    """Parses, trims, and adds the entities Telegram finds by itself (links, commands …).

    Args:
        text: What the request says.
        parse_mode: `HTML`, `Markdown`, `MarkdownV2` in any case, or None.
        entities: Given entities; ignored when there is a `parse_mode`.

    Raises:
        ApiError: 400 "can't parse entities: …" or an entity outside the text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", " ")
    mode = (parse_mode or "").lower()
    if mode and mode != "none":
        text, spans = _parse(text, mode)
    else:
        spans = _given(text, entities or ())
    text, spans = _trimmed(text, spans)
    spans = _normal(spans)
    found = [span for span in detect(text) if not _touches_code(span, spans)]
    return FormattedText(text=text, entities=_json(text, _sorted(spans + found)))


def _parse(text: str, mode: str) -> tuple[str, list[Span]]:
    parsers = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
    if mode not in parsers:
        raise bad_request("unsupported parse_mode")
    try:
        return parsers[mode](text)
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None


def _given(text: str, entities: Sequence[Json]) -> list[Span]:
    """Given entities as spans of character indices."""
    if not entities:
        return []
    index_at: dict[int, int] = {}
    position = 0
    for index, character in enumerate(text):
        index_at[position] = index
        position += 2 if ord(character) > 0xFFFF else 1
    index_at[position] = len(text)
    spans = []
    for entity in entities:
        span = _given_span(entity, index_at, position)
        if span is not None:
            spans.append(span)
    return spans


def _given_span(entity: Json, index_at: dict[int, int], total: int) -> Span | None:
    try:
        kind, offset, length = str(entity["type"]), int(entity["offset"]), int(entity["length"])
    except (KeyError, TypeError, ValueError):
        raise bad_request(
            "can't parse MessageEntity: field is missing or of a wrong type"
        ) from None
    if kind not in KNOWN:
        raise bad_request("can't parse MessageEntity: unsupported type specified")
    if length <= 0 or kind in DETECTED:
        return None
    if offset < 0:
        raise bad_request(f"entity has negative offset {offset}")
    if offset > total:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    end = offset + length
    if end > total:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {end}"
        )
    if offset not in index_at:
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if end not in index_at:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol "
            f"at UTF-16 offset {end}"
        )
    extra = {key: value for key, value in entity.items() if key not in {"type", "offset", "length"}}
    return Span(index_at[offset], index_at[end], kind, extra)


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Cuts white space at both ends; entities lose the part outside."""
    stripped = text.strip()
    if len(stripped) == len(text):
        return text, spans
    start = len(text) - len(text.lstrip())
    end = start + len(stripped)
    kept = []
    for span in spans:
        first, last = max(span.start, start) - start, min(span.end, end) - start
        if first < last:
            kept.append(Span(first, last, span.kind, span.extra))
    return stripped, kept


def _normal(spans: list[Span]) -> list[Span]:
    """Joins touching or overlapping stretches of the same character formatting."""
    if len(spans) < 2:
        return spans
    result = [span for span in spans if span.kind not in SPLITTABLE]
    for kind in SPLITTABLE:
        joined: list[Span] = []
        for span in sorted((s for s in spans if s.kind == kind), key=lambda s: s.start):
            if joined and span.start <= joined[-1].end:
                last = joined.pop()
                joined.append(Span(last.start, max(last.end, span.end), kind, last.extra))
            else:
                joined.append(span)
        result += joined
    return result


def _touches_code(found: Span, spans: list[Span]) -> bool:
    """Telegram looks for nothing inside code, links and custom emoji."""
    return any(
        span.start < found.end and found.start < span.end
        for span in spans
        if span.kind in {"code", "pre", "text_link", "text_mention", "custom_emoji"}
    )


def _sorted(spans: list[Span]) -> list[Span]:
    return sorted(spans, key=lambda s: (s.start, -s.end, ORDER.get(s.kind, len(ORDER))))


def _json(text: str, spans: list[Span]) -> list[Json]:
    if not spans:
        return []
    if text.isascii():
        return [
            {"offset": s.start, "length": s.end - s.start, "type": s.kind, **s.extra} for s in spans
        ]
    units = [0]
    for character in text:
        units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
    return [
        {
            "offset": units[s.start],
            "length": units[s.end] - units[s.start],
            "type": s.kind,
            **s.extra,
        }
        for s in spans
    ]
