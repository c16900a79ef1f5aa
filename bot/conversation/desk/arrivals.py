"""What arrives from groups."""

from __future__ import annotations

from typing import assert_never

from bot.conversation.decision import Room, Say
from bot.conversation.desk import acts, buttons, commands, groups, prompts, speaking, stray_threads
from bot.conversation.desk.prefixes import Command, command_in
from bot.conversation.ticket.rooms import Seat, desks_at, room_of, seat, ticket_at
from bot.conversation.turn import Turn
from channels.message import (
    Content,
    Edited,
    Inbound,
    Membership,
    Moved,
    Pressed,
    Reachability,
    Said,
    ThreadOpened,
    Unreadable,
)
from escalation.lifecycle import Refused
from escalation.settings import Desk
from escalation.ticket import Prompt, Ticket

UNPLACED = "desk.refused.unplaced"
"""Words in a place that may be a ticket's, and nobody knows which: its receipt never came (case
G4). Said once a day in a place."""
_ONCE = frozenset({"desk.refused.anonymous", "desk.refused.member"})
"""Said once in a place; the mark on every message says the rest."""


def handle(turn: Turn, inbound: Inbound) -> None:
    """Decide about something that happened in a group.

    Raises:
        NotYet: it refers to a post whose receipt is still on its way (case G4).
    """
    match inbound.event:
        case Membership() as event:
            groups.standing(turn, inbound, event)
        case Moved() as event:
            groups.moved(turn, inbound, event)
        case Said() as event:
            _said(turn, inbound, event)
        case Edited() as event:
            _edited(turn, inbound, event)
        case Pressed() as event:
            buttons.pressed(turn, inbound, event)
        case ThreadOpened() as event:
            stray_threads.opened(turn, inbound, event)
        case Unreadable() as event:
            _unreadable(turn, inbound, event)
        case Reachability():
            pass  # people block bots in private chats only
        case _:
            assert_never(inbound.event)


def _said(turn: Turn, inbound: Inbound, said: Said) -> None:
    here = desks_at(turn, inbound.channel, inbound.address.chat)
    command = command_in(said.content)
    if not here:
        _said_elsewhere(turn, inbound, command)
        return
    try:
        if said.opened_as:
            room = stray_threads.room_in(turn, inbound, said.opened_as)
        else:
            room = room_of(turn, inbound, said.reply_to)
        if room is None:
            _outside(turn, inbound, said, command, here)
            return
        taken = seat(turn, inbound, room)
        _in_room(turn, taken, ticket_at(turn, taken), said, command)
    except Refused as refused:
        _explain(turn, inbound, said.message, refused, here)


def _outside(
    turn: Turn, inbound: Inbound, said: Said, command: Command | None, here: list[Desk]
) -> None:
    """Words in a desk's group that are in no ticket's place. What people say among themselves is
    theirs: in a plain group, in the General topic, in topics of their own.

    Raises:
        Refused: they were meant for a ticket, and it is not to be seen which.
    """
    if command is not None and command.verb is not None:
        commands.outside(turn, inbound, said, command, here)
    elif turn.records.settled and not said.opened_as and command is None:
        raise Refused(UNPLACED)
    elif inbound.address.thread is not None:
        stray_threads.stray(turn, inbound, said, here)
    elif said.answers_us and command is None and said.content:
        raise Refused("desk.refused.no_ticket")


def _unreadable(turn: Turn, inbound: Inbound, event: Unreadable) -> None:
    """Something our adapter could not read: its author and the administrators hear of it."""
    address = inbound.address
    here = desks_at(turn, inbound.channel, address.chat)
    if not here:
        return
    turn.tell_admins("desk.admin.unreadable", chat=address.chat, error=event.error)
    if event.message is not None:
        turn.mark(inbound, event.message, "unheard")
        text = turn.words("desk.refused.unreadable", turn.desk_language(here[0].id))
        turn.send(address, Say(content=Content(text=text), answers=event.message), audience="desk")


def _said_elsewhere(turn: Turn, inbound: Inbound, command: Command | None) -> None:
    verb = command.verb if command else None
    if verb == "id" or (
        verb in {"help", "doctor", "overdue"} and groups.is_admin_chat(turn, inbound)
    ):
        commands.anywhere(turn, inbound, [], verb)
    elif not groups.is_admin_chat(turn, inbound):
        groups.stranger(turn, inbound)


def _in_room(turn: Turn, taken: Seat, ticket: Ticket, said: Said, command: Command | None) -> None:
    if command is not None:
        commands.in_room(turn, taken, ticket, said, command)
        return
    if not said.content:
        return
    prompt = prompts.of(ticket, taken)
    if prompt is not None:
        _answered(turn, taken, ticket, said, prompt)
        return
    kind, content = speaking.kind_of(turn, taken, said)
    if kind == "reply":
        speaking.reply(turn, taken, ticket, said, content)
    else:
        speaking.note(turn, taken, ticket, said, content)


def _answered(turn: Turn, taken: Seat, ticket: Ticket, said: Said, prompt: Prompt) -> None:
    """The words a prompt asked for; or, if they come too late, what they can safely be."""
    kind, content = speaking.kind_of(turn, taken, said)
    if prompt.kind not in prompts.INTERNAL and speaking.is_note_for_sure(turn, taken, said):
        speaking.note(turn, taken, ticket, said, content)
        return
    ticket = prompts.forget(turn, taken, ticket)
    if not prompts.expired(turn, prompt):
        done = acts.carry_out(turn, taken, ticket, prompt.kind, said, content, target=prompt.target)
        if done is not None:
            turn.mark(taken.inbound, said.message, "done")
        return
    if kind == "reply" and prompt.kind not in prompts.INTERNAL:
        speaking.reply(turn, taken, ticket, said, content)
        return
    speaking.note(turn, taken, ticket, said, content)
    if kind == "reply":
        key, language = "desk.prompt.expired", turn.desk_language(taken.room.desk)
        text = turn.words(key, language, name=taken.author.name)
        groups.post(turn, taken.inbound.address, text, audience="desk")


def _edited(turn: Turn, inbound: Inbound, event: Edited) -> None:
    here = desks_at(turn, inbound.channel, inbound.address.chat)
    if not here:
        return
    address = inbound.address
    handle = turn.records.handle_at(inbound.channel, address.chat, event.message)
    message = turn.message(handle) if handle else None
    if message is None or message.ticket is None:
        return  # a command, or chatter
    try:
        room = room_of(turn, inbound, event.message)
        taken = seat(turn, inbound, _the_same(room, message.ticket))
        speaking.corrected(turn, taken, ticket_at(turn, taken), message, event)
    except Refused as refused:
        _explain(turn, inbound, event.message, refused, here)


def _the_same(room: Room | None, number: int) -> Room:
    """The room of a message that was edited.

    Raises:
        Refused: it is no place of the ticket the message belongs to any more.
    """
    if room is None or room.ticket != number:
        raise Refused("desk.refused.no_ticket")
    return room


def _explain(
    turn: Turn, inbound: Inbound, message: str, refused: Refused, here: list[Desk]
) -> None:
    """Tell the author of words that went nowhere, and why."""
    turn.mark(inbound, message, "unheard")
    address = inbound.address
    handle = None
    if refused.key in _ONCE or refused.key == UNPLACED:
        day = f":{turn.now:%Y%m%d}" if refused.key == UNPLACED else ""
        handle = f"once:{refused.key}:{address.key}{day}"
        if turn.records.post_state(handle, address.channel, address.chat) is not None:
            return
    text = turn.words(refused.key, turn.desk_language(here[0].id), **refused.arguments)
    say = Say(content=Content(text=text), handle=handle, answers=message)
    turn.send(address, say, audience="desk")
