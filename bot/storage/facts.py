"""What of a value stands in columns of its own, so that it can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from bot.conversation.decision import ContactRecord
from bot.conversation.state import Message
from escalation.ticket import MOVES, Ticket, TicketEvent

Facts = Mapping[str, object]


def of_ticket(ticket: Ticket, channel: str) -> Facts:
    """
    Args:
        channel: of the dialogue it was opened in.
    """
    return {
        "desk": ticket.desk,
        "line": ticket.line,
        "topic": ticket.topic or "",
        "status": ticket.status,
        "priority": ticket.priority,
        "assignee": ticket.assignee.id if ticket.assignee else "",
        "channel": channel,
        "client": ticket.client,
        "first_reply_at": ticket.first_reply_at,
        "resolved_at": ticket.resolved_at,
        "due_next": ticket.due_next,
    }


def of_event(event: TicketEvent, desk: str) -> Facts:
    """
    Args:
        desk: see :func:`with_desks`.
    """
    return {
        "at": event.at,
        "kind": event.kind,
        "desk": desk,
        "before": event.before,
        "after": event.after,
    }


def of_message(message: Message) -> Facts:
    return {"at": message.at, "kind": message.kind, "thinned": message.gone}


def of_contact(contact: ContactRecord, channel: str) -> Facts:
    return {
        "conversation": contact.conversation,
        "channel": channel,
        "language": contact.language,
        "outcome": contact.outcome,
        "entry": contact.entry or "",
    }


def with_desks(
    events: Iterable[TicketEvent], desk_before: Callable[[int], str]
) -> Iterator[tuple[TicketEvent, str]]:
    """Each event with the desk that had its ticket then: where it was opened, and from a move on
    the desk it came to. A move belongs to the desk that was left.

    Args:
        desk_before: the desk that has a ticket before these events; empty if there is none.
    """
    desks: dict[int, str] = {}
    for event in events:
        if event.kind == "opened":
            desks[event.ticket] = event.extra.get("desk", "")
        elif event.ticket not in desks:
            desks[event.ticket] = desk_before(event.ticket)
        if event.kind in MOVES:
            desks[event.ticket] = event.after
            yield event, event.before
        else:
            yield event, desks[event.ticket]
