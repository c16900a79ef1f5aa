"""Spoils questions the way hurried people do: a slip, the other layout, Latin letters."""

import random
from typing import Final

_ROWS: Final = (
    "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm",
)  # fmt: skip
_RUSSIAN: Final = "йцукенгшщзхъфывапролджэячсмитьбюё"
_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_LATIN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a", "b", "v", "g", "d", "e", "yo", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
            "r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya",
        ],
        strict=True,
    )
)  # fmt: skip


def slip(text: str, chance: random.Random) -> str:
    """One slip inside a word: a neighbour key, a letter lost, doubled, or swapped."""
    places = [i for i, c in enumerate(text) if c.isalpha() and text[max(0, i - 1) : i].isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    letter = text[at]
    row = next((row for row in _ROWS if letter.lower() in row), letter.lower())
    near = row.index(letter.lower())
    neighbour = chance.choice([row[max(0, near - 1)], row[min(len(row) - 1, near + 1)]])
    return chance.choice(
        [
            text[:at] + neighbour + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + neighbour + text[at:],
            text[: at - 1] + letter + text[at - 1] + text[at + 1 :],
        ]
    )


def layout(text: str) -> str:
    """As typed with the other keyboard layout on."""
    russian = any(c in _RUSSIAN for c in text.lower())
    pairs = str.maketrans(_RUSSIAN, _KEYS) if russian else str.maketrans(_KEYS, _RUSSIAN)
    return text.lower().translate(pairs)


def latin(text: str) -> str:
    """Russian in Latin letters."""
    return "".join(_LATIN.get(letter, letter) for letter in text.lower())
