"""Contents that no channel can show again are named in people's words."""

from __future__ import annotations

import pytest

from bot.conversation.say.contents import described
from channels.message import Media, Other
from channels.telegram.content import _DESCRIBED
from config.texts import built_in


@pytest.mark.parametrize("kind", [*_DESCRIBED, "unreadable", "invented_tomorrow"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_raw_kind_reaches_people(kind: str, language: str) -> None:
    """case B18."""
    said = described(built_in(), Other(kind=kind, detail="🎲 3"), language).text
    assert said.endswith("] 🎲 3")
    assert "_" not in said
    if language == "ru":
        assert kind not in said


def test_a_file_is_named_and_a_thing_without_details_stands_alone() -> None:
    """case B18."""
    file = Media(kind="document", name="счёт.pdf")
    assert described(built_in(), file, "ru").text == "[файл] счёт.pdf"
    assert described(built_in(), Other(kind="story"), "en").text == "[story]"
