"""The FAQ files as the administrator writes them, and the values the rest of the program reads."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from faq.text import Language

DEFAULT_LANGUAGE: Final[Language] = "ru"


def _in_default_language(value: object, info: ValidationInfo) -> object:
    """A bare text or list stands for the default language (the validation context names it)."""
    if isinstance(value, str | list):
        context = info.context or {}
        return {context.get("language", DEFAULT_LANGUAGE): value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError("quotes", "expected text", {"hint": "put it in quotes"})
    return value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
TopicId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Text = Annotated[
    Mapping[Language, Words],
    BeforeValidator(_in_default_language, json_schema_input_type=str | dict[Language, str]),
    Field(min_length=1),
]
Phrases = Annotated[
    Mapping[Language, tuple[Phrase, ...]],
    BeforeValidator(
        _in_default_language, json_schema_input_type=list[str] | dict[Language, list[str]]
    ),
]


def _known_address(url: str) -> str:
    if not re.match(r"(https?://|tg://|mailto:|tel:)\S+$", url):
        raise PydanticCustomError(
            "address", "not an address", {"hint": "begin with https://, tg://, mailto: or tel:"}
        )
    return url


Url = Annotated[Words, BeforeValidator(lambda v: _known_address(v) if isinstance(v, str) else v)]


class Part(BaseModel):
    """Anything written in a FAQ file: unknown keys are refused, values never change."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, populate_by_name=False, ser_json_inf_nan="null"
    )


def _one_of(part: BaseModel, names: tuple[str, ...], what: str) -> None:
    given = [name for name in names if getattr(part, name)]
    if len(given) != 1:
        raise PydanticCustomError(
            "one_of",
            "{what} needs exactly one of {names}",
            {
                "what": what,
                "names": ", ".join(names),
                "hint": "found " + (", ".join(given) or "none"),
            },
        )


class Button(Part):
    """A button under an answer: opens an address, another entry, a topic's intake, or a person."""

    text: Text
    url: Url | None = None
    entry: Id | None = None
    topic: TopicId | None = None
    person: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Button":
        _one_of(self, ("url", "entry", "topic", "person"), "a button")
        return self


class GuideStep(Part):
    """One thing for the client to try; *helped* ends the guide, *did not help* goes on."""

    text: Text
    files: tuple[Words, ...] = ()


class Otherwise(Part):
    """Where a guide leads when no step helped."""

    entry: Id | None = None
    topic: TopicId | None = None
    person: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Otherwise":
        _one_of(self, ("entry", "topic", "person"), "otherwise")
        return self


class Valid(Part):
    """The days on which an entry is answered, both included."""

    since: date | None = Field(None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Valid":
        if self.since and self.until and self.since > self.until:
            raise PydanticCustomError("order", "'from' is later than 'until'", {"at": ("until",)})
        return self


class Entry(Part):
    """A question of the clients and what line 0 says to it."""

    id: Id
    title: Text
    questions: Phrases = Field(default_factory=dict)
    excluded: Phrases = Field(default_factory=dict, alias="not")
    answer: Text | None = None
    buttons: tuple[Button, ...] = ()
    files: tuple[Words, ...] = ()
    steps: tuple[GuideStep, ...] = ()
    otherwise: Otherwise | None = None
    topic: TopicId | None = None
    priority: Annotated[int, Field(ge=-10, le=10)] = 0
    valid: Valid = Field(default_factory=lambda: Valid.model_validate({}))
    audience: tuple[Words, ...] = ()
    tests: Phrases = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> "Entry":
        if self.answer is None and not self.steps:
            raise PydanticCustomError("silent", "an entry needs an answer or steps")
        if self.otherwise is not None and not self.steps:
            raise PydanticCustomError(
                "otherwise", "'otherwise' needs 'steps'", {"at": ("otherwise",)}
            )
        return self

    def answer_in(self, language: Language) -> tuple[str, Language] | None:
        """The answer in ``language``, or in the other one when it is missing, and which it is.

        ``None`` when the entry has only steps.
        """
        return None if self.answer is None else in_language(self.answer, language)

    def asked_on(self, today: date | None, audience: str | None) -> bool:
        """Whether the entry is for this day and this kind of client; unknown ones see all."""
        if today is not None:
            if self.valid.since and today < self.valid.since:
                return False
            if self.valid.until and today > self.valid.until:
                return False
        return not self.audience or audience is None or audience in self.audience


def in_language(text: Mapping[Language, str], language: Language) -> tuple[str, Language]:
    """``text`` in ``language`` if it is there, else in the one that is, and which it is."""
    if language in text:
        return text[language], language
    other = next(iter(text))
    return text[other], other


class SectionHead(Part):
    """A chapter of the FAQ, for browsing."""

    id: Id
    title: Text


class SectionFile(Part):
    """One file of the FAQ folder."""

    section: SectionHead
    synonyms: tuple[tuple[Words, ...], ...] = ()
    entries: tuple[Entry, ...] = ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a FAQ file, for completion in an editor."""
    schema = SectionFile.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A LineZero FAQ file",
        **{key: value for key, value in schema.items() if key != "title"},
    }
