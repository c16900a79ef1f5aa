"""Names of attached files that are safe to show and to write (case C11)."""

from __future__ import annotations

import mimetypes
import re
from typing import Final

LONGEST: Final = 120  # characters; with four bytes each still below the 255 bytes of file systems
_BYTES: Final = 200
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe(name: str, content_type: str, number: int) -> str:
    """A name without path, control and direction characters, of bounded length.

    Args:
        name: as the sender wrote it, decoded; may be empty.
        content_type: names the ending when there is no name.
        number: makes the name of a nameless file, from 1.
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = " ".join(name.split())
    # Not printable: controls, the right-to-left override of «gpj.exe», lone surrogates.
    name = "".join(sign for sign in name if sign.isprintable())
    name = _FORBIDDEN.sub("_", name).strip(". ")
    if not name or not name.strip("_"):
        ending = (
            ".eml" if content_type == "message/rfc822" else mimetypes.guess_extension(content_type)
        )
        return f"file-{number}{ending or '.bin'}"
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    stem = stem[: LONGEST - len(ending) - 1]
    while len(f"{stem}{dot}{ending}".encode()) > _BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip('. ')}{dot}{ending}"
