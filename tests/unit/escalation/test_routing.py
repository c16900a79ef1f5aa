"""Which desk gets a ticket, how soon it is, and where it can go from there."""

from __future__ import annotations

from typing import Any

import pytest

from escalation.routing import (
    answers_fit,
    contact_for,
    desk_for,
    escalation_of,
    priority_for,
    return_of,
)
from escalation.settings import Desk, Routing, Topic
from escalation.ticket import IntakeAnswer, Priority


def desk(name: str, **more: Any) -> Desk:
    return Desk.model_validate({"id": name, "title": name, "chat": "-1", **more})


DESKS = {
    d.id: d
    for d in (
        desk("network", escalates_to="experts"),
        desk("billing"),
        desk("experts", line=3, escalates_to="experts"),
        desk("vendor", line=4, escalates_to="gone"),
        desk("friendly", line=3, client_contact=True),
    )
}
ROUTING = Routing.model_validate(
    {
        "rules": [
            {"desk": "gone"},
            {"topic": ["money"], "language": ["en"], "desk": "friendly"},
            {"topic": ["money", "refund"], "desk": "billing"},
            {"answers": {"kind": ["optics", "fibre"]}, "desk": "experts"},
            {"priority": ["urgent"], "desk": "vendor"},
        ],
        "fallback": "network",
    }
)


def answers(**given: str) -> tuple[IntakeAnswer, ...]:
    return tuple(
        IntakeAnswer(question=name, value=value, label=value) for name, value in given.items()
    )


@pytest.mark.parametrize(
    ("topic", "given", "priority", "language", "expected"),
    [
        ("money", {}, Priority.NORMAL, "ru", "billing"),
        ("money", {}, Priority.NORMAL, "en", "friendly"),
        ("refund", {"kind": "optics"}, Priority.URGENT, "en", "billing"),
        ("internet", {"kind": "fibre"}, Priority.NORMAL, "ru", "experts"),
        ("internet", {"kind": "copper"}, Priority.URGENT, "ru", "vendor"),
        ("internet", {}, Priority.NORMAL, "ru", "network"),
        (None, {}, Priority.NORMAL, "ru", "network"),
    ],
)
def test_the_first_rule_that_fits_decides_else_the_fallback(
    topic: str | None, given: dict[str, str], priority: Priority, language: str, expected: str
) -> None:
    chosen = desk_for(
        ROUTING,
        DESKS,
        topic=topic,
        answers=answers(**given),
        priority=priority,
        language=language,
    )
    assert chosen == expected


def test_an_unanswered_question_never_fits() -> None:
    assert answers_fit({}, ())
    assert answers_fit({"a": "1", "b": ("2", "3")}, answers(a="1", b="3"))
    assert not answers_fit({"a": "1"}, ())
    assert not answers_fit({"a": "1", "b": "2"}, answers(a="1", b="3"))


def test_priority_is_the_first_fitting_rules_else_the_topics() -> None:
    topic = Topic.model_validate(
        {
            "id": "t",
            "title": "T",
            "questions": [
                {"id": "who", "type": "text", "ask": "?"},
                {"id": "all", "type": "text", "ask": "?"},
            ],
            "priority": "low",
            "priorities": [
                {"when": {"who": "shop", "all": "yes"}, "priority": "urgent"},
                {"when": {"who": "shop"}, "priority": "high"},
            ],
        }
    )
    assert priority_for(topic, answers(who="shop", all="yes")) is Priority.URGENT
    assert priority_for(topic, answers(who="shop")) is Priority.HIGH
    assert priority_for(topic, answers(who="home")) is Priority.LOW
    assert priority_for(None, ()) is Priority.NORMAL


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("billing",), "billing"),
        (("network", "billing", "experts"), "billing"),
        (("network", "experts", "vendor"), "network"),
        (("experts",), "network"),
        (("gone", "experts"), "network"),
        (("network", "friendly"), "friendly"),
    ],
)
def test_the_last_desk_that_may_talks_to_the_client(path: tuple[str, ...], expected: str) -> None:
    assert contact_for(ROUTING, DESKS, path) == expected


def test_without_a_desk_that_may_nobody_talks_to_the_client() -> None:
    experts = {"experts": DESKS["experts"]}
    routing = Routing(fallback="experts")
    assert contact_for(routing, experts, ("experts",)) is None
    assert contact_for(routing, {**experts, "billing": DESKS["billing"]}, ()) == "billing"


def test_up_leads_to_a_known_other_desk_only() -> None:
    assert escalation_of(DESKS["network"], DESKS) == "experts"
    assert escalation_of(DESKS["billing"], DESKS) is None
    assert escalation_of(DESKS["experts"], DESKS) is None, "not to itself"
    assert escalation_of(DESKS["vendor"], DESKS) is None, "not to a desk that is gone"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), None),
        (("network",), None),
        (("network", "experts"), "network"),
        (("network", "gone", "experts"), "network"),
        (("network", "billing", "network", "billing"), "network"),
    ],
)
def test_back_leads_to_where_it_came_from(path: tuple[str, ...], expected: str | None) -> None:
    assert return_of(path, DESKS) == expected
