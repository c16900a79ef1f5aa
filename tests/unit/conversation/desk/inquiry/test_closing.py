"""What of an expert's answer is for the client."""

from __future__ import annotations

import pytest

from bot.conversation.desk.inquiry.closing import for_client
from channels.message import Content, FormattedText, Span
from tests.desk_world import CLIENT, IVAN
from tests.unit.conversation.desk.inquiry.test_outside_experts import (
    FILE,
    bar,
    forward,
    label,
    letter,
    world,
)


def left(words: str) -> str:
    return for_client(Content(text=FormattedText(words))).text.text


@pytest.mark.parametrize(
    "closing",
    [
        "Best,\n\nVendor L2",
        "Best regards,\nJohn Smith\nSenior engineer\n+44 20 7946 0000",
        "Kind Regards",
        "Thanks,\nJohn",
        "С уважением,\nИван Петров\nООО «Вендор»",
        "С уважением, Иван Петров",
        "Всего доброго!\nИван",
        "Mit freundlichen Grüßen\nH. Müller",
    ],
)
def test_a_closing_goes_with_what_stands_below_it(closing: str) -> None:
    """case G2"""
    assert left(f"Replace the module.\nThen restart it.\n\n{closing}") == (
        "Replace the module.\nThen restart it."
    )


@pytest.mark.parametrize(
    "words",
    [
        "Best regards,\nVendor L2",
        "Replace the module.\nThanks!",
        "It helps best\nif you restart it.",
        "Best, if you ask me, is to restart.\nTry it.",
        "Do this first:\nRegards the red lamp: it is a power fault.\nWhat colour is it now?",
        "С уважением отнеситесь к технике.\nНе бейте по ней.",
        "Hi!\nYours is model E17, so it needs the other cable.",
        "Steps:\nBest wishes are not enough. Restart it.\nThen check the lamp.",
    ],
)
def test_words_that_are_no_closing_stay(words: str) -> None:
    """case G2: nor does anything go when nothing would be left."""
    assert left(words) == words


def test_formats_stay_with_their_words() -> None:
    bold = FormattedText(
        "Restart it.\n\nBest,\nJohn", spans=(Span(kind="bold", start=0, length=7),)
    )
    assert for_client(Content(text=bold)).text == FormattedText("Restart it.", spans=bold.spans)


def test_the_desk_sees_what_the_client_would_read_and_that_is_sent() -> None:
    """case G2: the vendor's signature does not reach the client."""
    made = world()
    forward(made)
    letter(made, "Hi,\nCheck the fibre.\n\nBest,\nVendor L2", parts=(FILE,))
    shown = bar(made).text
    assert "Клиент прочитает:" in shown
    assert shown.endswith("Hi,\nCheck the fibre.\n📎 guide.pdf")
    made.chats[CLIENT] = {}
    made.press(IVAN, "network", label(bar(made), ":send"))
    (to_client,) = made.chats[CLIENT].values()
    assert to_client.text == "Hi,\nCheck the fibre."
    assert to_client.content.parts == (FILE,)
