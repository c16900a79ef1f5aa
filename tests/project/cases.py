"""Which acceptance cases have a test that names them: `make cases`.

The list of cases is kept beside the repository, in `../shared/acceptance.md` (LINEZERO_SHARED names
another folder).
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


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


def named_in_tests(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Test files by the case they name, as ``case B9`` or ``case_b9``."""
    named: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for run in re.findall(r"(?i)\bcases?[ ]((?:[A-H]\d+(?:,| and)?[ ]?)+)", text):
            for name in re.findall(r"(?i)[A-H]\d+", run):
                named.setdefault(name.upper(), []).append(str(path.relative_to(folder)))
        for name in re.findall(r"(?i)_case_([a-h]\d+)\b", text.replace("_case", " _case")):
            named.setdefault(name.upper(), []).append(str(path.relative_to(folder)))
    return {name: sorted(set(files)) for name, files in named.items()}


def main() -> int:
    path = cases_file()
    if not path.exists():
        sys.stderr.write(f"The list of cases is not there: {path.name} in ../shared\n")
        return 1
    cases = read_cases(path.read_text(encoding="utf-8"))
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
