"""Which time zone data are used: the system's or the package's, whichever are newer.

Python looks into the system's folders first and takes the package `tzdata` only for names that are
missing there, however old the system is. Countries change their clocks at some weeks' notice, so an
image of last year computes the hours of desks wrongly.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tzdata

_VERSION: Final = re.compile(r"(?:# version )?(20\d\d[a-z]{1,2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """The time zone data of this process."""

    version: str
    """Such as ``2026b``; empty if the system does not tell."""
    of_the_system: bool
    newest: str
    """The newest version there is on this machine."""


def choose() -> None:
    """Take the newer data, for every zone that is read from now on: call it before the first one.

    A system that does not tell its version is taken for older. `PYTHONTZPATH`, where it is set, is
    somebody's decision and stands.
    """
    if "PYTHONTZPATH" not in os.environ and version_in(zoneinfo.TZPATH) < tzdata.IANA_VERSION:
        zoneinfo.reset_tzpath(to=())


def in_use() -> Zones:
    """Which data zones are read from."""
    system = version_in(zoneinfo.TZPATH)
    return Zones(
        version=system if zoneinfo.TZPATH else tzdata.IANA_VERSION,
        of_the_system=bool(zoneinfo.TZPATH),
        newest=max(system, tzdata.IANA_VERSION),
    )


def version_in(folders: Iterable[str]) -> str:
    """The version of the data in the first folder that tells it; empty if none does."""
    for folder in map(Path, folders):
        for name in ("tzdata.zi", "+VERSION"):
            if found := _version(folder / name):
                return found
    return ""


def _version(file: Path) -> str:
    try:
        with file.open(encoding="ascii", errors="replace") as text:
            found = _VERSION.match(text.readline(80).strip())
    except OSError:
        return ""
    return found[1] if found else ""
