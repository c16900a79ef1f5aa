"""Several ways to read one message: as typed, on the other keyboard layout, from Latin letters.

``ghbdtn`` is ``привет`` typed with the wrong layout, ``руддщ`` is ``hello``, ``privet`` is Russian
without a Russian keyboard. Every reading is matched; the index says which one made sense.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from faq.text import language_of

Way: TypeAlias = Literal["typed", "layout", "translit"]

_LATIN_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`" + 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?~'
_RUSSIAN_KEYS: Final = "йцукенгшщзхъфывапролджэячсмитьбю.ё" + "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё"
_TO_RUSSIAN: Final = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN: Final = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)

_COMMON: Final = {
    "shch": "щ", "sch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц",
    "yu": "ю", "ju": "ю", "iu": "ю", "ya": "я", "ja": "я", "ia": "я", "yo": "е", "jo": "е",
    "ye": "е", "je": "е", "yi": "ьи", "ij": "ий", "iy": "ий", "yj": "ый", "yy": "ый",
    "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и",
    "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с",
    "t": "т", "u": "у", "f": "ф", "y": "ы", "j": "й", "'": "ь", "`": "ь", "q": "к",
    "4": "ч", "6": "ш",
}  # fmt: skip
# The customs differ in a few letters: one row reads by sound, the other by likeness of shape.
_CUSTOMS: Final = (
    _COMMON | {"h": "х", "w": "в", "c": "к", "x": "кс"},
    _COMMON | {"h": "х", "w": "ш", "c": "ц", "x": "х", "j": "ж", "y": "у"},
    _COMMON | {"h": "н", "w": "щ", "c": "с", "x": "х", "y": "й", "3": "з"},
)
_DIGIT_LETTERS = re.compile(r"(?<=[a-z])[346]|[346](?=[a-z])")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a message."""

    text: str
    way: Way


def readings(text: str) -> list[Reading]:
    """Every plausible reading of ``text``, as typed first, without repetitions."""
    found = {text: Reading(text, "typed")}
    language = language_of(text)
    if language == "en":
        found.setdefault(switched := text.translate(_TO_RUSSIAN), Reading(switched, "layout"))
        for custom in _CUSTOMS:
            found.setdefault(back := _back(text, custom), Reading(back, "translit"))
    elif language == "ru":
        found.setdefault(switched := text.translate(_TO_LATIN), Reading(switched, "layout"))
    return list(found.values())


def _compiled(custom: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, custom), key=len, reverse=True)))


_PATTERNS: Final = {id(custom): _compiled(custom) for custom in _CUSTOMS}


def _back(text: str, custom: dict[str, str]) -> str:
    """Latin-letter Russian in Cyrillic; a digit is a letter only inside a word."""
    lowered = text.lower()
    inside = {match.start() for match in _DIGIT_LETTERS.finditer(lowered)}
    return _PATTERNS[id(custom)].sub(
        lambda m: custom[m[0]] if not m[0].isdigit() or m.start() in inside else m[0], lowered
    )
