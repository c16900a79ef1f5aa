"""Which topic it is: read from the client's words, or asked."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.conversation.client import problem
from bot.conversation.client.intake.answers import LONGEST
from bot.conversation.say.letters import letter_handle
from bot.conversation.say.screens import button, keyboard, named, pairs
from bot.conversation.state import ChoosingTopic
from bot.conversation.turn import Turn
from channels.message import Buttons
from config.settings import Workspace
from escalation.ticket import Ticket
from faq import Match, Phrasebook
from faq.text import normal, stem

MANY: Final = 16
"""Workspaces, and brands' views of them, whose words are kept at hand."""
NO_TOPIC: Final = "-"
"""Stands on a button for the topic of a problem that fits none."""
CLAUSES: Final = 12
"""Clauses of a long message that are read one by one to find the topic."""
_CLAUSE = re.compile(r"[,.;:!?\n()–—]+")


@lru_cache(maxsize=MANY)
def _topic_book(workspace: Workspace) -> Phrasebook | None:
    """The topics in the words of clients; None if there are no topics."""
    phrases = {
        topic.id: [
            *(t for t in (topic.title.ru, topic.title.en) if t),
            *topic.phrases.ru,
            *topic.phrases.en,
        ]
        for topic in workspace.topics.values()
    }
    if not phrases:
        return None
    # A wrong topic is one step back, a needless question is one more thing to read.
    return Phrasebook(phrases, preset="bold", default_language=workspace.default_language)


def recognise(turn: Turn, words: str) -> Match | None:
    """Which topic words are about: all of them, or the one clause, or phrase, that says so."""
    book = _topic_book(turn.workspace)
    if book is None or not words.strip():
        return None
    whole = book.match(words)
    if whole.decision == "answer":
        return whole
    clauses = _CLAUSE.split(words[:LONGEST])[:CLAUSES]
    matches = [book.match(clause) for clause in clauses]
    named = {match.entry for match in matches if match.entry is not None}
    found = named or {topic for clause in clauses for topic in _said_in(turn.workspace, clause)}
    if len(found) != 1:
        return whole
    return replace(whole, decision="answer", entry=found.pop(), alternatives=())


@lru_cache(maxsize=MANY)
def _topic_stems(workspace: Workspace) -> tuple[tuple[str, frozenset[str]], ...]:
    """The stems of each phrase of several words, with its topic. A single word says too little:
    "internet" is in complaints about bills, too."""
    return tuple(
        (topic.id, stems)
        for topic in workspace.topics.values()
        for phrase in (*topic.phrases.ru, *topic.phrases.en)
        if len(stems := frozenset(_stems(phrase))) > 1
    )


def _said_in(workspace: Workspace, clause: str) -> set[str]:
    """Topics of which a clause has a whole phrase, in any order, with one word between at most."""
    said = _stems(clause)
    return {
        topic
        for topic, phrase in _topic_stems(workspace)
        if any(
            phrase <= set(said[at : at + len(phrase) + 1])
            for at in range(max(1, len(said) - len(phrase) + 1))
        )
    }


def _stems(text: str) -> list[str]:
    return [stem(word) for word in normal(text).split()]


def named_in(turn: Turn, words: str) -> str | None:
    """The topic that words surely name."""
    match = recognise(turn, words)
    return match.entry if match and match.decision == "answer" else None


def menu(turn: Turn) -> list[str]:
    """The topics that are offered as buttons."""
    return [topic.id for topic in turn.workspace.topics.values() if topic.menu]


def ask_for(turn: Turn, ticket: Ticket, offered: list[str]) -> None:
    """Ask which topic an open ticket is about. Nothing depends on the answer."""
    turn.change(waiting=ChoosingTopic(ticket=ticket.number), problem_at=turn.now)
    known = turn.workspace.topics
    titles = (named(known[t].title.in_language(turn.language), "c:topic", t) for t in offered)
    turn.say(
        "client.topic.along",
        keyboard=keyboard(*pairs(titles)),
        handle=letter_handle(turn),
        only_unheld=True,
    )
    problem.wait(turn)


def offer(turn: Turn, offered: list[str]) -> None:
    """Ask which topic it is, by button or in words."""
    turn.change(waiting=ChoosingTopic(), problem_at=turn.now)
    key = "client.topic.ask" if turn.conversation.problem else "client.topic.describe"
    turn.say(key, keyboard=_buttons(turn, offered), only_unheld=True)
    problem.wait(turn)


def ask_again(turn: Turn) -> None:
    """The words named no topic."""
    turn.say("client.topic.again", keyboard=_buttons(turn, menu(turn)))
    problem.wait(turn)


def _buttons(turn: Turn, offered: list[str]) -> Buttons:
    known = turn.workspace.topics
    return keyboard(
        *pairs(
            named(known[topic].title.in_language(turn.language), "c:topic", topic)
            for topic in offered
        ),
        (button(turn, "client.button.other_topic", "c:topic", NO_TOPIC),),
        (
            button(turn, "client.button.cancel", "c:cancel"),
            button(turn, "client.button.person", "c:now"),
        ),
    )
