"""Boundaries of parts that can be taken for one another (RFC 2046 §5.1.1).

A part whose boundary is the outer one with two dashes more begins with the very line that ends the
outer part. What its sender meant is clear from where the lines stand: until the inner part has
ended, they are its own.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import Final

LOOKED_THROUGH: Final = 256 * 1024  # bytes at the front, where nested parts are declared
MOST: Final = 20

_DECLARED: Final = re.compile(rb"boundary\s{0,9}=\s{0,9}\"?([^\"\s;]{1,80})", re.IGNORECASE)


def untangled(raw: bytes) -> bytes:
    """A mail with a boundary of their own for parts whose one cannot be told from the outer one's
    end; any other mail as it is."""
    if raw[:LOOKED_THROUGH].lower().count(b"boundary") < 2:
        return raw  # much faster than the pattern, and true of nearly every mail
    declared = list(islice(_DECLARED.finditer(raw, 0, LOOKED_THROUGH), MOST))
    outer: set[bytes] = set()
    tangled: list[tuple[int, bytes]] = []
    for found in declared:
        if found[1].endswith(b"--") and found[1][:-2] in outer:
            tangled.append((found.start(1), found[1]))
        outer.add(found[1])
    for at, boundary in reversed(tangled):
        raw = raw[:at] + _renamed(raw[at:], boundary)
    return raw


def _renamed(rest: bytes, boundary: bytes) -> bytes:
    """The same with another boundary, from its declaration to the end of its part."""
    name = b"=_" + hashlib.sha256(boundary + rest[:1_000]).hexdigest()[:32].encode()
    body = rest[len(boundary) :]
    end = re.search(rb"^--" + re.escape(boundary) + rb"--[ \t]*\r?$", body, re.MULTILINE)
    stop = end.end() if end else len(body)
    lines = re.compile(rb"^--" + re.escape(boundary) + rb"(?=(?:--)?[ \t]*\r?$)", re.MULTILINE)
    return name + lines.sub(b"--" + name, body[:stop]) + body[stop:]
