"""A message that may hold several questions, in its sentences."""

import re
from typing import Final

from faq.text import asked, plain, words

PIECES: Final = 6
"""At most so many sentences of a message are matched one by one."""

_BREAK: Final = re.compile(
    r"(?<=[?!.;])\s+|\n+|[,;]?\s+(?:(?:а|и)\s+(?:еще|ещё|также)|and\s+also|also)[\s,]+",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a message that may be questions of their own."""
    pieces = [piece.strip() for piece in _BREAK.split(text)]
    return [piece for piece in pieces if len(asked(words(plain(piece)))) >= 2][:PIECES]
