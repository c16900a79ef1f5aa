"""UTF-16 counting, splitting, keyboards."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import (
    Button,
    Buttons,
    FormattedText,
    NoKeyboard,
    ShareRequest,
    Span,
    SpanKind,
)
from channels.telegram.content import formatted
from channels.telegram.limits import MAX_TEXT
from channels.telegram.render import (
    MAX_CAPTION,
    MAX_ENTITIES,
    entities,
    fits,
    keyboard,
    shorten,
    split,
    unit_offsets,
    units,
)

FAMILY = "👨‍👩‍👧‍👦"
CLUSTERS = ["a", "Я", " ", "\n", "\n\n", "😀", FAMILY, "🇷🇺", "👍🏽", "é", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "word "]
KINDS: list[SpanKind] = ["bold", "italic", "code", "pre", "spoiler", "quote", "strike", "underline"]


def drawn(text: str) -> list[str]:
    """The signs a reader sees, by an independent reading of the rules."""
    signs: list[str] = []
    flags = 0
    for character in text:
        flag = 0x1F1E6 <= ord(character) <= 0x1F1FF
        joined = bool(signs) and (
            character == "\u200d"
            or signs[-1].endswith("\u200d")
            or unicodedata.category(character).startswith("M")
            or 0x1F3FB <= ord(character) <= 0x1F3FF
            or 0xE0020 <= ord(character) <= 0xE007F
            or (flag and flags % 2 == 1)
        )
        flags = flags + 1 if flag else 0
        if joined:
            signs[-1] += character
        else:
            signs.append(character)
    return signs


@st.composite
def texts(draw: st.DrawFn) -> FormattedText:
    words = "".join(draw(st.lists(st.sampled_from(CLUSTERS), max_size=60)))
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(words)))
        length = draw(st.integers(0, len(words) - start))
        if length:
            found.append(Span(kind=draw(st.sampled_from(KINDS)), start=start, length=length))
    found.sort(key=lambda span: span.start)
    return FormattedText(words, spans=tuple(found))


def painted(text: FormattedText) -> list[tuple[str, frozenset[str]]]:
    return [
        (character, frozenset(s.kind for s in text.spans if s.start <= at < s.start + s.length))
        for at, character in enumerate(text.text)
    ]


@given(st.text())
def test_units_are_utf16(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert unit_offsets(text)[-1] == units(text)


@given(texts())
def test_entities_come_back_as_the_same_spans(text: FormattedText) -> None:
    there = [entity.model_dump(exclude_none=True) for entity in entities(text)]
    assert formatted(text.text, list(there)) == text


@given(texts(), st.integers(40, 80))
def test_splitting_loses_nothing_and_keeps_the_limit(text: FormattedText, limit: int) -> None:
    """case B6"""
    pieces = split(text, limit)
    assert all(units(piece.text) <= limit for piece in pieces)
    assert all(piece.text.strip() for piece in pieces)
    # Every sign arrives, in order, with its formatting; only blank pieces are left out.
    arrived = [pair for piece in pieces for pair in painted(piece)]
    wanted = painted(text)
    position = 0
    for pair in arrived:
        while wanted[position] != pair:
            assert wanted[position][0].isspace()
            position += 1
        position += 1
    assert all(character.isspace() for character, _ in wanted[position:])


@given(texts(), st.integers(40, 80))
def test_splitting_never_cuts_a_sign(text: FormattedText, limit: int) -> None:
    """case B6"""
    whole = drawn(text.text)
    pieces = [sign for piece in split(text, limit) for sign in drawn(piece.text)]
    visible = [sign for sign in whole if sign.strip()]
    assert [sign for sign in pieces if sign.strip()] == visible


def test_an_emoji_on_the_border_goes_to_the_next_message() -> None:
    """case B6: 4,097 characters with an emoji at the border."""
    text = FormattedText("x" * 4095 + "😀" + "y", spans=(Span(kind="bold", start=4094, length=3),))
    first, second = split(text, MAX_TEXT)
    assert first.text == "x" * 4095
    assert second.text == "😀y"
    assert first.spans == (Span(kind="bold", start=4094, length=1),)
    assert second.spans == (Span(kind="bold", start=0, length=2),)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("aaaa aaaa\n\nbbbb bbbb\ncc", 20, ["aaaa aaaa\n\n", "bbbb bbbb\ncc"]),
        ("aaaa aaaa\nbbbb bbbb cc", 20, ["aaaa aaaa\n", "bbbb bbbb cc"]),
        ("aaaa aaaa bbbb", 10, ["aaaa aaaa ", "bbbb"]),
        ("a" * 12, 10, ["a" * 10, "aa"]),
        ("a" * 10, 10, ["a" * 10]),
        ("", 10, []),
        (" \n ", 10, []),
        ("e" + "\u0301" * 15, 10, ["e" + "\u0301" * 9, "\u0301" * 6]),  # longer than a message
    ],
)
def test_borders(text: str, limit: int, pieces: list[str]) -> None:
    assert [piece.text for piece in split(FormattedText(text), limit)] == pieces


def test_more_formatting_than_a_message_holds_makes_more_messages() -> None:
    words = "ab " * 250
    spans = tuple(Span(kind="bold", start=3 * n, length=2) for n in range(250))
    text = FormattedText(words, spans=spans)
    assert not fits(text, MAX_TEXT)
    pieces = split(text, MAX_TEXT)
    assert [len(piece.spans) for piece in pieces] == [MAX_ENTITIES, MAX_ENTITIES, 50]
    assert "".join(piece.text for piece in pieces) == words


def test_the_caption_limit_counts_units() -> None:
    assert fits(FormattedText("😀" * 512), MAX_CAPTION)
    assert not fits(FormattedText("😀" * 512 + "x"), MAX_CAPTION)


def test_links_that_may_not_be_clicked_are_left_out() -> None:
    """case E7"""
    for address in ("javascript:alert(1)", "tg://user?id=1", "file:///etc/passwd"):
        spans = (Span(kind="link", start=0, length=1, value=address),)
        assert entities(FormattedText("x", spans=spans)) == []


def test_titles_are_cut_between_signs() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("x" * 11, 10) == "x" * 9 + "…"
    assert shorten("x" * 5 + FAMILY, 10) == "x" * 5 + "…"


def test_keyboards() -> None:
    inline = keyboard(
        Buttons(
            rows=((Button(label="Yes", action="y"), Button(label="Site", url="https://e.org")), ())
        )
    )
    assert inline is not None
    assert inline.model_dump(exclude_none=True) == {
        "inline_keyboard": [
            [
                {"text": "Yes", "callback_data": "y"},
                {"text": "Site", "url": "https://e.org"},
            ]
        ]
    }
    share = keyboard(ShareRequest(kind="phone", label="Send my number", others=("Skip",)))
    assert share is not None
    assert share.model_dump(exclude_none=True) == {
        "keyboard": [[{"text": "Send my number", "request_contact": True}], [{"text": "Skip"}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }
    place = keyboard(ShareRequest(kind="location", label="Here"))
    assert place is not None
    assert place.model_dump(exclude_none=True)["keyboard"] == [
        [{"text": "Here", "request_location": True}]
    ]
    gone = keyboard(NoKeyboard())
    assert gone is not None
    assert gone.model_dump(exclude_none=True) == {"remove_keyboard": True}
    assert keyboard(None) is None
    assert keyboard(Buttons()) is None
