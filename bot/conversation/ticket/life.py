"""What happens to tickets as a whole, and how their rooms hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.conversation.state import Conversation, Message
from bot.conversation.ticket import card, dialogues, relay, to_client
from bot.conversation.ticket.moves import at_known_desk, move
from bot.conversation.ticket.rooms import attend, client_author, live_rooms, record, say_in
from bot.conversation.turn import Turn
from escalation import lifecycle
from escalation.routing import contact_for, desk_for, priority_for
from escalation.ticket import BOT, Author, IntakeAnswer, Status, Ticket, Tried


def open_ticket(
    turn: Turn,
    *,
    topic: str | None,
    subject: str,
    answers: Sequence[IntakeAnswer],
    tried: Sequence[Tried],
    messages: Sequence[Message],
    continues: int | None = None,
) -> Ticket:
    """Open a ticket of the turn's client at the desk the rules choose: card, then ``messages``.

    The messages become the ticket's; they are saved here.
    """
    desks, routing = turn.workspace.own_desks, turn.workspace.own_routing
    priority = priority_for(turn.workspace.topics.get(topic or ""), answers)
    desk = desks[
        desk_for(
            routing,
            desks,
            topic=topic,
            answers=answers,
            priority=priority,
            language=turn.language,
        )
    ]
    path: tuple[str, ...] = (desk.id,)
    if not desk.may_write_to_clients:
        contact = contact_for(routing, desks, path)
        path = (contact, desk.id) if contact else path
    ticket = turn.save_ticket(
        Ticket(
            number=turn.ids.new_ticket_number(),
            conversation=turn.conversation.id,
            client=turn.client.id,
            topic=topic,
            subject=subject,
            desk=desk.id,
            line=desk.line,
            status=Status.NEW,
            priority=priority,
            opened_at=turn.now,
            changed_at=turn.now,
            answers=tuple(answers),
            tried=tuple(tried),
            continues=continues,
            path=path,
        )
    )
    turn.note_event(ticket, "opened", client_author(turn), after=Status.NEW, desk=desk.id)
    for room in live_rooms(turn, ticket):
        card.show(turn, ticket, room)
    looks_like = turn.conversation.letters.looks_like if turn.conversation.letters else None
    for room in live_rooms(turn, ticket) if looks_like is not None else ():
        say_in(turn, room, "desk.line.looks_like", silent=True, number=looks_like)
    for message in messages:
        relay.client_said(turn, ticket, message)
    return ticket


def inform(turn: Turn, ticket: Ticket, *, topic: str, answers: Sequence[IntakeAnswer]) -> Ticket:
    """More is known of an open ticket than when it opened: what it is about, and answers.

    Priority and desk follow the rules as long as people have changed neither and nobody has it. A
    move is told to the client by the caller.
    """
    topics, before = turn.workspace.topics, ticket
    if (before.topic, before.answers) == (topic, tuple(answers)):
        return ticket
    ticket = turn.save_ticket(replace(before, topic=topic, answers=tuple(answers)))
    ruled = priority_for(topics.get(before.topic or ""), before.answers)
    priority = priority_for(topics.get(topic), answers)
    if before.priority is ruled is not priority:
        ticket = record(turn, lifecycle.set_priority(ticket, priority), BOT)
    desk = _ruled_desk(turn, ticket)
    theirs = ticket.assignee is not None or ticket.status is not Status.NEW
    if theirs or before.desk != _ruled_desk(turn, before) or before.desk == desk:
        card.refresh(turn, ticket)
        return ticket
    by = replace(BOT, name=turn.label("desk.bot", turn.workspace.default_language))
    reason = topics[topic].title.in_language(turn.desk_language(desk))
    to = turn.workspace.own_desks[desk]
    return move(turn, ticket, to, how="passed", author=by, reason=reason)


def _ruled_desk(turn: Turn, ticket: Ticket) -> str:
    """The desk that the rules choose for what is known of a ticket."""
    return desk_for(
        turn.workspace.own_routing,
        turn.workspace.own_desks,
        topic=ticket.topic,
        answers=ticket.answers,
        priority=ticket.priority,
        language=turn.language,
    )


def reopen(turn: Turn, ticket: Ticket, author: Author) -> Ticket:
    """Not solved after all: the same desk has it again, with everything said so far.

    Raises:
        Refused: the ticket is open.
    """
    attend(turn, ticket)
    was_closed = ticket.status is Status.CLOSED
    ticket = record(turn, lifecycle.reopen(at_known_desk(turn, ticket)), author)
    turn.wake("close", ticket.number, None)
    for room in live_rooms(turn, ticket):
        if was_closed:
            turn.rename(room, closed=False)
        say_in(turn, room, "desk.line.reopened", name=author.name)
    card.refresh(turn, ticket)
    return ticket


def confirm_solved(turn: Turn, ticket: Ticket) -> Ticket:
    """The client said that it is solved. Pressed again, or too late, it changes nothing."""
    if ticket.status is not Status.RESOLVED:
        return ticket
    return close(turn, ticket, client_author(turn), reason="confirmed")


def close(turn: Turn, ticket: Ticket, author: Author, *, reason: str = "") -> Ticket:
    """The end: rooms are told and closed. The client is told by the caller.

    Raises:
        Refused: it is closed already.
    """
    attend(turn, ticket)
    ticket = record(turn, lifecycle.close(ticket, turn.now, reason=reason), author)
    turn.wake("close", ticket.number, None)
    for follower in turn.followers:
        follower.on_ended(turn, ticket)
    key = "desk.line.confirmed" if reason == "confirmed" else "desk.line.closed"
    for room in live_rooms(turn, ticket):
        name = author.name or turn.label("desk.bot", turn.desk_language(room.desk))
        say_in(turn, room, key, silent=True, name=name)
    card.refresh(turn, ticket)
    for room in live_rooms(turn, ticket):
        turn.rename(room, closed=True)
    return ticket


def close_due(turn: Turn, number: int) -> None:
    """Nobody said that a resolved ticket is not solved: it is closed, and the client told."""
    ticket = turn.ticket(number)
    if ticket is not None and ticket.status is Status.RESOLVED:
        ticket = close(turn, ticket, BOT, reason="silence")
        to_client.closed_by_silence(turn, ticket)


def rate(turn: Turn, ticket: Ticket, stars: int) -> Ticket:
    """The client's rating, 1 to 5.

    Raises:
        Refused: it is no such number.
    """
    ticket = record(turn, lifecycle.rate(ticket, stars), client_author(turn))
    for room in live_rooms(turn, ticket):
        say_in(turn, room, "desk.line.rated", silent=True, stars="★" * stars + "☆" * (5 - stars))
    card.refresh(turn, ticket)
    return ticket


def rating_comment(turn: Turn, ticket: Ticket, text: str) -> Ticket:
    """The client's words that go with the rating."""
    ticket = turn.save_ticket(replace(ticket, rating_comment=text))
    turn.note_event(
        ticket, "rated", client_author(turn), after=str(ticket.rating or ""), detail=text
    )
    for room in live_rooms(turn, ticket):
        say_in(turn, room, "desk.line.rating_comment", silent=True, comment=text)
    return ticket


def client_away(turn: Turn, ticket: Ticket, away: bool) -> None:
    """The client left to ask the bot something, or came back."""
    key = "desk.line.client_away" if away else "desk.line.client_back"
    for room in live_rooms(turn, ticket):
        say_in(turn, room, key, silent=True)


def reachability(turn: Turn, conversation: Conversation, reachable: bool) -> bool:
    """The client blocked the bot or came back, or their letters do: kept, and told to the rooms of
    the open tickets that are dealt with here, with where they go on (case B12).

    The turn is about this conversation.

    Returns:
        Whether that is news.
    """
    if reachable is (conversation.unreachable_since is None):
        return False
    before = {ticket.number: dialogues.current(turn, ticket) for ticket in turn.tickets()}
    turn.change(unreachable_since=None if reachable else turn.now)
    key = "desk.line.reachable" if reachable else "desk.line.unreachable"
    if conversation.letters is not None:
        key += ".letters"
    known = turn.tickets()
    for ticket in map(partial(_returned, turn), known) if reachable else known:
        was, now = before[ticket.number], dialogues.current(turn, ticket)
        if conversation.id not in {was.id, now.id}:
            continue
        for room in live_rooms(turn, ticket):
            say_in(turn, room, key)
            if was.id != now.id:
                place = turn.render(dialogues.name_of(now), turn.desk_language(room.desk))
                say_in(turn, room, "desk.line.goes_on", place=place)
        card.refresh(turn, ticket)
    return True


def _returned(turn: Turn, ticket: Ticket) -> Ticket:
    """A ticket of this dialogue that went on by letter comes back, wherever its client wrote
    meanwhile."""
    if ticket.conversation != turn.conversation.id or ticket.via is None:
        return ticket
    return turn.save_ticket(replace(ticket, via=None))
