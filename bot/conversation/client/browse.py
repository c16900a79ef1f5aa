"""The FAQ by sections, and guides step by step."""

from __future__ import annotations

from typing import Final

from bot.conversation.client import line0
from bot.conversation.client.intake import intake
from bot.conversation.say import screens
from bot.conversation.say.screens import Row, button, keyboard, named, person
from bot.conversation.turn import Turn
from channels.message import Content
from faq import Entry, Section, in_language

PAGE: Final = 8
"""Entries on one page."""


def sections(turn: Turn, message: str | None = None) -> None:
    """The list of sections, in place of ``message`` if there is one."""
    known = turn.workspace.faq.sections
    rows = tuple((named(_title(turn, each), "c:section", each.id, 0),) for each in known)
    key = "client.faq.sections" if rows else "client.faq.empty"
    content = Content(text=turn.words(key, turn.language))
    screens.change(turn, message, content, keyboard(*rows, person(turn)))


def section(turn: Turn, name: str, page: int, message: str | None) -> bool:
    """One page of a section; False if there is no such section any more."""
    found = next((each for each in turn.workspace.faq.sections if each.id == name), None)
    if found is None:
        return False
    entries = [
        entry
        for each in found.entries
        if (entry := turn.workspace.faq.entries.get(each)) is not None and _in_force(turn, entry)
    ]
    last = max(0, (len(entries) - 1) // PAGE)
    page = min(page, last)
    shown = entries[page * PAGE : (page + 1) * PAGE]
    turns: Row = ()
    if page > 0:
        turns = (button(turn, "client.button.previous", "c:section", name, page - 1),)
    if page < last:
        turns = (*turns, button(turn, "client.button.next", "c:section", name, page + 1))
    screens.change(
        turn,
        message,
        Content(text=turn.words("client.faq.section", turn.language, title=_title(turn, found))),
        keyboard(
            *((named(line0.title(turn, entry), "c:entry", entry.id),) for entry in shown),
            turns,
            (
                button(turn, "client.button.sections", "c:faq"),
                button(turn, "client.button.person", "c:person"),
            ),
        ),
    )
    return True


def _title(turn: Turn, found: Section) -> str:
    return in_language(found.title, line0.known_language(turn.language))[0]


def _in_force(turn: Turn, entry: Entry) -> bool:
    return entry.asked_on(turn.now.astimezone(turn.workspace.zone).date(), None)


def step(turn: Turn, name: str, number: int, *, did_help: bool) -> str:
    """How a step of a guide went.

    Returns:
        The key of a short note for the client, empty if what follows speaks for itself.
    """
    entry = turn.workspace.faq.entries.get(name)
    if entry is None or not 1 <= number <= len(entry.steps):
        return "client.note.entry_gone"
    if did_help:
        return "" if line0.helped(turn, name) else "client.note.done"
    if not line0.failed(turn, name, step=number):
        return "client.note.done"
    if number < len(entry.steps):
        line0.show_step(turn, entry, number + 1)
    else:
        leads_to(turn, entry)
    return ""


def leads_to(turn: Turn, entry: Entry) -> None:
    """No step helped: on to another answer, the topic's questions, or a person."""
    otherwise = entry.otherwise
    target = otherwise.entry if otherwise else None
    if target is not None and (other := turn.workspace.faq.entries.get(target)) is not None:
        line0.show(turn, other)
        return
    topic = otherwise.topic if otherwise and otherwise.topic else entry.topic
    intake.begin(turn, topic)
