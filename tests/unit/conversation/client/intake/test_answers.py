"""Typed and sent answers to every type of question."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.intake.answers import Given, Refusal, email, matching, phone, read
from bot.conversation.client.intake.known_answers import known_answer
from bot.conversation.state import Message
from channels.message import Contact, Content, FormattedText, Location, Media, Part
from escalation.settings import Question, Topic
from escalation.ticket import Author

TODAY = date(2026, 11, 23)


def question(kind: str, **fields: Any) -> Question:
    return Question.model_validate({"id": "q", "type": kind, "ask": "?", **fields})


def message(text: str = "", *parts: Part) -> Message:
    return Message(
        id="m1",
        conversation="c",
        ticket=None,
        kind="client",
        author=Author(kind="client"),
        content=Content(text=FormattedText(text), parts=parts),
        at=datetime.fromisoformat("2026-11-23T09:00:00+00:00"),
    )


def given_to(asked: Question, *said: Any) -> Given | Refusal:
    return read(asked, message(*said), language="ru", today=TODAY)


LIGHTS = question(
    "choice",
    options=[
        {"id": "dark", "label": {"ru": "Ничего не горит", "en": "All dark"}},
        {
            "id": "red",
            "label": {"ru": "Красная", "en": "Red"},
            "phrases": {"ru": ["мигает красным"]},
        },
    ],
)
RANGE = question("number", min=1, max=10)
CONTRACT = question("pattern", pattern=r"NB-\d{6}")


@pytest.mark.parametrize(
    ("asked", "said", "value"),
    [
        (LIGHTS, "Красная", "red"),
        (LIGHTS, "  красная. ", "red"),
        (LIGHTS, "2", "red"),
        (LIGHTS, "all dark", "dark"),
        (LIGHTS, "мигает красным", "red"),
        (LIGHTS, "red", "red"),
        (RANGE, "3", "3"),
        (RANGE, "3 штуки", "3"),
        (RANGE, "2,5", "2.5"),
        (question("number"), "1 000 000", "1000000"),
        (question("number"), "-7", "-7"),
        (CONTRACT, "NB-123456", "NB-123456"),
        (CONTRACT, "мой номер NB-123456, кажется", "NB-123456"),
        (question("email"), "почта Ann.B@Example.COM.", "Ann.B@example.com"),
        (question("phone"), "8 (912) 345-67-89", "+79123456789"),
        (question("phone"), "9123456789", "+79123456789"),
        (question("phone"), "+44 20 7946 0958", "+442079460958"),
        (question("date"), "завтра", "2026-11-24"),
        (question("text"), "  Анна ", "Анна"),
        (question("location"), "Москва, Ленина 5", "Москва, Ленина 5"),
    ],
)
def test_typed_answers(asked: Question, said: str, value: str) -> None:
    found = given_to(asked, said)
    assert isinstance(found, Given)
    assert found.answer.value == value
    assert found.answer.label


@pytest.mark.parametrize(
    ("asked", "said", "key"),
    [
        (LIGHTS, "не знаю что это", "client.wrong.choice"),
        (LIGHTS, "7", "client.wrong.choice"),
        (RANGE, "много", "client.wrong.number"),
        (RANGE, "1 или 2", "client.wrong.number"),
        (RANGE, "11", "client.wrong.number.range"),
        (question("number", min=5), "4", "client.wrong.number.low"),
        (question("number", max=5), "6", "client.wrong.number.high"),
        (CONTRACT, "12345", "client.wrong.pattern"),
        (CONTRACT, "NB-1234567", "client.wrong.pattern"),
        (question("email"), "нет почты", "client.wrong.email"),
        (question("phone"), "123", "client.wrong.phone"),
        (question("phone"), "12345678901234567890", "client.wrong.phone"),
        (question("date"), "потом", "client.wrong.date"),
        (question("text"), "   ", "client.wrong.text"),
        (question("file"), "вот", "client.wrong.file"),
        (question("location"), "дома", "client.wrong.location"),
    ],
)
def test_wrong_answers_are_explained(asked: Question, said: str, key: str) -> None:
    """case F9: a wrong answer is explained."""
    found = given_to(asked, said)
    assert isinstance(found, Refusal)
    assert found.key == key


def test_things_that_are_sent() -> None:
    photo = Media(kind="photo", channel="telegram", file="f1")
    found = given_to(question("file"), "", photo, photo)
    assert isinstance(found, Given)
    assert (found.answer.value, found.answer.messages) == ("2", ("m1",))
    sticker = Media(kind="sticker", channel="telegram", file="f2")
    assert isinstance(given_to(question("file"), "", sticker), Refusal)

    place = given_to(question("location"), "", Location(latitude=55.75, longitude=37.6))
    assert isinstance(place, Given)
    assert place.answer.value == "55.750000,37.600000"

    for own in (True, False):
        card = Contact(phone="79123456789", name="Анна", own=own)
        shared = given_to(question("phone"), "", card)
        assert isinstance(shared, Given)
        assert (shared.answer.value, shared.own) == ("+79123456789", own)


def test_every_refusal_has_its_words() -> None:
    from config.texts import built_in  # noqa: PLC0415 - only this test needs the catalogue

    kinds = ["choice", "text", "number", "phone", "email", "date", "pattern", "file", "location"]
    keys = set(built_in().keys())
    assert {f"client.wrong.{kind}" for kind in kinds} <= keys
    assert {f"client.wrong.number.{side}" for side in ("range", "low", "high")} <= keys


@given(st.text(max_size=200), st.sampled_from(
    [LIGHTS, RANGE, CONTRACT, question("email"), question("phone"), question("date"),
     question("text"), question("file"), question("location")]
))  # fmt: skip
def test_any_answer_is_taken_or_refused(text: str, asked: Question) -> None:
    found = given_to(asked, text)
    assert isinstance(found, Given | Refusal)
    if isinstance(found, Given):
        assert found.answer.value


@given(st.integers(10**9, 10**10 - 1))
def test_a_russian_number_reads_the_same_however_written(number: int) -> None:
    digits = f"9{number % 10**9:09d}"
    expected = f"+7{digits}"
    spaced = f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}"
    assert phone(digits) == phone(f"+7{digits}") == phone(f"8{digits}") == phone(spaced) == expected


def test_two_addresses_are_no_answer() -> None:
    assert email("a@b.ru или c@d.ru") is None
    assert phone("89123456789 или 89123456780") is None
    assert matching(r"\d{4}", "1234 или 4321") is None


# ------------------------------------------------------------------ what need not be asked

TOPIC = Topic.model_validate(
    {
        "id": "t",
        "title": "T",
        "questions": [
            {"id": "contract", "type": "pattern", "ask": "?", "pattern": r"\d{11}",
             "remember": True},
            {"id": "phone", "type": "phone", "ask": "?"},
            {"id": "mail", "type": "email", "ask": "?"},
            {"id": "n", "type": "number", "ask": "?"},
            {"id": "day", "type": "date", "ask": "?"},
            {"id": "photo", "type": "file", "ask": "?"},
            {"id": "place", "type": "location", "ask": "?"},
            {"id": "lights", "type": "choice", "ask": "?", "options": [
                {"id": "red", "label": "Красная", "phrases": {"ru": ["красная лампочка"]}},
                {"id": "on", "label": "Горит"},
                {"id": "no", "label": "Нет"},
            ]},
        ],
    }
)  # fmt: skip


def known(name: str, *said: Any, facts: dict[str, str] | None = None) -> str | None:
    asked = next(q for q in TOPIC.questions if q.id == name)
    found = known_answer(asked, TOPIC, facts=facts or {}, said=[message(*said)], language="ru")
    return found.value if found else None


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("contract", "договор 89991234567 не работает", "89991234567"),
        ("phone", "договор 89991234567, звоните +7 912 345-67-89", "+79123456789"),
        ("phone", "договор 89991234567", None),
        ("phone", "код 9123456789", None),
        ("mail", "пишите на a@b.ru", "a@b.ru"),
        ("n", "у меня 3 телефона", None),
        ("day", "со вчера не работает, с 12.03", None),
        ("photo", "вот фото", None),
        ("lights", "на роутере красная лампочка", "red"),
        ("lights", "не горит", None),
        ("lights", "горит красная", None),
        ("lights", "нет связи", None),
        ("lights", "горит", "on"),
    ],
)
def test_what_was_said_need_not_be_asked(name: str, said: str, value: str | None) -> None:
    assert known(name, said) == value


def test_files_places_and_cards_count_as_said() -> None:
    assert known("photo", "", Media(kind="photo", channel="telegram", file="f")) == "1"
    assert known("place", "", Location(latitude=1, longitude=2)) == "1.000000,2.000000"
    own = Contact(phone="79123456789", name="A", own=True)
    other = Contact(phone="79123456789", name="B")
    assert known("phone", "", own) == "+79123456789"
    assert known("phone", "", other) is None


def test_the_card_answers_what_is_remembered() -> None:
    assert known("contract", "привет", facts={"contract": "12345678901"}) == "12345678901"
    assert known("mail", "привет", facts={"mail": "x@y.z"}) is None


def test_the_card_is_not_believed_when_the_question_was_changed_since() -> None:
    """case F9: an option that is gone, or a number of the old form, is asked for again."""
    lights = LIGHTS.model_copy(update={"remember": True})
    contract = CONTRACT.model_copy(update={"remember": True})
    for asked, good, stale in ((lights, "red", "green"), (contract, "NB-123456", "123")):
        topic = Topic.model_validate({"id": "t", "title": "T"})
        for value, believed in ((good, True), (stale, False)):
            found = known_answer(asked, topic, facts={"q": value}, said=(), language="ru")
            assert (found is not None) is believed


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("9" * 400, "9" * 400),
        ("12345678901234567890", "12345678901234567890"),
        ("1 234,50", "1234.5"),
        ("-0,0", "0"),
        ("100", "100"),
        ("0.1", "0.1"),
    ],
)
def test_a_number_is_read_to_its_last_digit(said: str, value: str) -> None:
    """case F9: four hundred digits raised an error inside, and the client got no reply at all."""
    found = given_to(question("number"), said)
    assert isinstance(found, Given)
    assert found.answer.value == value
