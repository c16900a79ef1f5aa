"""Which acceptance cases have a test that names them: `make cases`; `make cases CASES="A3 F5"` says
which tests those are.

The list of cases is kept beside the repository, in `../shared/acceptance.md` (LINEZERO_SHARED names
another folder).
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_CASES = Path(__file__).with_name("test_cases.py")
"""Its cases are made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the list."""

    name: str
    words: str


def cases_file() -> Path:
    """Where the list is, if it is there."""
    shared = os.environ.get("LINEZERO_SHARED")
    return (Path(shared) if shared else ROOT.parent / "shared") / "acceptance.md"


def read_cases(text: str) -> list[Case]:
    """The numbered lines of each lettered section."""
    found, letter = [], ""
    for line in text.splitlines():
        if section := re.match(r"## ([A-Z])\.", line):
            letter = section.group(1)
        elif letter and (item := re.match(r"(\d+)\. (.*)", line)):
            found.append(Case(name=letter + item.group(1), words=item.group(2)))
    return found


_NAME = r"[A-N]\d+(?:\s?[–-]\s?[A-N]?\d+)?"
_RUN = re.compile(rf"\b[Cc]ases?\s+({_NAME}(?:(?:,\s*and|,|\s+and|\s+or)\s+{_NAME})*)")
_SPAN = re.compile(r"([A-N])(\d+)(?:\s?[–-]\s?([A-N]?)(\d+))?")


def cases_in(text: str) -> Iterator[str]:
    """The cases that words name: ``case A3``, ``cases B1, B2 and B5``, ``B1–B3`` (``case_b9`` in
    the name of a test).

    Raises:
        ValueError: a span that runs from one letter to another, or backwards.
    """
    for run in _RUN.findall(text):
        for letter, first, to, last in _SPAN.findall(run):
            numbers = range(int(first), int(last or first) + 1)
            if to not in ("", letter) or not numbers:
                raise ValueError(f"no span of cases: {run!r}")
            yield from (f"{letter}{number}" for number in numbers)
    for name in re.findall(r"_case_([a-n]\d+)(?=_|\b)", text):
        yield name.upper()


def named_in_tests(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Test files by the case they name."""
    named: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        if path.samefile(OF_CASES):
            continue
        for name in sorted(set(cases_in(path.read_text(encoding="utf-8")))):
            named.setdefault(name, []).append(str(path.relative_to(folder)))
    return named


def bearing(case: str, folder: Path = ROOT / "tests") -> Iterator[str]:
    """The tests that bear a case in their name or words, as pytest calls them, with what they
    say: what to look at when a fault was found that the case should have shown."""
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        of_all = [case] if case in cases_in(ast.get_docstring(module) or "") else []
        for node in ast.walk(module):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            words = " ".join((ast.get_docstring(node) or "").split())
            if node.name.startswith("test_") and case in [
                *of_all,
                *cases_in(f"{node.name} {words}"),
            ]:
                yield f"{path.relative_to(folder)}::{node.name}  {words}"


def main() -> int:
    path = cases_file()
    if not path.exists():
        sys.stderr.write(f"The list of cases is not there: {path.name} in ../shared\n")
        return 1
    cases = read_cases(path.read_text(encoding="utf-8"))
    if asked := sys.argv[1:]:
        words = {case.name: case.words for case in cases}
        for name in asked:
            sys.stdout.write(f"{name}  {words.get(name, 'no such case')}\n")
            sys.stdout.writelines(f"    {test}\n" for test in bearing(name))
        return 0
    named = named_in_tests()
    lines = [
        f"{'covered' if case.name in named else '   -   '}  {case.name:4} {case.words[:60]:60}"
        f"  {', '.join(named.get(case.name, []))}"
        for case in cases
    ]
    covered = sum(case.name in named for case in cases)
    sys.stdout.write("\n".join([*lines, "", f"{covered} of {len(cases)} cases have a test.", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
