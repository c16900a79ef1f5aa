"""Logging of the service: one line an event on standard error, secrets taken out."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from channels.telegram.redact import HideTokens

LogFormat = Literal["text", "json"]


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
    handler.addFilter(HideTokens())
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
