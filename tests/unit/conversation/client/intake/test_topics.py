"""Recognising a topic in free words."""

from __future__ import annotations

import pytest

from bot.conversation.state import ChoosingTopic, Intake
from tests.unit.conversation.client.talk import Talk


@pytest.mark.parametrize(
    "words",
    [
        "у меня не работает интернет",
        "Здравствуйте, уже второй час не работает интернет!",
        "интернет совсем не работает",
        "соседка говорит что у неё тоже пропал интернет вчера вечером",
    ],
)
def test_a_phrase_among_other_words_names_its_topic(talk: Talk, words: str) -> None:
    talk.say(words)
    waiting = talk.conversation.waiting
    assert isinstance(waiting, Intake)
    assert waiting.topic == "internet"


def test_phrases_of_two_topics_are_asked_about(talk: Talk) -> None:
    talk.say("вчера вечером пропал интернет и заодно списали деньги дважды")
    assert isinstance(talk.conversation.waiting, ChoosingTopic)
