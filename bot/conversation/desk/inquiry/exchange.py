"""What comes of asking somebody outside: waiting, reminders, answers, and what is made of them.

An expert's letter is a note and nothing else: it takes no step, opens nothing, and reaches the
client only by a specialist's hand (acceptance cases E2, E3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation import envelopes
from bot.conversation.decision import Room, Say
from bot.conversation.desk import prompts, speaking
from bot.conversation.desk.inquiry import answer_bar, letter
from bot.conversation.desk.inquiry.closing import for_client
from bot.conversation.events import DeliveryFailed
from bot.conversation.say.actions import encode
from bot.conversation.state import Message
from bot.conversation.ticket import card, relay, to_client
from bot.conversation.ticket.moves import at_known_desk
from bot.conversation.ticket.rooms import Seat, attend, contact_desk, live_rooms, record, say_in
from bot.conversation.turn import Turn
from channels.letter import Letter, Undelivered
from channels.message import (
    Button,
    Buttons,
    Content,
    FormattedText,
    Inbound,
    MessageRef,
    Said,
    Text,
)
from escalation import experts as rules
from escalation import lifecycle
from escalation.experts import Expert, SideThread
from escalation.lifecycle import Refused
from escalation.ticket import BOT, Author, Status, Ticket

# ---------------------------------------------------------------------- waiting


def _expert(turn: Turn, thread: SideThread) -> Expert | None:
    return turn.workspace.experts.get(thread.expert or "")


def wait_for_answer(turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread) -> Ticket:
    """A letter went out: reminders, and where the settings say so the ticket waits, too."""
    expert = _expert(turn, thread)
    if expert is None:
        return turn.ticket(ticket.number) or ticket
    turn.wake("expert", thread.id, _due(turn, expert, turn.now))
    ticket = turn.ticket(ticket.number) or ticket
    if expert.hold and ticket.status is not Status.WAITING_VENDOR:
        ticket = record(turn, lifecycle.wait_for_vendor(ticket), seat.author)
        if not thread.told_client and to_client.allowed(turn, seat):
            turn.save_side_thread(replace(thread, told_client=True))
            to_client.waiting_for_others(turn, seat, ticket)
    return ticket


def _due(turn: Turn, expert: Expert, since: datetime) -> datetime | None:
    return rules.reminder_due(expert, since, turn.workspace.settings.timezone)


def _no_longer_waiting(turn: Turn, ticket: Ticket, author: Author) -> Ticket:
    """Nobody outside is waited for? Then the ticket does not wait, either."""
    ticket = turn.ticket(ticket.number) or ticket
    held = (
        thread
        for thread in turn.side_threads(ticket.number)
        if thread.waiting and (expert := _expert(turn, thread)) is not None and expert.hold
    )
    if next(held, None) is not None:
        return ticket
    step = lifecycle.vendor_done(ticket)
    return record(turn, step, author) if step.changes else ticket


def stop_waiting(turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread) -> Text:
    """A specialist ends the exchange: they know without the expert's letter."""
    if not thread.open:
        raise Refused("desk.refused.letter_over")
    _end(turn, thread)
    ticket = _no_longer_waiting(turn, ticket, seat.author)
    for room in live_rooms(turn, ticket):
        say_in(turn, room, "desk.line.expert_ended", silent=True, name=thread.name)
    card.refresh(turn, ticket)
    return Text(key="desk.done.letter_over", args={"name": thread.name})


def end_all(turn: Turn, ticket: Ticket) -> None:
    """The ticket ended: nobody outside is waited for or reminded, and no letter is prepared."""
    for thread in turn.side_threads(ticket.number):
        if thread.open or thread.draft is not None:
            _end(turn, thread)


def _end(turn: Turn, thread: SideThread) -> None:
    turn.wake("expert", thread.id, None)
    turn.save_side_thread(rules.ended(thread, turn.now))


def fired(turn: Turn, exchange: str) -> None:
    """The expert's silence is worth a word: a reminder the first time, then the desk is told."""
    thread = turn.side_thread(exchange)
    ticket = turn.ticket(thread.ticket) if thread else None
    expert = _expert(turn, thread) if thread else None
    if thread is None or ticket is None or expert is None or not thread.waiting:
        return
    if not ticket.status.open or thread.waiting_since is None:
        return
    attend(turn, ticket)
    if thread.reminders == 0:
        say = Say(
            content=letter.reminder(turn, thread),
            handle=f"reminder:{thread.id}:{turn.ids.new_id()}",
            letterhead=letter.letterhead(turn, thread, automatic=True),
        )
        turn.send(thread.address, say, audience="expert")
    room = answer_bar.place(turn, ticket, thread)
    waited = turn.now - thread.waiting_since
    key = "desk.line.expert_silent" if thread.reminders else "desk.line.expert_reminded"
    say_in(turn, room, key, name=thread.name, waited=waited)
    turn.save_side_thread(replace(thread, reminders=thread.reminders + 1))
    turn.wake("expert", thread.id, _due(turn, expert, turn.now))


# ---------------------------------------------------------------------- a letter that did not leave


def of_failure(turn: Turn, event: DeliveryFailed) -> SideThread | None:
    """The exchange a post that failed belonged to."""
    if event.audience != "expert" or event.to.thread is None:
        return None
    return turn.side_thread(event.to.thread)


def not_sent(turn: Turn, thread: SideThread, event: DeliveryFailed) -> None:
    """Tell the desk that a letter to an expert did not leave, or may not have, and let them try
    again."""
    ticket = turn.ticket(thread.ticket)
    if ticket is None:
        return
    attend(turn, ticket)
    room, origin = answer_bar.place(turn, ticket, thread), event.origin
    language = turn.desk_language(room.desk)
    thread = turn.save_side_thread(replace(thread, failed=event.outgoing))
    again = Button(
        label=turn.label("desk.button.again", language),
        action=encode("d:letter", ticket.number, thread.id, "again"),
    )
    handle = None
    if origin is not None:
        handle = turn.records.handle_at(origin.channel, origin.chat, origin.message)
    why = (
        turn.words(f"desk.why.{event.reason}", language, detail=event.detail)
        if event.reason
        else FormattedText()
    )
    say_in(
        turn,
        room,
        "desk.line.letter_failed" if event.reason else "desk.line.letter_uncertain",
        keyboard=Buttons(rows=((again,),)),
        reply_to=handle,
        name=thread.name,
        why=why,
        detail=event.detail,
    )


def send_again(turn: Turn, ticket: Ticket, thread: SideThread) -> Text:
    """Send the letter again that did not leave.

    Raises:
        Refused: it was, or the ticket is no longer open.
    """
    lifecycle.must_be_open(ticket)
    if thread.failed is None:
        raise Refused("desk.refused.letter_gone")
    to_client.send_letter_again(turn, thread.failed)
    turn.save_side_thread(replace(thread, failed=None))
    return Text(key="desk.done.again")


# ---------------------------------------------------------------------- what the expert writes


def answered(turn: Turn, thread: SideThread, inbound: Inbound) -> None:
    """A letter points to the exchange, by a signature of ours: it lands as a note.

    Only the expert's own address, not known to be forged, ends the waiting. Anybody else who has
    seen our letter can write here too, and is shown with a warning and nothing more. Machines are
    shown quietly.
    """
    said, ticket = inbound.event, turn.ticket(thread.ticket)
    if not isinstance(said, Said) or said.letter is None or ticket is None:
        return
    attend(turn, ticket)
    ticket = at_known_desk(turn, ticket)
    room = answer_bar.place(turn, ticket, thread)
    note = _note(turn, ticket, inbound, said, said.letter)
    own = inbound.address.chat == thread.address.chat and not said.letter.suspicious
    if said.letter.automatic is not None:
        turn.save_message(note)
        relay.show(turn, room, note, label="desk.relay.automatic", silent=True)
    elif own:
        _by_expert(turn, ticket, thread, room, note, said.letter)
    else:
        _by_stranger(turn, thread, room, note, inbound)


def _note(turn: Turn, ticket: Ticket, inbound: Inbound, said: Said, letter: Letter) -> Message:
    """A letter as a note under its sender's name and address."""
    chat = inbound.address.chat
    author = Author(
        kind="expert", id=f"{inbound.channel}:{chat}", name=f"{inbound.sender.name} ({chat})"
    )
    ref = MessageRef(channel=inbound.channel, chat=chat, id=said.message)
    envelope = envelopes.envelope(said, letter, new_subject=False)
    return Message(
        id=turn.ids.new_id(),
        conversation=ticket.conversation,
        ticket=ticket.number,
        kind="note",
        author=author,
        content=replace(said.content, source=(ref,)),
        at=turn.now,
        # What a letter forwards is not sent on with its words, so it stays beside them.
        envelope=replace(envelope, quoted=letter.quoted[: envelopes.QUOTED]),
    )


def _by_expert(
    turn: Turn, ticket: Ticket, thread: SideThread, room: Room, note: Message, letter: Letter
) -> None:
    message = turn.save_message(
        replace(
            note,
            author=replace(note.author, name=thread.name),
            reply_to=thread.asked,
            side_thread=thread.id,
        )
    )
    thread = turn.save_side_thread(rules.answered(thread, message.id, letter.references))
    turn.wake("expert", thread.id, None)
    turn.note_event(ticket, "answered", message.author, detail=message.content.words)
    ticket = _no_longer_waiting(turn, ticket, BOT)
    relay.show(turn, room, message, label="desk.relay.expert")
    answer_bar.show(turn, ticket, room, thread, message)
    card.refresh(turn, ticket)


def _by_stranger(
    turn: Turn, thread: SideThread, room: Room, note: Message, inbound: Inbound
) -> None:
    message = turn.save_message(note)
    relay.show(turn, room, message, label="desk.relay.expert_stranger")
    forged = inbound.address.chat == thread.address.chat
    text = turn.words(
        "desk.expert.forged" if forged else "desk.expert.stranger",
        turn.desk_language(room.desk),
        name=thread.name,
        address=thread.address.chat,
        sender=inbound.address.chat,
    )
    answer_bar.warn(turn, room, message, text)


def undelivered(turn: Turn, thread: SideThread, report: Undelivered) -> None:
    """A letter to an expert did not arrive, or is late: the desk that asked hears of it. Somebody
    is still waited for."""
    ticket = turn.ticket(thread.ticket)
    if ticket is None:
        return
    attend(turn, ticket)
    say_in(
        turn,
        answer_bar.place(turn, ticket, thread),
        "desk.line.letter_late" if report.permanent is False else "desk.line.letter_bounced",
        reply_to=thread.asked,
        silent=report.permanent is False,
        name=thread.name,
        address=report.recipient,
        detail=report.detail,
    )


# ---------------------------------------------------------------------- what becomes of an answer


def pressed(turn: Turn, seat: Seat, ticket: Ticket, key: str, what: str) -> Text:
    """A button of the bar under an answer (case B16: it counts once).

    Raises:
        Refused: somebody decided before, or it is not possible here.
    """
    message, thread = _undecided(turn, ticket, key)
    match what:
        case "send" if to_client.allowed(turn, seat):
            return _to_client(turn, seat, ticket, thread, message)
        case "send":
            return _to_desk_below(turn, seat, ticket, thread, message)
        case "edit":
            lifecycle.must_be_open(ticket)
            prompts.start(turn, seat, ticket, "rephrase", target=message.id, expert=thread.name)
            return Text(key="desk.done.prompted")
        case "keep":
            _settle(turn, seat, ticket, thread, message, "desk.expert.kept")
            return Text(key="desk.done.expert_kept")
        case _:
            raise Refused("desk.refused.old_button")


def _undecided(turn: Turn, ticket: Ticket, key: str) -> tuple[Message, SideThread]:
    message = turn.message(key)
    thread = turn.side_thread(message.side_thread) if message and message.side_thread else None
    if message is None or thread is None or thread.ticket != ticket.number:
        raise Refused("desk.refused.old_button")
    if key not in thread.undecided:
        raise Refused("desk.refused.decided")
    return message, thread


def _settle(
    turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread, message: Message, key: str
) -> None:
    changed = rules.decided(turn.side_thread(thread.id) or thread, message.id)
    if changed is None:
        raise Refused("desk.refused.decided")
    turn.save_side_thread(changed)
    said = Text(key=key, args={"name": seat.author.name})
    for room in live_rooms(turn, ticket):
        answer_bar.settle(turn, ticket, room, thread, message, said)


def _to_client(
    turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread, message: Message
) -> Text:
    """The expert's new words and files, as the specialist's own: what the letter quoted, its
    signature and its sender are not in them. They are what the bar has shown."""
    address = seat.inbound.address
    here = turn.records.places_of(message.id, address.channel, address.chat)
    note = Said(message=here[0] if here else "", content=message.content)
    speaking.reply(turn, seat, ticket, note, for_client(message.content))
    _settle(turn, seat, ticket, thread, message, "desk.expert.told_client")
    return Text(key="desk.done.expert_told")


def _to_desk_below(
    turn: Turn, seat: Seat, ticket: Ticket, thread: SideThread, message: Message
) -> Text:
    """A desk that may not write to clients hands the answer to the one that may (case G7)."""
    below = contact_desk(turn, ticket)
    if below is None:
        raise Refused("desk.refused.no_contact")
    room = Room(ticket=ticket.number, desk=below)
    bar = answer_bar.handle(room, message.id)
    group = turn.today(turn.workspace.place_of(below))
    if turn.records.post_state(bar, group.channel, group.chat) is not None:
        raise Refused("desk.refused.decided")
    desk = seat.desk.title.in_language(turn.desk_language(below))
    relay.show(turn, room, message, label="desk.relay.expert_below", desk=desk)
    answer_bar.show(turn, ticket, room, thread, message)
    title = turn.desk(below).title.in_language(turn.desk_language(seat.room.desk))
    said = Text(key="desk.expert.handed", args={"name": seat.author.name, "desk": title})
    answer_bar.settle(turn, ticket, seat.room, thread, message, said)
    return Text(key="desk.done.expert_handed", args={"desk": title})


def rephrased(
    turn: Turn, seat: Seat, ticket: Ticket, said: Said, content: Content, key: str
) -> None:
    """The specialist's own words for an answer: to the client, or to the desk that talks to them.

    Raises:
        Refused: somebody decided about the answer meanwhile, or nothing is said.
    """
    message, thread = _undecided(turn, ticket, key)
    if to_client.allowed(turn, seat):
        speaking.reply(turn, seat, ticket, said, content)
        _settle(turn, seat, ticket, thread, message, "desk.expert.told_client")
    else:
        speaking.note(turn, seat, ticket, said, content)
        _settle(turn, seat, ticket, thread, message, "desk.expert.told_desk")
