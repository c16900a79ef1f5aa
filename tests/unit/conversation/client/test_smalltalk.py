"""Words that ask nothing."""

from __future__ import annotations

import pytest

from bot.conversation.client.smalltalk import kind
from channels.message import Content, FormattedText, Media


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Спасибо!", "thanks"),
        ("спасибо большое за помощь", "thanks"),
        ("Thank you so much", "thanks"),
        ("ок, спасибо", "thanks"),
        ("добрый день", "greeting"),
        ("Hello", "greeting"),
        ("ok", "nothing"),
        ("Понял", "nothing"),
        ("всё работает", "nothing"),
        ("👍👍", "nothing"),
        ("🙏", "nothing"),
        ("", "nothing"),
        ("...", "nothing"),
        ("не работает", None),
        ("спасибо, но не работает", None),
        ("спасибо, а как оплатить?", None),
        ("привет, пропал интернет", None),
        ("работает?", None),
        ("???", None),
        ("https://example.com/lost", None),
        ("123456", None),
        ("help", None),
    ],
)
def test_small_talk(words: str, expected: str | None) -> None:
    """case F6: thanks, ok, greetings and emoji are no questions."""
    assert kind(Content(text=FormattedText(words))) == expected


def test_stickers_say_nothing_but_pictures_do() -> None:
    """case F6: a sticker is no question; a photo is."""
    sticker = Media(kind="sticker", channel="telegram", file="f")
    photo = Media(kind="photo", channel="telegram", file="f")
    assert kind(Content(parts=(sticker,))) == "nothing"
    assert kind(Content(parts=(photo,))) is None
    assert kind(Content(text=FormattedText("спасибо"), parts=(photo,))) is None
