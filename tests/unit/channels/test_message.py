"""The values everything speaks in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.message import FormattedText, Span, join

TEXTS = st.builds(
    lambda words, bold: FormattedText(
        words, spans=(Span(kind="bold", start=0, length=len(words)),) if bold and words else ()
    ),
    st.text(max_size=5),
    st.booleans(),
)


@given(st.text(max_size=3), st.lists(TEXTS, max_size=6))
def test_texts_are_joined_like_strings_and_keep_their_formatting(
    separator: str, texts: list[FormattedText]
) -> None:
    one_by_one = FormattedText()
    for position, text in enumerate(texts):
        one_by_one = one_by_one + separator + text if position else text
    assert join(separator, texts) == one_by_one


def test_joining_a_long_history_copies_each_line_once() -> None:
    """case E8: text by text, ten thousand lines took seconds in which nothing else was stored."""
    line = FormattedText("x" * 100, spans=(Span(kind="bold", start=0, length=5),))
    joined = join("\n", [line] * 10_000)
    assert len(joined.text) == 10_000 * 101 - 1
    assert joined.spans[-1].start == 9_999 * 101
