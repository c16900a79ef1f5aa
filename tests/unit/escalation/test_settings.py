"""Durations, ids and questions as an administrator writes them; patterns that stay quick."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from escalation.durations import Duration, duration_words
from escalation.patterns import LONGEST_ANSWER, fits, pattern_problem
from escalation.settings import Desk, LocalText, Question, RoutingRule
from tests.linear import assert_bounded

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1d 12h", timedelta(hours=36)),
        (" 2 h ", timedelta(hours=2)),
        ("1w", timedelta(days=7)),
    ],
)
def test_durations_as_they_are_written(written: str, meant: timedelta) -> None:
    assert DURATION.validate_python(written) == meant


@pytest.mark.parametrize("written", ["", "2", "h", "2 hours", "-1h", "1.5h", "9999999d", 2, None])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="a duration such as"):
        DURATION.validate_python(written)


@given(st.integers(0, 400 * 86_400))
def test_a_duration_written_is_read_back(seconds: int) -> None:
    meant = timedelta(seconds=seconds)
    assert DURATION.validate_python(duration_words(meant)) == meant


def test_default_durations_read_as_people_write_them() -> None:
    assert duration_words(timedelta(days=10)) == "10d"
    assert duration_words(timedelta(days=14)) == "2w"
    assert duration_words(timedelta(minutes=90)) == "1h 30m"
    assert duration_words(timedelta(0)) == "0s"


def test_a_plain_string_is_said_in_every_language() -> None:
    question = Question.model_validate({"id": "a", "type": "text", "ask": "Why?"})
    assert question.ask.in_language("ru") == question.ask.in_language("en") == "Why?"
    assert LocalText(ru="да").in_language("en") == "да"
    with pytest.raises(ValidationError, match="at least one language"):
        LocalText()


def test_chat_ids_may_be_written_without_quotes() -> None:
    desk = Desk.model_validate({"id": "a", "title": "A", "chat": -1001000000002, "members": [5]})
    assert (desk.chat, desk.members) == ("-1001000000002", ("5",))
    with pytest.raises(ValidationError):
        Desk.model_validate({"id": "a", "title": "A", "chat": "@group"})


def test_a_single_value_needs_no_list() -> None:
    rule = RoutingRule.model_validate(
        {"topic": "tv", "answers": {"a": "b"}, "priority": "high", "language": "en", "desk": "d"}
    )
    assert (rule.topic, rule.answers, rule.language) == (("tv",), {"a": ("b",)}, ("en",))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "choice"}, "at least two options"),
        ({"type": "pattern"}, "needs a pattern"),
        ({"type": "text", "pattern": "a"}, "only a question of the type pattern"),
        ({"type": "text", "min": 1}, "only a question of the type number"),
        ({"type": "number", "min": 2, "max": 1}, "max is less than min"),
        ({"type": "pattern", "pattern": r"\d{8}", "example": "12"}, "does not fit"),
        ({"type": "pattern", "pattern": "("}, "not a regular expression"),
    ],
)
def test_a_question_has_what_its_type_needs(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Question.model_validate({"id": "a", "ask": "?", **fields})


# --------------------------------------------------------------------------- patterns


@pytest.mark.parametrize(
    "pattern",
    [r"\d{8}", r"(NB-?)?\d{8}", r"[A-Z]{2}-\d{4,10}", r"(\d{4}[ -]?){4}", r"\d+/\d+", "a|b|cd",
     r"(\d{3}){1,4}"],
)  # fmt: skip
def test_patterns_that_people_write_are_taken(pattern: str) -> None:
    assert pattern_problem(pattern) is None


single = st.sampled_from(["x", r"\d", r"\w", ".", "[xy]", "(xy)", "(?:z)"])
endless = st.sampled_from(["*", "+", "*?", "{2,}", "{64}", "{9,90}"])
ambiguous = st.one_of(
    st.builds("{}{}".format, single, st.sampled_from(["*", "+", "?", "{0,9}", "{1,}"])),
    st.builds("{0}{1}|{0}".format, single, single),
)
"""What can be read in more than one way."""


@given(single, ambiguous, endless, st.sampled_from(["", "!", "y?", "$"]))
def test_what_repeats_the_ambiguous_is_refused(
    before: str, inner: str, often: str, end: str
) -> None:
    """Acceptance case H1: a pattern is bounded, whatever the answer."""
    for pattern in (f"({inner}){often}{end}", f"({before}({inner})){often}"):
        assert "too long" in (pattern_problem(pattern) or ""), pattern


@given(st.lists(single.map(lambda each: f"{each}*"), min_size=6, max_size=12))
def test_many_repeats_beside_each_other_are_refused(parts: list[str]) -> None:
    """Acceptance case H1"""
    assert "too long" in (pattern_problem("".join(parts)) or "")


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)b", "(?<!a)b", "[", "(?P<x", "*a"])
def test_other_patterns_are_refused_with_a_reason(pattern: str) -> None:
    assert pattern_problem(pattern)


atoms = st.sampled_from(["a", "b", r"\d", r"\w", ".", "[ab]", "(a|b)", "(ab|a)", "(a?b)"])
repeats = st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{0,9}", "*?"])


@given(st.lists(st.tuples(atoms, repeats), min_size=1, max_size=6), st.booleans())
def test_no_accepted_pattern_is_slow(parts: list[tuple[str, str]], again: bool) -> None:
    pattern = "".join(atom + repeat for atom, repeat in parts)
    pattern = f"({pattern})+" if again else pattern
    if pattern_problem(pattern) is None:
        re.purge()
        assert_bounded(partial(fits, pattern), "a" * (LONGEST_ANSWER - 1) + "!")


def test_the_whole_answer_has_to_fit() -> None:
    assert fits(r"(NB-?)?\d{8}", " nb-12345678 ")
    assert not fits(r"\d{8}", "123456789")
    assert not fits(r"\d+", "1" * (LONGEST_ANSWER + 1))


@pytest.mark.parametrize("bound", [float("nan"), float("inf")])
def test_a_bound_that_no_number_can_be_compared_with_is_refused(bound: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Question.model_validate({"id": "q", "type": "number", "ask": "?", "min": bound})
