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
