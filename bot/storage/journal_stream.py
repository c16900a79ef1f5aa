"""Rows of the journal as compressed bytes and back.

What stands in one row stands in its neighbours too: names of fields, buttons, the words of the FAQ,
the ids of a ticket that is talked about. So rows are compressed as one stream of deflate (RFC 1951)
in which each leans on those before it, as messages of a WebSocket are (RFC 7692). A stream begins
anew after some rows, so that no row needs more than those to be read, and old ones can be erased.

The first byte of a row is its place in its stream; the row at place 0 leans on nothing but a
dictionary of what is likely.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

LENGTH: Final = 100
"""Rows of a stream at most; longer ones are hardly smaller."""
LONGEST: Final = timedelta(days=1)
"""Between the first and the last decision of a stream at most: it is erased as a whole."""
_LEVEL: Final = 6
"""Of compression: a quarter smaller than 3, for 20 µs more a decision."""
_RAW: Final = -zlib.MAX_WBITS
"""Without zlib's own beginning and end."""
_DICTIONARY: Final = Path(__file__).with_name("journal_words.txt").read_bytes()
"""What was written with it is read with it: it never changes."""
_FLUSHED: Final = b"\x00\x00\xff\xff"
"""How everything ends that deflate is made to give out at once; it is not stored."""


class StreamWriter:
    """Compresses rows, each after the one before.

    Attributes:
        held: entries that wait to be written with the next row.
    """

    def __init__(self) -> None:
        self.held = list[str]()
        self._deflate: zlib._Compress | None = None
        self._place = 0
        self._begun: datetime | None = None
        self._number = 0

    def begin_anew(self) -> None:
        """The next row begins a stream."""
        self._deflate = None

    def undone(self) -> None:
        """What was written last was not kept, as far as anybody knows."""
        self.begin_anew()
        self.held.clear()

    def row(self, text: str, at: datetime | None) -> bytes:
        """What is stored for a text.

        Args:
            at: when the first decision in it was made.
        """
        if self._deflate is None or self._place + 1 >= LENGTH or self._is_old(at):
            self._deflate = zlib.compressobj(_LEVEL, wbits=_RAW, zdict=_DICTIONARY)
            self._place, self._begun = 0, at
        else:
            self._place += 1
            self._begun = self._begun or at
        deflate = self._deflate
        flushed = deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
        return bytes([self._place]) + flushed.removesuffix(_FLUSHED)

    def follows(self, number: int) -> bool:
        """Whether the row can be read where it was put: at the beginning of a stream, or right
        behind the one before. If not, somebody else wrote meanwhile."""
        readable = self._place == 0 or number == self._number + 1
        self._number = number
        return readable

    def _is_old(self, at: datetime | None) -> bool:
        return at is not None and self._begun is not None and at - self._begun > LONGEST


class StreamReader:
    """Reads rows in their order, from the beginning of a stream on."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_RAW, zdict=_DICTIONARY)
        self._next = 0

    def text(self, body: bytes) -> str:
        """The text of the next row.

        Raises:
            ValueError: it cannot be read.
        """
        if begins(body):
            self._inflate = zlib.decompressobj(_RAW, zdict=_DICTIONARY)
        elif body[:1] != bytes([self._next]):
            raise ValueError("a row of the journal is missing before it")
        self._next = body[0] + 1
        try:
            return self._inflate.decompress(body[1:] + _FLUSHED).decode()
        except zlib.error as error:
            raise ValueError(str(error)) from error


def begins(body: bytes) -> bool:
    """Whether a row is the first one of a stream; its first byte is enough to tell."""
    return body[:1] == b"\x00"
