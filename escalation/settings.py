"""What an administrator writes about topics, desks and routing, as validated settings.

Every field's description becomes its line in the documentation.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from escalation.calendar import Hours
from escalation.ticket import Priority

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(value: object) -> object:
    """``"90s"``, ``"15m"``, ``"2h"``, ``"3d"``, ``"1w"`` or a sum such as ``"1d 12h"``."""
    if not isinstance(value, str):
        raise ValueError('a duration such as "90s", "15m", "2h" or "3d" is expected')  # noqa: TRY004 - pydantic reports ValueError
    text = value.strip()
    if not text or _DURATION.sub("", text).strip():
        raise ValueError('a duration such as "90s", "15m", "2h" or "3d" is expected')
    return sum(
        (timedelta(**{_UNIT[unit]: int(n)}) for n, unit in _DURATION.findall(text)), timedelta()
    )


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Names of topics, questions, options and desks: lower-case Latin letters, digits, hyphens."""


class Section(BaseModel):
    """Settings that refuse unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LocalText(Section):
    """Words in one or more languages. A plain string stands for the default language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ru: str | None = Field(None, min_length=1, description="In Russian.")
    en: str | None = Field(None, min_length=1, description="In English.")
    plain: str | None = Field(None, exclude=True, description="Not written by hand.")

    def in_language(self, language: str) -> str:
        """The words in ``language``, or in whatever language there is."""
        own = getattr(self, language, None) if language in {"ru", "en"} else None
        return own or self.plain or self.ru or self.en or ""


def _local(value: object) -> object:
    return {"plain": value} if isinstance(value, str) else value


Words = Annotated[LocalText, BeforeValidator(_local)]


class Phrases(Section):
    """Ways clients put it, per language, used to recognise it in free text."""

    ru: tuple[str, ...] = Field((), description="In Russian.")
    en: tuple[str, ...] = Field((), description="In English.")


class Option(Section):
    """One choice of a question."""

    id: Id = Field(description="Name used by rules.")
    label: Words = Field(description="What the client sees on the button.")
    phrases: Phrases = Field(Phrases(), description="Other ways to say it.")


QuestionType = Literal[
    "choice", "text", "number", "phone", "email", "date", "pattern", "file", "location"
]


class Question(Section):
    """One intake question. It is asked only when its answer is not known already."""

    id: Id = Field(description="Name used by rules and the card.")
    type: QuestionType = Field(description="What kind of answer is expected.")
    ask: Words = Field(description="The question in words.")
    label: Words | None = Field(None, description="Short name on the card; default: the question.")
    options: tuple[Option, ...] = Field((), description="The choices of a `choice` question.")
    pattern: str | None = Field(
        None, description="Regular expression of a `pattern` answer, e.g. a contract number."
    )
    example: str | None = Field(None, description="A valid answer, shown when one was wrong.")
    min: float | None = Field(None, description="Smallest `number`.")
    max: float | None = Field(None, description="Largest `number`.")
    required: bool = Field(True, description="Whether it can not be skipped.")
    when: dict[Id, str | tuple[str, ...]] = Field(
        {}, description="Asked only if these earlier answers have one of these values."
    )
    remember: bool = Field(
        False, description="Keep the answer on the client's card and do not ask again."
    )


class PriorityRule(Section):
    """Gives a ticket of the topic a priority when all conditions hold."""

    when: dict[Id, str | tuple[str, ...]] = Field(
        description="Answers (question: value or values) that must have been given."
    )
    priority: Priority = Field(description="The priority then.")


class Topic(Section):
    """What a ticket can be about; decides the questions, the routing and the priority."""

    id: Id = Field(description="Name used by rules and FAQ entries.")
    title: Words = Field(description="What clients and specialists see.")
    phrases: Phrases = Field(Phrases(), description="Ways clients put it in free text.")
    questions: tuple[Question, ...] = Field((), description="Asked in this order.")
    priority: Priority = Field(Priority.NORMAL, description="Priority unless a rule says other.")
    priorities: tuple[PriorityRule, ...] = Field(
        (), description="First rule whose answers fit decides the priority."
    )
    menu: bool = Field(True, description="Whether it is offered as a button.")


class Desk(Section):
    """A team of one line and the group chat where it works."""

    id: Id = Field(description="Name used by routing.")
    line: Literal[1, 2, 3, 4] = Field(2, description="Which line of support it is.")
    title: Words = Field(description="What clients and specialists see.")
    chat: str = Field(
        pattern=r"^-?\d+$",
        description="Telegram id of the team's group (quoted); `/id` in the group tells it.",
    )
    language: Literal["ru", "en"] | None = Field(
        None, description="Language of cards and commands; default: the workspace's first."
    )
    speak: Literal["reply", "note"] = Field(
        "reply",
        description="What an ordinary message in a ticket's topic is: a `reply` to the client "
        "(notes then begin with `note_prefix`), or a `note` (replies then begin with "
        "`reply_prefix`).",
    )
    note_prefix: str = Field("//", min_length=1, description="Marks a note.")
    reply_prefix: str = Field("!", min_length=1, description="Marks a reply where notes are usual.")
    sign: Literal["name", "desk", "none"] = Field(
        "none", description="How replies are signed for the client."
    )
    client_contact: bool | None = Field(
        None, description="Whether it may write to clients; default: lines 1 and 2 may."
    )
    escalates_to: Id | None = Field(None, description="Desk that `escalate` passes to.")
    hours: Hours | None = Field(None, description="Working hours; default: always open.")
    members: tuple[str, ...] = Field(
        (), description="Telegram ids of those who may act; default: everybody in the group."
    )

    @property
    def may_write_to_clients(self) -> bool:
        return self.line <= 2 if self.client_contact is None else self.client_contact


class RoutingRule(Section):
    """Sends tickets to a desk when all its conditions hold."""

    topic: tuple[Id, ...] = Field((), description="Any of these topics; default: every topic.")
    answers: dict[Id, str | tuple[str, ...]] = Field(
        {}, description="Answers that must have been given."
    )
    priority: tuple[Priority, ...] = Field((), description="Any of these priorities.")
    language: tuple[Literal["ru", "en"], ...] = Field((), description="Any of these languages.")
    desk: Id = Field(description="Where such tickets go.")


class Routing(Section):
    """Which desk gets a new ticket."""

    rules: tuple[RoutingRule, ...] = Field((), description="The first that fits decides.")
    fallback: Id = Field(description="Desk for everything no rule fits.")


class TicketPolicy(Section):
    """What happens to tickets by themselves."""

    reopen_within: Duration = Field(
        timedelta(days=3),
        description="A client's words this long after the resolution reopen the ticket; later "
        "they start a new, linked one.",
    )
    close_after: Duration = Field(
        timedelta(days=2), description="A resolved ticket nobody answers is closed after this."
    )
    recall_within: Duration = Field(
        timedelta(seconds=60), description="How long a specialist can take a message back."
    )
    intake_timeout: Duration = Field(
        timedelta(minutes=30), description="How long the bot waits for an intake answer."
    )
    intake_unanswered: Literal["open", "drop"] = Field(
        "open",
        description="Then the ticket opens with what there is, or the intake is dropped.",
    )
    rating: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0, description="Share of resolutions after which the client is asked for a rating."
    )
    budget: int = Field(
        5, ge=1, description="Tickets one client can have open at once; more are merged in."
    )
