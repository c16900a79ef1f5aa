"""What a button of ours carries: a verb and a few words, short enough for every channel.

``c:entry:no-internet``: the prefix tells the side that handles it (``c`` the client's, ``d`` the
desk's, ``a`` the administrators'). Whatever comes back may be forged or years old: a decoded action
proves nothing about who pressed it or whether it still makes sense.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

LIMIT = 64
"""Bytes of ``callback_data`` (Bot API, InlineKeyboardButton)."""

_ACTION = re.compile(r"([acd]:[a-z_]+)((?::[A-Za-z0-9_.-]*)*)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A decoded button. ``verb`` includes its side: ``c:entry``."""

    verb: str
    args: tuple[str, ...] = ()

    def arg(self, position: int) -> str:
        """One of the words, empty if there are not so many."""
        return self.args[position] if position < len(self.args) else ""

    def number(self, position: int) -> int | None:
        """One of the words as a number, None if it is no number (9 digits at most)."""
        word = self.arg(position)
        return int(word) if re.fullmatch(r"[0-9]{1,9}", word) else None


def encode(verb: str, *args: str | int) -> str:
    """The data of a button.

    Args:
        verb: with its side, e.g. ``c:entry`` or ``d:take``.
        args: ids and numbers; Latin letters, digits, ``_``, ``.`` and ``-`` only.

    Raises:
        ValueError: it would not fit into ``LIMIT`` bytes or could not be decoded again.
    """
    data = ":".join((verb, *map(str, args)))
    if len(data) > LIMIT or decode(data) != Action(verb=verb, args=tuple(map(str, args))):
        raise ValueError(f"no button can carry {data!r}")
    return data


def decode(data: str) -> Action | None:
    """Read a button's data; None for anything we cannot have written."""
    if len(data) > LIMIT or not (found := _ACTION.fullmatch(data)):
        return None
    return Action(verb=found[1], args=tuple(found[2].split(":")[1:]))


def token(*ids: str) -> str:
    """A short name for a longer path of ids, for buttons that would not hold the path itself."""
    value = zlib.crc32("/".join(ids).encode())
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
