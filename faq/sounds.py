"""Names by ear: ``ютуб`` is how a Russian writes YouTube, ``эппл пэй`` Apple Pay.

Both spellings are written in a few rough sounds: vowels that are mixed up are one, double letters
are single. A Latin word has several readings, a Cyrillic one has one. A *skeleton* of consonants,
rougher still, finds the few words that are worth comparing.
"""

import re
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from faq.text import dictionary_stem, language_of

READINGS: Final = 512
"""A Latin word is read in at most so many ways."""
LIKE: Final = 0.85
"""So much of the sounds of a long word has to agree."""
LONG: Final = 5

_ROUGH: Final = str.maketrans(
    {"ё": "е", "э": "е", "й": "и", "ы": "и", "ю": "у", "я": "а", "о": "а", "щ": "ш",
     "ь": None, "ъ": None}
)  # fmt: skip
_RUNS: Final = re.compile(r"(.)\1+")
_DOUBLE: Final = re.compile(r"([^eo])\1+")

_LETTERS: Final = {
    "a": "а е еи", "b": "б", "c": "к", "d": "д", "e": "е и -", "f": "ф", "g": "г", "h": "х -",
    "i": "и аи", "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "а", "p": "п", "q": "к",
    "r": "р", "s": "с", "t": "т", "u": "у а", "v": "в", "w": "в", "x": "кс", "y": "и аи", "z": "з",
    "ch": "ч х ш", "sh": "ш", "ph": "ф", "th": "т з с тх", "wh": "в", "ck": "к", "gh": "г -",
    "qu": "кв", "xc": "кс", "oo": "у", "ou": "у ау", "ow": "ав ау", "ee": "и", "ea": "и е",
    "ay": "еи", "ai": "еи аи", "ei": "еи", "ey": "еи и", "oi": "аи", "oy": "аи", "au": "ау а",
    "ie": "и аи ие", "ue": "у", "ew": "у", "ia": "иа а", "ya": "а", "yo": "е а", "yu": "у",
    "you": "у", "ce": "се с", "ci": "си саи", "ge": "ге же ж", "gi": "ги жи", "zh": "ж", "kh": "х",
    "ts": "ц", "tch": "ч", "tion": "шн шен", "ju": "у жу", "ja": "а жа",
}  # fmt: skip
_SOUNDS: Final = {
    letters: tuple("" if sound == "-" else sound for sound in sounds.split())
    for letters, sounds in _LETTERS.items()
}
_PARTS: Final = re.compile(
    r"(?P<x>^x)|(?P<s>(?<=[aeiou])s(?=[aeiouy]))|(?P<le>(?<=.)le$)|"
    + "|".join(sorted(_SOUNDS, key=len, reverse=True))
)
_PLACED: Final = {"s": ("з", "с"), "le": ("л", "ел", "ле"), "x": ("кс", "с", "ш")}
_NAMES: Final = {
    "a": "еи", "b": "би", "c": "си", "d": "ди", "e": "и", "f": "еф", "g": "жи", "h": "еич",
    "i": "аи", "j": "жеи", "k": "кеи", "l": "ел", "m": "ем", "n": "ен", "o": "ау", "p": "пи",
    "q": "ку", "r": "ар", "s": "ес", "t": "ти", "u": "у", "v": "ви", "w": "даблу", "x": "екс",
    "y": "ваи", "z": "зед",
}  # fmt: skip
_SPELT: Final = 3
"""So short a word may be spoken letter by letter: ID, TV."""

# One letter for what is mixed up; vowels and h, v, w drop out.
_CLASSES: Final = str.maketrans(
    dict.fromkeys("aeiouyhvw'", "") | dict.fromkeys("cgjkqsxz", "s")
    | dict.fromkeys("аеиоуыэюяйьъёв", "") | dict.fromkeys("гжзксхчшщ", "s")
    | {"б": "b", "п": "p", "д": "d", "т": "t", "ф": "f", "л": "l", "м": "m", "н": "n", "р": "r",
       "ц": "ts"}
)  # fmt: skip


def skeletons(word: str) -> set[str]:
    """The consonants of a word, roughly; two words that sound alike share one."""
    if language_of(word) == "ru":
        word = word.replace("дж", "ж")
        found = {
            form.replace("х", throat).translate(_CLASSES)
            for form in (word, dictionary_stem(word))
            for throat in "кв"  # Chrome and Huawei
        }
    else:
        found = {word.replace("ph", "f").replace("th", th).translate(_CLASSES) for th in ("t", "z")}
    return {_RUNS.sub(r"\1", one) for one in found}


def sound(word: str) -> str:
    """The rough sounds of a Cyrillic word."""
    rough = word.translate(_ROUGH).replace("дж", "ж").replace("тс", "ц").replace("тц", "ц")
    return _RUNS.sub(r"\1", rough)


@lru_cache(maxsize=4_096)
def heard(word: str) -> frozenset[str]:
    """The rough sounds of a Latin word, in every reading."""
    found = [""]
    for part in _PARTS.finditer(_DOUBLE.sub(r"\1", word)):
        sounds = _PLACED[part.lastgroup] if part.lastgroup else _SOUNDS[part[0]]
        found = [one + more for one in found for more in sounds][:READINGS]
    if len(word) <= _SPELT and word.isascii() and word.isalpha():
        found.append("".join(_NAMES[letter] for letter in word))
    return frozenset(map(sound, found))


def alike(cyrillic: str, latin: str) -> float:
    """How alike a Cyrillic and a Latin word sound, 0…1; below ``LIKE`` it is 0."""
    readings = heard(latin)
    best = 0.0
    for spoken in {sound(cyrillic), sound(dictionary_stem(cyrillic))}:
        if spoken in readings:
            return 1.0
        if len(spoken) >= LONG:
            best = max(
                best,
                *(OSA.normalized_similarity(spoken, r, score_cutoff=LIKE) for r in readings),
                0.0,
            )
    return best
