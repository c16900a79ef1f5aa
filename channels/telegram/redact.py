"""What a bot's token looks like. None reaches a log, an error or a report (file addresses contain
them too)."""

from __future__ import annotations

import re
from typing import Final

from channels.kind import SecretShape

TOKEN: Final = SecretShape(
    name="a bot's token",
    variable="TELEGRAM_TOKEN",
    # 35 characters behind the colon; what has lost half of them opens nothing.
    pattern=re.compile(r"(?<!\d)\d{5,20}(?::|%3[Aa])[A-Za-z0-9_-]{20,}"),
)


def redact(text: str) -> str:
    """The text with every bot token in it replaced."""
    return TOKEN.hidden_in(text)
