"""What may happen to a ticket, one function for each step.

A step is pure: it returns the ticket as it is afterwards and what changed, as lines for the
ticket's history, or refuses. The only exception of the package::

    Refused   the step is not possible now; ``key`` and ``args`` say why, in the text catalogue
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from escalation.settings import Desk
from escalation.ticket import Author, Priority, Status, Ticket, TicketEventKind


class Refused(Exception):
    """A step that is not possible. ``key`` names the explanation in the text catalogue."""

    def __init__(self, key: str, **args: str | int | timedelta) -> None:
        super().__init__(key)
        self.key = key
        self.arguments = args


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line for the ticket's history, but for its author and time."""

    kind: TicketEventKind
    before: str = ""
    after: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A ticket after a step, and what changed."""

    ticket: Ticket
    changes: tuple[Change, ...] = ()


def must_be_open(ticket: Ticket) -> None:
    """Refuse steps that only an open ticket can take.

    Raises:
        Refused: it is resolved or closed.
    """
    if ticket.status is Status.CLOSED:
        raise Refused("desk.refused.closed", number=ticket.number)
    if ticket.status is Status.RESOLVED:
        raise Refused("desk.refused.resolved", number=ticket.number)


def _status(ticket: Ticket, status: Status) -> Step:
    if ticket.status is status:
        return Step(ticket=ticket)
    change = Change(kind="status", before=ticket.status, after=status)
    return Step(ticket=replace(ticket, status=status), changes=(change,))


def take(ticket: Ticket, who: Author) -> Step:
    """Somebody makes the ticket theirs; the first one wins (acceptance case G1)."""
    must_be_open(ticket)
    if ticket.assignee is not None and ticket.assignee.id == who.id:
        raise Refused("desk.refused.yours", number=ticket.number)
    if ticket.assignee is not None:
        raise Refused("desk.refused.taken", number=ticket.number, name=ticket.assignee.name)
    taken = Change(kind="taken", after=who.name)
    begun = _status(replace(ticket, assignee=who), Status.IN_PROGRESS)
    if ticket.status is not Status.NEW:
        begun = Step(ticket=replace(ticket, assignee=who))
    return Step(ticket=begun.ticket, changes=(taken, *begun.changes))


def release(ticket: Ticket) -> Step:
    """Take the ticket from whoever has it; the desk keeps it."""
    must_be_open(ticket)
    if ticket.assignee is None:
        raise Refused("desk.refused.nobodys", number=ticket.number)
    freed = Change(kind="released", before=ticket.assignee.name)
    return Step(ticket=replace(ticket, assignee=None), changes=(freed,))


def reply(ticket: Ticket, who: Author, now: datetime) -> Step:
    """A specialist writes to the client. Nobody's ticket becomes theirs, a new one is begun."""
    if ticket.status is Status.CLOSED:
        raise Refused("desk.refused.closed", number=ticket.number)
    step = Step(ticket=ticket)
    if ticket.assignee is None and ticket.status.open:
        step = take(ticket, who)
    elif ticket.status is Status.NEW:
        step = _status(ticket, Status.IN_PROGRESS)
    return replace(step, ticket=spoken_to(step.ticket, now))


def spoken_to(ticket: Ticket, now: datetime) -> Ticket:
    """A person wrote to the client, who waits for no words any more."""
    first = ticket.first_reply_at or now
    return replace(ticket, first_reply_at=first, asked_at=None, client_told=False)


def ask(ticket: Ticket, who: Author, question: str, now: datetime) -> Step:
    """A question to the client; the ticket waits for the answer."""
    must_be_open(ticket)
    step = reply(ticket, who, now)
    waiting = _status(step.ticket, Status.WAITING_CLIENT)
    return Step(
        ticket=waiting.ticket,
        changes=(*step.changes, Change(kind="asked", detail=question), *waiting.changes),
    )


def client_wrote(ticket: Ticket, now: datetime) -> Step:
    """The client said something and waits for an answer from then on; a ticket that waited for it
    is being worked on again."""
    if ticket.status.open and ticket.asked_at is None:
        ticket = replace(ticket, asked_at=now)
    if ticket.status is not Status.WAITING_CLIENT:
        return Step(ticket=ticket)
    return _status(ticket, Status.NEW if ticket.assignee is None else Status.IN_PROGRESS)


def wait_for_vendor(ticket: Ticket) -> Step:
    """Let the ticket wait for an answer from somebody outside."""
    must_be_open(ticket)
    return _status(ticket, Status.WAITING_VENDOR)


def vendor_done(ticket: Ticket) -> Step:
    """Nobody outside is waited for any more: a ticket that did is being worked on again."""
    if ticket.status is not Status.WAITING_VENDOR:
        return Step(ticket=ticket)
    return _status(ticket, Status.NEW if ticket.assignee is None else Status.IN_PROGRESS)


def set_priority(ticket: Ticket, priority: Priority) -> Step:
    """Set the priority that a person gave the ticket."""
    must_be_open(ticket)
    if ticket.priority is priority:
        raise Refused("desk.refused.same_priority", number=ticket.number)
    change = Change(kind="priority", before=ticket.priority, after=priority)
    return Step(ticket=replace(ticket, priority=priority), changes=(change,))


Move = Literal["passed", "escalated", "returned"]


def move(ticket: Ticket, to: Desk, *, how: Move, reason: str, contact: str | None = None) -> Step:
    """Another desk gets it, as nobody's and new there.

    Args:
        contact: the desk that talks to the client meanwhile, when ``to`` may not; it joins the
            path if it was not on it.
    """
    must_be_open(ticket)
    if to.id == ticket.desk:
        raise Refused("desk.refused.already_here", number=ticket.number)
    path = ticket.path or (ticket.desk,)
    if contact is not None and contact != to.id and contact not in path:
        path = (*path, contact)
    moved = Change(kind=how, before=ticket.desk, after=to.id, detail=reason)
    step = _status(ticket, Status.NEW)
    return Step(
        ticket=replace(
            step.ticket,
            desk=to.id,
            line=to.line,
            path=(*path, to.id),
            assignee=None,
            prompts=(),
        ),
        changes=(moved, *step.changes),
    )


def rehome(ticket: Ticket, to: Desk) -> Step:
    """Another desk has it because its own is no longer among the settings; open or not."""
    path = ticket.path or (ticket.desk,)
    moved = Change(kind="passed", before=ticket.desk, after=to.id)
    return Step(
        ticket=replace(
            ticket, desk=to.id, line=to.line, path=(*path, to.id), assignee=None, prompts=()
        ),
        changes=(moved,),
    )


def resolve(ticket: Ticket, who: Author, resolution: str, now: datetime) -> Step:
    """Mark the ticket as solved, with what fixed it in words that can be used again."""
    must_be_open(ticket)
    if not resolution.strip():
        raise Refused("desk.refused.no_words", number=ticket.number)
    change = Change(
        kind="resolved", before=ticket.status, after=Status.RESOLVED, detail=resolution.strip()
    )
    return Step(
        ticket=replace(
            ticket,
            status=Status.RESOLVED,
            assignee=ticket.assignee or who,
            resolution=resolution.strip(),
            resolved_at=now,
            asked_at=None,
            client_told=False,
            prompts=(),
        ),
        changes=(change,),
    )


def reopen(ticket: Ticket) -> Step:
    """Open an ended ticket again, at the desk and with the specialist that had it."""
    if ticket.status.open:
        raise Refused("desk.refused.open", number=ticket.number)
    status = Status.NEW if ticket.assignee is None else Status.IN_PROGRESS
    change = Change(kind="reopened", before=ticket.status, after=status)
    return Step(
        ticket=replace(
            ticket,
            status=status,
            resolved_at=None,
            closed_at=None,
            reopened=ticket.reopened + 1,
        ),
        changes=(change,),
    )


def close(ticket: Ticket, now: datetime, *, reason: str = "") -> Step:
    """Close the ticket; the client may open it again by writing."""
    if ticket.status is Status.CLOSED:
        raise Refused("desk.refused.closed", number=ticket.number)
    change = Change(kind="closed", before=ticket.status, after=Status.CLOSED, detail=reason)
    return Step(
        ticket=replace(ticket, status=Status.CLOSED, closed_at=now, prompts=()),
        changes=(change,),
    )


def rate(ticket: Ticket, stars: int) -> Step:
    """The client's rating, 1 to 5; a later one replaces it."""
    if not 1 <= stars <= 5:
        raise Refused("desk.refused.stars", number=ticket.number)
    change = Change(kind="rated", before=str(ticket.rating or ""), after=str(stars))
    return Step(ticket=replace(ticket, rating=stars), changes=(change,))
