"""Formatting: HTML, Markdown, given entities, and what Telegram finds by itself."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.telegram.entities import FormattedText, format_text, utf16_length
from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.visibility import utf16_slice

TAGS = {
    "b": "bold",
    "i": "italic",
    "u": "underline",
    "s": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "blockquote": "blockquote",
}


def entity(kind: str, offset: int, length: int, **extra: object) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **extra}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>b</b><i>i</i>", "bi", [entity("bold", 0, 1), entity("italic", 1, 1)]),
        ("<b>a</b><strong>b</strong>", "ab", [entity("bold", 0, 2)]),
        ("<b>a<b>b</b></b>", "ab", [entity("bold", 0, 2)]),
        ("<B>a</B>", "a", [entity("bold", 0, 1)]),
        ("😀<em>x</em>", "😀x", [entity("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<b> a </b>", "a", [entity("bold", 0, 1)]),
        ("a<b></b>", "a", []),
        ("&lt;b&gt; &amp;amp; &quot;&#33;&#x1F600; &nbsp;&", '<b> &amp; "!😀 &nbsp;&', []),
        ('<a href="https://ya.ru">x</a>', "x", [entity("text_link", 0, 1, url="https://ya.ru/")]),
        ("<a href='ya.ru/a?b=1&amp;c'>x</a>", "x",
         [entity("text_link", 0, 1, url="http://ya.ru/a?b=1&c")]),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="">x</a>', "x", []),
        ('<a href="tg://user?id=5">x</a>', "x", [entity("text_mention", 0, 1, user={"id": 5})]),
        ('<a href="tg://resolve?domain=a">x</a>', "x",
         [entity("text_link", 0, 1, url="tg://resolve?domain=a")]),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        ("<pre>x</pre>", "x", [entity("pre", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x",
         [entity("pre", 0, 1, language="python")]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="55">👍</tg-emoji>', "👍",
         [entity("custom_emoji", 0, 2, custom_emoji_id="55")]),
        ("</b>", None, "Unexpected end tag at byte offset 0"),
        ("ы<x>a</x>", None, 'Unsupported start tag "x" at byte offset 2'),
        ("a < b", None, 'Unsupported start tag "" at byte offset 2'),
        ("<b>a</i>", None,
         'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", None, 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b", None, "Unclosed start tag at byte offset 0"),
        ("<b>a</b", None, "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", None, 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x', None, "Unclosed start tag at byte offset 0"),
    ],
)  # fmt: skip
def test_html(source: str, text: str | None, entities: Any) -> None:
    """For B7: TDLib's reading and TDLib's words."""
    if text is None:
        with pytest.raises(ApiError) as wrong:
            format_text(source, "HTML")
        assert wrong.value.description == f"Bad Request: can't parse entities: {entities}"
    else:
        parsed = format_text(source, "HTML")
        assert (parsed.text, parsed.entities) == (text, entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_", "b i", [entity("bold", 0, 1), entity("italic", 2, 1)]),
        ("__u__ ~s~", "u s", [entity("underline", 0, 1), entity("strikethrough", 2, 1)]),
        ("||x||", "x", [entity("spoiler", 0, 1)]),
        ("*b _i_*", "b i", [entity("bold", 0, 3), entity("italic", 2, 1)]),
        (r"\*a\.", "*a.", []),
        ("[x](https://ya.ru/)", "x", [entity("text_link", 0, 1, url="https://ya.ru/")]),
        ("`a*b`", "a*b", [entity("code", 0, 3)]),
        ("```python\na\n```", "a", [entity("pre", 0, 1, language="python")]),
        (">a\n>b\nc", "a\nb\nc", [entity("blockquote", 0, 3)]),
        ("![👍](tg://emoji?id=5)", "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="5")]),
        ("a.", None, "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("ы*b", None, "Can't find end of Bold entity at byte offset 2"),
        ("_*a_*", None, "Can't find end of Bold entity at byte offset 1"),
        ("`a", None, "Can't find end of Code entity at byte offset 0"),
        ("[a](b", None, "Can't find end of a URL at byte offset 0"),
    ],
)
def test_markdown_v2(source: str, text: str | None, entities: Any) -> None:
    if text is None:
        with pytest.raises(ApiError) as wrong:
            format_text(source, "MarkdownV2")
        assert wrong.value.description == f"Bad Request: can't parse entities: {entities}"
    else:
        parsed = format_text(source, "markdownv2")
        assert (parsed.text, parsed.entities) == (text, entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ `c`", "b i c",
         [entity("bold", 0, 1), entity("italic", 2, 1), entity("code", 4, 1)]),
        ("[x](https://ya.ru/a)", "x", [entity("text_link", 0, 1, url="https://ya.ru/a")]),
        (r"a\_b", "a_b", []),
        ("```a```", "a", [entity("pre", 0, 1)]),
        ("a_b", None, "Can't find end of the entity starting at byte offset 1"),
    ],
)  # fmt: skip
def test_legacy_markdown(source: str, text: str | None, entities: Any) -> None:
    if text is None:
        with pytest.raises(ApiError) as wrong:
            format_text(source, "Markdown")
        assert wrong.value.description == f"Bad Request: can't parse entities: {entities}"
    else:
        parsed = format_text(source, "Markdown")
        assert (parsed.text, parsed.entities) == (text, entities)


@pytest.mark.parametrize(
    ("given_entity", "words"),
    [
        (entity("bold", 4, 1), "begins after the end"),
        (entity("bold", 0, 9), "ends after the end"),
        (entity("bold", 1, 1), "in a middle of a UTF-16 symbol"),
        (entity("bold", 0, 1), "in a middle of a UTF-16 symbol"),
        (entity("bold", -1, 1), "negative offset"),
        (entity("loud", 0, 2), "unsupported type"),
        ({"type": "bold"}, "missing"),
    ],
)
def test_given_entities_that_are_refused(given_entity: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiError, match=words):
        format_text("😀a", entities=[given_entity])


def test_what_telegram_finds_by_itself() -> None:
    text = "/start@bot see https://ya.ru/a, ya.ru or a.b@c.ru, @user #tag +7 999 123-45-67"
    found = {
        (item["type"], utf16_slice(text, item["offset"], item["length"]))
        for item in format_text(text).entities
    }
    assert found == {
        ("bot_command", "/start@bot"),
        ("url", "https://ya.ru/a"),
        ("url", "ya.ru"),
        ("email", "a.b@c.ru"),
        ("mention", "@user"),
        ("hashtag", "#tag"),
        ("phone_number", "+7 999 123-45-67"),
    }
    assert format_text("a/b 1#2 <code>/x</code>", "HTML").entities == [entity("code", 8, 2)]


PLAIN = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="<>&\"'😀ё\n"), max_size=12
)
TREES = st.recursive(
    PLAIN.map(lambda text: ("", text)),
    lambda children: st.tuples(st.sampled_from(sorted(TAGS)), st.lists(children, max_size=3)),
    max_leaves=12,
)


def render(node: Any, start: int) -> tuple[str, str, set[tuple[str, int]]]:
    """HTML of a tree, its plain text, and (type, character) for each formatted character."""
    name, content = node
    if not name:
        return html.escape(content), content, set()
    source, text = "", ""
    marks: set[tuple[str, int]] = set()
    for child in content:
        inner_source, inner_text, inner_marks = render(child, start + len(text))
        source, text, marks = source + inner_source, text + inner_text, marks | inner_marks
    marks |= {(TAGS[name], start + index) for index in range(len(text))}
    return f"<{name}>{source}</{name}>", text, marks


@given(st.lists(TREES, max_size=5))
def test_html_of_any_text_comes_back(trees: list[Any]) -> None:
    """For B7: escaped text survives, every character keeps exactly its formatting."""
    source, text = "|", "|"
    marks: set[tuple[str, int]] = set()
    for tree in trees:
        inner_source, inner_text, inner_marks = render(tree, len(text))
        source, text, marks = source + inner_source, text + inner_text, marks | inner_marks
    text += "|"
    parsed = format_text(source + "|", "HTML")
    assert parsed.text == text
    ours = set(TAGS.values())
    at: dict[int, int] = {}
    position = 0
    for index, character in enumerate(text):
        at[position] = index
        position += utf16_length(character)
    at[position] = len(text)
    found = {
        (item["type"], index)
        for item in parsed.entities
        if item["type"] in ours
        for index in range(at[item["offset"]], at[item["offset"] + item["length"]])
    }
    assert found == marks


def parsed_or_refused(
    text: str, mode: str | None = None, entities: list[dict[str, Any]] | None = None
) -> FormattedText | ApiError:
    try:
        return format_text(text, mode, entities)
    except ApiError as error:
        return error


@given(PLAIN, st.sampled_from(["HTML", "Markdown", "MarkdownV2", None]))
def test_any_text_is_parsed_or_refused_in_telegram_s_words(text: str, mode: str | None) -> None:
    """For B7: bad markup is a 400 that names the place, never a crash."""
    parsed = parsed_or_refused(text, mode)
    if isinstance(parsed, ApiError):
        assert parsed.code == 400
        assert parsed.description.startswith("Bad Request: can't parse entities: ")
        return
    assert parsed.text == parsed.text.strip()
    for item in parsed.entities:
        assert 0 <= item["offset"] < item["offset"] + item["length"] <= parsed.length


@given(PLAIN, st.lists(st.tuples(st.integers(-1, 9), st.integers(-1, 9)), max_size=3))
def test_given_entities_lie_inside_or_are_refused(text: str, places: list[tuple[int, int]]) -> None:
    items = [entity("bold", offset, length) for offset, length in places]
    parsed = parsed_or_refused(text, entities=items)
    if isinstance(parsed, ApiError):
        assert parsed.code == 400
        return
    for item in parsed.entities:
        assert utf16_slice(parsed.text, item["offset"], item["length"]).strip("\ufffd")
