"""Which promise counts for a ticket, which of its clocks run, and what is due when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from escalation import promises
from escalation.calendar import WorkingTime
from escalation.promises import Promise, PromiseStep
from escalation.ticket import IntakeAnswer, Priority, Status, Ticket
from tests.values import ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ALL = Promise.model_validate({"first_answer": "1h", "next_answer": "30m", "resolution": "8h"})


def always(_: str) -> WorkingTime:
    return WorkingTime(None, "UTC")


def made(**values: Any) -> Promise:
    return Promise.model_validate({"resolution": "8h"} | values)


def running(of: Ticket, promise: Promise = ALL, now: datetime = NOW) -> dict[str, bool]:
    clocks = promises.follow(of, promise, now, always)
    return {clock.kind: clock.since is not None for clock in clocks}


def test_the_first_that_fits_counts() -> None:
    """case I1: by desk, priority, topic and segment, in the order of the file."""
    listed = [
        made(**{"for": {"priority": "urgent", "segment": "vip"}}, warn_at="10%"),
        made(**{"for": {"topic": ["money", "internet"]}}, warn_at="20%"),
        made(**{"for": {"desk": "billing"}}, warn_at="30%"),
        made(**{"for": {"answers": {"plan": ["a", "b"]}}}, warn_at="40%"),
        made(warn_at="50%"),
    ]
    vip = IntakeAnswer(question="segment", value="vip", label="VIP")
    plan = IntakeAnswer(question="plan", value="b", label="B")
    plain = replace(ticket(), topic=None, desk="tech", answers=(), priority=Priority.NORMAL)
    for change, warn in (
        ({"priority": Priority.URGENT, "answers": (vip,)}, 0.1),
        ({"priority": Priority.URGENT}, 0.5),
        ({"topic": "money", "desk": "billing"}, 0.2),
        ({"desk": "billing"}, 0.3),
        ({"answers": (plan,)}, 0.4),
        ({}, 0.5),
    ):
        found = promises.promise_for(listed, replace(plain, **change))
        assert found is not None
        assert found.warn_at == warn
    assert promises.promise_for(listed[:4], plain) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": Status.NEW}, {"first_answer": True, "resolution": True}),
        (
            {"status": Status.IN_PROGRESS, "first_reply_at": NOW},
            {"resolution": True},
        ),
        (
            {"status": Status.IN_PROGRESS, "first_reply_at": NOW, "asked_at": NOW},
            {"next_answer": True, "resolution": True},
        ),
        (
            {"status": Status.WAITING_CLIENT, "first_reply_at": NOW},
            {"resolution": False},
        ),
        (
            {"status": Status.WAITING_VENDOR, "first_reply_at": NOW, "asked_at": NOW},
            {"next_answer": True, "resolution": True},
        ),
        ({"status": Status.RESOLVED, "first_reply_at": NOW}, {"resolution": False}),
        ({"status": Status.CLOSED, "first_reply_at": NOW, "asked_at": NOW}, {}),
    ],
)
def test_which_clocks_run(change: dict[str, Any], expected: dict[str, bool]) -> None:
    """case I3: by the ticket's state alone."""
    assert running(replace(ticket(), **change)) == expected


def test_the_vendor_s_time_counts_by_setting() -> None:
    """case I3."""
    patient = Promise.model_validate(
        {"first_answer": "1h", "resolution": "8h", "vendor_counts": False}
    )
    waiting = replace(ticket(), status=Status.WAITING_VENDOR)
    assert running(waiting, patient) == {"first_answer": False, "resolution": False}


def test_another_promise_keeps_what_was_used() -> None:
    before = replace(ticket(), clocks=promises.follow(ticket(), ALL, NOW, always))
    shorter = Promise.model_validate({"resolution": "2h"})
    [clock] = promises.follow(before, shorter, NOW + timedelta(hours=1), always)
    assert clock.due(always) == NOW + timedelta(hours=2)
    assert promises.follow(before, None, NOW, always) == ()


def test_steps_wait_in_the_order_of_their_time_and_each_is_carried_out_once() -> None:
    """case I6."""
    steps = [
        PromiseStep(at="breach", do=("tell_head",)),
        PromiseStep(at="warn", do=("tell_desk",)),
        PromiseStep(at=2.0, do=("tell_head",)),
        PromiseStep(at=0.1, do=("tell_desk",), clock=("resolution",)),
    ]
    [first, *_] = promises.follow(ticket(), ALL, NOW, always)
    due = promises.waiting(first, ALL, steps, always)
    assert [(moment - NOW) / timedelta(minutes=1) for moment, _ in due] == [45, 60, 120]
    done = replace(first, done=(due[0][1].name, due[1][1].name))
    assert [step.at for _, step in promises.waiting(done, ALL, steps, always)] == [2.0]


@given(st.lists(st.sampled_from(list(Status)), max_size=12), st.integers(1, 90))
def test_following_twice_is_following_once(path: list[Status], minutes: int) -> None:
    """A turn may look at the clocks as often as it likes."""
    now, seen = NOW, ticket()
    for status in path:
        now += timedelta(minutes=minutes)
        seen = replace(seen, status=status, asked_at=now if minutes % 2 else None)
        once = promises.follow(seen, ALL, now, always)
        seen = replace(seen, clocks=once)
        assert promises.follow(seen, ALL, now, always) == once


def test_a_promise_that_never_counts_is_found() -> None:
    every = made()
    desk = made(**{"for": {"desk": ["billing", "tech"]}})
    one = made(**{"for": {"desk": "billing", "priority": "urgent"}})
    assert promises.unreachable([desk, one, every]) == [1]
    assert promises.unreachable([one, desk, every]) == []
    assert promises.unreachable([every, desk]) == [1]
    some = made(**{"for": {"answers": {"plan": ["a", "b"]}}})
    assert promises.unreachable([some, made(**{"for": {"answers": {"plan": "a"}}})]) == [1]


def test_passing_in_a_circle_is_found() -> None:
    def to(desk: str, at: str) -> PromiseStep:
        return PromiseStep.model_validate({"at": at, "do": [{"pass": desk}]})

    assert promises.passed_twice([to("core", "breach"), to("sales", "2x"), to("core", "3x")]) == [
        "core"
    ]
    assert promises.passed_twice([to("core", "breach"), to("sales", "2x")]) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"warn_at": "75%"}, "it promises nothing"),
        ({"resolution": "0s"}, "longer than nothing"),
        ({"resolution": "1h", "warn_at": "soon"}, "a share of the promised time"),
        ({"resolution": "1h", "warn_at": "0%"}, "a share of the promised time"),
        ({"resolution": "1h", "for": {"colour": "red"}}, "Extra inputs"),
    ],
)
def test_what_can_not_be_meant_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Promise.model_validate(settings)
