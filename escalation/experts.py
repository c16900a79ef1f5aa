"""People outside who are asked by mail: the vendor (line 4) and other experts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from channels.message import Address, Content
from escalation.calendar import Hours
from escalation.durations import Duration
from escalation.settings import Id, Section, Words
from escalation.ticket import Author

_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]+\.[^\W\d_]{2,}")
_NAMED: Final = re.compile(r"\s*\"?(?P<name>[^\"<>]*?)\"?\s*<(?P<address>[^<>]*)>\s*")
LONGEST_ADDRESS: Final = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
LONGEST_NAME: Final = 80


def mail_address(text: str) -> str | None:
    """A mail address in lower case, None if the text is no such thing."""
    address = text.strip().lower()
    return address if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) else None


def person_at(text: str) -> tuple[str, str] | None:
    """Name and address of ``Ivan <ivan@vendor.example>`` or ``ivan@vendor.example``.

    Without a name the address stands for it. None if there is no address.
    """
    found = _NAMED.fullmatch(text)
    address = mail_address(found["address"] if found else text)
    if address is None:
        return None
    name = " ".join(found["name"].split())[:LONGEST_NAME] if found else ""
    return name or address, address


def _address(value: str) -> str:
    address = mail_address(value)
    if address is None:
        raise ValueError("an e-mail address such as help@vendor.example is expected")
    return address


def _some_time(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('some time is expected, such as "8h"')
    return value


class Expert(Section):
    """Somebody outside who is asked by e-mail and needs no account."""

    id: Id = Field(description="Name used in commands: `/forward vendor …`.")
    title: Words = Field(description="What specialists see.")
    address: Annotated[str, AfterValidator(_address)] = Field(
        min_length=3, description="Where questions go; answers count from this address only."
    )
    vendor: bool = Field(False, description="Whether it is the vendor, line 4.")
    language: Literal["ru", "en"] | None = Field(
        None, description="Language of letters to them; default: the workspace's first."
    )
    desks: tuple[Id, ...] = Field((), description="Desks that may ask them; default: all.")
    hours: Hours | None = Field(
        None, description="Their working hours, for reminders; default: always."
    )
    remind_after: Annotated[Duration, AfterValidator(_some_time)] = Field(
        timedelta(hours=8),
        description="After this much of their working time without an answer they get one "
        "reminder; the desk hears of it, and again each time as much time has passed.",
    )
    hold: bool = Field(
        False,
        description="Whether the ticket waits for the vendor meanwhile, and the client is told.",
    )
    show_client: bool = Field(
        False,
        description="Whether they read the client's name and contacts, unless the specialist "
        "chooses otherwise.",
    )

    def may_be_asked_by(self, desk: str) -> bool:
        """Whether a desk may ask them."""
        return not self.desks or desk in self.desks


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter to an expert that nobody has sent yet: what goes out, as chosen so far."""

    author: Author
    question: Content = field(default_factory=Content)
    """The specialist's own words and files."""
    origin: str = ""
    """Foreign id of the message that held them."""
    case: bool = True
    """With the topic and the answers given at intake."""
    client: bool = False
    """With the client's name and contacts."""
    messages: tuple[str, ...] = ()
    """Our ids of the ticket's messages that go along, in the order they were said."""
    letter: Content = field(default_factory=Content)
    """The whole letter as it was shown last: this is what goes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideThread:
    """An exchange of letters with one outside expert about one ticket.

    What the expert writes lands in the ticket as a note; nothing of it reaches the client but by
    a specialist's hand. The expert sees what was chosen for them and nothing else. It changes only
    together with its ticket, whose version guards both.
    """

    id: str
    ticket: int
    desk: str
    """The desk that asked: answers land in its room."""
    expert: str | None
    """The expert's id in the settings; None for an address somebody typed."""
    name: str
    address: Address
    """``thread`` is the id of this value, so that answers find the way back."""
    subject: str
    references: tuple[str, ...] = ()
    """Message-IDs for the next letter, oldest first."""
    opened_at: datetime
    waiting_since: datetime | None = None
    """Since when we wait for the expert; None while it is our turn."""
    reminders: int = 0
    """How often the expert's silence was noticed since then; the first time they got a letter."""
    ended_at: datetime | None = None
    draft: Draft | None = None
    asked: str | None = None
    """Our id of the last letter to the expert; None: nothing was sent yet."""
    heard: str | None = None
    """Our id of the expert's last letter."""
    undecided: tuple[str, ...] = ()
    """Our ids of the expert's letters of which nobody has said yet what becomes of them."""
    told_client: bool = False
    """The client has heard that we wait for somebody outside."""
    failed: str | None = None
    """The outgoing letter that did not arrive and may be sent again."""

    @property
    def open(self) -> bool:
        """A letter went out and nobody ended the exchange."""
        return self.asked is not None and self.ended_at is None

    @property
    def waiting(self) -> bool:
        """It is the expert's turn."""
        return self.open and self.waiting_since is not None


# ---------------------------------------------------------------------- steps


def sent(thread: SideThread, message: str, now: datetime) -> SideThread:
    """A letter went out: it is the expert's turn, and an ended exchange goes on."""
    return replace(
        thread,
        asked=message,
        draft=None,
        waiting_since=now,
        reminders=0,
        ended_at=None,
        failed=None,
    )


def answered(thread: SideThread, message: str, references: tuple[str, ...]) -> SideThread:
    """Note that the expert answered: it is our turn."""
    return replace(
        thread,
        heard=message,
        undecided=(*thread.undecided, message),
        references=references,
        waiting_since=None,
        reminders=0,
    )


def decided(thread: SideThread, message: str) -> SideThread | None:
    """Somebody said what becomes of an answer; None if somebody had already."""
    if message not in thread.undecided:
        return None
    return replace(thread, undecided=tuple(m for m in thread.undecided if m != message))


def ended(thread: SideThread, now: datetime) -> SideThread:
    """Nobody waits for the expert any more. Late answers are still shown."""
    return replace(thread, ended_at=now, waiting_since=None, draft=None)


def reminder_due(expert: Expert, since: datetime, default_zone: str) -> datetime | None:
    """When the expert's silence since then is worth a word; None if they never work.

    Args:
        since: aware time.
        default_zone: IANA zone used when the expert's hours name none.
    """
    if expert.hours is None:
        return since + expert.remind_after
    return expert.hours.after(since, expert.remind_after, default_zone)
