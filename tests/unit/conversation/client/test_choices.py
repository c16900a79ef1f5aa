"""Which choice of a letter an answer makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.choices import read
from bot.conversation.envelopes import bare, same_subject
from bot.conversation.say.letters import plain_label
from bot.conversation.state import Choice

YES_NO = (
    Choice(label="Да", action="c:helped:hours"),
    Choice(label="Нет, нужен специалист", action="c:nothelped:hours"),
)


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("1", 1, ""),
        ("2.", 2, ""),
        ("№1", 1, ""),
        ("№ 2)", 2, ""),
        ("«1»", 1, ""),
        ("1, спасибо", 1, ""),
        ("1 спасибо!", 1, ""),
        ("  2  \n\nС утра ничего не грузится", 2, "С утра ничего не грузится"),
        ("2, и перезвоните вечером", 2, "и перезвоните вечером"),
        ("да", 1, ""),
        ("Нет, нужен специалист", 2, ""),
        ("2 — Нет, нужен специалист", 2, ""),
        ("Да\nБольшое спасибо", 1, ""),
    ],
)
def test_chosen(text: str, number: int, words: str) -> None:
    found = read(text, YES_NO)
    assert found is not None
    assert (YES_NO.index(found.choice) + 1, found.words) == (number, words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "0",
        "2 часа без интернета",
        "12",
        "1. Не грузится сайт\n2. Не работает телефон",
        "Добрый день! 1",
        "1.5 мегабита вместо ста",
        "да, но есть вопрос",
    ],
)
def test_not_chosen(text: str) -> None:
    """A number that no letter offered, a sentence, a list: words like any other."""
    assert read(text, YES_NO) is None


def test_nothing_was_offered() -> None:
    assert read("1", ()) is None


@given(st.text(max_size=200), st.integers(0, 3))
def test_reading_never_raises(text: str, offered: int) -> None:
    choices = tuple(Choice(label=f"выбор {n}", action=f"c:entry:{n}") for n in range(offered))
    found = read(text, choices)
    assert found is None or found.choice in choices


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: Счёт", "Счёт"),
        ("RE: Fwd: Счёт", "Счёт"),
        ("Ответ: HA: Счёт", "Счёт"),
        ("НА: Пересл: Счёт", "Счёт"),
        ("Re[2]: Re(3): Счёт", "Счёт"),
        ("Fw:Счёт", "Счёт"),
        ("Реклама: скидки", "Реклама: скидки"),
        ("На даче нет света", "На даче нет света"),
        ("", ""),
    ],
)
def test_bare_subjects(subject: str, plain: str) -> None:
    """case C16: what mail programs write in front of a subject is no part of it."""
    assert bare(subject) == plain


def test_the_same_subject() -> None:
    assert same_subject("Re: Счёт [№17]", "счёт")
    assert not same_subject("Счёт", "Счёт за май")


@given(st.text(max_size=2_000))
def test_subjects_never_raise(subject: str) -> None:
    assert same_subject(subject, subject)
    assert bare(bare(subject)) == bare(subject)


def test_labels_without_pictures() -> None:
    assert plain_label("👍 Да") == "Да"
    assert plain_label("№17 · Интернет") == "№17 · Интернет"
    assert plain_label("← Назад") == "Назад"
    assert plain_label("❤") == "❤"
