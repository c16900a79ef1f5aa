"""A message that may hold several questions, in its sentences."""

import re
from typing import Final

from faq.text import asked, plain, polite, words

PIECES: Final = 6
"""At most so many sentences of a message are matched one by one."""

WINDOW: Final = 9
"""A long text without marks is looked at so many words at a time…"""
STEP: Final = 4
"""… and from every so many words on."""

_ASKING: Final = (
    "когда|как|где|сколько|почему|зачем|можно|можете|какой|какая|какие|какое|куда|откуда|что|кто|"
    "есть ли|нужно ли|будет ли|how|when|where|what|why|which|can i|can you|do i|do you|is there"
)
_BREAK: Final = re.compile(
    r"(?<=[?!.;])\s+|\n+|[,;]?\s+(?:(?:а|и)\s+(?:еще|ещё|также)|and\s+also|also)[\s,]+"
    rf"|,?\s+(?:и|а|and)\s+(?=(?:{_ASKING})\b)",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"[?!.;](?=\s)|\n")


def sentences(text: str) -> list[str]:
    """The sentences of a message that may be questions of their own; no greetings and thanks."""
    pieces = [piece.strip() for piece in _BREAK.split(text)]
    cut = [(piece, words(plain(piece))) for piece in pieces]
    return [p for p, own in cut if len(asked(own)) >= 2 and not polite(own)][:PIECES]


def windows(text: str) -> list[str]:
    """A long text without marks between its sentences, some words at a time."""
    chunks = text.split()
    if len(chunks) <= WINDOW + STEP or _MARK.search(text):
        return []
    last = len(chunks) - WINDOW
    starts = [*range(0, last, STEP), last]
    # Of a very long text, windows that are spread over it.
    starts = starts[:: -(-len(starts) // (2 * PIECES))]
    return [" ".join(chunks[start : start + WINDOW]) for start in starts]
