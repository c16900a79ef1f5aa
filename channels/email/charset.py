"""Bytes of a mail into readable text, whatever the mail says about them.

Russian mail arrives in UTF-8, KOI8-R, CP1251, CP866 and ISO-8859-5, and quite often under the wrong
name or none. Texts are short, so statistics on bytes guess badly; the frequency of Russian letters
in each candidate decoding decides instead. A label that fits the bytes stands all the same, unless
enough letters say otherwise: letters of the West are mislabelled far less often than Russian ones.
"""

from __future__ import annotations

import codecs
import math
import re
from functools import lru_cache
from typing import Final

CYRILLIC: Final = ("cp1251", "koi8-r", "cp866", "iso8859-5")
SAMPLE: Final = 20_000  # bytes that are weighed
SUBSTITUTES_ALLOWED: Final = 0.1  # broken among the characters beyond ASCII: UTF-8 all the same
DECLARED_BONUS: Final = 0.9  # how much better another charset must fit than the declared one
ENOUGH_LETTERS: Final = 4  # fewer beyond ASCII prove nothing against a label that fits
ORDINARY: Final = -4.0  # what :func:`fit` gives at least to ordinary Russian of a few words

# Letters of Russian per thousand (National Corpus of the Russian Language).
_FREQUENCY: Final = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16.5, 16, 14,
         12, 9.7, 9.4, 7.3, 6.4, 4.8, 3.6, 3.2, 2.6, 0.4, 0.4),
        strict=True,
    )
)  # fmt: skip
_WEIGHT: Final = {letter: math.log(share / 1000) for letter, share in _FREQUENCY.items()}
_USUAL_SIGNS: Final = frozenset("«»—–…№„“”’‘•°§©®™€\xa0\xad")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.:()+ -]{0,39}")
_NAMES_FOR_UNKNOWN: Final = frozenset(
    ("", "unknown", "unknown-8bit", "x-unknown", "8bit", "binary", "default", "_iso-2022-jp$esc")
)
# What labels mean in practice: the larger charset that programs write under the smaller one's name
# (WHATWG Encoding Standard, "Names and labels").
_IN_PRACTICE: Final = {
    codecs.lookup(name).name: codecs.lookup(meant).name
    for name, meant in (
        ("latin-1", "cp1252"), ("iso8859-9", "cp1254"), ("iso8859-11", "cp874"),
        ("tis-620", "cp874"), ("gb2312", "gb18030"), ("gbk", "gb18030"), ("euc-kr", "cp949"),
        ("shift_jis", "cp932"), ("big5", "big5hkscs"),
    )
}  # fmt: skip
_CONTROLS: Final = re.compile("[\x80-\x9f]")
_RUSSIAN_WORD: Final = re.compile("(?<![^\\W_])[А-Яа-яЁё]{3,}(?![^\\W_])")
_INSIDE_NO_WORD: Final = frozenset("№§©®€")
# 8-bit charsets in which any byte is some letter: a mislabelled Russian text decodes without error.
_FORGIVING: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *CYRILLIC, "koi8-u", "latin-1", "iso8859-2", "iso8859-9", "iso8859-15", "cp1250", "cp1252",
        "cp1254", "mac-cyrillic", "mac-roman", "cp437", "cp850",
    )
)  # fmt: skip


@lru_cache(maxsize=512)
def known(charset: str | None) -> str | None:
    """Python's name of a text charset, or None for a missing, unknown or unusable one."""
    name = (charset or "").strip(" \t\"'<>;").lower()
    if name in _NAMES_FOR_UNKNOWN or not _NAME.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(name)
        codec.decode(b"a", "replace")
    except (LookupError, ValueError, UnicodeError):  # also codecs of bytes to bytes, NUL in names
        return None
    except Exception:  # noqa: BLE001 - zlib, bz2, uu… raise errors of their own; none is a charset
        return None
    return codec.name if isinstance(codec.decode(b"a", "replace")[0], str) else None


def fit(text: str) -> float:
    """How much the non-ASCII letters of a text look like Russian, or like accents in Latin words:
    the mean logarithm of their probability, about -3 for ordinary Russian, below -5 for noise."""
    total, count, before = 0.0, 0, " "
    for sign in text:
        if sign > "\x7f":
            total += _weight(sign, before)
            count += 1
        elif "а" <= before.lower() <= "я" and sign.isalpha():
            total -= 3.0  # a Latin letter right after a Cyrillic one
        before = sign
    return total / count if count else 0.0


def _weight(sign: str, before: str) -> float:
    small = sign.lower()
    weight = _WEIGHT.get(small)
    if weight is None:
        if sign in _USUAL_SIGNS:
            return -9.0 if sign in _INSIDE_NO_WORD and before.isalpha() else -4.0
        if sign.isalpha() and sign < "\u0250":  # é in «café»; «Ïðèâåò» is a row of them
            return -5.0 if before.isascii() else -7.5
        return -7.0 if sign.isalpha() else -9.0
    if before.isascii() and before.isalpha():
        return weight - 4.0  # «cafй»
    if sign != small:
        if before.isalpha():
            # Within a word: fine in a row of capitals, odd after a small letter.
            return weight - (0.3 if before.isupper() else 4.0)
        return weight - 0.3
    # A small letter right after two capitals does not occur; one capital before it does.
    return weight


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text and the charset it was read in; never raises, never drops a byte silently
    (what fits nowhere becomes U+FFFD).

    Args:
        data: the bytes after the transfer encoding was undone.
        declared: the charset the mail names, possibly wrong, unknown or missing.
    """
    name = known(declared)
    if data.isascii():
        seven_bit = name if name and name.startswith(("iso2022", "utf-7", "hz")) else "ascii"
        return _strict(data, seven_bit) or (data.decode("ascii"), "ascii")
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", "replace"), "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) > 2:
        return data.decode("utf-16", "replace"), "utf-16"
    labelled = _as_labelled(data, name) if name and name not in ("ascii", "utf-8") else None
    if labelled and name not in _FORGIVING:
        return labelled
    read = _strict(data, "utf-8")
    if read:
        return read
    if _nearly_utf8(data):
        return data.decode("utf-8", "replace"), "utf-8"
    return _best(data, labelled, name)


def same(label: str | None, charset: str) -> bool:
    """Whether a label means this charset, by its name or in practice."""
    name = known(label)
    return name is not None and charset in (name, _IN_PRACTICE.get(name))


def _strict(data: bytes, name: str) -> tuple[str, str] | None:
    try:
        return data.decode(name), name
    except (UnicodeError, ValueError):
        return None


def _nearly_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 but for a few characters: damaged on the way, or the last one cut off by
    a size limit. A single odd byte among ASCII is no such thing."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(sign > "\x7f" for sign in text) - broken
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeError:
        return broken <= SUBSTITUTES_ALLOWED * good
    return good > 0  # only the last one is incomplete


def _as_labelled(data: bytes, name: str) -> tuple[str, str] | None:
    """The text as its label says, if that fits every byte: by the letter, or as the label is meant
    in practice where it would give control characters."""
    read = _strict(data, name)
    if read and not _CONTROLS.search(read[0]):
        return read
    meant = _IN_PRACTICE.get(name)
    return (_strict(data, meant) if meant else None) or read


def _best(data: bytes, labelled: tuple[str, str] | None, name: str | None) -> tuple[str, str]:
    """The likeliest reading of 8-bit text; against a label that fits, only with good reasons."""
    sample = data[:SAMPLE]
    declared = labelled[1] if labelled else name
    candidates = {*CYRILLIC, "cp1252", *({declared} if declared else ())} - {"ascii", "utf-8"}

    def quality(candidate: str) -> float:
        bonus = DECLARED_BONUS if candidate == declared else 0.0
        return fit(sample.decode(candidate, "replace")) + bonus

    best = max(sorted(candidates), key=quality)
    if labelled and best != declared and not _proven(sample.decode(best, "replace"), best):
        return labelled
    return data.decode(best, "replace"), best


def _proven(text: str, charset: str) -> bool:
    """Whether a reading is good enough to overrule a label that fits. Russian is proven by a whole
    word of its letters in their usual frequency: letters of Western languages stand alone among
    ASCII ones."""
    if charset in CYRILLIC:
        return bool(_RUSSIAN_WORD.search(text)) and fit(text) > ORDINARY
    return sum(sign.isalpha() and sign > "\x7f" for sign in text) >= ENOUGH_LETTERS
