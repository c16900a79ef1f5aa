"""The walk of a message through the code, as docs/architecture.md tells it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from config.settings import Workspace
from config.workspace import load
from tests.unit.conversation.client.conftest import write_workspace
from tests.unit.conversation.client.talk import Talk

ROOT = Path(__file__).parents[3]
CORE = f"{ROOT / 'bot' / 'conversation'}/"
MOST = 14
"""Files a reader can keep in mind."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return load(write_workspace(tmp_path_factory.mktemp("workspace")))


def visited(work: Callable[[], object]) -> list[str]:
    """The files of the conversation in which functions are called, by their first call."""
    files: dict[str, None] = {}

    def look(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(CORE) and code.co_name != "<module>":
            files.setdefault(code.co_filename.removeprefix(CORE))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(before)
    return list(files)


def told(name: str) -> list[str]:
    """The files of a walk, as the document lists them."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- walk: {name} -->(.*?)<!-- end -->", text, re.DOTALL)
    assert found is not None
    return re.findall(r"\d+\. `([a-z0-9_/]+\.py)`", found[1])


def test_words_in_an_open_ticket(workspace: Workspace) -> None:
    talk = Talk(workspace)
    talk.say("Не могу отправить письмо")
    talk.press("Не знаю")
    talk.take(1)
    talk.hold = True
    files = visited(lambda: talk.say("до сих пор не работает"))
    assert len(files) <= MOST
    assert sorted(files) == sorted(told("words in an open ticket"))


def test_a_first_question(workspace: Workspace) -> None:
    talk = Talk(workspace)
    talk.hold = True
    files = visited(lambda: talk.say("во сколько открывается офис"))
    assert "answered" in {contact.outcome for contact in talk.last.contacts}
    assert len(files) <= MOST
    assert sorted(files) == sorted(told("a first question"))
