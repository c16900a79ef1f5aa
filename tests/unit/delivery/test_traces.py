"""The line of a traceback that names the exception."""

from __future__ import annotations

import traceback

import pytest

from bot.delivery.traces import headline


def trace_of(error: Exception) -> str:
    """As it is written down where it is caught."""
    try:
        raise error
    except type(error):
        return traceback.format_exc()


@pytest.mark.parametrize("message", ["plain", "first\n\n  second\nthird"])
def test_the_headline_names_the_exception_whatever_its_message(message: str) -> None:
    assert headline(trace_of(ValueError(message))) == f"ValueError: {message.splitlines()[0]}"


def test_an_exception_without_words() -> None:
    assert headline(trace_of(ValueError())) == "ValueError"


def test_of_a_chain_the_last_exception_counts() -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = KeyError("inner")
    assert headline(trace_of(outer)) == "RuntimeError: outer"


def test_words_that_are_no_traceback() -> None:
    assert headline("something else") == "something else"
    assert headline("") == ""
