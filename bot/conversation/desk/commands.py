"""Commands in a desk's group: ``/take``, ``/взять``, ``/pass network broken line``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.conversation.decision import Audience, Diagnose, Say
from bot.conversation.desk import acts, client_data, groups, prompts, speaking
from bot.conversation.desk.inquiry import forward
from bot.conversation.desk.prefixes import Command, leading, ticket_number_in
from bot.conversation.ticket import card, history, promises
from bot.conversation.ticket.rooms import Seat, live_rooms, post_in, seat, ticket_at
from bot.conversation.turn import Turn
from channels.message import Content, FormattedText, Inbound, Said, Text
from escalation.lifecycle import Refused
from escalation.settings import Desk
from escalation.ticket import Priority, PromptKind, Ticket

ABOUT_NO_TICKET: Final = frozenset({"help", "id", "doctor", "overdue"})
"""Commands that :func:`anywhere` carries out."""
_WORDY: dict[str, PromptKind] = {
    "ask": "ask",
    "note": "note",
    "resolve": "resolve",
    "return": "return",
    "up": "escalate",
}


def in_room(turn: Turn, taken: Seat, ticket: Ticket, said: Said, command: Command) -> None:
    """A command in a ticket's place.

    Raises:
        Refused: nobody knows it, or it is not possible now.
    """
    verb, rest = command.verb, command.rest
    if verb is None:
        if command.addressed:  # perhaps another bot's
            return
        raise Refused("desk.refused.unknown_command", command=command.name)
    if verb in ABOUT_NO_TICKET:
        anywhere(turn, taken.inbound, [taken.desk], verb)
        return
    if verb in _WORDY:
        _with_words(turn, taken, ticket, said, _WORDY[verb], rest)
        return
    if verb == "forward":
        if forward.command(turn, taken, ticket, said, rest):
            turn.mark(taken.inbound, said.message, "done")
        return
    words = leading(rest).text.strip()
    if verb in _PLAIN:
        _PLAIN[verb](turn, taken, ticket)
    elif verb in _WITH_REST:
        _WITH_REST[verb](turn, taken, ticket, words)
    elif verb == "recall":
        speaking.recall(turn, taken, ticket, said.reply_to)
    elif verb == "pass":
        _pass(turn, taken, ticket, said, rest)
    turn.mark(taken.inbound, said.message, "done")


def _show_card(turn: Turn, taken: Seat, ticket: Ticket) -> None:
    keyboard = card.keyboard(turn, ticket, taken.room)
    post_in(turn, taken.room, card.content(turn, ticket, taken.room), keyboard=keyboard)


def _show_history(turn: Turn, taken: Seat, ticket: Ticket) -> None:
    history.show(turn, ticket, taken.room, everything=True)
    history.show_events(turn, ticket, taken.room)


_PLAIN: dict[str, Callable[[Turn, Seat, Ticket], object]] = {
    "take": acts.take,
    "release": acts.release,
    "back": acts.fetch,
    "reopen": acts.reopen,
    "card": _show_card,
    "history": _show_history,
}


def _with_words(
    turn: Turn, taken: Seat, ticket: Ticket, said: Said, kind: PromptKind, rest: Content
) -> None:
    if not rest and kind != "escalate":
        acts.begin(turn, taken, ticket, kind)
        return
    ticket = prompts.forget(turn, taken, ticket)
    if acts.carry_out(turn, taken, ticket, kind, said, rest) is not None:
        turn.mark(taken.inbound, said.message, "done")


def _pass(turn: Turn, taken: Seat, ticket: Ticket, said: Said, rest: Content) -> None:
    """``/pass``, ``/pass network`` or ``/pass network the reason``; a title does as well."""
    words = leading(rest).text.strip()
    if not words:
        acts.offer_desks(turn, taken, ticket)
        return
    name, _, reason = words.partition(" ")
    found = _desk_named(turn, words) or _desk_named(turn, name)
    if found is None:
        raise Refused("desk.refused.no_such_desk", desk=name)
    acts.pass_to(turn, taken, ticket, found.id, reason if not _desk_named(turn, words) else "")
    acts.hand_on_files(turn, taken, ticket, said, rest)


def _desk_named(turn: Turn, name: str) -> Desk | None:
    wanted = name.casefold()
    for desk in turn.workspace.desks.values():
        titles = {desk.title.in_language(code).casefold() for code in ("ru", "en")}
        if wanted == desk.id or wanted in titles:
            return desk
    return None


def _priority(turn: Turn, taken: Seat, ticket: Ticket, words: str) -> None:
    if not words:
        acts.offer_priorities(turn, taken, ticket)
        return
    found = next(
        (
            priority
            for priority in Priority
            if words.casefold() == priority
            or turn.workspace.texts.says(f"desk.priority.{priority}", words)
        ),
        None,
    )
    if found is None:
        raise Refused("desk.refused.no_such_priority", words=words)
    acts.set_priority(turn, taken, ticket, found)


_WITH_REST: dict[str, Callable[[Turn, Seat, Ticket, str], object]] = {
    "close": acts.close,
    "priority": _priority,
    "name": client_data.rename,
    "unlink": client_data.unlink,
}


def outside(turn: Turn, inbound: Inbound, said: Said, command: Command, here: list[Desk]) -> None:
    """A command in a desk's group that is in no ticket's place: it names the ticket itself.

    Raises:
        Refused: it names none, or one this desk has no part in.
    """
    verb = command.verb
    if verb is None:
        return
    if verb in ABOUT_NO_TICKET:
        anywhere(turn, inbound, here, verb)
        return
    named = ticket_number_in(command.rest)
    if named is None:
        raise Refused("desk.refused.which_ticket")
    number, rest = named
    ticket = turn.ticket(number)
    if ticket is None:
        raise Refused("desk.refused.unknown", number=number)
    names = {desk.id for desk in here}
    room = next((room for room in live_rooms(turn, ticket) if room.desk in names), None)
    if room is None:
        raise Refused("desk.refused.elsewhere", number=number)
    taken = seat(turn, inbound, room)
    in_room(
        turn,
        taken,
        ticket_at(turn, taken),
        said,
        Command(name=command.name, verb=verb, addressed=command.addressed, rest=rest),
    )


def anywhere(turn: Turn, inbound: Inbound, here: list[Desk], verb: str) -> None:
    """Commands that are about no ticket."""
    language = turn.desk_language(here[0].id) if here else turn.workspace.default_language
    audience: Audience = "admins" if groups.is_admin_chat(turn, inbound) else "desk"
    match verb:
        case "id":
            groups.post_ids(turn, inbound, language, audience=audience)
        case "doctor":
            turn.send(inbound.address, Diagnose(language=language), audience=audience)
        case "overdue":
            desk = here[0].id if len(here) == 1 else None
            late = promises.overdue(turn, language, desk=desk)
            turn.send(inbound.address, Say(content=late), audience=audience)
        case "help":
            text = _help(turn, here, language)
            groups.post(turn, inbound.address, text, audience=audience)
        case _:
            pass  # the others are about a ticket


def _help(turn: Turn, here: list[Desk], language: str) -> FormattedText:
    text = turn.words("desk.help", language) + "\n" + turn.words("desk.help.people", language)
    for desk in here:
        prefix = desk.note_prefix if desk.speak == "reply" else desk.reply_prefix
        way = desk.speak if desk.may_write_to_clients else "below"
        text = (
            text
            + "\n\n"
            + turn.render(Text(key=f"desk.help.{way}", args={"prefix": prefix}), language)
        )
    return text
