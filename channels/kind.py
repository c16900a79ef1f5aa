"""What a channel tells of itself in its line of the registry.

Light to import: whatever a channel needs to work with (its client library) is imported when one is
built or examined.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from channels.finding import Finding
from channels.message import Address, FormattedText, Media, Other
from channels.protocol import Abilities, Channel, Misconfigured, everything

Step = str | int


class ChannelSettings(BaseModel):
    """The section of one channel in `support.yaml`. No secret is in it, only where it is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """The value of ``Address.channel`` of all its addresses. Unique in a workspace."""
    brand: str | None = Field(
        None,
        description="Brand, of those in `brands`, whose clients write here; default: the company "
        "itself.",
    )

    def within(self, folder: Path) -> Self:
        """The same with relative paths beginning at ``folder``."""
        return self

    def abilities(self, place: Address) -> Abilities:
        """What can be shown in a place of the channel: what the channel says of it, without being
        built."""
        return everything(place)

    def missing_secrets(self) -> Iterator[tuple[tuple[Step, ...], Misconfigured]]:
        """The secrets that are not where the settings say, each with its place in the section."""
        return iter(())


class Box(Protocol):
    """One of our own postal addresses."""

    @property
    def address(self) -> str: ...

    @property
    def brand(self) -> str | None: ...


class LetterSettings(ChannelSettings):
    """The section of a channel whose messages are letters."""

    @property
    def boxes(self) -> Sequence[Box]:
        """Where letters to us go. At least one."""
        raise NotImplementedError

    def brand_of(self, mailbox: str | None) -> str | None:
        """The brand whose clients write to a mailbox; to the channel, where none is named."""
        named = (box.brand for box in self.boxes if box.address.lower() == (mailbox or "").lower())
        return next(named, None) or self.brand

    def box_of(self, brand: str | None) -> str | None:
        """The first mailbox of a brand."""
        return next((b.address for b in self.boxes if (b.brand or self.brand) == brand), None)


class Words(Protocol):
    """The sentences that a channel adds by itself, from the text catalogue."""

    def __call__(self, key: str, language: str, /, **args: str | int | datetime) -> str:
        """The sentence ``key`` in a language; moments are shown in the desk's zone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the application gives a channel."""

    folder: Path
    """The data folder: a channel keeps its files in a folder of its own below."""
    words: Words
    """The sentences a channel adds by itself."""
    company: Callable[[str, str | None], str]
    """The name in a language of a brand, or (None) of the company itself."""
    describe: Callable[[Other | Media], FormattedText]
    """Says in words what cannot be shown."""
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskChat:
    """A group that somebody is meant to work in."""

    name: str
    """The desk's name, for the findings."""
    chat: str
    threads: bool = True
    """Each ticket gets a thread of its own there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is to be looked at when a channel's set-up is examined."""

    folder: Path
    """Where the service keeps its data; the workspace, unless the service itself asks."""
    groups: Sequence[DeskChat]
    """Those of the desks and of the administrators in this channel."""
    serving: bool
    """The service runs: it must not be disturbed, and may be what asks, for somebody in a chat."""


HIDDEN: Final = "<secret>"
"""Stands where a secret was taken out of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShape:
    """What a secret of a channel looks like, to be known where it stands by mistake: it is refused
    in the workspace's files and taken out of logs."""

    name: str
    """What an administrator calls it, with its article: ``a bot's token``."""
    variable: str
    """The environment variable it is usually in."""
    pattern: re.Pattern[str]

    def hidden_in(self, text: str) -> str:
        """The text with each such secret replaced."""
        return self.pattern.sub(HIDDEN, text)


S = TypeVar("S", bound=ChannelSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[S]):
    """A kind of channel. How fast it may be written to, how long things are tried and what it can
    show is asked of the channel itself (``Channel``)."""

    section: str
    """Its key in `support.yaml`."""
    settings: type[S]
    title: str
    """Its name for administrators."""
    meaning: str
    """One sentence for the documentation of the section."""
    build: Callable[[S, Surroundings], Channel]
    """Makes a channel. Raises ``Misconfigured``."""
    diagnose: Callable[[S, Visit], Awaitable[Sequence[Finding]]]
    """Looks from outside whether everything is set up right."""
    several: bool = False
    """Whether a workspace may have more than one: the section is then one or a list."""
    groups: bool = False
    """Whether desks can work in it."""
    secrets: tuple[SecretShape, ...] = ()
    """Those of its secrets that are known by their looks."""


AnyKind = Kind[Any]
