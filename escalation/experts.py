"""People outside who are asked by mail: the vendor (line 4) and other experts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from channels.message import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class SideThread:
    """An exchange of letters with one outside expert about one ticket.

    What the expert writes lands in the ticket as a note; nothing of it reaches the client but by
    a specialist's hand. The expert sees what was chosen for them and nothing else.
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
    """Letters of reminder since then."""
    ended_at: datetime | None = None
