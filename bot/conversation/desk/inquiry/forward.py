"""Asking somebody outside: whom, and how a specialist gets there.

``/forward`` or the card's button offers the experts of the settings; the specialist writes the
question, and ``draft`` shows the letter before anything leaves.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.desk import prompts
from bot.conversation.desk.inquiry import draft, letter
from bot.conversation.desk.prefixes import leading, without
from bot.conversation.desk.speaking import answered_message
from bot.conversation.say.actions import encode, token
from bot.conversation.ticket import dialogues
from bot.conversation.ticket.rooms import Seat, say_in
from bot.conversation.turn import Turn
from channels.message import Address, Button, Buttons, Content, Said, Text
from escalation.experts import Draft, Expert, SideThread, person_at
from escalation.lifecycle import Refused
from escalation.ticket import Ticket

# ---------------------------------------------------------------------- whom


def offer(turn: Turn, seat: Seat, ticket: Ticket, message: str = "") -> Text:
    """Show who can be asked.

    Args:
        message: our id of a message of the ticket that goes along.
    """
    draft.must_be_possible(turn, seat.desk, ticket)
    language = turn.desk_language(seat.room.desk)
    choices = [
        Button(
            label=_title(turn, expert, language),
            action=encode("d:expert", ticket.number, token(expert.id), message),
        )
        for expert in turn.workspace.experts_for(seat.desk.id)
    ]
    if turn.workspace.settings.forward == "anyone":
        label = turn.label("desk.button.expert_other", language)
        action = encode("d:address", ticket.number, message)
        choices.append(Button(label=label, action=action))
    cancel = Button(
        label=turn.label("desk.button.cancel", language), action=encode("d:cancel", ticket.number)
    )
    rows = tuple((button,) for button in [*choices, cancel])
    say_in(turn, seat.room, "desk.choose.expert", keyboard=Buttons(rows=rows), number=ticket.number)
    return Text(key="desk.done.choose")


def _title(turn: Turn, expert: Expert, language: str) -> str:
    title = expert.title.in_language(language)
    return turn.label("desk.button.vendor", language, name=title) if expert.vendor else title


def choose(turn: Turn, seat: Seat, ticket: Ticket, name: str, message: str) -> Text:
    """Ask for the question to a chosen expert.

    Args:
        name: the expert's id as its button carries it.
    """
    draft.must_be_possible(turn, seat.desk, ticket)
    expert = next(
        (e for e in turn.workspace.experts_for(seat.desk.id) if token(e.id) == name), None
    )
    if expert is None:
        raise Refused("desk.refused.old_button")
    return draft.ask_for_words(turn, seat, ticket, _to_expert(turn, seat, ticket, expert, message))


def ask_for_address(turn: Turn, seat: Seat, ticket: Ticket, message: str) -> Text:
    """Let the specialist type whom to ask, where the settings allow it."""
    draft.must_be_possible(turn, seat.desk, ticket)
    if turn.workspace.settings.forward != "anyone":
        raise Refused("desk.refused.only_known")
    prompts.start(turn, seat, ticket, "address", target=message)
    return Text(key="desk.done.prompted")


def address(turn: Turn, seat: Seat, ticket: Ticket, words: str, message: str) -> Text:
    """The address somebody typed; asked for again if it is none."""
    draft.must_be_possible(turn, seat.desk, ticket)
    person = person_at(words)
    if person is None:
        prompts.start(turn, seat, ticket, "address", target=message)
        return Text(key="desk.done.prompted")
    return draft.ask_for_words(turn, seat, ticket, _to_person(turn, seat, ticket, person, message))


def _to_person(
    turn: Turn, seat: Seat, ticket: Ticket, person: tuple[str, str], message: str
) -> SideThread:
    """An exchange with somebody whose address was typed.

    Raises:
        Refused: only the listed experts may be asked, or the address is ours or the client's.
    """
    name, chat = person
    settings = turn.workspace.settings
    known = next((e for e in turn.workspace.experts_for(seat.desk.id) if e.address == chat), None)
    if known is not None:
        return _to_expert(turn, seat, ticket, known, message)
    if settings.forward != "anyone":
        raise Refused("desk.refused.only_known")
    if turn.workspace.is_ours(chat):
        raise Refused("desk.refused.own_address", address=chat)
    client = dialogues.client_of(turn, ticket)
    theirs = [*(each.address for each in turn.parties.dialogues(client)), *client.addresses]
    if chat in {address.chat for address in theirs}:
        raise Refused("desk.refused.clients_address", address=chat)
    return _begun(turn, seat, ticket, None, name, chat, message)


def _to_expert(turn: Turn, seat: Seat, ticket: Ticket, expert: Expert, message: str) -> SideThread:
    name = expert.title.in_language(turn.desk_language(seat.room.desk))
    return _begun(turn, seat, ticket, expert, name, expert.address, message)


def _begun(
    turn: Turn,
    seat: Seat,
    ticket: Ticket,
    expert: Expert | None,
    name: str,
    chat: str,
    message: str,
) -> SideThread:
    """A new exchange, of which nothing has left yet."""
    letters = turn.workspace.settings.letter_channel
    if letters is None:
        raise Refused("desk.refused.no_mail")
    key = turn.ids.new_id()
    thread = SideThread(
        id=key,
        ticket=ticket.number,
        desk=seat.room.desk,
        expert=expert.id if expert else None,
        name=name,
        address=Address(channel=letters.name, chat=chat, thread=key),
        subject="",
        opened_at=turn.now,
        draft=Draft(author=seat.author, client=expert.show_client if expert else False),
    )
    subject = letter.subject(turn, ticket, letter.language_of(turn, thread))
    thread = turn.save_side_thread(replace(thread, subject=subject))
    return draft.with_message(turn, ticket, thread, message) if message else thread


# ---------------------------------------------------------------------- the command


def command(turn: Turn, seat: Seat, ticket: Ticket, said: Said, rest: Content) -> bool:
    """``/forward``, ``/forward vendor what does it mean?``, or either as an answer to a message:
    to an expert's it goes on, any other goes along. Whether it did its work at once.

    Raises:
        Refused: it is not possible, or nobody can tell who is meant.
    """
    draft.must_be_possible(turn, seat.desk, ticket)
    target = answered_message(turn, seat, said.reply_to)
    thread = turn.side_thread(target.side_thread) if target and target.side_thread else None
    mine = draft.of(turn, seat, ticket)
    if target is not None and mine is not None and (thread is None or thread.id != mine.id):
        mine = draft.with_message(turn, ticket, mine, target.id)
        draft.show(turn, seat.room, ticket, mine)
        return True
    if thread is not None:
        thread = _going_on(turn, seat, thread)
    words = leading(rest).text
    if thread is None and words.strip():
        thread, rest = _named(turn, seat, ticket, rest, target.id if target else "")
    if thread is None:
        offer(turn, seat, ticket, target.id if target else "")
    elif rest:
        prompts.forget(turn, seat, ticket)
        draft.written(turn, seat, ticket, said, rest, thread.id)
    else:
        draft.ask_for_words(turn, seat, ticket, thread)
    return False


def _named(
    turn: Turn, seat: Seat, ticket: Ticket, rest: Content, message: str
) -> tuple[SideThread, Content]:
    """The expert (or address) the words begin with, and the question behind it. With one expert
    only, the words are the question."""
    words = leading(rest).text
    stripped = words.lstrip()
    known = turn.workspace.experts_for(seat.desk.id)
    for expert in known:
        titles = (expert.title.in_language(code) for code in ("ru", "en"))
        for name in sorted({expert.id, *titles}, key=len, reverse=True):
            head, tail = stripped[: len(name)], stripped[len(name) :]
            if head.casefold() == name.casefold() and (not tail or tail[0].isspace()):
                cut = without(rest, len(words) - len(stripped) + len(name))
                return _to_expert(turn, seat, ticket, expert, message), cut
    first = stripped.split()[0]
    person = person_at(first)
    if person is not None:
        cut = without(rest, len(words) - len(stripped) + len(first))
        return _to_person(turn, seat, ticket, person, message), cut
    if len(known) == 1 and turn.workspace.settings.forward == "known":
        return _to_expert(turn, seat, ticket, known[0], message), rest
    raise Refused("desk.refused.no_such_expert", name=first)


def again(turn: Turn, seat: Seat, ticket: Ticket, key: str) -> Text:
    """Write to an expert once more."""
    draft.must_be_possible(turn, seat.desk, ticket)
    thread = turn.side_thread(key)
    if thread is None or thread.ticket != ticket.number:
        raise Refused("desk.refused.old_button")
    return draft.ask_for_words(turn, seat, ticket, _going_on(turn, seat, thread))


def _going_on(turn: Turn, seat: Seat, thread: SideThread) -> SideThread:
    """The next letter of an exchange: they know the case already.

    Raises:
        Refused: this desk may not write to the expert any more.
    """
    draft.must_be_known(turn, seat.desk, thread)
    following = Draft(author=seat.author, case=False)
    return turn.save_side_thread(replace(thread, draft=following, desk=seat.room.desk))
