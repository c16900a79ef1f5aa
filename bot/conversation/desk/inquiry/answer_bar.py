"""Under each answer of an outside expert: what a specialist can make of it.

The bar is a post of its own, so that it stands below an answer of many words or files.
"""

from __future__ import annotations

from typing import Final

from bot.conversation.decision import LINE, Room, Urgency
from bot.conversation.desk.inquiry.closing import for_client
from bot.conversation.say.actions import encode
from bot.conversation.state import Message
from bot.conversation.ticket.rooms import contact_desk, post_in
from bot.conversation.turn import Turn
from channels.message import Button, Buttons, Content, FormattedText, Media, Text, join
from escalation.experts import SideThread
from escalation.ticket import Ticket

SHOWN: Final = 1_500
"""Characters shown of what the client would read; the whole answer stands above."""


def handle(room: Room, message: str) -> str:
    """The handle of the bar under an answer in a room."""
    return f"{LINE}{room.key}:{message}"


def show(
    turn: Turn,
    ticket: Ticket,
    room: Room,
    thread: SideThread,
    message: Message,
    *,
    front: bool = False,
) -> None:
    """Offer to send the answer to the client, to put it in other words, or to keep it."""
    language = turn.desk_language(room.desk)
    lines = [turn.words("desk.expert.what_now", language)]
    if turn.desk(room.desk).may_write_to_clients:
        lines += _preview(turn, message, language)
    if not ticket.status.open:
        key = "desk.expert.late_closed" if ticket.closed_at else "desk.expert.late_resolved"
        lines.append(turn.words(key, language, number=ticket.number))
    post_in(
        turn,
        room,
        Content(text=join("\n", lines)),
        keyboard=_keyboard(turn, ticket, room, thread, message),
        reply_to=message.id,
        handle=handle(room, message.id),
        urgency=Urgency.PEOPLE,
        front=front,
    )


def _preview(turn: Turn, message: Message, language: str) -> list[FormattedText]:
    """What the client would read, as it would be sent."""
    content = for_client(message.content)
    words = content.text
    if len(words.text) > SHOWN:
        words = words.slice(0, SHOWN) + "…"
    lines = [turn.words("desk.expert.client_reads", language)]
    if words:
        lines.append(words.wrapped("quote", "expandable"))
    files = [part for part in content.parts if isinstance(part, Media)]
    if files:
        named = ", ".join(
            file.name or turn.label(f"desk.part.{file.kind}", language) for file in files
        )
        lines.append(turn.words("desk.expert.files", language, files=named))
    return lines if len(lines) > 1 else []


def warn(turn: Turn, room: Room, message: Message, text: FormattedText) -> None:
    """Say instead why nothing should be made of it by a button."""
    key = handle(room, message.id)
    post_in(turn, room, Content(text=text), reply_to=message.id, handle=key, urgency=Urgency.PEOPLE)


def _keyboard(
    turn: Turn, ticket: Ticket, room: Room, thread: SideThread, message: Message
) -> Buttons:
    language = turn.desk_language(room.desk)

    def button(what: str, label: str) -> Button:
        return Button(label=label, action=encode("d:heard", ticket.number, message.id, what))

    below = contact_desk(turn, ticket)
    send = turn.label("desk.button.expert_send", language)
    if not turn.desk(room.desk).may_write_to_clients:
        name = turn.desk(below).title.in_language(language) if below else ""
        send = turn.label("desk.button.expert_below", language, desk=name)
    edit, keep = (
        button(what, turn.label(f"desk.button.expert_{what}", language))
        for what in ("edit", "keep")
    )
    first = (button("send", send),) if below else ()
    rows = (first, (edit, keep), _write_back(turn, ticket, room, thread))
    return Buttons(rows=tuple(row for row in rows if row))


def _write_back(turn: Turn, ticket: Ticket, room: Room, thread: SideThread) -> tuple[Button, ...]:
    """The way to one more letter, while the ticket is open."""
    if not ticket.status.open:
        return ()
    label = turn.label("desk.button.expert_reply", turn.desk_language(room.desk), name=thread.name)
    action = encode("d:letter", ticket.number, thread.id, "reply")
    return (Button(label=label, action=action),)


def settle(
    turn: Turn, ticket: Ticket, room: Room, thread: SideThread, message: Message, said: Text
) -> None:
    """Write down what became of the answer, in place of the buttons that decide about it."""
    row = _write_back(turn, ticket, room, thread)
    turn.rewrite(
        room,
        audience="desk",
        handle=handle(room, message.id),
        content=Content(text=turn.render(said, turn.desk_language(room.desk))),
        keyboard=Buttons(rows=(row,) if row else ()),
    )


def show_again(turn: Turn, ticket: Ticket, room: Room, *, front: bool = False) -> None:
    """The bars of answers nobody has decided about, in a room that has just been given the
    history, if that is where they are decided about."""
    for thread in turn.side_threads(ticket.number):
        if place(turn, ticket, thread) != room:
            continue
        for key in thread.undecided:
            message = turn.message(key)
            if message is not None:
                show(turn, ticket, room, thread, message, front=front)


def place(turn: Turn, ticket: Ticket, thread: SideThread) -> Room:
    """Where the expert's answers land: the room of the desk that asked while it follows the
    ticket, else of the desk that has it."""
    following = {ticket.desk, contact_desk(turn, ticket)}
    desk = thread.desk if thread.desk in following else ticket.desk
    return Room(ticket=ticket.number, desk=desk)
