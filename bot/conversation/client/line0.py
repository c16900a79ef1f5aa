"""Line 0: the FAQ answers, suggests, or hands over to line 1."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Final

import faq
from bot.conversation.client import problem
from bot.conversation.client.intake import form, intake, topics
from bot.conversation.say.actions import encode
from bot.conversation.say.letters import letter_handle
from bot.conversation.say.screens import Row, button, keyboard, named, person
from bot.conversation.state import Idle, Message
from bot.conversation.ticket import life
from bot.conversation.ticket.rooms import client_author
from bot.conversation.turn import Turn
from channels.markup import parse
from channels.message import Button, Content, FormattedText, Media, MediaKind, join
from config.settings import Language
from escalation.ticket import Ticket, Tried
from faq import Entry, Match, in_language

ECHO: Final = timedelta(seconds=10)
"""The same answer within so short a time is not worth saying twice."""
LAST_SHOWN: Final = 20
"""Answers remembered as tried for one problem."""
LAST_SAID: Final = 50
"""Messages of a problem without a ticket that a later ticket takes along."""

_KINDS: Final[dict[str, MediaKind]] = {
    ".jpg": "photo", ".jpeg": "photo", ".png": "photo", ".webp": "photo",
    ".mp4": "video", ".gif": "animation", ".mp3": "audio", ".m4a": "audio", ".ogg": "voice",
}  # fmt: skip


def known_language(code: str) -> Language:
    """The FAQ's name of a language."""
    return "en" if code == "en" else "ru"


def match(turn: Turn, words: str) -> Match:
    """What the FAQ makes of words, today."""
    today = turn.now.astimezone(turn.workspace.zone).date()
    faq, language = turn.workspace.faq, known_language(turn.language)
    return turn.ask(faq, words, language=language, today=today)


def _match_message(turn: Turn, message: Message) -> Match:
    """What the FAQ makes of a message: of its words, or of a letter's subject if that says more."""
    words = match(turn, message.content.words)
    subject = problem.subject(message)
    if not subject or words.decision == "answer":
        return words
    others = (match(turn, subject), match(turn, problem.whole(message).content.words))
    return next((other for other in others if other.decision == "answer"), words)


def consider(turn: Turn, message: Message) -> None:
    """A client's words that are for the bot: answer, suggest, or go on to line 1."""
    conversation = turn.conversation
    said_at = conversation.problem_at
    stale = said_at is None or turn.now - said_at > problem.patience(turn)
    if stale and isinstance(conversation.waiting, Idle):
        turn.change(problem=(), tried=())
    recent = conversation.problem_at is not None and turn.now - conversation.problem_at <= ECHO
    words = problem.whole(message).content.words
    found = _match_message(turn, message)
    problem.add(turn, message)
    turn.change(problem=turn.conversation.problem[-LAST_SAID:])
    if not words.strip():
        _without_words(turn, recent=recent)
        return
    match found.decision:
        case "answer":
            parts = found.parts or (found,)
            for part in parts:
                _answer(turn, part, words, recent=recent)
        case "suggest":
            _suggest(turn, found, words, unasked=True)
        case _:
            turn.record_contact("none", text=words)
            intake.begin(turn)


def _without_words(turn: Turn, *, recent: bool) -> None:
    """A photo or a file alone: it belongs to the problem, whatever that turns out to be."""
    if recent and len(turn.conversation.problem) > 1:
        return
    turn.record_contact("none")
    intake.begin(turn)


def _answer(turn: Turn, found: Match, words: str, *, recent: bool) -> None:
    entry = turn.workspace.faq.entries.get(found.entry or "")
    if entry is None:
        return
    shown_before = any(tried.entry == entry.id for tried in turn.conversation.tried)
    turn.record_contact("answered", text=words, entry=entry.id)
    if not shown_before:
        turn.change(waiting=Idle())
        show(turn, entry, unasked=True)
    elif not (recent and turn.conversation.tried[-1].entry == entry.id):
        # Who asks again was not helped; only an echo of the last question is left alone.
        again = Tried(entry=entry.id, title=title(turn, entry), outcome="not_helped")
        others = tuple(t for t in turn.conversation.tried if t.entry != entry.id or t.step)
        turn.change(tried=(*others, again)[-LAST_SHOWN:])
        rows: tuple[Row, ...] = (
            (button(turn, "client.button.show_again", "c:entry", entry.id),),
            (button(turn, "client.button.need_person", "c:nothelped", entry.id),),
        )
        turn.say(
            "client.faq.same_again",
            title=title(turn, entry),
            keyboard=keyboard(*rows),
            only_unheld=True,
        )


def _suggest(turn: Turn, found: Match, words: str, *, unasked: bool) -> None:
    entries = [
        entry
        for candidate in found.alternatives
        if (entry := turn.workspace.faq.entries.get(candidate.entry)) is not None
    ]
    turn.record_contact("suggested", text=words, suggested=[entry.id for entry in entries])
    turn.change(waiting=Idle())
    if unasked and form.opens_at_once(turn):
        _suggest_beside(turn, entries)
        return
    turn.say(
        "client.faq.did_you_mean",
        keyboard=keyboard(
            *((named(title(turn, entry), "c:pick", entry.id),) for entry in entries),
            (button(turn, "client.button.none_of_these", "c:none"),),
            person(turn),
        ),
        only_unheld=unasked,
    )


def _suggest_beside(turn: Turn, entries: list[Entry]) -> None:
    """An unsure answer to a letter keeps nobody waiting: its ticket opens, and what may help goes
    along, unless details are asked for already: one list of numbers is enough."""
    if intake.open_beside(turn):
        return
    turn.say(
        "client.faq.perhaps",
        keyboard=keyboard(*((named(title(turn, entry), "c:pick", entry.id),) for entry in entries)),
        handle=letter_handle(turn),
        only_unheld=True,
    )


def search(turn: Turn, words: str, message: Message) -> None:
    """A search on purpose: whatever is found is shown, and nothing is opened."""
    found = match(turn, words)
    turn.change(waiting=Idle(), problem_at=turn.now)
    if found.decision == "none":
        turn.record_contact("none", text=words)
        turn.say(
            "client.faq.nothing_found",
            keyboard=keyboard((button(turn, "client.button.faq", "c:faq"),), person(turn)),
        )
    elif found.decision == "suggest":
        _suggest(turn, found, words, unasked=False)
    else:
        for part in found.parts or (found,):
            entry = turn.workspace.faq.entries.get(part.entry or "")
            if entry is not None:
                turn.record_contact("answered", text=words, entry=entry.id)
                show(turn, entry)


def rephrased(turn: Turn, message: Message) -> None:
    """Other words while the topic is being asked for: an answer after all, or the topic."""
    words = message.content.words
    problem.add(turn, message)
    opened = problem.ticket(turn)
    if opened is not None:
        topic = topics.named_in(turn, words)
        if topic is not None:
            intake.choose_topic(turn, topic)
        elif not turn.held:
            _help_along(turn, words, opened)
        return
    if len(turn.conversation.problem) >= intake.KEPT:
        intake.person_now(turn)
        return
    found = match(turn, words)
    if found.decision == "answer":
        for part in found.parts or (found,):
            _answer(turn, part, words, recent=False)
        return
    topic = topics.named_in(turn, words)
    if topic is not None:
        intake.choose_topic(turn, topic)
    elif len(turn.conversation.problem) in {1, 2, 5, 20}:
        # Many pieces of one thought need no question after each.
        topics.ask_again(turn)


def alongside(turn: Turn, message: Message, ticket: Ticket) -> None:
    """Words that went into a ticket nobody has taken yet: what the FAQ surely knows helps while
    the client waits. A specialist who takes it meanwhile is not talked over (``only_unheld``)."""
    _help_along(turn, message.content.words, ticket)


def _help_along(turn: Turn, words: str, ticket: Ticket) -> None:
    found = match(turn, words)
    entry = turn.workspace.faq.entries.get(found.entry or "")
    if found.decision != "answer" or entry is None or found.parts:
        return
    shown = {tried.entry for tried in (*turn.conversation.tried, *ticket.tried)}
    if entry.id not in shown:
        turn.record_contact("answered", text=words, entry=entry.id)
        show(turn, entry, unasked=True)


# --------------------------------------------------------------------------- showing an entry


def title(turn: Turn, entry: Entry) -> str:
    """An entry's title in the client's language."""
    return in_language(entry.title, known_language(turn.language))[0]


def show(turn: Turn, entry: Entry, *, unasked: bool = False) -> None:
    """Post an entry: its answer, or the first of its steps; and remember that it was shown.

    Args:
        unasked: the client did not pick this very entry, so a specialist who holds the conversation
            by then is not talked over (acceptance case F5).
    """
    language = known_language(turn.language)
    tried = Tried(entry=entry.id, title=title(turn, entry), outcome="shown")
    others = tuple(t for t in turn.conversation.tried if t != tried)
    turn.change(tried=(*others, tried)[-LAST_SHOWN:], problem_at=turn.now)
    answer = entry.answer_in(language)
    if answer is not None:
        said, spoken = answer
        if spoken != language:
            _tell_missing(turn, entry, language)
        text = parse(said)
        if not entry.steps:
            text = text + "\n\n" + turn.words("client.faq.did_it_help", turn.language)
        content = Content(text=text, parts=files(turn, entry.files))
        rows = () if entry.steps else _help_rows(turn, entry)
        buttons = keyboard(*links(turn, entry), *rows)
        turn.post(content, keyboard=buttons if buttons.rows else None, only_unheld=unasked)
    if entry.steps and turn.batch:
        _show_guide(turn, entry, unasked=unasked)
    elif entry.steps:
        show_step(turn, entry, 1, unasked=unasked)


def _show_guide(turn: Turn, entry: Entry, *, unasked: bool) -> None:
    """Post all steps of a guide: by letter nobody waits for the next one."""
    texts = [_step_text(turn, entry, number) for number in range(1, len(entry.steps) + 1)]
    parts = (part for step in entry.steps for part in files(turn, step.files))
    turn.post(
        Content(text=join("\n\n", texts), parts=tuple(parts)),
        keyboard=keyboard(
            (
                button(turn, "client.button.step_helped", "c:helped", entry.id),
                button(turn, "client.button.step_failed", "c:nothelped", entry.id),
            ),
            person(turn),
        ),
        only_unheld=unasked,
    )


def _step_text(turn: Turn, entry: Entry, number: int) -> FormattedText:
    """A step with its number, counted from 1."""
    step = entry.steps[number - 1]
    language = known_language(turn.language)
    said, spoken = in_language(step.text, language)
    if spoken != language:
        _tell_missing(turn, entry, language)
    head = turn.words("client.guide.step", turn.language, step=number, steps=len(entry.steps))
    return head + "\n" + parse(said)


def show_step(turn: Turn, entry: Entry, number: int, *, unasked: bool = False) -> None:
    """Post a step of a guide, counted from 1."""
    turn.post(
        Content(
            text=_step_text(turn, entry, number),
            parts=files(turn, entry.steps[number - 1].files),
        ),
        keyboard=keyboard(
            (
                button(turn, "client.button.step_helped", "c:step", entry.id, number, "y"),
                button(turn, "client.button.step_failed", "c:step", entry.id, number, "n"),
            ),
            person(turn),
        ),
        only_unheld=unasked,
    )


def _help_rows(turn: Turn, entry: Entry) -> tuple[Row, ...]:
    rows: list[Row] = [
        (
            button(turn, "client.button.helped", "c:helped", entry.id),
            button(turn, "client.button.not_helped", "c:nothelped", entry.id),
        )
    ]
    if turn.conversation.with_bot and turn.tickets():
        rows.append((button(turn, "client.button.return", "c:return"),))
    return tuple(rows)


def just_shown(turn: Turn, entry: Entry) -> bool:
    """Whether an entry came a moment ago, so that a second press is one too many."""
    at = turn.conversation.problem_at
    shown = turn.conversation.tried[-1:]
    recent = at is not None and turn.now - at <= ECHO
    return recent and any(t.entry == entry.id and t.outcome == "shown" for t in shown)


def links(turn: Turn, entry: Entry) -> tuple[Row, ...]:
    """The buttons an administrator put under an answer, each in a row."""
    return tuple((link(turn, each),) for each in entry.buttons)


def link(turn: Turn, written: faq.Button) -> Button:
    """A button an administrator put under an answer."""
    label = in_language(written.text, known_language(turn.language))[0]
    if written.url is not None:
        return Button(label=label, url=written.url)
    if written.entry is not None:
        return Button(label=label, action=encode("c:entry", written.entry))
    if written.topic is not None:
        return Button(label=label, action=encode("c:topic", written.topic))
    return Button(label=label, action=encode("c:person"))


def files(turn: Turn, names: tuple[str, ...]) -> tuple[Media, ...]:
    """Files of the FAQ folder as parts of a message."""
    return tuple(
        Media(
            kind=_KINDS.get(PurePath(name).suffix.lower(), "document"),
            path=str(turn.workspace.faq.file(name).absolute()),
            name=PurePath(name).name,
        )
        for name in names
    )


def _tell_missing(turn: Turn, entry: Entry, language: Language) -> None:
    """An administrator hears once that an entry lacks a language (acceptance case F3)."""
    turn.tell_admins_once(
        f"missing:{entry.id}:{language}",
        "admin.faq.missing_language",
        entry=entry.id,
        language=turn.workspace.texts.languages().get(language, language),
    )


# --------------------------------------------------------------------------- how it went


def helped(turn: Turn, entry: str) -> bool:
    """ "Did it help?" – yes. False if that was said before, or the answer is of another day."""
    if not any(tried.entry == entry for tried in turn.conversation.tried):
        return False
    turn.record_contact("helped", entry=entry)
    opened = problem.ticket(turn)
    problem.forget(turn)
    if opened is not None and opened.assignee is None:
        life.close(turn, opened, client_author(turn), reason="confirmed")
        turn.say("client.solved", number=opened.number)
    else:
        turn.say("client.faq.glad")
    return True


def failed(turn: Turn, entry: str, *, step: int | None = None) -> bool:
    """Remember that an answer, or a step of it, did not help. False if it is known already."""
    known = turn.workspace.faq.entries.get(entry)
    outcome = Tried(
        entry=entry,
        title=title(turn, known) if known else entry,
        outcome="not_helped" if step is None else "step_not_helped",
        step=step,
    )
    tried = turn.conversation.tried
    if outcome in tried:
        return False
    rest = tuple(t for t in tried if (t.entry, t.outcome) != (entry, "shown") or step is not None)
    turn.change(tried=(*rest, outcome)[-LAST_SHOWN:])
    turn.record_contact("not_helped", entry=entry)
    return True
