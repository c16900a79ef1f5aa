"""Commands and the labels that do the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, assert_never

from bot.conversation.client import (
    addresses,
    browse,
    closing,
    line0,
    problem,
    proving,
    status,
    writing,
)
from bot.conversation.client.intake import intake
from bot.conversation.say.screens import Row, button, keyboard, named, ticket_title
from bot.conversation.state import (
    ChoosingTicket,
    ChoosingTopic,
    Commenting,
    Idle,
    Intake,
    Message,
    Proving,
)
from bot.conversation.turn import Turn
from channels.message import Content, join

_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s+(.+))?", re.DOTALL | re.IGNORECASE)


def run(turn: Turn, message: Message) -> bool:
    """Do what a message commands; False if it commands nothing we know."""
    words = message.content.text.text.strip()
    if message.content.parts or not words:
        return False
    found = _COMMAND.fullmatch(words)
    if found is not None:
        command = COMMANDS.get(found[1].lower())
        if command is None:
            return _unknown(turn)
        command(turn, (found[2] or "").strip(), message)
        return True
    for key, command in _LABELS.items():
        if turn.workspace.texts.says(key, words):
            if command is cancel and _for_a_specialist(turn):
                return False
            command(turn, "", message)
            return True
    return False


def _for_a_specialist(turn: Turn) -> bool:
    """Whether the bot waits for nothing and people have the client's ticket: "cancel" is an answer
    to them."""
    idle = isinstance(turn.conversation.waiting, Idle) and not turn.conversation.with_bot
    return idle and bool(turn.tickets())


def _unknown(turn: Turn) -> bool:
    """A command of somebody else's bot: words for the specialist, if there is one to read them."""
    if turn.tickets() and not turn.conversation.with_bot:
        return False
    turn.say("client.unknown_command", keyboard=keyboard(*status.menu(turn)))
    return True


def start(turn: Turn, payload: str, message: Message) -> None:
    """A greeting, or what the link that brought the client points at. Opens nothing (case E8)."""
    entry = turn.workspace.faq.entries.get(payload)
    if entry is not None:
        line0.show(turn, entry)
        return
    if payload in turn.workspace.topics and isinstance(turn.conversation.waiting, Idle):
        intake.choose_topic(turn, payload)
        return
    company = turn.workspace.settings.company.in_language(turn.language)
    turn.say("client.start", company=company, keyboard=keyboard(*status.menu(turn)))


def help_(turn: Turn, payload: str, message: Message) -> None:
    """What the bot can do."""
    lines = [turn.words("client.help", turn.language)]
    if proving.possible(turn):
        lines.append(turn.words("client.help.email", turn.language))
    turn.post(Content(text=join("\n", lines)), keyboard=keyboard(*status.menu(turn)))


def faq(turn: Turn, payload: str, message: Message) -> None:
    """The sections, or a search on purpose."""
    if payload and isinstance(turn.conversation.waiting, Idle):
        line0.search(turn, payload, message)
    else:
        browse.sections(turn)


def show_status(turn: Turn, payload: str, message: Message) -> None:
    """The client's tickets."""
    status.overview(turn)


def person(turn: Turn, payload: str = "", message: Message | None = None) -> None:
    """To a person: into line 1, or, in the middle of it, at once."""
    waiting = turn.conversation.waiting
    if isinstance(waiting, Intake | ChoosingTopic):
        intake.person_now(turn)
    else:
        if isinstance(waiting, Commenting):
            closing.end_comment(turn, waiting.ticket)
        intake.begin(turn, _topic_of_tried(turn))


def _topic_of_tried(turn: Turn) -> str | None:
    """The topic of the answer that was shown last."""
    for tried in reversed(turn.conversation.tried):
        entry = turn.workspace.faq.entries.get(tried.entry)
        if entry is not None and entry.topic is not None:
            return entry.topic
    return None


def languages(turn: Turn, payload: str = "", message: Message | None = None) -> None:
    """The languages on offer."""
    rows = tuple(
        (named(name, "c:lang", code),) for code, name in turn.workspace.texts.languages().items()
    )
    turn.say("client.language.ask", keyboard=keyboard(*rows))


def cancel(turn: Turn, payload: str = "", message: Message | None = None) -> None:
    """Out of whatever is going on; nothing is sent anywhere."""
    waiting = turn.conversation.waiting
    match waiting:
        case Intake() | ChoosingTopic():
            intake.cancel(turn)
        case ChoosingTicket():
            problem.forget(turn)
            turn.say("client.not_sent")
        case Commenting():
            closing.end_comment(turn, waiting.ticket)
            turn.say("client.rating.thanks")
        case Proving():
            proving.cancel(turn)
        case Idle():
            if turn.conversation.with_bot and turn.tickets():
                to_tickets(turn)
            else:
                turn.say("client.nothing_to_cancel", keyboard=keyboard(*status.menu(turn)))
        case _:
            assert_never(waiting)


def email(turn: Turn, payload: str = "", message: Message | None = None) -> None:
    """The client's e-mail addresses; with one behind the command, proving that it is theirs."""
    if turn.workspace.own_mailbox is None:
        _unknown(turn)
    elif payload and proving.possible(turn):
        proving.begin(turn, payload)
    else:
        addresses.show(turn)


def new(turn: Turn, payload: str = "", message: Message | None = None) -> None:
    """A new question, whatever else is open: plain words are for the bot now. Words that waited
    for the client to choose a ticket are the beginning of it."""
    waiting = turn.conversation.waiting
    kept = waiting.messages if isinstance(waiting, ChoosingTicket) else ()
    if isinstance(waiting, Commenting):
        closing.end_comment(turn, waiting.ticket)
    problem.forget(turn)
    writing.ask_bot(turn)
    turn.change(problem_at=turn.now)
    if kept:
        turn.change(problem=kept)
        intake.begin(turn)
        return
    rows: tuple[Row, ...] = ()
    if turn.tickets():
        rows = ((button(turn, "client.button.return", "c:return"),),)
    turn.say("client.ask_away", keyboard=keyboard(*rows, *status.menu(turn)))


def just_asked_away(turn: Turn) -> bool:
    """Whether a new question was invited a moment ago and has not come yet."""
    conversation = turn.conversation
    at = conversation.problem_at
    recent = at is not None and turn.now - at <= line0.ECHO
    return (
        recent
        and isinstance(conversation.waiting, Idle)
        and not conversation.tried
        and (not conversation.problem)
    )


def to_tickets(turn: Turn) -> None:
    """Back from the bot to the specialists."""
    tickets = turn.tickets()
    if isinstance(turn.conversation.waiting, Intake | ChoosingTopic):
        intake.put_away(turn)
    problem.forget(turn)
    writing.back_to_tickets(turn)
    target = writing.current(turn, tickets)
    if target is not None:
        writing.tell_current(turn, target, tickets)
    elif tickets:
        turn.say("client.which_ticket", keyboard=keyboard(*_all(turn)))
    else:
        turn.say("client.ask_away", keyboard=keyboard(*status.menu(turn)))


def _all(turn: Turn) -> tuple[Row, ...]:
    return tuple((named(ticket_title(turn, t), "c:write", t.number),) for t in turn.tickets())


Command = Callable[[Turn, str, Message], None]

COMMANDS: Final[dict[str, Command]] = {
    "start": start,
    "help": help_,
    "faq": faq,
    "status": show_status,
    "person": person,
    "language": languages,
    "cancel": cancel,
    "new": new,
    "email": email,
}
"""What follows the slash."""

_LABELS: Final[dict[str, Command]] = {
    "client.button.faq": faq,
    "client.button.tickets": show_status,
    "client.button.person": person,
    "client.button.language": languages,
    "client.button.cancel": cancel,
    "client.button.new": new,
    "client.button.email": email,
}
"""Labels of buttons, for clients who type what they read and channels without buttons."""
