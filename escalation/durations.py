"""Lengths of time as administrators write them: ``"15m"``, ``"1d 12h"``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_UNIT = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def _duration(value: object) -> object:
    """``"90s"``, ``"15m"``, ``"2h"``, ``"3d"``, ``"1w"`` or a sum such as ``"1d 12h"``."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not text or _DURATION.sub("", text).strip():
        raise ValueError('a duration such as "90s", "15m", "2h" or "3d" is expected')
    return sum(
        (timedelta(**{_UNIT[unit]: int(n)}) for n, unit in _DURATION.findall(text)), timedelta()
    )


def duration_words(value: timedelta) -> str:
    """A duration as an administrator writes it: ``1d 12h``. Parts of a second are dropped."""
    rest = int(value.total_seconds())
    written: list[str] = []
    for unit, name in _UNIT.items():
        count, rest = divmod(rest, int(timedelta(**{name: 1}).total_seconds()))
        if count and (unit != "w" or not rest):  # 10 days are "10d", not "1w 3d"
            written.append(f"{count}{unit}")
        elif count:
            rest += count * 7 * 86_400
    return " ".join(written) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(duration_words, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,6}\s*[smhdw]\s*)+$"}),
]
