"""What was said and done in a ticket, told again in a room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

from bot.conversation.decision import LINE, Room, Say
from bot.conversation.say.contents import described
from bot.conversation.state import Message
from bot.conversation.ticket.rooms import post_in
from bot.conversation.turn import Turn
from channels.message import Contact, Content, FormattedText, Location, Media, Other, Part, join
from escalation.experts import SideThread
from escalation.ticket import Priority, Status, Ticket, TicketEvent

SHOWN = 40
"""Messages a room is given to read when a ticket comes to it; ``/history`` shows them all."""


def left_at(turn: Turn, ticket: Ticket, room: Room) -> datetime | None:
    """When the ticket last left a room's desk before this turn; None if it was never there."""
    return turn.records.last_left(ticket.number, room.desk)


def show(
    turn: Turn,
    ticket: Ticket,
    room: Room,
    *,
    since: datetime | None = None,
    front: bool = False,
    everything: bool = False,
) -> None:
    """Post what was said in the ticket so far (or since then): one quoted block, then the files.

    Args:
        everything: not only the latest messages.
        front: the room is being rebuilt, so this goes before whatever waits for it.
    """
    language = turn.desk_language(room.desk)
    said = _said(turn, ticket, room, since, front=front, everything=everything)
    shown = said if everything else said[-SHOWN:]
    if not shown:
        return
    written = any(message.side_thread for message in shown)
    threads = {t.id: t for t in turn.side_threads(ticket.number)} if written else {}
    lines = [_history_line(turn, message, threads, language) for message in shown]
    head = turn.words("desk.history.head", language)
    if len(shown) < len(said):
        head = head + "\n" + turn.words("desk.history.more", language)
    text = head + "\n" + join("\n", lines).wrapped("quote", "expandable")
    turn.send(
        room,
        Say(
            content=Content(text=text), handle=f"{LINE}{room.key}:{turn.ids.new_id()}", silent=True
        ),
        audience="desk",
        front=front,
    )
    for message in shown:
        if message.content.parts and not message.recalled:
            caption = turn.words("desk.relay.client", language, name=_name(turn, message))
            files = Content(
                text=caption, parts=message.content.parts, source=message.content.source
            )
            say = Say(content=files, handle=message.id, silent=True)
            turn.send(room, say, audience="desk", front=front)


def _said(
    turn: Turn,
    ticket: Ticket,
    room: Room,
    since: datetime | None,
    *,
    front: bool,
    everything: bool,
) -> list[Message]:
    """What there is to tell: at least one message more than is shown, if there are so many. No
    more is read than is needed, however long the ticket's history is."""
    read = None if everything else SHOWN + 1
    while True:
        latest = turn.history(ticket.number, last=read)
        coming = _still_to_come(turn, room, latest) if front else set()
        said = [m for m in latest if (since is None or m.at >= since) and m.id not in coming]
        whole = read is None or len(latest) < read or (since is not None and latest[0].at < since)
        if read is None or whole or len(said) > SHOWN:
            return said
        read *= 2


def _still_to_come(turn: Turn, room: Room, messages: Sequence[Message]) -> set[str]:
    """Ids of the messages that wait for the room themselves."""
    group = turn.today(turn.workspace.place_of(room.desk))
    states = turn.records.post_states([m.id for m in messages], group.channel, group.chat)
    return {message for message, state in states.items() if state in {"waiting", "sending"}}


def show_events(turn: Turn, ticket: Ticket, room: Room) -> None:
    """Post the ticket's history of changes: who, when, what (case G9)."""
    language = turn.desk_language(room.desk)
    lines = [
        _event_line(turn, event, language) for event in turn.records.ticket_events(ticket.number)
    ]
    head = turn.words("desk.history.events", language)
    post_in(
        turn,
        room,
        Content(text=head + "\n" + join("\n", lines).wrapped("quote", "expandable")),
        silent=True,
    )


def _history_line(
    turn: Turn, message: Message, threads: Mapping[str, SideThread], language: str
) -> FormattedText:
    what = message.content.text
    for part in message.content.parts:
        named = _part_name(turn, part, language)
        if isinstance(part, Media) and part.caption:
            named = named + " " + part.caption
        what = what + "\n" + named if what else named
    if message.gone:
        what = turn.words("desk.history.gone", language)
    if message.recalled:
        what = turn.words("desk.history.recalled", language) + " " + what
    name = _name(turn, message) or turn.label("desk.bot", language)
    thread = threads.get(message.side_thread) if message.side_thread else None
    if thread is not None and message.author.kind != "expert":
        key = "desk.history.letter"
        return turn.words(key, language, name=name, to=thread.name, at=message.at, words=what)
    return turn.words(
        f"desk.history.{message.kind}",
        language,
        name=name,
        at=message.at,
        words=what,
    )


def _name(turn: Turn, message: Message) -> str:
    """Who said it; a client by the name they have now, which a specialist may have corrected."""
    return turn.client.name if message.kind == "client" else message.author.name


def _event_line(turn: Turn, event: TicketEvent, language: str) -> FormattedText:
    text = turn.words(
        "desk.history.event",
        language,
        at=event.at,
        name=event.author.name or turn.label("desk.bot", language),
        what=turn.words(f"desk.event.{event.kind}", language),
    )
    if event.before and event.after:
        text = (
            text
            + ": "
            + _value(turn, event, event.before, language)
            + " → "
            + _value(turn, event, event.after, language)
        )
    elif event.after or event.before:
        text = text + ": " + _value(turn, event, event.after or event.before, language)
    return text + " — " + event.detail if event.detail else text


def _value(turn: Turn, event: TicketEvent, value: str, language: str) -> FormattedText:
    """What changed, as people say it: a status, a priority, a desk, or a name."""
    if event.kind in {"taken", "released", "rated", "renamed"}:
        return FormattedText(value)
    if value in set(Status):
        return turn.words(f"desk.status.{value}", language)
    if value in set(Priority):
        return turn.words(f"desk.priority.{value}", language)
    desk = turn.workspace.desks.get(value)
    return FormattedText(desk.title.in_language(language) if desk else value)


def _part_name(turn: Turn, part: Part, language: str) -> FormattedText:
    """What a part is, in words."""
    match part:
        case Media():
            return turn.words(f"desk.part.{part.kind}", language)
        case Location():
            return turn.words("desk.part.location", language)
        case Contact():
            return turn.words("desk.part.contact", language, name=part.name, phone=part.phone)
        case Other():
            return described(turn.workspace.texts, part, language)
        case _:
            assert_never(part)
