"""The catalogue against the code: languages agree, every key used exists, none is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.texts.files import LANGUAGES, plural_forms, standard_entries
from config.texts.template import Plural

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "channels", "escalation", "config")
SPEAKERS = frozenset({"say", "words", "label", "tell_admins", "say_in", "say_to", "says"})
"""Functions that take a key; what else they take by name are the arguments of the text."""
OWN = frozenset({"keyboard", "handle", "reply_to", "urgency", "only_unheld"})


@dataclass(frozen=True)
class Use:
    """A text used in code with a literal key; ``args`` is None where they cannot be told."""

    place: str
    key: str
    args: frozenset[str] | None


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keys_of(node: ast.expr | None) -> list[str]:
    """The key an expression is; both branches of ``a if x else b``."""
    if isinstance(node, ast.IfExp):
        return keys_of(node.body) + keys_of(node.orelse)
    found = literal(node)
    return [] if found is None else [found]


def uses() -> Iterator[Use]:
    for file, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                place = f"{file.relative_to(ROOT)}:{node.lineno}"
                for key, args in used(node):
                    yield Use(place, key, args)


def used(call: ast.Call) -> Iterator[tuple[str, frozenset[str] | None]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in {"Text", "Alarm"}:
        given = named.get("args")
        args: frozenset[str] | None = frozenset() if given is None else None
        if isinstance(given, ast.Dict) and all(literal(key) for key in given.keys):
            args = frozenset(str(literal(key)) for key in given.keys)
        for key in keys_of(named.get("key")):
            yield key, args
    elif name in SPEAKERS:
        known = None if None in named else frozenset(str(each) for each in named) - OWN
        for argument in call.args[:2]:
            for key in keys_of(argument):
                if key in ENTRIES["en"] or "." in key:
                    yield key, known if name != "says" else None


ENTRIES = standard_entries()
USES = tuple(uses())


def test_the_scan_finds_what_the_bot_says() -> None:
    """The tests below would be empty without this one."""
    assert len({use.key for use in USES}) > 30


def test_every_text_exists_in_every_language() -> None:
    first, *others = LANGUAGES
    for language in others:
        assert ENTRIES[language].keys() == ENTRIES[first].keys()


def test_languages_agree_on_placeholders_and_number() -> None:
    def shape(language: str, key: str) -> tuple[frozenset[str], bool]:
        entry = ENTRIES[language][key]
        return entry.placeholders, isinstance(entry, Plural)

    differ = [
        key for key in ENTRIES["en"] if len({shape(language, key) for language in LANGUAGES}) > 1
    ]
    assert differ == []


def test_plurals_have_every_form_of_their_language() -> None:
    """Russian needs one, few and many: 1 час, 2 часа, 5 часов."""
    assert plural_forms("ru") == {"one", "few", "many"}
    assert plural_forms("en") == {"one", "other"}
    for language in LANGUAGES:
        for key, entry in ENTRIES[language].items():
            if isinstance(entry, Plural):
                assert entry.forms.keys() >= plural_forms(language), (language, key)


def test_every_key_in_the_code_exists() -> None:
    unknown = [f"{use.place}: {use.key}" for use in USES if use.key not in ENTRIES["en"]]
    assert unknown == []


def test_every_text_is_given_the_arguments_it_needs() -> None:
    wrong = [
        f"{use.place}: {use.key} needs {sorted(missing)}"
        for use in USES
        if use.args is not None and use.key in ENTRIES["en"]
        if (missing := ENTRIES["en"][use.key].placeholders - use.args)
    ]
    assert wrong == []


def test_no_text_is_left_over() -> None:
    """A key counts as used if the code holds it as a string, or builds it: ``f"status.{name}"``."""
    strings: set[str] = set()
    built: set[tuple[str, str]] = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if (text := literal(node) if isinstance(node, ast.expr) else None) is not None:
                strings.add(text)
            elif isinstance(node, ast.JoinedStr) and len(node.values) > 1:
                first, last = literal(node.values[0]) or "", literal(node.values[-1]) or ""
                if "." in first:
                    built.add((first, last))
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                first = literal(node.left) or ""
                if "." in first:
                    built.add((first, ""))
    durations = {key for key in ENTRIES["en"] if key.startswith("duration.")}  # key + case
    left = [
        key
        for key in ENTRIES["en"].keys() - durations
        if key not in strings
        and not any(key.startswith(head) and key.endswith(tail) for head, tail in built)
    ]
    assert left == []
