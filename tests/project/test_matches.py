"""Whoever adds an event hears of every place that has to know it.

mypy finds a ``match`` that leaves a case of a union out (``exhaustive-match``), unless a catch-all
swallows what is new: none may where values are told apart by their classes.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PURE = [ROOT / "bot" / "conversation", ROOT / "bot" / "delivery", ROOT / "escalation"]


def _by_class(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchClass():
            return True
        case ast.MatchOr(patterns=patterns):
            return all(_by_class(each) for each in patterns)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _by_class(inner)
        case _:
            return False


def _catches_all(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and not case.guard


def _swallowing(tree: ast.AST) -> Iterator[int]:
    """The lines of catch-alls beside classes that do something else than ``assert_never``."""
    for match in (node for node in ast.walk(tree) if isinstance(node, ast.Match)):
        *named, last = match.cases
        if not any(_by_class(case.pattern) for case in named) or not _catches_all(last):
            continue
        words = ast.unparse(last.body[0])
        if not words.startswith(("assert_never(", "raise ")):
            yield last.pattern.lineno


def test_no_catch_all_swallows_a_new_kind_of_event() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for folder in PURE
        for file in sorted(folder.rglob("*.py"))
        for line in _swallowing(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_mypy_is_asked_to_find_what_is_left_out() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "exhaustive-match" in settings["tool"]["mypy"]["enable_error_code"]


def test_a_catch_all_is_seen() -> None:
    swallowed = "match x:\n    case Said():\n        pass\n    case _:\n        other()\n"
    named = swallowed.replace("other()", "assert_never(x)")
    assert [list(_swallowing(ast.parse(each))) for each in (swallowed, named)] == [[4], []]
