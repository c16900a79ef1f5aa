"""What a specialist can do with a ticket, by button or by command alike.

Every act checks before it changes anything, and raises ``Refused`` with the explanation for the
person. What it returns is the short answer to them.
"""

from __future__ import annotations

from bot.conversation.desk import prompts, speaking
from bot.conversation.desk.inquiry import draft, exchange, forward
from bot.conversation.desk.prefixes import leading, without
from bot.conversation.say.actions import encode
from bot.conversation.ticket import card, life, moves, to_client
from bot.conversation.ticket.rooms import Seat, live_rooms, record, say_in
from bot.conversation.turn import Turn
from channels.message import Button, Buttons, Content, Said, Text
from escalation import lifecycle
from escalation.lifecycle import Refused
from escalation.routing import contact_for, escalation_of, return_of
from escalation.settings import Desk
from escalation.ticket import Priority, PromptKind, Ticket


def _must_be_here(seat: Seat, ticket: Ticket) -> None:
    """Refuse to a desk that only talks to the client what the desk that has the ticket decides."""
    if ticket.desk != seat.room.desk:
        raise Refused("desk.refused.above", number=ticket.number)


# ---------------------------------------------------------------------- whose it is


def take(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """Make it one's own; the first one wins."""
    _must_be_here(seat, ticket)
    ticket = record(turn, lifecycle.take(ticket, seat.author), seat.author)
    to_client.taken(turn, seat, ticket)
    card.refresh(turn, ticket)
    return Text(key="desk.done.taken", args={"number": ticket.number})


def release(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """Give it back to the desk's queue."""
    _must_be_here(seat, ticket)
    ticket = record(turn, lifecycle.release(ticket), seat.author)
    card.refresh(turn, ticket)
    return Text(key="desk.done.released", args={"number": ticket.number})


def set_priority(turn: Turn, seat: Seat, ticket: Ticket, priority: Priority) -> Text:
    """How soon it has to be looked at."""
    ticket = record(turn, lifecycle.set_priority(ticket, priority), seat.author)
    card.refresh(turn, ticket)
    return Text(key="desk.done.priority", args={"priority": Text(key=f"desk.priority.{priority}")})


# ---------------------------------------------------------------------- to another desk


def pass_to(turn: Turn, seat: Seat, ticket: Ticket, desk: str, reason: str) -> Text:
    """Give it to another desk."""
    _must_be_here(seat, ticket)
    target = turn.workspace.desks.get(desk)
    if target is None:
        raise Refused("desk.refused.no_such_desk", desk=desk)
    return _move(turn, seat, ticket, target, "passed", reason)


def escalate(turn: Turn, seat: Seat, ticket: Ticket, reason: str) -> Text:
    """Give it to the line above."""
    return _move(turn, seat, ticket, _above(turn, seat, ticket), "escalated", reason)


def give_back(turn: Turn, seat: Seat, ticket: Ticket, reason: str) -> Text:
    """Return it to where it came from, saying why."""
    if not reason.strip():
        raise Refused("desk.refused.no_words", number=ticket.number)
    return _move(turn, seat, ticket, _below(turn, seat, ticket), "returned", reason)


def fetch(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """The desk that talks to the client takes the ticket back from the line above."""
    if ticket.desk == seat.room.desk:
        raise Refused("desk.refused.already_here", number=ticket.number)
    return _move(turn, seat, ticket, seat.desk, "returned", "")


def _above(turn: Turn, seat: Seat, ticket: Ticket) -> Desk:
    _must_be_here(seat, ticket)
    target = escalation_of(seat.desk, turn.workspace.desks)
    if target is None:
        raise Refused("desk.refused.no_line_above")
    return turn.desk(target)


def _below(turn: Turn, seat: Seat, ticket: Ticket) -> Desk:
    _must_be_here(seat, ticket)
    target = return_of(ticket.path, turn.workspace.desks)
    if target is None:
        raise Refused("desk.refused.nowhere_to_return", number=ticket.number)
    return turn.desk(target)


def _move(
    turn: Turn, seat: Seat, ticket: Ticket, to: Desk, how: lifecycle.Move, reason: str
) -> Text:
    ticket = moves.move(turn, ticket, to, how=how, author=seat.author, reason=reason.strip())
    to_client.passed(turn, seat, ticket)
    title = to.title.in_language(turn.desk_language(seat.room.desk))
    return Text(key=f"desk.done.{how}", args={"desk": title})


# ---------------------------------------------------------------------- the end


def resolve(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content) -> Text:
    """Solved, in words. A desk that may not write to clients hands the words to the desk below,
    which tells the client. Files that come with the words go to the client as a message."""
    words = leading(content).text.strip()
    if not to_client.allowed(turn, seat):
        done = _answer_below(turn, seat, ticket, words)
        hand_on_files(turn, seat, ticket, said, content)
        return done
    lifecycle.must_be_open(ticket)
    if content.parts and words:
        files = without(content, len(leading(content).text))
        speaking.reply(turn, seat, ticket, said, files)
        ticket = turn.ticket(ticket.number) or ticket
    ticket = record(turn, lifecycle.resolve(ticket, seat.author, words, turn.now), seat.author)
    turn.wake("close", ticket.number, turn.now + turn.workspace.settings.tickets.close_after)
    for follower in turn.followers:
        follower.on_ended(turn, ticket)
    to_client.resolved(turn, seat, ticket)
    for room in live_rooms(turn, ticket):
        say_in(turn, room, "desk.line.resolved", silent=True, name=seat.author.name, words=words)
    card.refresh(turn, ticket)
    return Text(key="desk.done.resolved", args={"number": ticket.number})


def _answer_below(turn: Turn, seat: Seat, ticket: Ticket, words: str) -> Text:
    _must_be_here(seat, ticket)
    if not words:
        raise Refused("desk.refused.no_words", number=ticket.number)
    settings = turn.workspace.settings
    below = contact_for(settings.routing, turn.workspace.desks, ticket.path)
    if below is None:
        raise Refused("desk.refused.no_contact")
    return _move(turn, seat, ticket, turn.desk(below), "returned", words)


def close(turn: Turn, seat: Seat, ticket: Ticket, reason: str) -> Text:
    """End it without, or after, a resolution."""
    to_client.must_be_allowed(turn, seat)
    ticket = life.close(turn, ticket, seat.author, reason=reason)
    to_client.closed(turn, seat, ticket)
    return Text(key="desk.done.closed", args={"number": ticket.number})


def reopen(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """Open an ended ticket again."""
    ticket = life.reopen(turn, ticket, seat.author)
    return Text(key="desk.done.reopened", args={"number": ticket.number})


# ---------------------------------------------------------------------- words and choices


def begin(turn: Turn, seat: Seat, ticket: Ticket, kind: PromptKind) -> Text:
    """Ask the specialist for the words an act needs, if the act is possible at all."""
    match kind:
        case "escalate":
            _above(turn, seat, ticket)
        case "return":
            _below(turn, seat, ticket)
        case "pass":
            _must_be_here(seat, ticket)
        case "resolve" if not to_client.allowed(turn, seat):
            _must_be_here(seat, ticket)
        case _:
            pass
    if kind != "note":
        lifecycle.must_be_open(ticket)
    prompts.start(turn, seat, ticket, kind)
    return Text(key="desk.done.prompted")


def carry_out(
    turn: Turn,
    seat: Seat,
    ticket: Ticket,
    kind: PromptKind,
    said: Said,
    content: Content,
    target: str | None = None,
) -> Text | None:
    """Do with the words what the button or command was for."""
    reason = leading(content).text
    match kind:
        case "ask":
            speaking.ask(turn, seat, ticket, said, content)
            return None
        case "note":
            speaking.note(turn, seat, ticket, said, content)
            return None
        case "resolve":
            return resolve(turn, seat, ticket, said, content)
        case "return":
            done = give_back(turn, seat, ticket, reason)
        case "escalate":
            done = escalate(turn, seat, ticket, reason)
        case "pass":
            done = pass_to(turn, seat, ticket, target or "", reason)
        case "forward":
            draft.written(turn, seat, ticket, said, content, target or "")
            return None
        case "address":
            return forward.address(turn, seat, ticket, reason, target or "")
        case "rephrase":
            exchange.rephrased(turn, seat, ticket, said, content, target or "")
            return None
    hand_on_files(turn, seat, ticket, said, content)
    return done


def hand_on_files(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content) -> None:
    """Files that came with the reason of a move go where the ticket went, as a note."""
    if content.parts:
        files = without(content, len(leading(content).text))
        speaking.note(turn, seat, turn.ticket(ticket.number) or ticket, said, files)


def offer_desks(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """Show the desks the ticket can be passed to."""
    _must_be_here(seat, ticket)
    lifecycle.must_be_open(ticket)
    language = turn.desk_language(seat.room.desk)
    desks = [desk for desk in turn.workspace.desks.values() if desk.id != ticket.desk]
    if not desks:
        raise Refused("desk.refused.no_other_desk")
    choices = [
        Button(
            label=desk.title.in_language(language), action=encode("d:to", ticket.number, desk.id)
        )
        for desk in desks
    ]
    _offer(turn, seat, ticket, "desk.choose.desk", choices)
    return Text(key="desk.done.choose")


def choose_desk(turn: Turn, seat: Seat, ticket: Ticket, desk: str) -> Text:
    """Ask why it goes to the chosen desk; the question can be skipped."""
    _must_be_here(seat, ticket)
    lifecycle.must_be_open(ticket)
    if desk not in turn.workspace.desks or desk == ticket.desk:
        raise Refused("desk.refused.no_such_desk", desk=desk)
    prompts.start(turn, seat, ticket, "pass", target=desk)
    return Text(key="desk.done.prompted")


def offer_priorities(turn: Turn, seat: Seat, ticket: Ticket) -> Text:
    """Show the priorities."""
    lifecycle.must_be_open(ticket)
    language = turn.desk_language(seat.room.desk)
    choices = [
        Button(
            label=turn.label(f"desk.priority.{priority}", language),
            action=encode("d:set", ticket.number, priority),
        )
        for priority in Priority
        if priority is not ticket.priority
    ]
    _offer(turn, seat, ticket, "desk.choose.priority", choices)
    return Text(key="desk.done.choose")


def _offer(turn: Turn, seat: Seat, ticket: Ticket, key: str, choices: list[Button]) -> None:
    language = turn.desk_language(seat.room.desk)
    cancel = Button(
        label=turn.label("desk.button.cancel", language), action=encode("d:cancel", ticket.number)
    )
    rows = tuple((choice,) for choice in [*choices, cancel])
    say_in(turn, seat.room, key, keyboard=Buttons(rows=rows), number=ticket.number)
