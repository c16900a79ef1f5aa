"""Mail addresses: what is one, read whole or not at all."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import idna

LONGEST: Final = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3, less the angle brackets)."""

_LOCAL: Final = re.compile(r"[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*")
"""RFC 5322 §3.2.3: ``dot-atom`` of ``atext``, and letters of every alphabet (RFC 6531 §3.3)."""
_LAST_LABEL: Final = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\s<>()\[\],;:\"«»“”„\\]*@[^\s<>()\[\],;:\"«»“”„\\]*")
"""A word of a text with an ``@`` in it. What may stand around an address is no part of it."""
_ACCOUNT: Final = re.compile(r"@\w+")
"""The name of an account, such as Telegram's. It is no part of an address."""
_PAIRED: Final = "'`*_"
"""Quotes, and what plain text shows of bold and slanted letters."""


def mail_address(text: str) -> str | None:
    """The text as a mail address, its domain in lower case; None if it is no such thing."""
    local, _, domain = text.rpartition("@")
    if len(text) > LONGEST or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    labels = domain.lower().split(".")
    if len(labels) < 2 or not _LAST_LABEL.fullmatch(labels[-1]):
        return None
    if any(map(mixed, (local, *labels))):
        return None
    try:
        ascii_domain(domain)
    except ValueError:
        return None
    return f"{local}@{domain.lower()}"


def only_address_in(text: str) -> str | None:
    """The one address a text holds; None without one, with several, or with half of one."""
    found: set[str | None] = set()
    for word in _WORD.finditer(text):
        written = _bare(word[0])
        after_space = word.start() == 0 or text[word.start() - 1].isspace()
        if after_space and _ACCOUNT.fullmatch(written):
            continue
        found.add(mail_address(written))
    return found.pop() if len(found) == 1 else None


def ascii_domain(domain: str) -> str:
    """A domain as servers write it (IDNA 2008, RFC 5891, after the mapping of UTS 46).

    Raises:
        ValueError: it is no domain.
    """
    if not domain:
        raise ValueError("no domain")
    return idna.encode(domain, uts46=True).decode("ascii").lower()


def mixed(word: str) -> bool:
    """Whether Latin and Cyrillic letters stand in one word: one was typed for the other."""
    alphabets = {unicodedata.name(c, "").partition(" ")[0] for c in word if c.isalpha()}
    return {"LATIN", "CYRILLIC"} <= alphabets


def _bare(word: str) -> str:
    """A word without the marks that end a sentence, and without a pair of quotes."""
    word = word.rstrip(".!?…")
    while len(word) > 2 and word[0] == word[-1] and word[0] in _PAIRED:
        word = word[1:-1].rstrip(".!?…")
    return word
