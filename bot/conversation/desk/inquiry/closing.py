"""What of an expert's letter is for the client: its words without the expert's closing.

The mail reader has put quotations and marked signatures aside. «Best regards, Vendor L2» at the end
of the words is found here, by how letters end. A specialist reads what is left before it goes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from channels.message import Content

MOST_LINES: Final = 8
"""Of a closing with what stands below it."""
LONGEST_LINE: Final = 60
"""Characters of a name, a post or a telephone number below a closing."""

_CLOSES: Final = re.compile(
    r"(?:(?:with )?(?:best|kind|warm|warmest|many)? ?regards|all the best|best(?: wishes)?|rgds|br"
    r"|cheers|(?:yours )?(?:sincerely|faithfully|truly)|yours"
    r"|с уважением|с наилучшими пожеланиями|всего (?:доброго|хорошего)|искренне ваш[аи]?"
    r"|mit freundlichen grüßen|(?:viele|beste|freundliche) grüße|cordialement)"
    r"(?P<end>[,.!]|$)(?P<name>.*)",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"(?:thanks|thank you|many thanks|спасибо|благодарю|заранее спасибо|хорошего дня)[,.!]?$",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[?;]|\w{2,}[.!] ?$")


def for_client(content: Content) -> Content:
    """An expert's content as the client would get it.

    Args:
        content: the new words and files of the letter.
    """
    text = content.text
    lines = text.text.split("\n")
    at = len(text.text)
    below: list[str] = []
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number].strip()
        at -= len(lines[number]) + 1
        if not line:
            continue
        if _is_closing(line, below) and "".join(lines[:number]).strip():
            end = len(text.text[:at].rstrip())
            return replace(content, text=text.slice(0, end), source=())
        below.append(line)
        if len(below) >= MOST_LINES or len(line) > LONGEST_LINE or _SENTENCE.search(line):
            break
    return replace(content, source=())


def _is_closing(line: str, below: list[str]) -> bool:
    if _THANKS.match(line):
        return bool(below)  # without a name it is a word of thanks
    found = _CLOSES.match(line)
    if found is None or len(line) > LONGEST_LINE:
        return False
    return not _SENTENCE.search(found["name"])
