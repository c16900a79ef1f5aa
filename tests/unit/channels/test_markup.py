"""The HTML people write, read and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.markup import MarkupError, parse, to_html
from channels.message import FormattedText, Span, SpanKind


def spans(text: FormattedText) -> list[tuple[str, str, str | None]]:
    return [(s.kind, text.text[s.start : s.start + s.length], s.value) for s in text.spans]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("<b>a</b><strong>b</strong>", "ab", [("bold", "a", None), ("bold", "b", None)]),
        ("<i>a</i><em>b</em>", "ab", [("italic", "a", None), ("italic", "b", None)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", "a", None), ("underline", "b", None)]),
        (
            "<s>a</s><strike>b</strike><del>c</del>",
            "abc",
            [("strike", "a", None), ("strike", "b", None), ("strike", "c", None)],
        ),
        ("<code>x = 1</code>", "x = 1", [("code", "x = 1", None)]),
        ("<pre>a\n  b</pre>", "a\n  b", [("pre", "a\n  b", None)]),
        (
            '<pre><code class="language-python">1</code></pre>',
            "1",
            [("pre", "1", "python")],
        ),
        (
            '<a href="https://e.org/?a=1&amp;b=2">тут</a>',
            "тут",
            [("link", "тут", "https://e.org/?a=1&b=2")],
        ),
        ("<a href='mailto:a@b.c'>x</a>", "x", [("link", "x", "mailto:a@b.c")]),
        ("<blockquote>q</blockquote>", "q", [("quote", "q", None)]),
        ("<blockquote expandable>q</blockquote>", "q", [("quote", "q", "expandable")]),
        ("<tg-spoiler>q</tg-spoiler>", "q", [("spoiler", "q", None)]),
        ('<span class="tg-spoiler">q</span>', "q", [("spoiler", "q", None)]),
        ('<tg-emoji emoji-id="5">👍</tg-emoji>', "👍", [("emoji", "👍", "5")]),
        ("<B>a<I>b</I></B>", "ab", [("bold", "ab", None), ("italic", "b", None)]),
        ("a &lt; b &amp;&amp; c &#8470; &quot;&mdash;", 'a < b && c № "—', []),
        ("AT&T & Co, &nosuch;", "AT&T & Co, &nosuch;", []),
        ("<b></b>x", "x", []),
    ],
)
def test_reads(source: str, text: str, expected: list[tuple[str, str, str | None]]) -> None:
    result = parse(source, strict=True)
    assert result.text == text
    assert spans(result) == expected


@pytest.mark.parametrize(
    ("source", "problem", "offset", "tolerant"),
    [
        ("ab<br>c", "unknown_tag", 2, "ab<br>c"),
        ("<b>x", "not_closed", 0, "x"),
        ("x</b>", "not_open", 1, "x</b>"),
        ("<b><i>x</b></i>", "not_closed", 3, "x</i>"),
        ("1 < 2", "bare_bracket", 2, "1 < 2"),
        ("<a>x</a>", "no_address", 0, "<a>x</a>"),
        ("<span>x</span>", "unknown_tag", 0, "<span>x</span>"),
        ("<script>x</script>", "unknown_tag", 0, "<script>x</script>"),
    ],
)
def test_strict_reading_names_the_place(
    source: str, problem: str, offset: int, tolerant: str
) -> None:
    with pytest.raises(MarkupError) as caught:
        parse(source, strict=True)
    assert (caught.value.problem, caught.value.offset) == (problem, offset)
    assert parse(source).text == tolerant


@pytest.mark.parametrize("address", ["javascript:alert(1)", "tg://user?id=1", "file:///etc"])
def test_dangerous_links_stay_text(address: str) -> None:
    """case E7"""
    source = f'<a href="{address}">x</a>'
    assert parse(source) == FormattedText("x")
    with pytest.raises(MarkupError) as caught:
        parse(source, strict=True)
    assert caught.value.problem == "bad_address"
    evil = FormattedText("x", spans=(Span(kind="link", start=0, length=1, value=address),))
    assert to_html(evil) == "x"


def test_overlapping_spans_are_written_nested() -> None:
    text = FormattedText(
        "abcd",
        spans=(Span(kind="bold", start=0, length=3), Span(kind="italic", start=1, length=3)),
    )
    assert to_html(text) == "<b>a<i>bc</i></b><i>d</i>"


def test_text_is_escaped() -> None:
    assert to_html(FormattedText('<b> & "x"')) == '&lt;b&gt; &amp; "x"'


KINDS: list[SpanKind] = ["bold", "italic", "underline", "strike", "spoiler", "code", "quote"]


@st.composite
def texts(draw: st.DrawFn) -> FormattedText:
    words = draw(st.text(alphabet="ab <>&\"'\n№😀;#", max_size=20))
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(words)))
        length = draw(st.integers(0, len(words) - start))
        if length:
            found.append(Span(kind=draw(st.sampled_from(KINDS)), start=start, length=length))
    found.sort(key=lambda span: span.start)
    return FormattedText(words, spans=tuple(found))


def painted(text: FormattedText) -> list[tuple[str, frozenset[str]]]:
    """Each character with the kinds over it: what a reader sees."""
    return [
        (
            character,
            frozenset(s.kind for s in text.spans if s.start <= at < s.start + s.length),
        )
        for at, character in enumerate(text.text)
    ]


@given(texts())
def test_what_is_written_reads_the_same(text: FormattedText) -> None:
    assert painted(parse(to_html(text), strict=True)) == painted(text)


@given(st.text(alphabet="<>/ab&;\"' ="))
def test_tolerant_reading_never_fails(source: str) -> None:
    assert isinstance(parse(source), FormattedText)
