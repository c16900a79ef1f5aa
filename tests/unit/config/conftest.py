"""A workspace to break: the example, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "config" / "example"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example workspace, small enough to be read in no time."""
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    folder = tmp_path / "desk"
    shutil.copytree(EXAMPLE, folder)
    for file in (folder / "faq").glob("*.yaml"):
        file.unlink()
    (folder / "faq" / "10-internet.yaml").write_text(
        "section: {id: internet, title: {ru: Интернет, en: Internet}}\n"
        "entries:\n"
        "  - id: pay\n"
        "    title: {ru: Как оплатить, en: How to pay}\n"
        "    questions: {ru: [как заплатить за интернет], en: [how do I pay]}\n"
        "    answer: {ru: Картой., en: By card.}\n"
        "    topic: billing\n"
        "    tests: {ru: [как заплатить за интернет], en: [is there life on mars]}\n",
        encoding="utf-8",
    )
    return folder
