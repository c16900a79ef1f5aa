"""The questions line 0 did not close, read from the record of contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.conversation.decision import ContactRecord
from bot.unanswered import unanswered

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def contacts(*steps: tuple[str, str, str | None]) -> list[ContactRecord]:
    """(outcome, words, entry) one after another in one conversation."""
    return [
        ContactRecord(
            conversation="c1",
            at=START + timedelta(minutes=minute),
            outcome=outcome,
            text=words,
            entry=entry,
            suggested=("pay", "tariffs") if outcome == "suggested" else (),
        )
        for minute, (outcome, words, entry) in enumerate(steps)
    ]


def test_an_answer_that_helped_is_no_gap() -> None:
    said = contacts(("answered", "how to pay", "pay"), ("helped", "", "pay"))
    assert list(unanswered(said)) == []


def test_an_answer_that_did_not_help_is_one() -> None:
    said = contacts(("answered", "how to pay", "pay"), ("not_helped", "", "pay"))
    [missed] = unanswered(said)
    assert (missed.text, missed.outcome, missed.suggested) == ("how to pay", "answer", ("pay",))


def test_a_question_nobody_knew_is_one() -> None:
    [missed] = unanswered(contacts(("none", "do you sell elephants", None)))
    assert (missed.text, missed.outcome) == ("do you sell elephants", "none")


def test_a_pressed_suggestion_tells_what_was_meant() -> None:
    [missed] = unanswered(contacts(("suggested", "payment?", None), ("picked", "", "pay")))
    assert (missed.outcome, missed.pressed) == ("suggest", "pay")


def test_a_pressed_suggestion_that_did_not_help_counts_again() -> None:
    said = contacts(
        ("suggested", "payment?", None), ("picked", "", "pay"), ("not_helped", "", "pay")
    )
    assert [missed.outcome for missed in unanswered(said)] == ["suggest", "answer"]


def test_suggestions_left_alone_or_refused_are_gaps_once() -> None:
    said = contacts(("suggested", "first", None), ("none", "", None), ("suggested", "second", None))
    assert [missed.text for missed in unanswered(said)] == ["first", "second"]


def test_conversations_do_not_mix() -> None:
    mine = contacts(("suggested", "mine", None))
    [other] = contacts(("picked", "", "pay"))
    theirs = ContactRecord(conversation="c2", at=other.at, outcome="picked", entry="pay")
    [missed] = unanswered([*mine, theirs])
    assert missed.pressed is None
