"""The example workspace's FAQ, and what has to come of each question people may ask it."""

from pathlib import Path

import pytest

import faq
from faq import evaluate

QUESTIONS = evaluate.from_jsonl(Path(__file__).parents[2] / "data" / "faq-regression.jsonl")


def test_there_are_enough_of_them() -> None:
    assert len(QUESTIONS) >= 300
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.text[:40] or "empty")
def test_the_regression_question_has_the_expected_outcome(
    example: faq.Faq, question: evaluate.Question
) -> None:
    match = example.match(question.text)
    assert evaluate.judge(question, match) in question.accept, match


def test_nine_of_ten_regression_questions_are_answered_outright(example: faq.Faq) -> None:
    outcomes = evaluate.table(evaluate.run(example, QUESTIONS))
    assert outcomes["right"] >= 0.9 * len(QUESTIONS)
    assert outcomes["wrong"] == 0


def test_the_entries_own_tests_pass(example: faq.Faq) -> None:
    """case H4"""
    asked = evaluate.run(example, evaluate.own_tests(example))
    assert [str(mistake) for mistake in evaluate.failures(asked)] == []


def test_the_example_has_no_lints(example: faq.Faq) -> None:
    """case H4"""
    assert [str(mistake) for mistake in faq.lint(example)] == []


def test_it_is_as_rich_as_promised(example: faq.Faq) -> None:
    entries = example.entries.values()
    assert len(entries) >= 40
    assert [section.id for section in example.sections] == [
        "internet", "billing", "tv", "equipment", "account",
    ]  # fmt: skip
    assert all(set(entry.title) == {"ru", "en"} for entry in entries)
    assert any(entry.steps for entry in entries)
    assert any(entry.buttons for entry in entries)
    assert any(
        example.file(name).read_bytes()[:4] == b"\x89PNG" for e in entries for name in e.files
    )
    assert {topic for topic, _ in example.topics()} == {
        "no-internet", "slow-internet", "tv", "billing", "move-or-connect", "other",
    }  # fmt: skip


def test_an_explanation_says_why(example: faq.Faq) -> None:
    explained = example.explain("rfr jgkfnbnm bynthytn")
    assert (explained.way, explained.match.read_as) == ("layout", "как оплатить интернет")
    assert explained.match.entry == explained.top[0].entry == "pay"
    assert explained.top[0].phrasing == "как оплатить интернет"
    assert explained.top[0].probability > explained.top[1].probability
    assert explained.confidence >= explained.gates.sure
    assert set(explained.top[0].parts) >= {"letters_best", "stems_centre", "senses_best", "learned"}
