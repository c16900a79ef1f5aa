"""Posts that did not arrive, and rooms that vanished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.conversation.decision import Room, Say
from bot.conversation.desk import given_up
from bot.conversation.desk.inquiry import answer_bar, exchange
from bot.conversation.events import (
    AboutAPost,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    RoomLost,
)
from bot.conversation.say.actions import encode, token
from bot.conversation.ticket import card, dialogues, failover, history, life, to_client
from bot.conversation.ticket.rooms import attend, live_rooms, room_from_key, say_in
from bot.conversation.turn import Turn
from channels.message import Address, Button, Buttons, Media, Reason
from escalation.ticket import Ticket
from faq import Faq

UNREACHABLE: Final = frozenset({Reason.BLOCKED, Reason.NO_ADDRESS})
"""Reasons that say something of the client's address, not of the post."""
PARKS: Final = frozenset({Reason.CHAT_GONE, Reason.NO_RIGHTS})
"""Reasons for which what is meant for a group waits."""


def failed(turn: Turn, event: DeliveryFailed) -> None:
    """Tell whoever has to know why a post did not arrive, and let them send it again; where its
    client can be reached elsewhere, it goes there by itself (acceptance case B12)."""
    thread = exchange.of_failure(turn, event)
    if thread is not None:
        exchange.not_sent(turn, thread, event)
        return
    if _about_its_client(turn, event) and _dealt_with(turn, event):
        return
    room = room_from_key(event.origin.room) if event.origin and event.origin.room else None
    if room is not None and room.desk in turn.workspace.desks:
        _tell_author(turn, event, room)
    elif event.reason is Reason.NO_CHANNEL:
        _tell_of_lost_channel(turn, event)
    elif event.audience != "client":
        _not_shown(turn, event)
    elif event.conversation is not None and event.reason not in UNREACHABLE:
        _not_told(turn, event, event.conversation)


def _about_its_client(turn: Turn, event: DeliveryFailed) -> bool:
    """Make the turn about the client a post was for; False if it was for somebody else."""
    conversation = turn.parties.addressed(event)
    if conversation is None:
        return False
    turn.about(conversation, turn.parties.owner(conversation))
    return True


def _dealt_with(turn: Turn, event: DeliveryFailed) -> bool:
    """Whether nobody has to do anything about it any more."""
    conversation = turn.conversation
    if event.reason not in UNREACHABLE:
        return False
    first = life.reachability(turn, conversation, reachable=False)
    return failover.send_again(turn, event.post, turn.conversation, first=first)


def _tell_author(turn: Turn, event: DeliveryFailed, room: Room) -> None:
    """An answer to the specialist's own message: why, and a button (cases A3, G3)."""
    origin, language = event.origin, turn.desk_language(room.desk)
    if origin is None:
        return
    handle = turn.records.handle_at(origin.channel, origin.chat, origin.message)
    keyboard = None
    if turn.desk(room.desk).may_write_to_clients:
        again = Button(
            label=turn.label("desk.button.again", language),
            action=encode("d:again", room.ticket, event.outgoing),
        )
        keyboard = Buttons(rows=((again,),))
    key = "desk.line.uncertain" if event.reason is None else "desk.line.failed"
    why = (
        given_up.why(turn, event, language)
        if event.reason
        else turn.words("desk.why.uncertain", language)
    )
    say_in(turn, room, key, keyboard=keyboard, reply_to=handle, why=why, detail=event.detail)


def _not_shown(turn: Turn, event: DeliveryFailed) -> None:
    """A post of ours did not arrive in a group. What the group itself stands in the way of waits
    until the administrators have mended it; everything else is shown in the room it was for, or to
    the administrators."""
    if event.reason is Reason.THREAD_GONE and event.room is None:
        return  # words about a topic that was no ticket's, and is not there any more
    room = room_from_key(event.room) if event.room else None
    known = room is not None and room.desk in turn.workspace.desks
    if event.reason in PARKS:
        _tell_admins(turn, event, room)
    elif room is None or not known or not given_up.in_room(turn, event, room):
        given_up.among_administrators(turn, event, to=_group(turn, event, room))
    elif event.reason not in {None, Reason.GAVE_UP}:
        _tell_admins(turn, event, room)


def _tell_admins(turn: Turn, event: DeliveryFailed, room: Room | None) -> None:
    """The administrators can mend it. News about their own chat would fail like what it is
    about."""
    settings = turn.workspace.settings
    if settings.admin_chat and _is_chat(turn, event.to, settings.admin_chat):
        return
    language = turn.workspace.default_language
    key = {
        Reason.CHAT_GONE: "desk.admin.chat_gone",
        Reason.NO_RIGHTS: "desk.admin.no_rights",
    }.get(event.reason or Reason.REFUSED, "desk.admin.post_failed")
    turn.tell_admins(
        key,
        desk=_desk(turn, event, room),
        chat=event.to.chat,
        number=room.ticket if room else "–",
        why=given_up.why(turn, event, language),
        detail=event.detail,
    )


def _tell_of_lost_channel(turn: Turn, event: DeliveryFailed) -> None:
    """A channel was taken out of the settings, or has another name now, with posts for it still
    waiting: the administrators hear of it once a day, however many they are. What specialists
    wrote is told to them instead, with a button each."""
    channel, today = event.to.channel, turn.now.astimezone(turn.workspace.zone).date()
    turn.tell_admins_once(f"lost:{channel}:{today}", "admin.channel_lost", channel=channel)


def _desk(turn: Turn, event: DeliveryFailed, room: Room | None) -> str:
    desk = turn.workspace.desks.get(room.desk) if room else None
    return desk.title.in_language(turn.workspace.default_language) if desk else event.to.chat


def _group(turn: Turn, event: DeliveryFailed, room: Room | None) -> str:
    """A group in words, for the administrators."""
    key = "desk.admin.to_group" if room is None else "desk.admin.to_room"
    number = room.ticket if room else 0
    desk = _desk(turn, event, room)
    return turn.words(key, turn.workspace.default_language, desk=desk, number=number).text


def _is_chat(turn: Turn, address: Address, chat: str) -> bool:
    return turn.records.current_chat(address.channel, chat) == address.chat


def _not_told(turn: Turn, event: DeliveryFailed, conversation_id: str) -> None:
    """Words of the bot did not reach a client: whoever works on their tickets should know; where
    nobody does, the administrators."""
    tickets = _reached_in(turn, conversation_id, event.to)
    rooms = [room for ticket in tickets for room in live_rooms(turn, ticket)]
    if rooms:
        given_up.at_desks(turn, event, rooms)
    else:
        language = turn.workspace.default_language
        to = turn.words("desk.admin.to_client", language, name=turn.client.name)
        given_up.among_administrators(turn, event, to=to.text)


def _reached_in(turn: Turn, conversation_id: str, to: Address) -> list[Ticket]:
    """The open tickets whose client is written to in a dialogue, if a post went there."""
    conversation = turn.parties.conversation(conversation_id)
    if conversation is None or not dialogues.is_at(conversation, to):
        return []
    turn.about(conversation, turn.parties.owner(conversation))
    return [t for t in turn.tickets() if dialogues.current(turn, t).id == conversation_id]


def late(turn: Turn, event: DeliveryLate) -> None:
    """Tell the desk of a post that is still on its way (acceptance case D1). The groups' own posts
    are always tried on, and nobody can read of it where they would go."""
    for room, reply_to in _rooms_concerned(turn, event):
        say_in(
            turn,
            room,
            "desk.line.late",
            reply_to=reply_to,
            detail=event.detail,
            since=event.since,
            until=event.until,
        )


def left_out(turn: Turn, event: FilesLeftOut) -> None:
    """Tell both sides of files that were too large for the way (acceptance case B15): whoever sent
    them; the other side reads of it in their place."""
    _tell_of_faq_files(turn, event)
    names = ", ".join(event.files)
    for room, reply_to in _rooms_concerned(turn, event):
        say_in(turn, room, "desk.line.left_out", reply_to=reply_to, files=names)
    target = room_from_key(event.room) if event.room else None
    ticket = turn.ticket(target.ticket) if target is not None else None
    if ticket is not None:
        attend(turn, ticket)
        to_client.file_left_out(turn, names)


def _tell_of_faq_files(turn: Turn, event: FilesLeftOut) -> None:
    """A file of the FAQ is not on disk any more, or no channel takes it: the administrators hear
    of each once, and again after they changed their files."""
    action = event.post.action if event.post is not None else None
    files = _files_of(turn.workspace.faq)
    parts = action.content.parts if isinstance(action, Say) else ()
    ours = [p for p in parts if isinstance(p, Media) and p.path is not None and p.path in files]
    version = repr(sorted(turn.workspace.files.items()))
    for part in [p for p in ours if p.name in event.files] or ours:
        path = part.path or ""
        turn.tell_admins_once(
            f"faqfile:{token(path, version)}",
            "admin.faq.file_left_out",
            file=part.name or path,
            entries=", ".join(dict.fromkeys(files[path])),
        )


def _files_of(faq: Faq) -> dict[str, list[str]]:
    """The files of the FAQ on our disk, with the entries they belong to."""
    found: dict[str, list[str]] = {}
    for entry in faq.entries.values():
        for name in (*entry.files, *(each for step in entry.steps for each in step.files)):
            found.setdefault(str(faq.file(name).absolute()), []).append(entry.id)
    return found


def _rooms_concerned(turn: Turn, event: AboutAPost) -> Iterator[tuple[Room, str | None]]:
    """Where a post to a client is of interest, and the message there that it carries on: the room
    of its author, or for words of the bot all rooms that follow the client's tickets."""
    origin = event.origin
    room = room_from_key(origin.room) if origin and origin.room else None
    if origin is not None and room is not None and room.desk in turn.workspace.desks:
        yield room, turn.records.handle_at(origin.channel, origin.chat, origin.message)
    elif event.audience == "client" and event.conversation is not None:
        for ticket in _reached_in(turn, event.conversation, event.to):
            for each in live_rooms(turn, ticket):
                yield each, None


def room_lost(turn: Turn, event: RoomLost) -> None:
    """A room's thread was deleted: the new one gets the card and what was said, ahead of whatever
    waits for it (case B9)."""
    room = room_from_key(event.room)
    ticket = turn.ticket(room.ticket) if room else None
    if room is None or ticket is None or room.desk not in turn.workspace.desks:
        return
    attend(turn, ticket)
    card.show(turn, ticket, room, front=True)
    history.show(turn, ticket, room, front=True)
    answer_bar.show_again(turn, ticket, room, front=True)
