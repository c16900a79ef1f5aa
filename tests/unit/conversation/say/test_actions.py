"""The codec of buttons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.client.buttons import VERBS
from bot.conversation.say.actions import LIMIT, Action, decode, encode, token

WORD = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)


@given(verb=st.sampled_from(sorted(VERBS)), words=st.lists(WORD, max_size=3))
def test_what_is_encoded_is_read_back(verb: str, words: list[str]) -> None:
    data = encode(verb, *words)
    assert len(data.encode()) <= LIMIT
    assert decode(data) == Action(verb=verb, args=tuple(words))


@given(st.text(max_size=80))
def test_forged_data_is_never_an_error(data: str) -> None:
    """case E6: whatever a tampered client sends is read or refused."""
    action = decode(data)
    if action is not None:
        assert encode(action.verb, *action.args) == data


@pytest.mark.parametrize(
    ("verb", "args"),
    [("c:entry", ("x" * 60,)), ("c:entry", ("a:b",)), ("x:entry", ()), ("c:entry", ("кот",))],
)
def test_what_no_button_can_carry_is_refused(verb: str, args: tuple[str, ...]) -> None:
    """case B16: callback data is 64 bytes at most."""
    with pytest.raises(ValueError, match="no button"):
        encode(verb, *args)


def test_the_longest_names_fit() -> None:
    """case B16: ids of 40 characters fit into every button that carries one."""
    longest = "a" * 40
    for verb, args in (
        ("c:entry", (longest,)),
        ("c:nothelped", (longest,)),
        ("c:step", (longest, 99, "n")),
        ("c:section", (longest, 99)),
        ("c:topic", (longest,)),
        ("c:rate", (10**9, 99, 5)),
        ("c:unsolved", (10**9, 99)),
        ("c:opt", (token(longest, longest, longest),)),
    ):
        assert decode(encode(verb, *args)) is not None


def test_numbers_are_digits_only() -> None:
    action = decode("c:ticket:17:1e3:-4:9999999999")
    assert action is not None
    assert [action.number(i) for i in range(5)] == [17, None, None, None, None]
    assert action.arg(9) == ""


def test_tokens_tell_paths_apart() -> None:
    assert token("a", "b") != token("a", "c")
    assert token("a", "b") == token("a", "b")
