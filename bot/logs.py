"""Logging of the service: one line an event on standard error, secrets taken out."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from channels import registry
from channels.kind import SecretShape

LogFormat = Literal["text", "json"]


class HideSecrets(logging.Filter):
    """Put on a log handler, it takes secrets out of messages, arguments and tracebacks.

    On a handler rather than a logger, as loggers do not filter what their children say.
    """

    def __init__(self, shapes: Sequence[SecretShape]) -> None:
        super().__init__()
        self._shapes = shapes
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (clean := self._without(message)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text and (clean := self._without(record.exc_text)) != record.exc_text:
            record.exc_text = clean
            # A formatter that renders exceptions itself would show the original.
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self._without(record.stack_info)
        return True

    def _without(self, text: str) -> str:
        for shape in self._shapes:
            text = shape.hidden_in(text)
        return text


class JsonLines(logging.Formatter):
    """One JSON object a line, for a collector of logs."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        trace = record.exc_text
        if trace is None and record.exc_info:
            trace = self.formatException(record.exc_info)
        if trace:
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(*, verbose: bool = False, quiet: bool = False, form: LogFormat = "text") -> None:
    """Send all logs to standard error. Called once, by the program and never by a library.

    ``quiet``: warnings and errors only.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(HideSecrets(registry.secrets()))
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO)
    for noisy in (
        "aioimaplib",
        "aiosmtplib",
        "alembic",
        "aiohttp.access",
        "watchfiles",
        "sqlalchemy",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
