"""Settings of topics, desks and routing, checked.

Every field's description becomes its line in the documentation.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from escalation.calendar import Hours
from escalation.durations import Duration
from escalation.patterns import fits, pattern_problem
from escalation.ticket import Priority

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Names of topics, questions, options and desks: lower-case Latin letters, digits, hyphens."""


def misplaced(message: str, *at: str | int) -> PydanticCustomError:
    """A mistake of a whole section that is about what stands at ``at`` in it."""
    return PydanticCustomError("misplaced", "{message}", {"message": message, "at": at})


class Section(BaseModel):
    """Settings that refuse unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LocalText(Section):
    """Words in one or more languages. A plain string is said in every language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ru: str | None = Field(None, min_length=1, description="In Russian.")
    en: str | None = Field(None, min_length=1, description="In English.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.ru or self.en):
            raise ValueError("words in at least one language are expected")
        return self

    def in_language(self, language: str) -> str:
        """The words in ``language``, or in whatever language there is."""
        own = getattr(self, language, None) if language in {"ru", "en"} else None
        return own or self.ru or self.en or ""


def _local(value: object) -> object:
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("words are expected")
        return {"ru": value, "en": value}
    return value


Words = Annotated[LocalText, BeforeValidator(_local, json_schema_input_type=str | LocalText)]


_CHAT = re.compile(r"-?[0-9]{1,20}", re.ASCII)


def _quoted(value: object) -> object:
    """Ids of chats and people are numbers; they are text here, and may be written without
    quotes."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and not _CHAT.fullmatch(value):
        raise ValueError("a number such as -1009876543210 is expected; /id in the chat tells it")
    return value


ChatId = Annotated[
    str,
    BeforeValidator(_quoted, json_schema_input_type=str | int),
    Field(pattern=r"^-?[0-9]{1,20}$"),
]
"""A channel's id of a chat or a person."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def listed(kind: Any) -> BeforeValidator:  # noqa: ANN401 - a type
    """Marks a tuple of ``kind`` that may be written as a single one."""
    return BeforeValidator(_listed, json_schema_input_type=kind | tuple[kind, ...])


Values = Annotated[
    tuple[str, ...],
    listed(str),
    Field(min_length=1),
]
"""One answer or several, any of which will do. A single one needs no list."""


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
    min: FiniteFloat | None = Field(None, description="Smallest `number`.")
    max: FiniteFloat | None = Field(None, description="Largest `number`.")
    required: bool = Field(True, description="Whether it can not be skipped.")
    when: dict[Id, Values] = Field(
        {}, description="Asked only if these earlier answers have one of these values."
    )
    remember: bool = Field(
        False, description="Keep the answer on the client's card and do not ask again."
    )
    private: bool = Field(
        False,
        description="Leave the answer out of letters to experts, as those of the types `phone`, "
        "`email` and `location` are, until *Name and contacts* is chosen.",
    )

    @field_validator("pattern")
    @classmethod
    def _bounded(cls, value: str | None) -> str | None:
        problem = None if value is None else pattern_problem(value)
        if problem:
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        """What belongs to one type of question only is with that type."""
        choice, number = self.type == "choice", self.type == "number"
        if choice and len(self.options) < 2:
            raise misplaced("a choice needs at least two options", "options")
        if self.options and not choice:
            raise misplaced("only a question of the type choice has options", "options")
        if self.type == "pattern" and self.pattern is None:
            raise misplaced("a question of the type pattern needs a pattern", "pattern")
        if self.pattern is not None and self.type != "pattern":
            raise misplaced("only a question of the type pattern has one", "pattern")
        for name, bound in (("min", self.min), ("max", self.max)):
            if bound is not None and not number:
                raise misplaced(f"only a question of the type number has a {name}", name)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise misplaced("max is less than min", "max")
        if self.pattern and self.example and not fits(self.pattern, self.example):
            raise misplaced("the example does not fit the pattern", "example")
        return self


class PriorityRule(Section):
    """Gives a ticket of the topic a priority when all conditions hold."""

    when: dict[Id, Values] = Field(
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
    chat: ChatId = Field(description="Id of the team's group; `/id` in the group tells it.")
    channel: str | None = Field(
        None,
        description="Channel of that group; default: the first one whose groups desks work in.",
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
    members: tuple[ChatId, ...] = Field(
        (),
        description="Ids of the people who may act, in the desk's channel; default: everybody in "
        "the group.",
    )

    @property
    def may_write_to_clients(self) -> bool:
        return self.line <= 2 if self.client_contact is None else self.client_contact


class RoutingRule(Section):
    """Sends tickets to a desk when all its conditions hold."""

    topic: Annotated[tuple[Id, ...], listed(str)] = Field(
        (), description="Any of these topics; default: every topic."
    )
    answers: dict[Id, Values] = Field({}, description="Answers that must have been given.")
    priority: Annotated[tuple[Priority, ...], listed(Priority)] = Field(
        (), description="Any of these priorities."
    )
    language: Annotated[tuple[Literal["ru", "en"], ...], listed(Literal["ru", "en"])] = Field(
        (), description="Any of these languages."
    )
    desk: Id = Field(description="Where such tickets go.")


class Routing(Section):
    """Which desk gets a new ticket."""

    rules: tuple[RoutingRule, ...] = Field((), description="The first that fits decides.")
    fallback: Id = Field(description="Desk for everything no rule fits.")


def _share(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"a share from 0 to 1 is expected, such as 0.5, found {value!r}")  # noqa: TRY004
    return value


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
    rating: Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)] = Field(
        1.0, description="Share of resolutions after which the client is asked for a rating."
    )
    budget: int = Field(
        5, ge=1, description="Tickets one client can have open at once; more are merged in."
    )
    failover: bool = Field(
        True,
        description="Whether a ticket goes on by letter when its client blocked the bot and has "
        "confirmed an e-mail address, and in the chat when their letters come back.",
    )


class LetterPolicy(Section):
    """How the bot behaves in letters. Words of people are under none of these limits."""

    intake: Literal["with_ticket", "before_ticket"] = Field(
        "with_ticket",
        description="When a letter that line 0 does not answer becomes a ticket: at once, and "
        "missing details are asked for in the letter that tells its number (`with_ticket`), or "
        "only when they are there or `intake_timeout` has passed (`before_ticket`).",
    )
    intake_timeout: Duration = Field(
        timedelta(days=2),
        description="How long the bot waits for the answer to a letter of questions; in a chat "
        "`tickets.intake_timeout` counts.",
    )
    automatic_per_day: int = Field(
        10,
        ge=1,
        description="Letters the bot writes by itself to one address within a day. With more, two "
        "machines are probably writing to each other: letters from there go straight to people, "
        "who are told, and get no automatic answer for `silence`.",
    )
    automatic_per_hour: int = Field(
        300,
        ge=1,
        description="Letters the bot writes by itself to all addresses together within an hour. "
        "Further ones are left unwritten; letters that come in meanwhile go straight to people.",
    )
    silence: Duration = Field(
        timedelta(days=7),
        description="How long an address gets no automatic letters once a machine seems to "
        "answer there.",
    )
