"""What the readers of plain text and of HTML hand to the quote cutter: lines with marks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Mark(Enum):
    """What the structure of a mail says about a line."""

    OWN = auto()
    """Nothing; the words decide."""
    QUOTED = auto()
    """Within a quotation that only a mail program writes, e.g. ``<blockquote type="cite">``."""
    MAYBE = auto()
    """Within a bare ``<blockquote>``: a quotation if an attribution stands before it."""
    HEADER = auto()
    """An attribution by structure, e.g. ``<div class="moz-cite-prefix">``."""
    REST = auto()
    """From here on everything is the earlier message, e.g. after ``<div id="divRplyFwdMsg">``."""
    FORWARD = auto()
    """Within a forwarded message."""
    SIGNATURE = auto()
    """Within a signature that the mail program put in."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text without its line end."""

    text: str
    mark: Mark = Mark.OWN
