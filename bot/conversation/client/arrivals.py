"""Whatever arrives from a client, or from a timer of theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.conversation.client import (
    buttons,
    closing,
    commands,
    line0,
    people,
    problem,
    proving,
    smalltalk,
    writing,
)
from bot.conversation.client.intake import intake
from bot.conversation.events import Withheld
from bot.conversation.say.contents import after_edit
from bot.conversation.say.screens import keyboard, person
from bot.conversation.state import (
    ChoosingTicket,
    ChoosingTopic,
    Commenting,
    Idle,
    Intake,
    Message,
    Proving,
)
from bot.conversation.ticket import life, relay
from bot.conversation.turn import Turn
from channels.message import (
    Content,
    Edited,
    Inbound,
    Membership,
    Moved,
    Other,
    Pressed,
    Reachability,
    Said,
    ThreadOpened,
    Unreadable,
)
from escalation.ticket import Ticket

RAW = 1_000
"""Characters of something unreadable that are shown to the desk."""


def handle(turn: Turn, inbound: Inbound) -> None:
    """Something happened in a private chat."""
    match inbound.event:
        case Said():
            said(turn, inbound, inbound.event)
        case Edited():
            edited(turn, inbound, inbound.event)
        case Pressed():
            people.meet(turn, inbound)
            writing.lapse_with_bot(turn)
            buttons.handle(turn, inbound, inbound.event)
        case Reachability():
            if people.recognise(turn, inbound):
                reachable = inbound.event.reachable
                life.reachability(turn, turn.conversation, reachable)
        case Unreadable():
            unreadable(turn, inbound, inbound.event)
        case Membership() | Moved() | ThreadOpened():
            pass  # news of groups
        case _:
            assert_never(inbound.event)


# --------------------------------------------------------------------------- words


def said(turn: Turn, inbound: Inbound, event: Said) -> None:
    """A message: kept first, then given to whoever it is for."""
    people.meet(turn, inbound)
    known = writing.replied_to(turn, inbound, event.reply_to)
    heard(turn, inbound, people.keep(turn, inbound, event, reply_to=known), known)


def heard(turn: Turn, inbound: Inbound, message: Message, known: str | None) -> None:
    """Words of a client that are kept already.

    Args:
        known: our handle of what they answer.
    """
    if turn.client.quarantined:
        return
    if turn.conversation.unreachable_since is not None:
        life.reachability(turn, turn.conversation, True)
    writing.lapse_with_bot(turn)
    if commands.run(turn, message):
        return
    ticket = turn.own_ticket_behind(known)
    if ticket is not None and ticket.status.open:
        writing.by_reply(turn, ticket, message)
        writing.tell_closed(turn, ticket)
        return
    if isinstance(turn.conversation.waiting, Proving) and proving.heard(turn, message):
        return
    unplaced = writing.unplaced(turn, inbound, known)
    _awaited(turn, inbound, message, ticket, unplaced=unplaced)


def _awaited(
    turn: Turn, inbound: Inbound, message: Message, ticket: Ticket | None, *, unplaced: bool
) -> None:
    """Give words that are no command, reply or code to whatever is waited for.

    Args:
        ticket: the ended one they are a reply to.
        unplaced: they are a reply to something nobody knows, while tickets are open.
    """
    waiting = turn.conversation.waiting
    match waiting:
        case Intake():
            intake.answer(turn, message)
        case ChoosingTicket() if turn.tickets():
            writing.keep_more(turn, waiting, message)
        case ChoosingTicket():
            _too_late_to_choose(turn, (*waiting.messages, message.id))
        case _ if unplaced:
            placed = writing.place(turn, message)
            if placed is not None:
                writing.tell_closed(turn, placed)
        case Commenting() if ticket is None:
            closing.comment(turn, message)
        case _ if ticket is not None:
            closing.wrote(turn, ticket, message, inbound)
        case ChoosingTopic():
            if smalltalk.of(message) is None:
                line0.rephrased(turn, message)
        case Idle() | Commenting() | Proving():
            _unprompted(turn, inbound, message)
        case _:
            assert_never(waiting)


def _unprompted(turn: Turn, inbound: Inbound, message: Message) -> None:
    """Plain words while nothing is waited for."""
    tickets = turn.tickets()
    if tickets and not turn.conversation.with_bot:
        target = writing.plain(turn, message, tickets)
        if target is not None:
            writing.tell_closed(turn, target)
            if not turn.held:
                line0.alongside(turn, message, target)
        return
    talk = smalltalk.of(message)
    if talk is not None:
        closing.light_answer(turn, inbound, message, talk)
        return
    ended = None if turn.conversation.with_bot else closing.latest_in_grace(turn)
    if ended is not None:
        closing.plain(turn, ended, message)
    else:
        line0.consider(turn, message)


def _too_late_to_choose(turn: Turn, kept: tuple[str, ...]) -> None:
    """Every ticket ended while the client was asked which one their words are for: the words
    reopen the one that ended last, or begin a new problem (acceptance case G6)."""
    turn.change(waiting=Idle())
    turn.wake("intake", turn.conversation.id, None)
    known = (turn.message(each) for each in kept)
    said = [m for m in known if m is not None and m.ticket is None]
    if all(smalltalk.kind(message.content) for message in said):
        return
    ended = closing.latest_in_grace(turn)
    if ended is None:
        turn.change(problem=tuple(message.id for message in said), problem_at=turn.now)
        intake.begin(turn)
        return
    first, *more = said
    again = closing.reopen(turn, ended, first)
    for message in more:
        writing.deliver(turn, again, message)


def edited(turn: Turn, inbound: Inbound, event: Edited) -> None:
    """A message reads differently now: one marked correction where it went (acceptance case B8).

    One we never saw is taken as new.
    """
    people.meet(turn, inbound)
    channel, chat = inbound.channel, inbound.address.chat
    known = turn.records.handle_at(channel, chat, event.message)
    message = turn.message(known) if known is not None else None
    if message is None or message.conversation != turn.conversation.id:
        said(turn, inbound, Said(message=event.message, content=event.content))
        return
    old = message.content
    new = after_edit(old, event.content, event.message)
    if new == old:
        return
    message = turn.save_message(replace(message, content=new))
    if turn.client.quarantined:
        return
    ticket = turn.own_ticket(message.ticket)
    if ticket is not None:
        relay.client_corrected(turn, ticket, message, old)
        return
    intake.corrected(turn, message)
    latest = turn.conversation.problem[-1:] == (message.id,)
    if latest and isinstance(turn.conversation.waiting, Idle | ChoosingTopic):
        # The last question of the client, put better: answered again.
        turn.change(problem=turn.conversation.problem[:-1], waiting=Idle())
        if turn.held:
            _unprompted(turn, inbound, message)
        else:
            line0.consider(turn, message)


def unreadable(turn: Turn, inbound: Inbound, event: Unreadable) -> None:
    """Something our adapter could not read: a person can (acceptance case B18)."""
    people.meet(turn, inbound)
    content = Content(parts=(Other(kind="unreadable", detail=event.raw[:RAW]),))
    message = turn.save_message(
        Message(
            id=turn.ids.new_id(),
            conversation=turn.conversation.id,
            ticket=None,
            kind="client",
            author=people.author(turn),
            content=content,
            at=turn.now,
        )
    )
    if turn.client.quarantined:
        return
    tickets = turn.tickets()
    target = writing.current(turn, tickets)
    if target is not None:
        writing.deliver(turn, target, message)
        return
    problem.add(turn, message)
    turn.say("client.unreadable", keyboard=keyboard(person(turn)))


def withheld(turn: Turn, event: Withheld) -> None:
    """A specialist holds the conversation by the time an answer of the bot's would have gone out:
    what it was to answer is theirs to read, or nobody would."""
    conversation = turn.parties.conversation(event.conversation)
    if conversation is None:
        return
    turn.about(conversation, turn.parties.owner(conversation))
    said = problem.messages(turn)
    if not turn.held or not any(message.at >= event.since for message in said):
        return
    tickets = turn.tickets()
    taken = [ticket for ticket in tickets if ticket.assignee is not None]
    target = writing.current(turn, tickets) or max(taken, key=lambda t: (t.changed_at, t.number))
    turn.change(problem=(), tried=(), problem_at=None)
    for message in said:
        writing.deliver(turn, target, message)
    writing.tell_current(turn, target, tickets)


# --------------------------------------------------------------------------- timers


def waited(turn: Turn, conversation_id: str) -> None:
    """A client was waited for long enough: for an answer of theirs, or for their choice."""
    conversation = turn.records.conversation(conversation_id)
    if conversation is None:
        return
    turn.about(conversation, turn.parties.owner(conversation))
    if isinstance(conversation.waiting, ChoosingTicket):
        if turn.tickets():
            writing.settle(turn)
        else:
            _too_late_to_choose(turn, conversation.waiting.messages)
    else:
        intake.unanswered(turn)
