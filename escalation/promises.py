"""What is promised about tickets, and what happens when time runs out: settings and rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from escalation.clocks import CLOCKS, Calendars, Clock, ClockKind
from escalation.durations import Duration
from escalation.settings import Id, Section, Values, listed
from escalation.ticket import Priority, Status, Ticket

_SHARE = re.compile(r"(\d{1,4})\s*%|(\d{1,2}(?:\.\d)?)\s*x", re.ASCII)


def _share(value: object) -> object:
    """``"75%"`` and ``"2x"`` as shares of what was promised."""
    if isinstance(value, float):
        return value
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    share = found and (int(found[1]) / 100 if found[1] else float(found[2]))
    if not share:
        raise ValueError('a share of the promised time such as "75%" or "2x" is expected')
    return share


Share = Annotated[
    float,
    BeforeValidator(_share),
    PlainSerializer(lambda share: f"{share:.0%}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,4}\s*%|\d{1,2}(\.\d)?\s*x)$"}),
]

Do = Literal["tell_assignee", "tell_desk", "tell_head", "tell_client", "raise_priority"]


class For(Section):
    """Which tickets something is about: those of which everything named holds."""

    desk: Annotated[tuple[Id, ...], listed(str)] = Field((), description="Any of these desks.")
    topic: Annotated[tuple[Id, ...], listed(str)] = Field((), description="Any of these topics.")
    priority: Annotated[tuple[Priority, ...], listed(Priority)] = Field(
        (), description="Any of these priorities."
    )
    segment: Annotated[tuple[str, ...], listed(str)] = Field(
        (), description="Any of these answers to the question `segment`."
    )
    answers: dict[Id, Values] = Field({}, description="Answers that must have been given.")

    def fits(self, ticket: Ticket) -> bool:
        given = {answer.question: answer.value for answer in ticket.answers}
        return (
            (not self.desk or ticket.desk in self.desk)
            and (not self.topic or ticket.topic in self.topic)
            and (not self.priority or ticket.priority in self.priority)
            and (not self.segment or given.get("segment") in self.segment)
            and all(given.get(question) in wanted for question, wanted in self.answers.items())
        )

    def covers(self, other: For) -> bool:
        """Whether whatever fits the other fits this one too."""
        return (
            _covers(self.desk, other.desk)
            and _covers(self.topic, other.topic)
            and _covers(self.priority, other.priority)
            and _covers(self.segment, other.segment)
            and all(
                question in other.answers and set(other.answers[question]) <= set(wanted)
                for question, wanted in self.answers.items()
            )
        )


def _covers(these: Sequence[str], those: Sequence[str]) -> bool:
    return not these or (bool(those) and set(those) <= set(these))


class Promise(Section):
    """How soon clients of some tickets are answered, in working time of the desk that has them."""

    about: For = Field(For(), alias="for", description="Which tickets; default: all.")
    first_answer: Duration | None = Field(
        None, description="Until a specialist first writes to the client."
    )
    next_answer: Duration | None = Field(
        None, description="Until a specialist answers what the client wrote after that."
    )
    resolution: Duration | None = Field(
        None,
        description="Until the ticket is resolved; stands still while the client is waited for.",
    )
    warn_at: Share = Field("75%", description="When `at: warn` is.", validate_default=True)
    vendor_counts: bool = Field(
        True, description="Whether time goes on while the vendor is waited for."
    )

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if not self.targets:
            raise ValueError("it promises nothing: name first_answer, next_answer or resolution")
        if any(target <= timedelta() for target in self.targets.values()):
            raise ValueError("a promise takes longer than nothing")
        return self

    @property
    def targets(self) -> Mapping[ClockKind, timedelta]:
        named: tuple[tuple[ClockKind, timedelta | None], ...] = (
            ("first_answer", self.first_answer),
            ("next_answer", self.next_answer),
            ("resolution", self.resolution),
        )
        return {kind: target for kind, target in named if target is not None}


class PassTo(Section):
    """Give the ticket to another desk."""

    desk: Id = Field(alias="pass", description="The desk that gets it.")


class PromiseStep(Section):
    """What happens when so much of a promised time is used up."""

    at: Literal["warn", "breach"] | Share = Field(
        description="`warn` (see `warn_at`), `breach`, or a share of what was promised: `50%`, "
        "`2x`."
    )
    clock: Annotated[tuple[ClockKind, ...], listed(ClockKind)] = Field(
        (), description="Which promises; default: all."
    )
    do: Annotated[tuple[Do | PassTo, ...], listed(Do | PassTo)] = Field(
        min_length=1,
        description="`tell_assignee`, `tell_desk`, `tell_head`, `tell_client` (a new time, once "
        "until somebody writes to them), `raise_priority`, `{pass: desk}`.",
    )
    any_time: bool = Field(
        False, description="Also outside the desk's hours; default: when it opens next."
    )

    def share(self, promise: Promise) -> float:
        """Of the target: when it is to be carried out."""
        if self.at == "warn":
            return promise.warn_at
        return 1.0 if self.at == "breach" else float(self.at)

    @property
    def name(self) -> str:
        """What a clock remembers it by; an edited step is another one."""
        acts = (act if isinstance(act, str) else f"pass:{act.desk}" for act in self.do)
        return f"{self.at} {' '.join(sorted(acts))}"


USUAL_STEPS: tuple[PromiseStep, ...] = (
    PromiseStep(at="warn", do=("tell_assignee", "tell_desk")),
    PromiseStep(at="breach", do=("tell_assignee", "tell_desk", "tell_head")),
)


def promise_for(promises: Iterable[Promise], ticket: Ticket) -> Promise | None:
    """The first that fits a ticket."""
    return next((promise for promise in promises if promise.about.fits(ticket)), None)


def unreachable(promises: Sequence[Promise]) -> list[int]:
    """Numbers of the promises that can never be the first to fit."""
    return [
        number
        for number, promise in enumerate(promises)
        if any(earlier.about.covers(promise.about) for earlier in promises[:number])
    ]


def passed_twice(steps: Sequence[PromiseStep]) -> list[str]:
    """Desks that late tickets are passed to, away from, and to again: a circle."""
    usual, found = Promise.model_validate({"resolution": "1d"}), list[str]()
    for kind in CLOCKS:
        counted = [step for step in steps if not step.clock or kind in step.clock]
        counted.sort(key=lambda step: step.share(usual))
        path = [act.desk for step in counted for act in step.do if isinstance(act, PassTo)]
        stays = [desk for n, desk in enumerate(path) if path[n - 1 : n] != [desk]]
        found += [desk for n, desk in enumerate(stays) if desk in stays[:n]]
    return list(dict.fromkeys(found))


def _runs(kind: ClockKind, ticket: Ticket, promise: Promise) -> bool | None:
    """Whether a clock of a ticket runs now or stands still; None if there is nothing to count."""
    answered = ticket.first_reply_at is not None
    vendor = ticket.status is Status.WAITING_VENDOR and not promise.vendor_counts
    match kind:
        case "first_answer":
            return None if answered or not ticket.status.open else not vendor
        case "next_answer":
            waits = answered and ticket.asked_at is not None and ticket.status.open
            return not vendor if waits else None
        case "resolution":
            if ticket.status is Status.CLOSED:
                return None
            waiting = {Status.WAITING_CLIENT, Status.RESOLVED}
            return ticket.status not in waiting and not vendor


def follow(
    ticket: Ticket, promise: Promise | None, now: datetime, calendars: Calendars
) -> tuple[Clock, ...]:
    """The clocks of a ticket as it is now, from those it had.

    A promise that is new to a ticket counts from now on; one that became another keeps what was
    counted. A clock that ended is left out.
    """
    had = {clock.kind: clock for clock in ticket.clocks}
    clocks = []
    for kind, target in promise.targets.items() if promise else ():
        runs = _runs(kind, ticket, promise) if promise else None
        if runs is None:
            continue
        clock = had.get(kind) or Clock(kind=kind, target=target, desk=ticket.desk)
        clock = replace(clock, target=target).at_desk(ticket.desk, now, calendars)
        clocks.append(clock.started(now) if runs else clock.stopped(now, calendars))
    return tuple(clocks)


def nearest(clocks: Iterable[Clock], calendars: Calendars) -> tuple[datetime, Clock] | None:
    """The clock whose promise is due first, and when."""
    due = [(moment, clock) for clock in clocks if (moment := clock.due(calendars))]
    return min(due, key=lambda pair: pair[0], default=None)


def waiting(
    clock: Clock, promise: Promise, steps: Sequence[PromiseStep], calendars: Calendars
) -> list[tuple[datetime, PromiseStep]]:
    """The steps that are still to be carried out for a running clock, and when; in that order."""
    found = []
    for step in steps:
        if step.name in clock.done or (step.clock and clock.kind not in step.clock):
            continue
        due = clock.due(calendars, step.share(promise))
        if due is not None:
            found.append((due, step.share(promise), step))
    return [(due, step) for due, _, step in sorted(found, key=lambda each: each[:2])]
