"""Pressed buttons in a desk's group. Whatever comes in, the button is released once (case B16)."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.decision import CARD, LINE, Room
from bot.conversation.desk import acts, given_up, prompts
from bot.conversation.desk.inquiry import draft, exchange, forward
from bot.conversation.say.actions import Action, decode
from bot.conversation.ticket import letter_view, to_client
from bot.conversation.ticket.rooms import Seat, desks_at, live_rooms, room_from_key, seat, ticket_at
from bot.conversation.turn import Turn
from channels.message import Buttons, Content, Inbound, Pressed, Said, Text
from escalation.lifecycle import Refused
from escalation.ticket import Priority, Ticket

Act = Callable[[Turn, Seat, Ticket], Text]

_SIMPLE: dict[str, Act] = {
    "d:take": acts.take,
    "d:release": acts.release,
    "d:back": acts.fetch,
    "d:reopen": acts.reopen,
    "d:pass": acts.offer_desks,
    "d:forward": forward.offer,
    "d:priority": acts.offer_priorities,
    "d:close": lambda turn, seat, ticket: acts.close(turn, seat, ticket, ""),
    "d:ask": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "ask"),
    "d:note": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "note"),
    "d:up": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "escalate"),
    "d:return": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "return"),
    "d:resolve": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "resolve"),
    "d:answer": lambda turn, seat, ticket: acts.begin(turn, seat, ticket, "resolve"),
}
_EXPERTS = frozenset({"d:expert", "d:address", "d:letter", "d:heard"})
"""Asking somebody outside: whom, the letter, and what becomes of the answer."""
VERBS = frozenset(
    {
        *_SIMPLE,
        "d:to",
        "d:set",
        "d:cancel",
        "d:skip",
        "d:again",
        "d:show",
        "d:original",
        "d:quoted",
        *_EXPERTS,
    }
)
_MENUS = {"d:to", "d:set", "d:cancel", "d:again", "d:expert", "d:address"}


def pressed(turn: Turn, inbound: Inbound, event: Pressed) -> None:
    """Do what the button says, if its presser may and it still makes sense; release it."""
    here = desks_at(turn, inbound.channel, inbound.address.chat)
    language = turn.desk_language(here[0].id) if here else turn.workspace.default_language
    try:
        done = _act(turn, inbound, event)
    except Refused as refused:
        text = turn.words(refused.key, language, **refused.arguments).text
        turn.release(inbound, event.press, text, alert=True)
    else:
        turn.release(inbound, event.press, turn.render(done, language).text)


def _act(turn: Turn, inbound: Inbound, event: Pressed) -> Text:
    action = decode(event.data)
    if action is not None and action.verb == given_up.AGAIN:
        return given_up.pressed(turn, inbound, event, action.arg(0))
    number = action.number(0) if action else None
    if action is None or number is None or action.verb not in VERBS:
        raise Refused("desk.refused.old_button")
    taken = seat(turn, inbound, _room(turn, inbound, event, number))
    ticket = ticket_at(turn, taken)
    done = _by_verb(turn, taken, ticket, event, action)
    if action.verb in _MENUS:
        _clear_away(turn, taken, event)
    return done


def _by_verb(turn: Turn, taken: Seat, ticket: Ticket, event: Pressed, action: Action) -> Text:
    simple = _SIMPLE.get(action.verb)
    if simple is not None:
        return simple(turn, taken, ticket)
    if action.verb in _EXPERTS:
        return _with_expert(turn, taken, ticket, action)
    match action.verb:
        case "d:to":
            return acts.choose_desk(turn, taken, ticket, action.arg(1))
        case "d:set" if action.arg(1) in set(Priority):
            return acts.set_priority(turn, taken, ticket, Priority(action.arg(1)))
        case "d:cancel":
            prompts.forget(turn, taken, ticket)
            return Text(key="desk.done.cancelled")
        case "d:skip":
            return _skip(turn, taken, ticket)
        case "d:again" if action.arg(1):
            to_client.send_again(turn, taken, action.arg(1))
            return Text(key="desk.done.again")
        case "d:show":
            return given_up.show_again(turn, taken.inbound, event, taken.room, action.arg(1))
        case "d:original":
            return letter_view.original(turn, taken, ticket, action.arg(1))
        case "d:quoted":
            return letter_view.quoted(turn, taken, ticket, action.arg(1))
        case _:
            raise Refused("desk.refused.old_button")


def _with_expert(turn: Turn, taken: Seat, ticket: Ticket, action: Action) -> Text:
    first, second = action.arg(1), action.arg(2)
    match action.verb, second:
        case "d:expert", _:
            return forward.choose(turn, taken, ticket, first, second)
        case "d:address", _:
            return forward.ask_for_address(turn, taken, ticket, first)
        case "d:letter", "reply":
            return forward.again(turn, taken, ticket, first)
        case "d:letter", _:
            return draft.pressed(turn, taken, ticket, first, second, action.arg(3))
        case _:
            return exchange.pressed(turn, taken, ticket, first, second)


def _skip(turn: Turn, taken: Seat, ticket: Ticket) -> Text:
    """Carry out an act that was waiting for words, without any."""
    prompt = prompts.of(ticket, taken)
    if prompt is None or prompt.kind not in {"pass", "escalate"}:
        raise Refused("desk.refused.old_button")
    ticket = prompts.forget(turn, taken, ticket)
    nothing = Said(message="", content=Content())
    done = acts.carry_out(
        turn, taken, ticket, prompt.kind, nothing, Content(), target=prompt.target
    )
    return done or Text(key="desk.done.cancelled")


def _room(turn: Turn, inbound: Inbound, event: Pressed, number: int) -> Room:
    """The room the press belongs to: its thread's or card's if that is this ticket's, else the
    room this chat's desk has for it."""
    channel, address, records = inbound.channel, inbound.address, turn.records
    if address.thread is not None:
        room = records.room_at(channel, address.chat, address.thread)
        if room is not None and room.ticket == number:
            return room
    if event.message is not None:
        handle = records.handle_at(channel, address.chat, event.message) or ""
        room = room_from_key(handle.removeprefix(CARD)) if handle.startswith(CARD) else None
        if room is not None and room.ticket == number:
            return room
    ticket = turn.ticket(number)
    if ticket is None:
        raise Refused("desk.refused.unknown", number=number)
    names = {desk.id for desk in desks_at(turn, channel, address.chat)}
    room = next((room for room in live_rooms(turn, ticket) if room.desk in names), None)
    if room is None:
        raise Refused("desk.refused.elsewhere", number=number)
    return room


def _clear_away(turn: Turn, taken: Seat, event: Pressed) -> None:
    """Take a menu that has served off the screen."""
    if event.message is None:
        return
    address = taken.inbound.address
    handle = turn.records.handle_at(address.channel, address.chat, event.message)
    if handle is None:
        turn.rewrite(address, audience="desk", message=event.message, keyboard=Buttons())
    elif handle.startswith(LINE):
        turn.take_back(taken.room, handle, audience="desk")
