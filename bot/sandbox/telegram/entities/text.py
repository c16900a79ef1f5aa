"""What the parsers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class MarkupError(Exception):
    """The markup is wrong; the message is TDLib's sentence."""


@dataclass(frozen=True, slots=True)
class Span:
    """An entity between two character indices of the parsed text (not yet UTF-16 units)."""

    start: int
    end: int
    kind: str
    extra: dict[str, Any] = field(default_factory=dict)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(ord(c) > 0xFFFF for c in text)


def byte_offset(text: str, index: int) -> int:
    """UTF-8 bytes before a character."""
    return len(text[:index].encode("utf-8", "surrogatepass"))


def link_url(url: str) -> str | None:
    """A URL as Telegram keeps it in a `text_link`, or None when it drops the link.

    `http` is added where the scheme is missing; schemes other than http(s), ftp, tg, ton and
    tonsite are not links.
    """
    url = url.strip()
    scheme, colon, rest = url.partition(":")
    if colon and rest.startswith("//"):
        if scheme.lower() not in {"http", "https", "ftp", "tg", "ton", "tonsite"}:
            return None
        address = rest[2:]
    elif colon and scheme.lower() in {"tg", "ton"}:
        return f"{scheme.lower()}://{rest}"
    else:
        scheme, address = "http", url
    if not address or any(c.isspace() for c in address):
        return None
    scheme = scheme.lower()
    host = address.partition("/")[0].partition("?")[0].partition("#")[0]
    if scheme in {"tg", "ton", "tonsite"}:
        return f"{scheme}://{address}"
    name = host.rpartition("@")[2].partition(":")[0]
    if "." not in name.strip("."):
        return None
    if host == address:
        address += "/"
    return f"{scheme}://{address}"


def link_span(start: int, end: int, url: str) -> Span | None:
    """The entity for a marked-up link: a mention of a user, or a link, or nothing."""
    prefix = "tg://user?id="
    if url.lower().startswith(prefix) and url[len(prefix) :].isdigit():
        return Span(start, end, "text_mention", {"user": {"id": int(url[len(prefix) :])}})
    link = link_url(url)
    return None if link is None else Span(start, end, "text_link", {"url": link})
