"""Letters and signs that look alike, brought to one."""

from __future__ import annotations

import unicodedata
from typing import Final

_CYRILLIC: Final = "АВЕКМНОРСТУХаеорсухЅѕІіЈј"
_LATIN: Final = "ABEKMHOPCTYXaeopcyxSsIiJj"
TO_LATIN: Final = str.maketrans(_CYRILLIC, _LATIN)
TO_CYRILLIC: Final = str.maketrans(_LATIN, _CYRILLIC)

_DASHES: Final = frozenset("\u2043\u2212\u207b\u208b\u02d7")
"""Signs that look like a hyphen and are no dash by their category: bullet, minus …"""
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)


def plain(text: str) -> str:
    """A text with one kind of dash, space and digit, and nothing that cannot be seen."""
    return "".join(map(_plain, text))


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    if ord(sign) in _FULL_WIDTH:
        sign = chr(ord(sign) - 0xFEE0)
    category = unicodedata.category(sign)
    if category == "Pd" or sign in _DASHES:
        return "-"
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(sign))
    # Formats, enclosing marks, selectors of a variant: without width.
    if category in {"Cf", "Me"} or "\ufe00" <= sign <= "\ufe0f":
        return ""
    return sign
