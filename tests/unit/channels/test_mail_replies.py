"""Replies as mail programs write them, Russian and English, plain and HTML (case C9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email.parse import parse

DATA = Path(__file__).parents[2] / "data" / "mail"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
REPLIES = sorted(DATA.glob("*.eml"))


def test_there_are_forty_of_them() -> None:
    assert len(REPLIES) >= 40


@pytest.mark.parametrize("file", REPLIES, ids=lambda file: file.stem)
def test_only_the_new_words_are_left(file: Path) -> None:
    """case C9: the new words exactly; every quoted line is kept aside."""
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    mail = parse(file.read_bytes(), received=NOW)
    assert mail.text == expected["text"]
    assert all(line in mail.quoted for line in expected["quoted"])
    assert mail.language == expected["language"]
    assert mail.auto is None
    assert mail.warnings == ()
