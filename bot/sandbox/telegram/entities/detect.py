"""Entities that Telegram finds in any text: commands, mentions, hashtags, links, addresses."""

from __future__ import annotations

import re

from bot.sandbox.telegram.entities.text import Span

URL = re.compile(
    r"(?:(?:https?|ftp|tg|ton)://[^\s<>\"«»]+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|ru|su|io|me|dev|info|biz|app|online|рф)"
    r"(?![\w-])(?:[/?#][^\s<>\"«»]*)?)",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+-])[a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)
COMMAND = re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])")
MENTION = re.compile(r"(?<![\w@/.])@[a-zA-Z][a-zA-Z0-9_]{2,31}(?![\w@])")
HASHTAG = re.compile(r"(?<![\w#&])#(?=\w*[^\W\d])\w{1,255}(?![\w#])")
PHONE = re.compile(r"(?<![\w+])\+\d[\d ()-]{7,16}\d(?!\w)")

PATTERNS = (
    ("url", URL, "."),
    ("email", EMAIL, "@"),
    ("bot_command", COMMAND, "/"),
    ("mention", MENTION, "@"),
    ("hashtag", HASHTAG, "#"),
    ("phone_number", PHONE, "+"),
)


def detect(text: str) -> list[Span]:
    """Non-overlapping entities, links first."""
    found: list[Span] = []
    for kind, pattern, mark in PATTERNS:
        if mark not in text:
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match[0].rstrip(".,;:!?)]}'*_~"))
            if all(end <= other.start or other.end <= start for other in found):
                found.append(Span(start, end, kind))
    return found
