"""The contract between a channel and the application.

A channel turns foreign updates into ``Inbound`` and carries out ``Outbound``. It keeps no
conversation, retries nothing inside ``send`` and acknowledges nothing to its source before the
inbox has it on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Protocol, Self, runtime_checkable

from channels.limits import UNLIMITED, Limits
from channels.message import Address, Inbound, Media, Outbound, Receipt
from channels.patience import CHAT, Patience
from channels.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What can be shown in one place of a channel. What cannot is not tried."""

    max_text: int
    """Characters in one message; longer texts are split by the adapter."""
    buttons: bool = False
    """Buttons can be put under a message, and presses come in."""
    edits: bool = False
    """What was posted can be changed and taken back."""
    reactions: bool = False
    """An emoji can be put on somebody's message."""
    threads: bool = False
    """Threads can be opened. True where only trying tells: ``NO_THREADS`` is the answer then."""
    files: bool = False
    """Files, places on the map, contacts and the like can be shown; elsewhere they are told in
    words."""
    batch: bool = False
    """What is said at one moment should be one message, as each is a matter of its own to read and
    to answer. People are asked all at once there, and answer all at once."""


EVERYTHING: Final = Abilities(
    max_text=4096, buttons=True, edits=True, reactions=True, threads=True, files=True
)
"""All that a chat may have."""
LETTERS: Final = Abilities(max_text=200_000, files=True, batch=True)
"""What a dialogue by letters can show, whatever brings them."""


def everything(place: Address) -> Abilities:
    """The abilities of a place of which nothing is known: all that a chat may have."""
    return EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a source has been read, where the source does not remember it itself.

    ``source`` names it within the ``channel`` (a mailbox and folder); ``position`` is opaque.
    """

    channel: str
    source: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The last that was heard of the source; no I/O is done to answer."""

    ok: bool
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Commands a channel may offer by itself, where people would look for them."""

    audience: Literal["clients", "desks"]
    language: str | None
    """None: for everybody whose language has no menu of its own."""
    commands: tuple[tuple[str, str], ...]
    """Name without a slash, and what it does."""


class StorageUnavailable(Exception):
    """The inbox cannot keep anything now: acknowledge nothing and come again later."""


class Inbox(Protocol):
    """Where a channel puts what arrived."""

    async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
        """Keep ``items`` in order, and the cursor, in one transaction. A cursor may come without
        items (there was nothing to keep on the way).

        Items already known by (channel, external_id) are ignored. When this returns, everything
        survives a crash and the source may be told so.

        Returns:
            How many were new.

        Raises:
            StorageUnavailable: nothing was kept; acknowledge nothing.
        """
        ...

    async def cursor(self, channel: str, source: str) -> str | None:
        """The position last kept for a source, or None.

        Raises:
            StorageUnavailable: it cannot be read now.
        """
        ...


class Channel(Protocol):
    """One way for messages to come and go. A class that names it as its base has what is the same
    for most channels."""

    @property
    def name(self) -> str:
        """The value of ``Address.channel`` of all its addresses."""
        ...

    def abilities(self, place: Address) -> Abilities:
        """What can be shown in a place, as far as is known without asking."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether carrying out the same ``Outbound`` again does no harm: people see it once."""
        return False

    @property
    def limits(self) -> Limits:
        """How fast it may be written to; without a word of its own as fast as can be."""
        return UNLIMITED

    @property
    def patience(self) -> Patience:
        """How long posts are tried, and how many at once; without a word of its own like a chat
        service that answers at once."""
        return CHAT

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled.

        Reconnects by itself, and begins anew after whatever else goes wrong, a mistake of ours
        included: it is logged, and ``health`` tells of it. Must not acknowledge an item to the
        source before ``inbox.accept`` returned for it.

        Raises:
            Misconfigured: the far side will never accept us (a wrong token).
        """
        ...

    async def send(self, outbound: Outbound) -> Receipt:
        """Carry out one act, once. Must not retry.

        Raises:
            Transient: not delivered, try again.
            Permanent: not delivered, do not try again.
            Uncertain: nobody knows.
        """
        ...

    def health(self) -> Health: ...


@runtime_checkable
class Probes(Protocol):
    """The optional power to ask whether the far side works, without anybody reading of it.

    After an act that may have arrived, such a channel is written to again only when a probe was
    answered.
    """

    @property
    def name(self) -> str: ...

    async def probe(self, address: Address) -> None:
        """Ask once. Any definite answer will do, also a refusal.

        Args:
            address: where the next act would go.

        Raises:
            DeliveryError: there was no answer.
        """
        ...


@runtime_checkable
class ShowsMenus(Protocol):
    """The optional power to show menus of commands."""

    @property
    def name(self) -> str: ...

    async def show_menus(self, menus: Sequence[Menu]) -> None:
        """Replace the menus that are shown. Doing it again changes nothing.

        Raises:
            DeliveryError: they could not be replaced now.
        """
        ...


@runtime_checkable
class KeepsFiles(Protocol):
    """The optional power to hand out the files that live in a channel."""

    @property
    def name(self) -> str: ...

    async def fetch(self, media: Media, folder: Path) -> Path:
        """Bring a file of this channel (``media.file``) to our disk. Until it is complete its name
        ends in ``.part``.

        Args:
            media: names the file.
            folder: exists, is empty and belongs to this file alone.

        Returns:
            The complete file inside the folder; its ending says what it is.

        Raises:
            Transient: not now.
            Permanent: never; ``TOO_LARGE`` if that is why.
        """
        ...


@runtime_checkable
class AnswersRequests(Protocol):
    """The optional power to be called by HTTP (webhooks), on the one server of the service.

    The workspace has to set up `web` then. What comes in by a request is kept before it is
    answered; while ``inbox.accept`` raises ``StorageUnavailable``, the answer is 503, so that the
    far side comes again.
    """

    @property
    def name(self) -> str: ...

    def routes(self, inbox: Inbox) -> Sequence[Route]:
        """Its rows for the table of routes. Asked once, before anything runs.

        Args:
            inbox: takes what arrives, as in ``Channel.run``.
        """
        ...


class Misconfigured(Exception):
    """A channel cannot work with its settings; ``detail`` says what to change."""

    def __init__(self, channel: str, detail: str) -> None:
        super().__init__(f"{channel}: {detail}")
        self.channel = channel
        self.detail = detail
