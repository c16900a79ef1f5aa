"""Buttons the client presses. Each press is released; what it says is checked against what is
true now, so a forged, late or second press changes nothing (acceptance cases B16 and E6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.conversation.client import (
    addresses,
    browse,
    closing,
    commands,
    line0,
    problem,
    proving,
    status,
    writing,
)
from bot.conversation.client.intake import intake, topics
from bot.conversation.say import screens
from bot.conversation.say.actions import Action, decode
from bot.conversation.state import ChoosingTopic, Idle, Intake
from bot.conversation.turn import Turn
from channels.message import Inbound, Pressed
from escalation.ticket import Ticket

TWICE: Final = timedelta(minutes=1)
"""A button that led to a ticket, pressed again within so long, leads to no second one."""

UNKNOWN: Final = "client.note.unknown"
DONE: Final = "client.note.done"
LATE: Final = "client.note.late"
GONE: Final = "client.note.entry_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A decoded press under one of our messages."""

    action: Action
    message: str | None


Handler = Callable[[Turn, Press], str]
"""Returns the key of a short note for the client, or nothing."""


def handle(turn: Turn, inbound: Inbound, pressed: Pressed) -> None:
    """Do what a button says, if it may and still makes sense; release it in any case."""
    note = press(turn, pressed.data, pressed.message)
    text = turn.label(note, turn.language) if note else ""
    turn.release(inbound, pressed.press, text)


def press(turn: Turn, data: str, message: str | None) -> str:
    """Do what a button says, if it may and still makes sense.

    Args:
        message: foreign id of the message it is under; None if there is nothing to change on
            a screen.

    Returns:
        The key of a short note for the client, empty if what follows speaks for itself.
    """
    action = decode(data)
    handler = _HANDLERS.get(action.verb) if action else None
    if turn.client.quarantined or action is None or handler is None:
        return UNKNOWN
    return handler(turn, Press(action=action, message=message))


# --------------------------------------------------------------------------- line 0


def _entry(turn: Turn, press: Press) -> str:
    entry = turn.workspace.faq.entries.get(press.action.arg(0))
    if entry is None:
        return GONE
    if line0.just_shown(turn, entry):
        return DONE
    line0.show(turn, entry)
    return ""


def _pick(turn: Turn, press: Press) -> str:
    entry = turn.workspace.faq.entries.get(press.action.arg(0))
    if entry is None:
        return GONE
    if any(tried.entry == entry.id for tried in turn.conversation.tried):
        return DONE
    turn.record_contact("picked", entry=entry.id)
    line0.show(turn, entry)
    return ""


def _helped(turn: Turn, press: Press) -> str:
    name = press.action.arg(0)
    if not line0.helped(turn, name):
        return DONE
    _leave_links(turn, press, name)
    return ""


def _not_helped(turn: Turn, press: Press) -> str:
    name = press.action.arg(0)
    if _in_line1(turn) or _just_opened(turn, after=name):
        return DONE
    entry = turn.workspace.faq.entries.get(name)
    _leave_links(turn, press, name)
    line0.failed(turn, name)
    if entry is not None and entry.steps:
        browse.leads_to(turn, entry)
    else:
        intake.begin(turn, entry.topic if entry else None)
    return ""


def _leave_links(turn: Turn, press: Press, name: str) -> None:
    """Take the question whether it helped off an answer; what the administrator linked stays."""
    entry = turn.workspace.faq.entries.get(name)
    links = line0.links(turn, entry) if entry else ()
    screens.take_off(turn, press.message, leave=links)


def _step(turn: Turn, press: Press) -> str:
    number, how = press.action.number(1), press.action.arg(2)
    if number is None or how not in {"y", "n"}:
        return UNKNOWN
    note = browse.step(turn, press.action.arg(0), number, did_help=how == "y")
    if not note:
        screens.take_off(turn, press.message)
    return note


def _none(turn: Turn, press: Press) -> str:
    if _in_line1(turn) or _just_opened(turn):
        return DONE
    screens.take_off(turn, press.message)
    turn.record_contact("none")
    intake.begin(turn)
    return ""


def _sections(turn: Turn, press: Press) -> str:
    browse.sections(turn, press.message)
    return ""


def _section(turn: Turn, press: Press) -> str:
    page = press.action.number(1) or 0
    return "" if browse.section(turn, press.action.arg(0), page, press.message) else GONE


# --------------------------------------------------------------------------- line 1


def _in_line1(turn: Turn) -> bool:
    return isinstance(turn.conversation.waiting, Intake | ChoosingTopic)


def _just_opened(turn: Turn, *, after: str | None = None) -> bool:
    """Whether the first press of this button, or one beside it, has opened a ticket just now
    (``after`` an answer that was shown)."""
    if not isinstance(turn.conversation.waiting, Idle) or turn.conversation.problem:
        return False
    return any(
        turn.now - ticket.opened_at < TWICE
        and (after is None or any(tried.entry == after for tried in ticket.tried))
        for ticket in turn.tickets()
    )


def _person(turn: Turn, press: Press) -> str:
    if _in_line1(turn) or _just_opened(turn):
        return DONE
    commands.person(turn)
    return ""


def _now(turn: Turn, press: Press) -> str:
    if not _in_line1(turn):
        return DONE if turn.tickets() else LATE
    screens.take_off(turn, press.message)
    intake.person_now(turn)
    return ""


def _topic(turn: Turn, press: Press) -> str:
    named = press.action.arg(0)
    topic = intake.ANY if named == topics.NO_TOPIC else named
    if topic != intake.ANY and topic not in turn.workspace.topics:
        return GONE
    if isinstance(turn.conversation.waiting, Intake) or _just_opened(turn):
        return DONE
    screens.take_off(turn, press.message)
    intake.choose_topic(turn, topic)
    return ""


def _option(turn: Turn, press: Press) -> str:
    if not intake.pick_option(turn, press.action.arg(0)):
        return LATE
    screens.take_off(turn, press.message)
    return ""


def _skip(turn: Turn, press: Press) -> str:
    if not intake.is_asked(turn, press.action.arg(0)):
        return LATE
    screens.take_off(turn, press.message)
    intake.skip(turn)
    return ""


def _back(turn: Turn, press: Press) -> str:
    if not intake.is_asked(turn, press.action.arg(0)):
        return LATE
    screens.take_off(turn, press.message)
    intake.back(turn)
    return ""


def _cancel(turn: Turn, press: Press) -> str:
    if isinstance(turn.conversation.waiting, Idle):
        return DONE
    screens.take_off(turn, press.message)
    commands.cancel(turn)
    return ""


# --------------------------------------------------------------------------- tickets


def _own(turn: Turn, press: Press) -> Ticket | None:
    return turn.own_ticket(press.action.number(0))


def _write(turn: Turn, press: Press) -> str:
    ticket = _own(turn, press)
    if ticket is None:
        return UNKNOWN
    if not ticket.status.open:
        status.one(turn, ticket)
        return ""
    if _in_line1(turn):
        intake.put_away(turn)
        problem.forget(turn)
    writing.back_to_tickets(turn)
    writing.choose(turn, ticket)
    return ""


def _ticket(turn: Turn, press: Press) -> str:
    ticket = _own(turn, press)
    if ticket is None:
        return UNKNOWN
    status.one(turn, ticket, press.message)
    return ""


def _tickets(turn: Turn, press: Press) -> str:
    status.overview(turn)
    return ""


def _solved(turn: Turn, press: Press) -> str:
    ticket = _own(turn, press)
    if ticket is None:
        return UNKNOWN
    screens.take_off(turn, press.message)
    return closing.solved(turn, ticket, press.action.number(1))


def _unsolved(turn: Turn, press: Press) -> str:
    ticket, which = _own(turn, press), press.action.number(1)
    if ticket is None or which is None:
        return UNKNOWN
    screens.take_off(turn, press.message)
    return closing.unsolved(turn, ticket, which)


def _reopen(turn: Turn, press: Press) -> str:
    ticket = _own(turn, press)
    if ticket is None:
        return UNKNOWN
    screens.take_off(turn, press.message)
    return closing.unsolved(turn, ticket, None)


def _rate(turn: Turn, press: Press) -> str:
    ticket = _own(turn, press)
    if ticket is None:
        return UNKNOWN
    screens.take_off(turn, press.message)
    return closing.rate(turn, ticket, press.action.number(1), press.action.number(2))


def _no_comment(turn: Turn, press: Press) -> str:
    number = press.action.number(0)
    screens.take_off(turn, press.message)
    if number is not None and closing.end_comment(turn, number):
        turn.say("client.rating.thanks")
        return ""
    return DONE


# --------------------------------------------------------------------------- anything else


def _languages(turn: Turn, press: Press) -> str:
    commands.languages(turn)
    return ""


def _language(turn: Turn, press: Press) -> str:
    code = press.action.arg(0)
    if code not in turn.workspace.settings.languages:
        return UNKNOWN
    if turn.conversation.language_chosen and turn.language == code:
        return DONE
    turn.change(language=code, language_chosen=True)
    screens.take_off(turn, press.message)
    turn.say("client.language.set")
    return ""


def _new(turn: Turn, press: Press) -> str:
    if commands.just_asked_away(turn):
        return DONE
    commands.new(turn)
    return ""


def _email(turn: Turn, press: Press) -> str:
    commands.email(turn)
    return ""


def _another(turn: Turn, press: Press) -> str:
    if not proving.possible(turn):
        return UNKNOWN
    proving.ask(turn)
    return ""


def _prove(turn: Turn, press: Press) -> str:
    if not proving.possible(turn) or not proving.pick(turn, press.action.arg(0)):
        return LATE
    screens.take_off(turn, press.message)
    return ""


def _prefer(turn: Turn, press: Press) -> str:
    note = addresses.prefer(turn, press.action.arg(0))
    if not note:
        addresses.show(turn, press.message)
    return note


def _unlink(turn: Turn, press: Press) -> str:
    note = addresses.unlink(turn, press.action.arg(0))
    if not note:
        screens.take_off(turn, press.message)
    return note


def _return(turn: Turn, press: Press) -> str:
    if not turn.conversation.with_bot:
        return DONE
    screens.take_off(turn, press.message)
    commands.to_tickets(turn)
    return ""


_HANDLERS: Final[dict[str, Handler]] = {
    "c:entry": _entry,
    "c:pick": _pick,
    "c:helped": _helped,
    "c:nothelped": _not_helped,
    "c:step": _step,
    "c:none": _none,
    "c:faq": _sections,
    "c:section": _section,
    "c:person": _person,
    "c:now": _now,
    "c:topic": _topic,
    "c:opt": _option,
    "c:skip": _skip,
    "c:back": _back,
    "c:cancel": _cancel,
    "c:write": _write,
    "c:ticket": _ticket,
    "c:tickets": _tickets,
    "c:solved": _solved,
    "c:unsolved": _unsolved,
    "c:reopen": _reopen,
    "c:rate": _rate,
    "c:nocomment": _no_comment,
    "c:languages": _languages,
    "c:lang": _language,
    "c:new": _new,
    "c:bot": _new,
    "c:return": _return,
    "c:email": _email,
    "c:another": _another,
    "c:prove": _prove,
    "c:prefer": _prefer,
    "c:unlink": _unlink,
}
VERBS: Final = frozenset(_HANDLERS)
"""Every verb of the client's side."""
