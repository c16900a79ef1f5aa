"""Promises about tickets: their clocks are kept, and what was ordered happens when time runs out.

Clocks are kept in one place, at the end of each turn that changed a ticket; the timer of a ticket
is for the next step that is still to be carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.decision import Rewrite, Say
from bot.conversation.ticket import card, deadlines, moves, to_client
from bot.conversation.ticket.rooms import attend, card_handle, live_rooms, record, say_in
from bot.conversation.turn import Turn
from channels.message import Address, Content, FormattedText, join
from escalation import lifecycle
from escalation import promises as rules
from escalation.clocks import Clock
from escalation.promises import PassTo, Promise, PromiseStep
from escalation.ticket import BOT, Priority, Ticket

TOLD_AT_ONCE: Final = 5
"""Late tickets told one by one within :data:`A_WHILE`; what more there is comes as one list."""
A_WHILE: Final = timedelta(minutes=1)
LATE: Final = timedelta(minutes=10)
"""So long after its time a step was held up: by a service that was down, or by closed hours."""
LISTED: Final = 30
"""Tickets in one list."""
PAGE: Final = 50
"""Tickets looked at in one go after the workspace changed."""
_TOLD = "late"  # marks: a late ticket was told to somebody


# ---------------------------------------------------------------------- keeping them


def keep(turn: Turn) -> None:
    """Bring the clocks, the deadline and the timer of every ticket up to date that was changed."""
    promised = bool(turn.workspace.settings.promises)
    for ticket in turn.changed_tickets():
        if promised or ticket.clocks:
            _keep(turn, ticket)


def _keep(turn: Turn, ticket: Ticket) -> Ticket:
    promise = deadlines.promise_of(turn, ticket)
    clocks = deadlines.clocks(turn, ticket)
    if promise is not None:
        running = {clock.kind for clock in clocks}
        for clock in ticket.clocks:
            if clock.kind not in running:
                _ended(turn, ticket, clock)
    found = rules.nearest(clocks, turn.workspace.working_time)
    kept = replace(ticket, clocks=clocks, due_next=found[0] if found else None)
    if kept != ticket:
        kept = turn.save_ticket(kept)
    turn.wake("promise", ticket.number, _next_step(turn, kept, promise))
    if kept.due_next != ticket.due_next:
        _show(turn, kept)
    return kept


def _ended(turn: Turn, ticket: Ticket, clock: Clock) -> None:
    """A promise was kept or it was not: a line of the history that figures are counted from."""
    worked = clock.worked(turn.now, turn.workspace.working_time)
    turn.note_event(
        ticket,
        "kept" if worked <= clock.target else "missed",
        detail=clock.kind,
        target=str(int(clock.target.total_seconds())),
        worked=str(int(worked.total_seconds())),
    )


def _show(turn: Turn, ticket: Ticket) -> None:
    """Bring the cards up to date, unless the turn does so anyway."""
    shown = {
        outgoing.action.handle
        for outgoing in turn.outgoing
        if isinstance(outgoing.action, Say | Rewrite)
    }
    for room in live_rooms(turn, ticket):
        if card_handle(room) not in shown:
            card.refresh_at(turn, ticket, room)


def _next_step(turn: Turn, ticket: Ticket, promise: Promise | None) -> datetime | None:
    """When something is to be done about a ticket next."""
    if promise is None:
        return None
    time = turn.workspace.working_time
    moments = []
    for clock in ticket.clocks:
        for due, step in rules.waiting(clock, promise, turn.workspace.promise_steps, time):
            if due > turn.now or step.any_time:
                moments.append(due)
            else:  # held up until the desk opens
                opens = time(ticket.desk).opens(turn.now)
                moments += [opens] if opens else []
    return min(moments, default=None)


# ---------------------------------------------------------------------- time runs out


def due(turn: Turn, number: int) -> None:
    """Carry out what is to be done by now about a ticket, each step once."""
    ticket = turn.ticket(number)
    promise = deadlines.promise_of(turn, ticket) if ticket else None
    if ticket is None or promise is None or ticket.desk not in turn.workspace.desks:
        return
    attend(turn, ticket)
    opens = turn.workspace.working_time(ticket.desk).opens(turn.now)
    for clock in deadlines.clocks(turn, ticket):
        waiting = rules.waiting(
            clock, promise, turn.workspace.promise_steps, turn.workspace.working_time
        )
        reached = [
            (moment, step)
            for moment, step in waiting
            if moment <= turn.now and (step.any_time or opens == turn.now)
        ]
        if reached:
            ticket = _carry_out(turn, ticket, clock, reached)
            _show(turn, ticket)
    _keep(turn, ticket)


def _carry_out(
    turn: Turn, ticket: Ticket, clock: Clock, reached: Sequence[tuple[datetime, PromiseStep]]
) -> Ticket:
    """Carry out the steps that a clock reached. Of several at once only the last is told."""
    names = tuple(step.name for _, step in reached)
    clocks = tuple(
        replace(each, done=(*each.done, *names)) if each.kind == clock.kind else each
        for each in deadlines.clocks(turn, ticket)
    )
    ticket = turn.save_ticket(replace(ticket, clocks=clocks))
    told = {act for _, step in reached for act in step.do if isinstance(act, str)}
    if "raise_priority" in told:
        ticket = _raised(turn, ticket)
    for _, step in reached:
        for act in step.do:
            if isinstance(act, PassTo):
                ticket = _passed(turn, ticket, clock, act.desk)
    held_up = turn.now - reached[-1][0] > LATE
    if told & {"tell_assignee", "tell_desk"}:
        _tell_desk(turn, ticket, clock, held_up=held_up)
    if "tell_head" in told:
        _tell_head(turn, ticket, clock)
    if "tell_client" in told:
        ticket = _tell_client(turn, ticket, clock)
    return ticket


def _raised(turn: Turn, ticket: Ticket) -> Ticket:
    order = list(Priority)
    higher = order[min(order.index(ticket.priority) + 1, len(order) - 1)]
    if higher is ticket.priority or not ticket.status.open:
        return ticket
    ticket = record(turn, lifecycle.set_priority(ticket, higher), BOT)
    card.refresh(turn, ticket)
    return ticket


def _passed(turn: Turn, ticket: Ticket, clock: Clock, desk: str) -> Ticket:
    if desk == ticket.desk or desk not in turn.workspace.desks or not ticket.status.open:
        return ticket
    language = turn.desk_language(desk)
    reason = turn.label("desk.promise.passed", language, what=_what(turn, clock, language))
    return moves.move(turn, ticket, turn.desk(desk), how="passed", author=BOT, reason=reason)


# ---------------------------------------------------------------------- who hears of it


def _what(turn: Turn, clock: Clock, language: str) -> str:
    return turn.label(f"desk.clock.{clock.kind}", language)


def _says(turn: Turn, clock: Clock, language: str, ticket: Ticket) -> FormattedText:
    at = clock.due(turn.workspace.working_time) or turn.now
    key = "desk.promise.soon" if at > turn.now else "desk.promise.late"
    name = ticket.assignee.name if ticket.assignee else turn.label("desk.promise.nobody", language)
    return turn.words(key, language, what=_what(turn, clock, language), at=at, name=name)


def _one_by_one(turn: Turn, whom: str) -> bool:
    """Whether a late ticket is told by itself; if there are too many at once, a list is ordered."""
    told = turn.records.tally(f"{_TOLD} {whom}", turn.now - A_WHILE).count
    if told >= TOLD_AT_ONCE:
        turn.wake("overdue", whom, turn.now + A_WHILE)
        return False
    turn.count(f"{_TOLD} {whom}", turn.ids.new_id())
    return True


def _tell_desk(turn: Turn, ticket: Ticket, clock: Clock, *, held_up: bool) -> None:
    if held_up and not _one_by_one(turn, ticket.desk):
        return
    for room in live_rooms(turn, ticket):
        if room.desk == ticket.desk:
            language = turn.desk_language(room.desk)
            say_in(turn, room, "desk.line.promise", words=_says(turn, clock, language, ticket))


def _tell_head(turn: Turn, ticket: Ticket, clock: Clock) -> None:
    head = turn.workspace.head
    if head is None or not _one_by_one(turn, ""):
        return
    language = turn.workspace.default_language
    text = _ticket_line(turn, ticket, language) + "\n" + _says(turn, clock, language, ticket)
    admins = head == turn.workspace.admins
    turn.send(head, Say(content=Content(text=text)), audience="admins", alarm=admins)


def _tell_client(turn: Turn, ticket: Ticket, clock: Clock) -> Ticket:
    """An honest new time, once until a person writes to them (case I8)."""
    later = clock.due(turn.workspace.working_time, 2)
    if ticket.client_told or later is None or later <= turn.now:
        return ticket
    to_client.later_than_promised(turn, ticket, later)
    return turn.save_ticket(replace(ticket, client_told=True))


def _ticket_line(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    desk = turn.workspace.desks.get(ticket.desk)
    return turn.words(
        "desk.overdue.line",
        language,
        number=ticket.number,
        subject=card.subject(turn.workspace, ticket, language),
        desk=desk.title.in_language(language) if desk else ticket.desk,
        status=turn.words(f"desk.status.{ticket.status}", language),
    )


def list_overdue(turn: Turn, whom: str) -> None:
    """One list of what is late, to a desk's group or to the head (``whom`` empty)."""
    if whom and whom not in turn.workspace.desks:
        return
    to: Address | None = turn.workspace.place_of(whom) if whom else turn.workspace.head
    if to is not None:
        language = turn.desk_language(whom) if whom else turn.workspace.default_language
        say = Say(content=overdue(turn, language, desk=whom or None))
        turn.send(turn.today(to), say, audience="desk" if whom else "admins")


def overdue(turn: Turn, language: str, *, desk: str | None = None) -> Content:
    """What is late, the longest ago first."""
    late = turn.records.overdue_tickets(turn.now, limit=LISTED + 1, desk=desk)
    if not late:
        return Content(text=turn.words("desk.overdue.none", language))
    lines = [
        _ticket_line(turn, ticket, language)
        + turn.words("desk.overdue.since", language, at=ticket.due_next)
        for ticket in late[:LISTED]
    ]
    if len(late) > LISTED:
        lines.append(turn.words("desk.overdue.more", language, n=LISTED))
    return Content(text=join("\n", [turn.words("desk.overdue.head", language), *lines]))


# ---------------------------------------------------------------------- other hours or promises


def workspace_changed(turn: Turn, after: int = 0) -> None:
    """Bring the clocks of open tickets up to date with hours and promises that were edited.

    A page of tickets in one go. What is late now because of the edit was not late before: it is
    taken as told, and the head gets one list instead of a message each (case I4).
    """
    tickets = turn.records.open_tickets(after=after, limit=PAGE)
    late = False
    for ticket in tickets:
        due_before = ticket.due_next
        kept = _keep(turn, ticket)
        if _late_by_edit(turn, kept, due_before):
            late = True
            _keep(turn, _as_told(turn, kept))
    if late:
        turn.wake("overdue", "", turn.now + A_WHILE)
    if len(tickets) == PAGE:
        turn.wake("promises", tickets[-1].number, turn.now)


def _late_by_edit(turn: Turn, ticket: Ticket, before: datetime | None) -> bool:
    return (
        ticket.due_next is not None
        and ticket.due_next <= turn.now
        and (before is None or before > turn.now)
    )


def _as_told(turn: Turn, ticket: Ticket) -> Ticket:
    promise = deadlines.promise_of(turn, ticket)
    if promise is None:
        return ticket
    time, steps = turn.workspace.working_time, turn.workspace.promise_steps
    clocks = tuple(
        replace(clock, done=(*clock.done, *passed))
        for clock in ticket.clocks
        for passed in [
            [s.name for due, s in rules.waiting(clock, promise, steps, time) if due <= turn.now]
        ]
    )
    return turn.save_ticket(replace(ticket, clocks=clocks))
