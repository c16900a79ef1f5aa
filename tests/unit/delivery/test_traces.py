"""The line of a traceback that names the exception."""

from __future__ import annotations

import traceback

import pytest

from bot.delivery.traces import headline


@pytest.mark.parametrize("message", ["plain", "first\n\n  second\nthird", ""])
def test_the_headline_names_the_exception_whatever_its_message(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        trace = traceback.format_exc()
    assert headline(trace) == f"ValueError: {message.splitlines()[0]}" if message else "ValueError"


def test_of_a_chain_the_last_exception_counts() -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        trace = traceback.format_exc()
    assert headline(trace) == "RuntimeError: outer"


def test_words_that_are_no_traceback() -> None:
    assert headline("something else") == "something else"
    assert headline("") == ""
