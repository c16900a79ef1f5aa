"""The rules of a workspace applied: desk and priority of a ticket, and where it may go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from escalation.settings import Desk, Routing, RoutingRule, Topic
from escalation.ticket import IntakeAnswer, Priority

Conditions = Mapping[str, str | tuple[str, ...]]


def answers_fit(conditions: Conditions, answers: Iterable[IntakeAnswer]) -> bool:
    """Whether every named question was answered with the value, or one of the values, asked for.

    No conditions always fit; an unanswered question never does.
    """
    given = {answer.question: answer.value for answer in answers}
    return all(
        given.get(question) in ((wanted,) if isinstance(wanted, str) else wanted)
        for question, wanted in conditions.items()
    )


def priority_for(topic: Topic | None, answers: Sequence[IntakeAnswer]) -> Priority:
    """The priority of a new ticket: the topic's first rule that fits, else the topic's own."""
    if topic is None:
        return Priority.NORMAL
    for rule in topic.priorities:
        if answers_fit(rule.when, answers):
            return rule.priority
    return topic.priority


def desk_for(
    routing: Routing,
    desks: Mapping[str, Desk],
    *,
    topic: str | None,
    answers: Sequence[IntakeAnswer],
    priority: Priority,
    language: str,
) -> str:
    """The desk a new ticket goes to: the first rule that fits, else the fallback."""

    def fits(rule: RoutingRule) -> bool:
        return (
            rule.desk in desks
            and (not rule.topic or topic in rule.topic)
            and (not rule.priority or priority in rule.priority)
            and (not rule.language or language in rule.language)
            and answers_fit(rule.answers, answers)
        )

    return next((rule.desk for rule in routing.rules if fits(rule)), routing.fallback)


def contact_for(routing: Routing, desks: Mapping[str, Desk], path: Sequence[str]) -> str | None:
    """Who talks to the client of a ticket that took this path: the last desk on it that may, else
    the fallback desk, else the first desk that may. None if no desk may."""
    candidates = (*reversed(path), routing.fallback, *desks)
    return next(
        (desk for desk in candidates if desk in desks and desks[desk].may_write_to_clients), None
    )


def escalation_of(desk: Desk, desks: Mapping[str, Desk]) -> str | None:
    """The desk ``escalate`` passes to, None if there is none."""
    target = desk.escalates_to
    return target if target in desks and target != desk.id else None


def return_of(path: Sequence[str], desks: Mapping[str, Desk]) -> str | None:
    """The desk ``return`` gives a ticket back to: where it was before it came here."""
    if not path:
        return None
    return next((desk for desk in reversed(path[:-1]) if desk in desks and desk != path[-1]), None)
