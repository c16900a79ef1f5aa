"""The core, delivery and the tickets' rules know no channel by its name (case M1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.registry import KINDS

ROOT = Path(__file__).parents[2]
FILES = sorted(
    file
    for folder in ("bot/conversation", "bot/delivery", "escalation")
    for file in (ROOT / folder).rglob("*.py")
)
NAMES = {kind.section for kind in KINDS} | {"telegram", "mail", "max", "vk", "whatsapp"}
WORDS = {"email", "mail", "max"}
"""Words that mean something else, too: an e-mail address that a question asks for or a client
proves, a letter, the greatest number. They name a channel only where one is looked up."""


def named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where code (not its comments and docstrings) names a channel, and how."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith("channels."):
                if set(module.split(".")) & NAMES:
                    yield node.lineno, module
            case ast.Attribute(value=ast.Attribute(attr="settings"), attr=attr) if attr in NAMES:
                yield node.lineno, f"settings.{attr}"
            case ast.keyword(arg="channel", value=ast.Constant(value=str(value))) if value in NAMES:
                yield node.value.lineno, f"channel={value!r}"
            case ast.Compare(left=ast.Attribute(attr="channel" | "name"), comparators=[right]):
                if isinstance(right, ast.Constant) and right.value in NAMES:
                    yield node.lineno, f"… == {right.value!r}"
            case (
                ast.Constant(value=str(name))
                | ast.Name(id=name)
                | ast.Attribute(attr=name)
                | (ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name))
            ):
                if set(name.lower().split("_")) & (NAMES - WORDS):
                    yield node.lineno, name
            case _:
                pass


def test_no_module_of_the_core_names_a_channel() -> None:
    """case M1: what differs is asked of the channel, or of the settings by what it can do."""
    assert len(FILES) > 50
    found = [
        f"{file.relative_to(ROOT)}:{line}: {what}"
        for file in FILES
        for line, what in named(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "from channels.telegram.render import MAX_TEXT",
        "turn.workspace.settings.email",
        "Address(channel='email', chat='x')",
        "if inbound.channel == 'email': pass",
        "KIND = 'telegram'",
        "telegram_limit = 4096",
        "def to_telegram(): pass",
    ],
)
def test_such_names_would_be_found(code: str) -> None:
    assert list(named(ast.parse(code)))


@pytest.mark.parametrize("code", ["max(1, 2)", "Question(type='email')", "question.max"])
def test_what_names_no_channel_passes(code: str) -> None:
    assert not list(named(ast.parse(code)))


LETTERS = {
    "client/choices.py": "numbers of letters are remembered with the exchange they were written in",
    "client/opening.py": "a word of the confirmation speaks of letters",
    "client/proving.py": "a code that is sent by letter proves nothing in a dialogue by letters",
    "client/status.py": "an exchange is named by its address",
    "client/writing.py": "a letter may answer anybody's, so an unknown one tells nothing",
    "knowledge.py": "exchanges are their sender's only as far as the sender is proved",
    "state.py": "whether a dialogue is proved",
    "ticket/card.py": "how far the sender of letters can be believed",
    "ticket/dialogues.py": "where a ticket goes on: in the chat or by letters",
    "ticket/failover.py": "where a ticket goes on: in the chat or by letters",
    "ticket/identities.py": "only addresses of letters are ever proved",
    "ticket/life.py": "letters come back, a chat is blocked",
    "ticket/notices.py": "sentences of letters read like letters",
    "turn.py": "the abilities of letters, and whose brand a mailbox is",
}
"""Modules of the core, besides those that make and read letters, that ask whether a dialogue goes
on by letters, and why an ability of the place does not say it."""
OF_LETTERS = ("client/letters/", "say/letters.py")


def test_the_core_asks_for_letters_only_where_letters_are_meant() -> None:
    """What a place can show is asked of the place (``Turn.able_in``); decision 556."""
    core = ROOT / "bot/conversation"
    found = set()
    for file in core.rglob("*.py"):
        name = str(file.relative_to(core))
        if name.startswith(OF_LETTERS):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Attribute(attr="settings"), attr="letters"):
                    pass
                case ast.Attribute(value=ast.Name(id="settings"), attr="letters"):
                    pass
                case ast.Attribute(attr="letters"):
                    found.add(name)
                case _:
                    pass
    assert found == set(LETTERS)
