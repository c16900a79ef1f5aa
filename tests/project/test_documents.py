"""The documents against the project: links, commands, and the two languages of the README."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_group

import bot.main  # noqa: F401 - it adds the sandbox to the commands
from bot.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = ["README.md", "README.ru.md", "CONTRIBUTING.md"]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def read(path: Path | str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def outside_fences(text: str) -> str:
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as forges make them."""
    found = set()
    for line in outside_fences(text).splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("# ").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(outside_fences(read(page))):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert path.exists(), f"{page.name}: {target} does not exist"
        if anchor:
            assert anchor in anchors(read(path)), f"{page.name}: {target} has no such heading"


def shell_commands(page: str) -> Iterator[list[str]]:
    """Commands in the code of a page: of its shell blocks, and of code between its words."""
    text = read(page)
    for language, block in FENCE.findall(text):
        if language == "sh":
            for line in block.splitlines():
                if words := shlex.split(line, comments=True):
                    yield words
    for code in re.findall(r"`([^`\n]+)`", outside_fences(text)):
        words = code.split()
        if words[0] in {"make", "linezero", ".venv/bin/linezero"} and len(words) > 1:
            yield shlex.split(code)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))


def linezero() -> TyperGroup:
    return get_group(app)


@pytest.mark.parametrize("page", GUIDES)
def test_commands_in_the_guides_exist(page: str) -> None:
    seen = 0
    for words in shell_commands(page):
        name, *rest = words
        if name == "make":
            seen += 1
            for target in rest:
                if "=" not in target:
                    assert target in make_targets(), f"{page}: make {target}"
        elif Path(name).name == "linezero":
            seen += 1
            check_linezero(page, rest)
    assert seen > 2, f"{page} shows no commands"


def check_linezero(page: str, words: list[str]) -> None:
    """That a command of the program exists and takes these options."""
    group = linezero()
    if words[0].startswith("-"):
        assert words == ["--help"], f"{page}: linezero {words}"
        return
    command = group.commands.get(words[0])
    assert command is not None, f"{page}: linezero {words[0]}"
    options = {option for parameter in command.params for option in parameter.opts}
    for word in words[1:]:
        if word.startswith("-"):
            assert word in options | {"--help"}, f"{page}: linezero {' '.join(words)}"


def test_every_target_is_explained() -> None:
    """`make` alone tells what there is."""
    text = read("Makefile")
    comments = "\n".join(re.findall(r"^# .*$", text, re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z-]+)", comments))
    assert make_targets() - told <= {"help", "format", "clean"}
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert make_targets() == set(phony.group(1).split())


def test_every_command_says_what_it_is_for() -> None:
    for name, command in linezero().commands.items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, TyperOption):
                assert parameter.help, f"{name} {parameter.opts}"


def shape(page: str) -> list[str]:
    """What a page is built of, without its words."""
    shapes = []
    for line in read(page).splitlines():
        if line.startswith("#"):
            shapes.append(f"heading {line.count('#', 0, 4)}")
        elif line.startswith("|"):
            shapes.append("row")
        elif match := re.match(r"\s*(```\w*|-|\d\.)\s*", line + " "):
            shapes.append(match.group(1))
    return shapes


def test_the_readme_is_the_same_in_both_languages() -> None:
    english, russian = read("README.md"), read("README.ru.md")
    assert shape("README.md") == shape("README.ru.md")
    links = set(LINK.findall(english)) - {"README.ru.md"}
    assert links == set(LINK.findall(russian)) - {"README.md"}
    for language in (english, russian):
        assert len(FENCE.findall(language)) == 3
    assert [b for _, b in map(commands_only, FENCE.findall(english))] == [
        b for _, b in map(commands_only, FENCE.findall(russian))
    ]


def commands_only(fence: tuple[str, str]) -> tuple[str, list[list[str]]]:
    language, block = fence
    return language, [shlex.split(line, comments=True) for line in block.splitlines()]


def test_the_glossary_is_bilingual() -> None:
    rows = [line for line in read("docs/glossary.md").splitlines() if line.startswith("|")]
    assert len(rows) > 20
    for row in rows[2:]:
        english, russian, meaning = (cell.strip() for cell in row.strip("|").split("|"))
        assert re.search("[a-z]", english), row
        assert re.search("[а-я]", russian), row
        assert re.search("[a-z]", meaning), row
        assert re.search("[а-я]", meaning), row


@pytest.mark.parametrize("folder", ["bot/conversation", "bot/delivery"])
def test_every_module_of_the_core_is_explained(folder: str) -> None:
    """A name that nobody can explain in a line is no name; one that is gone explains nothing."""
    table = (
        read("docs/architecture.md").partition(f"| in `{folder}` | holds |")[2].partition("\n\n")[0]
    )
    named = set(re.findall(r"`([a-z0-9_/]+\.py)`", table))
    files = (path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*.py"))
    assert named == {str(path) for path in files if path.name != "__init__.py"}
