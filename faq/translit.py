"""Ids from titles: Russian in Latin letters."""

import re
from typing import Final

_LETTERS: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
            "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
        ],
        strict=True,
    )
)  # fmt: skip


def slug(text: str) -> str:
    """At most 40 Latin letters, digits and dashes; empty when nothing is left.

    >>> slug("Как оплатить?")
    'kak-oplatit'
    """
    latin = "".join(_LETTERS.get(letter, letter) for letter in text.lower())
    words = re.findall(r"[a-z0-9]+", latin)
    found = ""
    for word in words:
        longer = f"{found}-{word}" if found else word[:40]
        if len(longer) > 40:
            break
        found = longer
    return found
