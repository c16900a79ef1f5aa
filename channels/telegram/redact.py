"""Bot tokens never reach a log, an error or a report (file addresses contain them too)."""

from __future__ import annotations

import logging
import re
from typing import Final

_TOKEN: Final = re.compile(r"(?<!\d)\d{5,20}(?::|%3[Aa])[A-Za-z0-9_-]{10,}")
HIDDEN: Final = "<token>"


def redact(text: str) -> str:
    """The text with every bot token in it replaced."""
    return _TOKEN.sub(HIDDEN, text)


class HideTokens(logging.Filter):
    """Put on a log handler, it takes tokens out of messages, arguments and tracebacks.

    On a handler rather than a logger, as loggers do not filter what their children say.
    """

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (clean := redact(message)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text and (clean := redact(record.exc_text)) != record.exc_text:
            record.exc_text = clean
            # A formatter that renders exceptions itself would show the original.
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
