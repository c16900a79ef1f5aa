"""The ticket: one problem of one client, and what may happen to it. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from escalation.clocks import Clock


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_CLIENT = "waiting_client"
    WAITING_VENDOR = "waiting_vendor"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def open(self) -> bool:
        """Somebody still has to do something about it."""
        return self not in {Status.RESOLVED, Status.CLOSED}


class Priority(StrEnum):
    """How soon a ticket has to be looked at, lowest first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who did something. ``id`` is ``channel:foreign id`` of a person, empty for the bot."""

    kind: Literal["client", "specialist", "expert", "admin", "bot"]
    id: str = ""
    name: str = ""


BOT = Author(kind="bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeAnswer:
    """One answered intake question. ``label`` is what the card shows, ``value`` what rules see."""

    question: str
    value: str
    label: str
    messages: tuple[str, ...] = ()
    """Our ids of the messages that hold the answer, if it was typed or sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What line 0 already offered for this problem, and how it went."""

    entry: str
    title: str
    outcome: Literal["shown", "not_helped", "step_not_helped"]
    step: int | None = None
    """Which guided step (from 1) did not help."""


PromptKind = Literal[
    "ask", "note", "resolve", "return", "pass", "escalate", "forward", "address", "rephrase"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A specialist pressed a button that needs words: their next message in the ticket's place is
    those words."""

    kind: PromptKind
    by: str
    """``Author.id`` of the specialist; each has one prompt of their own at most."""
    desk: str
    """The desk in whose room it was pressed."""
    at: datetime
    target: str | None = None
    """The desk chosen for ``pass``, the side thread of ``forward`` and ``address``, the message to
    put in other words of ``rephrase``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One problem of one client, numbered.

    ``desk`` has it now and ``line`` is that desk's line. ``version`` grows with every save and
    guards against two writers.
    """

    number: int
    conversation: str
    client: str
    """Who opened it. Whose it is now, the address of its conversation says."""
    topic: str | None
    subject: str
    """The client's first words, shortened for titles."""
    desk: str
    line: int
    status: Status
    priority: Priority
    opened_at: datetime
    changed_at: datetime
    assignee: Author | None = None
    answers: tuple[IntakeAnswer, ...] = ()
    tried: tuple[Tried, ...] = ()
    resolution: str = ""
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    first_reply_at: datetime | None = None
    """When a specialist first wrote to the client."""
    reopened: int = 0
    continues: int | None = None
    """The closed ticket this one follows up."""
    rating: int | None = None
    rating_comment: str = ""
    path: tuple[str, ...] = ()
    """Desks it has been at, in order, the present one last."""
    prompts: tuple[Prompt, ...] = ()
    """Whose next words mean something; one slot for all would let one specialist's button turn
    another's note into a reply."""
    due_next: datetime | None = None
    """The nearest of its deadlines, None without any."""
    clocks: tuple[Clock, ...] = ()
    """What was promised about it, and how much of that time is used up."""
    asked_at: datetime | None = None
    """Since when its client has waited for words of a person; None if they do not."""
    client_told: bool = False
    """The client heard of a new time, and of no person since."""
    via: str | None = None
    """The dialogue its client last wrote about it in, if that is not ``conversation``."""
    version: int = 0


TicketEventKind = Literal[
    "opened",
    "taken",
    "released",
    "status",
    "priority",
    "passed",
    "escalated",
    "returned",
    "asked",
    "note",
    "resolved",
    "reopened",
    "closed",
    "rated",
    "recalled",
    "joined",
    "parted",
    "renamed",
    "forwarded",
    "answered",
    "kept",
    "missed",
]

MOVES: Final[frozenset[TicketEventKind]] = frozenset({"passed", "escalated", "returned"})
"""Events by which a ticket goes from one desk (``before``) to another (``after``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent:
    """One line of a ticket's history; nothing in the history is ever deleted."""

    ticket: int
    at: datetime
    author: Author
    kind: TicketEventKind
    before: str = ""
    after: str = ""
    detail: str = ""
    """Words given with it: the reason, the resolution, a comment."""
    extra: dict[str, str] = field(default_factory=dict)
