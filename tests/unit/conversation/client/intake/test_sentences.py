"""Answers in free sentences: read where they surely are, and never invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.intake.form_reading import Reading, read_form
from bot.conversation.state import Message
from channels.message import Content, FormattedText
from escalation.settings import Topic
from escalation.ticket import Author

TOPIC = Topic.model_validate(
    {
        "id": "no-internet",
        "title": {"ru": "Нет интернета", "en": "No internet"},
        "questions": [
            {
                "id": "contract",
                "type": "pattern",
                "pattern": "[0-9]{5,8}",
                "required": False,
                "ask": {"ru": "Номер договора?", "en": "Contract number?"},
                "label": {"ru": "Договор", "en": "Contract"},
            },
            {
                "id": "address",
                "type": "text",
                "ask": {"ru": "По какому адресу?", "en": "What is the address?"},
                "label": {"ru": "Адрес", "en": "Address"},
            },
            {
                "id": "lights",
                "type": "choice",
                "ask": {"ru": "Что с лампочками?", "en": "What do the lights show?"},
                "label": {"ru": "Лампочки", "en": "Lights"},
                "options": [
                    {
                        "id": "dark",
                        "label": {"ru": "Не горят", "en": "All dark"},
                        "phrases": {"ru": ["темно"], "en": ["no lights", "dark"]},
                    },
                    {
                        "id": "red",
                        "label": {"ru": "Горит красная", "en": "A red one is on"},
                        "phrases": {"ru": ["красный"], "en": ["red"]},
                    },
                ],
            },
            {
                "id": "house",
                "type": "choice",
                "ask": {"ru": "Работает ли у соседей?", "en": "Do your neighbours have it?"},
                "label": {"ru": "У соседей", "en": "Neighbours"},
                "options": [
                    {"id": "works", "label": {"ru": "Работает", "en": "It works"}},
                    {
                        "id": "down",
                        "label": {"ru": "Тоже нет", "en": "Down as well"},
                        "phrases": {"ru": ["тоже не работает"], "en": ["also nothing"]},
                    },
                ],
            },
            {
                "id": "phone",
                "type": "phone",
                "required": False,
                "ask": {"ru": "Телефон?", "en": "Phone?"},
                "label": {"ru": "Телефон", "en": "Phone"},
            },
        ],
    }
)
TODAY = date(2026, 11, 23)
REPORTED = """the address is Portovaya 14, flat 7, contract I don't know.
The lights: red one blinking. Neighbours also have nothing. Phone +7 911 222 33 44"""


def reading(text: str, language: str = "ru") -> Reading:
    """A reply to the letter with all of the topic's questions."""
    message = Message(
        id="m",
        conversation="c",
        ticket=None,
        kind="client",
        author=Author(kind="client", id="x", name="x"),
        content=Content(text=FormattedText(text)),
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    return read_form(TOPIC.questions, TOPIC, message, language=language, today=TODAY)


@pytest.mark.parametrize(
    ("text", "expected", "rest"),
    [
        (
            REPORTED,
            {
                "address": "Portovaya 14, flat 7",
                "lights": "red",
                "house": "down",
                "phone": "+79112223344",
            },
            "red one blinking",
        ),
        (
            "Договор 12345, адрес Ленина 5, не работает со вчера",
            {"contract": "12345", "address": "Ленина 5"},
            "не работает со вчера",
        ),
        (
            "Договор 12345678, адрес: ул. Ленина 5, кв. 12. Лампочки не горят. У соседей тоже нет.",
            {
                "contract": "12345678",
                "address": "ул. Ленина 5, кв. 12",
                "lights": "dark",
                "house": "down",
            },
            "",
        ),
        (
            "Номер договора не помню, а адрес — Лесная 5.",
            {"address": "Лесная 5"},
            "",
        ),
        (
            "Здравствуйте! Наш адрес Мира 7 корпус 2. Телефон 8 912 345-67-89, звоните вечером",
            {"address": "Мира 7 корпус 2", "phone": "+79123456789"},
            "звоните вечером",
        ),
        (
            "My address is 5 Lenina street, my phone is +44 20 7946 0958. Neighbours: it works",
            {"address": "5 Lenina street", "phone": "+442079460958", "house": "works"},
            "",
        ),
        (
            "Contract 1234567 is my wife's. Lights are dark.",
            {"contract": "1234567", "lights": "dark"},
            "is my wife's",
        ),
        (
            "адрес Ленина, 5, подъезд 2; у соседей тоже не работает",
            {"address": "Ленина, 5, подъезд 2", "house": "down"},
            "",
        ),
        ("Адрес тот же, договор мы заключали в мае", {}, "договор мы заключали в мае"),
        ("Адрес не скажу, лампочки не смотрел", {}, "Адрес не скажу"),
    ],
)
def test_read_back(text: str, expected: dict[str, str], rest: str) -> None:
    """case F10: the natural ways to answer in sentences; the words beside answers are kept."""
    found = reading(text)
    assert {name: each.answer.value for name, each in found.given.items()} == expected
    assert not found.refused
    assert rest in found.rest


@pytest.mark.parametrize("text", ["contract I don't know", "Договор не помню", "Договор: не знаю"])
def test_who_does_not_know_is_not_asked_again(text: str) -> None:
    found = reading(text)
    assert "contract" in found.left_out
    assert not found.given


_SAID = """
    адрес Ленина 5 договор 12345 не знаю лампочки красная соседей телефон нет работает мы в мае
    the address is flat 7 contract lights red , . : ; тот же
"""
_WORDS = st.sampled_from(_SAID.split())


@given(st.lists(_WORDS, max_size=25).map(" ".join))
def test_no_answer_is_invented(text: str) -> None:
    """Every word of an answer in words stands in the reply; nothing is both answered and open, and
    an answer that was not understood stays asked."""
    found = reading(text)
    address = found.given.get("address")
    if address is not None:
        assert set(address.answer.value.replace(",", " ").split()) <= set(
            text.replace(",", " ").split()
        )
    contract = found.given.get("contract")
    assert contract is None or contract.answer.value in text
    for question in TOPIC.questions:
        name = question.id
        states = (name in found.given, name in found.refused, name in found.left_out)
        assert sum(states) <= 1


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    reading(text)
