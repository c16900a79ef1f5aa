"""A label at the beginning of a line, and the words behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.choices import read
from bot.conversation.state import Choice

HELPED = Choice(label="Да", action="c:helped:x")
FAILED = Choice(label="Не помогло", action="c:nothelped:x")
PERSON = Choice(label="No, I need a person", action="c:nothelped:x")
SOLVED = Choice(label="Yes, solved", action="c:solved:1:0")
UNSOLVED = Choice(label="No, not yet", action="c:unsolved:1:0")
TOPIC = Choice(label="Интернет", action="c:topic:internet")
ALL = (HELPED, FAILED, PERSON, SOLVED, UNSOLVED, TOPIC)


@pytest.mark.parametrize(
    ("said", "choice", "words"),
    [
        ("Не помогло. Пришлите мастера", FAILED, "Пришлите мастера"),
        ("не помогло, я уже перезагружал", FAILED, "я уже перезагружал"),
        ("Не помогло пришлите мастера", FAILED, "пришлите мастера"),
        ("Не помогло!\nМигает красным", FAILED, "Мигает красным"),
        ("No, I need a person who knows routers", PERSON, "who knows routers"),
        ("Интернет. Не работает с обеда", TOPIC, "Не работает с обеда"),
        ("Да, спасибо!", HELPED, ""),
        ("Да. Всё отлично, мастер приехал", HELPED, "Всё отлично, мастер приехал"),
        ("Yes, solved, thank you", SOLVED, ""),
        ("No, not yet: it blinks", UNSOLVED, "it blinks"),
    ],
)
def test_chosen(said: str, choice: Choice, words: str) -> None:
    """The choice, and what says more than thanks."""
    found = read(said, ALL)
    assert found is not None
    assert (found.choice, found.words) == (choice, words)


@pytest.mark.parametrize(
    "said",
    [
        "Интернет не работает с обеда",
        "Да, но вечером снова пропал",
        "Да не работает ничего",
        "Да. Но снова пропало",
        "Yes, solved for an hour, then it broke again",
        "Yes, solved? No!",
        "Помогло бы, если бы работало",
        "Дача наша на улице Ленина",
    ],
)
def test_no_choice(said: str) -> None:
    """A sentence that begins like a label, or takes it back, chooses nothing."""
    assert read(said, ALL) is None


@given(st.text(max_size=80), st.sampled_from(ALL))
def test_never_raises_and_loses_no_word(words: str, choice: Choice) -> None:
    """Whatever follows a label: either the words are kept, or nothing is chosen, or they were no
    more than thanks."""
    found = read(f"{choice.label}. {words}", (choice,))
    assert found is None or found.choice == choice
