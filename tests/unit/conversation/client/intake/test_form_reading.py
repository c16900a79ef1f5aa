"""Replies to a letter of questions: whatever people write, and whatever anybody else does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.client.intake.form_reading import Reading, read_form
from bot.conversation.state import Message
from channels.message import Content, FormattedText, Media
from escalation.settings import Topic
from escalation.ticket import Author

TOPIC = Topic.model_validate(
    {
        "id": "move",
        "title": {"ru": "Переезд", "en": "Move"},
        "questions": [
            {
                "id": "contract",
                "type": "pattern",
                "pattern": "[0-9]{6}",
                "ask": {"ru": "Номер договора?", "en": "Contract number?"},
                "label": {"ru": "Договор", "en": "Contract"},
            },
            {
                "id": "how",
                "type": "choice",
                "ask": {"ru": "Дом или квартира?", "en": "House or flat?"},
                "label": {"ru": "Жильё", "en": "Home"},
                "options": [
                    {"id": "house", "label": {"ru": "Дом", "en": "House"}},
                    {"id": "flat", "label": {"ru": "Квартира", "en": "Flat"}},
                ],
            },
            {"id": "phone", "type": "phone", "ask": {"ru": "Телефон?", "en": "Phone?"}},
            {
                "id": "rooms",
                "type": "number",
                "required": False,
                "ask": {"ru": "Сколько комнат?", "en": "How many rooms?"},
            },
            {"id": "day", "type": "date", "ask": {"ru": "Какой день?", "en": "Which day?"}},
            {"id": "plan", "type": "file", "required": False, "ask": "План?"},
            {"id": "why", "type": "text", "required": False, "ask": "Пожелания?"},
        ],
    }
)
TODAY = date(2026, 11, 23)
OURS = ("• Дом", "• Квартира", "Например: 123456", "Можно пропустить.")
UNMARKED = """1. Номер договора?
Например: 123456
654321
2. Дом или квартира?
• Дом
• Квартира
Квартира
Можно пропустить."""
BY_NAME = {question.id: question for question in TOPIC.questions}


def reply(text: str, *parts: Media) -> Message:
    return Message(
        id="m1",
        conversation="k1",
        ticket=None,
        kind="client",
        author=Author(kind="client"),
        content=Content(text=FormattedText(text), parts=parts),
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def reading(text: str, *names: str, files: int = 0) -> Reading:
    """The reply to a letter that asked these questions (all of them, if none is named)."""
    asked = [BY_NAME[name] for name in names] or list(TOPIC.questions)
    parts = [Media(kind="document", path=f"/tmp/{n}", name=f"{n}.pdf") for n in range(files)]  # noqa: S108 - a name, nothing is written
    return read_form(asked, TOPIC, reply(text, *parts), language="ru", today=TODAY, ours=OURS)


def values(read: Reading) -> dict[str, str]:
    return {name: given.answer.value for name, given in read.given.items()}


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("1. 123456\n2. 2\n", "contract how", {"contract": "123456", "how": "flat"}),
        ("№1 - 123456\n№2 - дом", "contract how", {"contract": "123456", "how": "house"}),
        ("(1) 123456", "contract how", {"contract": "123456"}),
        ("Номер договора? 123456\nТелефон? 8 912 345-67-89", "contract phone",
         {"contract": "123456", "phone": "+79123456789"}),
        ("Contract: 123456\nHome: flat", "contract how", {"contract": "123456", "how": "flat"}),
        ("> 1. Номер договора?\n> Например: 123456\n654321\n> 2. Дом или квартира?\nДом",
         "contract how", {"contract": "654321", "how": "house"}),
        # Outlook repeats our letter without any mark.
        (UNMARKED, "contract how", {"contract": "654321", "how": "flat"}),
        ("Добрый день! Договор 123456, телефон +7 912 345 67 89, квартира.",
         "contract phone how", {"contract": "123456", "phone": "+79123456789", "how": "flat"}),
        ("123456\n+79123456789\nкв", "contract phone how",
         {"contract": "123456", "phone": "+79123456789"}),
        ("квартира, 3 комнаты, 12 декабря", "how rooms day",
         {"how": "flat", "rooms": "3", "day": "2026-12-12"}),
        ("12.03.2027", "day", {"day": "2027-03-12"}),
        ("2", "how", {"how": "flat"}),
        ("просто побыстрее, пожалуйста", "why", {"why": "просто побыстрее, пожалуйста"}),
        ("Договор 123456. Позвоните заранее!", "contract why",
         {"contract": "123456", "why": "Позвоните заранее!"}),
        ("это не дом", "how contract", {}),
        ("3 и 4", "rooms contract", {}),
    ],
)  # fmt: skip
def test_ways_to_answer(text: str, names: str, expected: dict[str, str]) -> None:
    """case F10: inline, numbered, labelled, in lines and in sentences."""
    assert values(reading(text, *names.split())) == expected


def test_why_it_is_no_answer() -> None:
    """What is certainly meant for a question and is no answer comes with the reason."""
    read = reading("1. двенадцать\n2. вилла", "contract", "how")
    assert {name: refusal.key for name, refusal in read.refused.items()} == {
        "contract": "client.wrong.pattern",
        "how": "client.wrong.choice",
    }


def test_left_out_on_purpose() -> None:
    """Only what may be left out can be."""
    read = reading("1. -\n2. нет", "rooms", "contract")
    assert read.left_out == {"rooms"}
    assert set(read.refused) == {"contract"}


def test_one_answer_goes_to_one_question() -> None:
    """A file is one answer, however many there are; a value is used once."""
    read = reading("Договор 123456", "contract", "why", files=2)
    assert "why" not in read.given or "123456" not in read.given["why"].answer.value
    assert values(reading("", files=2)) == {"plan": "2"}


_words = st.sampled_from(
    ["123456", "Дом", "квартира", "+7 912 345-67-89", "3", "12 декабря", "Договор:", "Телефон?",
     ">", "> 1. Номер договора?", "•", "1.", "2)", "№3", "4 -", "-", "нет", "\n", "\n\n", ", ",
     ". ", "Здравствуйте!", "С уважением", "Например: 123456"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(_words, st.text(max_size=12)), max_size=30).map(" ".join),
    st.sets(st.sampled_from(sorted(BY_NAME)), min_size=1),
    st.integers(0, 2),
)
def test_never_raises_and_never_answers_twice(text: str, names: set[str], files: int) -> None:
    """case F10: a question is answered, refused, left out or open, and only one that was asked;
    nobody's value is given to two questions."""
    read = reading(text, *sorted(names), files=files)
    given, refused, left = set(read.given), set(read.refused), read.left_out
    assert given | refused | left <= names
    assert len(given) + len(refused) + len(left) == len(given | refused | left)
    assert {q for q in left if BY_NAME[q].required} == set()
    for given_answer in read.given.values():
        assert given_answer.answer.messages == ("m1",)
    if "contract" in given and text.count("123456") == 1 and "phone" in given:
        assert read.given["phone"].answer.value != "123456"
