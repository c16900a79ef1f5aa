"""A letter to an outside expert before and while it leaves: what goes along, a look at it, *Send*.

The preview is the letter as it will go out; its buttons change it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.conversation.decision import LINE, Origin, Room, Say, Urgency
from bot.conversation.desk import prompts
from bot.conversation.desk.inquiry import exchange, letter
from bot.conversation.say.actions import encode, token
from bot.conversation.state import Message
from bot.conversation.ticket import card, relay
from bot.conversation.ticket.rooms import Seat, live_rooms, post_in
from bot.conversation.turn import Turn
from channels.message import Button, Buttons, Content, Media, Said, Text, join
from escalation import experts as rules
from escalation import lifecycle
from escalation.experts import Draft, SideThread
from escalation.lifecycle import Refused
from escalation.settings import Desk
from escalation.ticket import Ticket

SHOWN: Final = 3_000
"""Characters of a letter that its preview shows; the rest stands above in the topic."""


def must_be_possible(turn: Turn, desk: Desk, ticket: Ticket) -> None:
    """Whether a desk can write to anybody outside about a ticket.

    Raises:
        Refused: there is no mail, nobody to ask, or the ticket is not open.
    """
    if turn.workspace.settings.letter_channel is None:
        raise Refused("desk.refused.no_mail")
    if not turn.workspace.may_forward(desk.id):
        raise Refused("desk.refused.no_experts")
    lifecycle.must_be_open(ticket)


def must_be_known(turn: Turn, desk: Desk, thread: SideThread) -> None:
    """Whether a desk may write to this expert, by the settings in force.

    Raises:
        Refused: the expert is none of this desk's any more, or has another address.
    """
    expert = next((e for e in turn.workspace.experts_for(desk.id) if e.id == thread.expert), None)
    if thread.expert is None and turn.workspace.settings.forward == "anyone":
        return
    if expert is None or expert.address != thread.address.chat:
        raise Refused("desk.refused.no_such_expert", name=thread.name)


def ask_for_words(turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread) -> Text:
    """Ask the specialist for the question."""
    prompts.start(turn, seat, ticket, "forward", target=thread.id, expert=thread.name)
    return Text(key="desk.done.prompted")


def written(turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content, key: str) -> None:
    """The words for the expert came: show the letter.

    Raises:
        Refused: nothing is said, or the letter was given up meanwhile.
    """
    thread = turn.side_thread(key)
    if not content:
        raise Refused("desk.refused.nothing_said")
    if thread is None or thread.draft is None or thread.ticket != ticket.number:
        raise Refused("desk.refused.letter_gone")
    lifecycle.must_be_open(ticket)
    if thread.draft.origin:
        turn.take_back(seat.room, _handle(seat.room, thread, thread.draft), audience="desk")
    draft = replace(thread.draft, question=content, origin=said.message, author=seat.author)
    thread = turn.save_side_thread(replace(thread, draft=draft))
    show(turn, seat.room, ticket, thread, new=True)


def of(turn: Turn, seat: Seat, ticket: Ticket) -> SideThread | None:
    """The exchange this specialist is preparing a letter of, whether its words are written or
    asked for."""
    pending = prompts.of(ticket, seat)
    asked = pending.target if pending is not None and pending.kind == "forward" else None
    for thread in reversed(turn.side_threads(ticket.number)):
        draft = thread.draft
        if draft is None or thread.desk != seat.room.desk or draft.author.id != seat.author.id:
            continue
        if draft.origin or thread.id == asked:
            return thread
    return None


# ---------------------------------------------------------------------- what goes along


def with_message(turn: Turn, ticket: Ticket, thread: SideThread, message: str) -> SideThread:
    """One more message of the ticket goes along.

    Raises:
        Refused: it is no message of the ticket, or was taken back.
    """
    known = {m.id for m in turn.history(ticket.number) if not m.recalled}
    if thread.draft is None or message not in known:
        raise Refused("desk.refused.not_of_ticket")
    chosen = {*thread.draft.messages, message}
    return _choose(turn, ticket, thread, thread.draft, lambda m: m.id in chosen)


def _choose(
    turn: Turn,
    ticket: Ticket,
    thread: SideThread,
    draft: Draft,
    wanted: Callable[[Message], bool],
) -> SideThread:
    chosen = tuple(m.id for m in turn.history(ticket.number) if not m.recalled and wanted(m))
    return turn.save_side_thread(replace(thread, draft=replace(draft, messages=chosen)))


# ---------------------------------------------------------------------- a look before it leaves


def _handle(room: Room, thread: SideThread, draft: Draft) -> str:
    return f"{LINE}{room.key}:{thread.id}.{draft.origin}"


def show(turn: Turn, room: Room, ticket: Ticket, thread: SideThread, *, new: bool = False) -> None:
    """Post the letter as it would go out now, or bring the post up to date.

    It is kept as shown: what a client corrects afterwards does not change it unseen.
    """
    draft = thread.draft
    if draft is None or not draft.origin:
        return
    draft = replace(draft, letter=letter.letter(turn, ticket, thread, draft))
    thread = turn.save_side_thread(replace(thread, draft=draft))
    content = _shown(turn, room, thread, draft, "desk.expert.preview")
    keyboard, handle = _keyboard(turn, room, ticket, thread, draft), _handle(room, thread, draft)
    if new:
        post_in(turn, room, content, keyboard=keyboard, handle=handle, urgency=Urgency.PEOPLE)
    else:
        turn.rewrite(
            room,
            audience="desk",
            handle=handle,
            content=content,
            keyboard=keyboard,
            urgency=Urgency.PEOPLE,
        )


def _shown(turn: Turn, room: Room, thread: SideThread, draft: Draft, key: str) -> Content:
    language, text = turn.desk_language(room.desk), draft.letter.text
    if len(text.text) > SHOWN:
        text = text.slice(0, SHOWN) + "…"
    lines = [
        turn.words(key, language, name=thread.name, address=thread.address.chat),
        turn.words("desk.expert.subject", language, subject=thread.subject),
        text.wrapped("quote", "expandable"),
    ]
    files = [part for part in draft.letter.parts if isinstance(part, Media)]
    if files:
        named = ", ".join(_file_name(turn, file, language) for file in files)
        lines.append(turn.words("desk.expert.files", language, files=named))
    return Content(text=join("\n", lines))


def _file_name(turn: Turn, file: Media, language: str) -> str:
    return file.name or turn.label(f"desk.part.{file.kind}", language)


def _keyboard(turn: Turn, room: Room, ticket: Ticket, thread: SideThread, draft: Draft) -> Buttons:
    language = turn.desk_language(room.desk)

    def button(what: str, **args: str | int) -> Button:
        return Button(
            label=turn.label(f"desk.button.letter_{what}", language, **args),
            action=encode("d:letter", ticket.number, thread.id, what, token(draft.origin)),
        )

    said = [m for m in turn.history(ticket.number) if m.kind == "client" and not m.recalled]
    rows = [
        (
            button("case_off" if draft.case else "case"),
            button("client_off" if draft.client else "client"),
        ),
        (button("last"), button("all", count=len(said))) if said else (),
        (button("none", count=len(draft.messages)),) if draft.messages else (),
        (button("send"), button("change"), button("cancel")),
    ]
    return Buttons(rows=tuple(row for row in rows if row))


def pressed(turn: Turn, seat: Seat, ticket: Ticket, key: str, what: str, of: str) -> Text:
    """A button of a preview, or of a letter that went out.

    Args:
        key: the exchange.
        of: which of its letters the preview shows; a button below an older one does nothing.

    Raises:
        Refused: the letter is gone already, or the button never was.
    """
    thread = turn.side_thread(key)
    if thread is None or thread.ticket != ticket.number:
        raise Refused("desk.refused.old_button")
    match what:
        case "end":
            return exchange.stop_waiting(turn, seat, ticket, thread)
        case "again":
            return exchange.send_again(turn, ticket, thread)
        case _:
            pass  # the others are about the letter in the preview
    draft = thread.draft
    if draft is None or not draft.origin or of != token(draft.origin):
        raise Refused("desk.refused.letter_gone")
    if thread.desk != seat.room.desk:
        raise Refused("desk.refused.old_button")
    room = seat.room
    match what:
        case "send":
            return _send(turn, seat, ticket, thread, draft)
        case "change":
            must_be_possible(turn, seat.desk, ticket)
            return ask_for_words(turn, seat, ticket, thread)
        case "cancel":
            _give_up(turn, room, thread, draft)
            return Text(key="desk.done.cancelled")
        case _:
            pass  # something else goes along
    show(turn, room, ticket, _changed(turn, ticket, thread, draft, what))
    return Text(key="desk.done.letter_changed")


def _changed(turn: Turn, ticket: Ticket, thread: SideThread, draft: Draft, what: str) -> SideThread:
    """The letter with something else going along."""
    history = turn.history(ticket.number)
    said = [m.id for m in history if m.kind == "client" and not m.recalled]
    match what:
        case "case" | "case_off":
            draft = replace(draft, case=what == "case")
        case "client" | "client_off":
            draft = replace(draft, client=what == "client")
        case "last":
            return _choose(turn, ticket, thread, draft, lambda m: m.id in said[-1:])
        case "all":
            return _choose(turn, ticket, thread, draft, lambda m: m.id in said)
        case "none":
            draft = replace(draft, messages=())
        case _:
            raise Refused("desk.refused.old_button")
    return turn.save_side_thread(replace(thread, draft=draft))


def _give_up(turn: Turn, room: Room, thread: SideThread, draft: Draft) -> None:
    turn.take_back(room, _handle(room, thread, draft), audience="desk")
    turn.save_side_thread(replace(thread, draft=None))


# ---------------------------------------------------------------------- sending


def _send(turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread, draft: Draft) -> Text:
    must_be_possible(turn, seat.desk, ticket)
    must_be_known(turn, seat.desk, thread)
    room = seat.room
    message = turn.save_message(
        Message(
            id=turn.ids.new_id(),
            conversation=ticket.conversation,
            ticket=ticket.number,
            kind="note",
            author=draft.author,
            content=draft.question,
            at=turn.now,
            reply_to=thread.heard,
            side_thread=thread.id,
        )
    )
    turn.send(
        thread.address,
        Say(
            content=draft.letter,
            handle=message.id,
            letterhead=letter.letterhead(turn, thread, automatic=False),
        ),
        audience="expert",
        urgency=Urgency.PEOPLE,
        origin=_origin(seat, draft),
    )
    thread = turn.save_side_thread(rules.sent(thread, message.id, turn.now))
    turn.note_event(
        ticket, "forwarded", seat.author, after=thread.name, detail=draft.question.words
    )
    stop = Button(
        label=turn.label("desk.button.letter_end", turn.desk_language(room.desk)),
        action=encode("d:letter", ticket.number, thread.id, "end"),
    )
    turn.rewrite(
        room,
        audience="desk",
        handle=_handle(room, thread, draft),
        content=_shown(turn, room, thread, draft, "desk.expert.sent"),
        keyboard=Buttons(rows=((stop,),)),
        urgency=Urgency.PEOPLE,
    )
    for other in live_rooms(turn, ticket):
        if other != room:
            relay.show(turn, other, message, label="desk.relay.to_expert", desk=thread.name)
    ticket = exchange.wait_for_answer(turn, seat, ticket, thread)
    card.refresh(turn, ticket)
    return Text(key="desk.done.letter_sent", args={"name": thread.name})


def _origin(seat: Seat, draft: Draft) -> Origin:
    """The specialist's own message: it gets the delivery mark (case G3)."""
    address = seat.inbound.address
    return Origin(
        channel=address.channel, chat=address.chat, message=draft.origin, room=seat.room.key
    )
