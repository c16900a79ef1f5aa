"""Logs without the secrets of channels."""

from __future__ import annotations

import io
import logging
import re
from dataclasses import replace

import pytest

from bot.logs import HideSecrets
from channels import registry
from channels.kind import SecretShape
from channels.telegram.kind import TELEGRAM

TOKEN = "123456789:AAExampleExampleExampleExampleExample"
KEY = SecretShape(name="a pigeon's key", variable="PIGEON_KEY", pattern=re.compile(r"coo-\w{12}"))


def break_down() -> None:
    raise RuntimeError(f"no answer from bot{TOKEN}")


def test_logs_hide_secrets() -> None:
    """case E9: in messages, arguments and tracebacks."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(HideSecrets(registry.secrets()))
    logger = logging.getLogger("test.redact")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        logger.warning("asked bot%s for %s", TOKEN, "x")
        try:
            break_down()
        except RuntimeError:
            logger.exception("failed")
        logger.warning("nothing secret in %d", 5)
    finally:
        logger.removeHandler(handler)
    shown = stream.getvalue()
    assert "AAExample" not in shown
    assert "asked bot<secret> for x" in shown
    assert "RuntimeError: no answer from bot<secret>" in shown
    assert "nothing secret in 5" in shown


def test_a_channel_brings_what_its_secrets_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """case E9: a line of the registry is all that logs have to know of it."""
    kind = replace(TELEGRAM, section="pigeons", secrets=(KEY,))
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, kind))
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", ("with coo-abcdefghijkl",), None)
    assert HideSecrets(registry.secrets()).filter(record)
    assert record.getMessage() == "with <secret>"
