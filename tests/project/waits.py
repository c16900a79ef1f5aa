"""What tests may not do with time: read the machine's clock, or wait for luck.

A test has one clock, which stands until the test moves it (`tests/clock.py`), and waits for what
happens with a generous end (`tests/waiting.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.waiting import PATIENCE

CLOCKS: Final = {
    "SystemClock": "the machine's clock: use StandingClock",
    "datetime.now": "the machine's clock: use StandingClock or a fixed time",
    "datetime.today": "the machine's clock: use StandingClock or a fixed time",
    "datetime.utcnow": "the machine's clock: use StandingClock or a fixed time",
    "date.today": "the machine's clock: use StandingClock or a fixed time",
    "time.time": "the machine's clock: use StandingClock or a fixed time",
    "time.time_ns": "the machine's clock: use StandingClock or a fixed time",
    "time.ctime": "the machine's clock: use StandingClock or a fixed time",
    "time.gmtime": "the machine's clock: use StandingClock or a fixed time",
    "time.localtime": "the machine's clock: use StandingClock or a fixed time",
    "time.strftime": "the machine's clock: use StandingClock or a fixed time",
    "time.monotonic": "how long it takes says nothing on a busy machine: wait with patience()",
    "time.perf_counter": "how long it takes says nothing on a busy machine: see tests/linear.py",
    "time.process_time": "a limit in seconds says nothing on a busy machine: see tests/linear.py",
    "time.thread_time": "a limit in seconds says nothing on a busy machine: see tests/linear.py",
    "time.sleep": "waits for luck: use tests/waiting.py",
    "page.wait_for_timeout": "waits for luck: wait for what is shown",
    "threading.Timer": "waits for luck: wait for what happens",
}
"""Calls without a time of their own, and why they are none for tests."""
ENDS: Final = {"asyncio.timeout": 0, "asyncio.wait_for": 1, "wait_for": 1, "asyncio.sleep": 0}
"""Calls that take seconds, and where: less than generous, they depend on the machine's speed."""


def real_time(function: ast.AST) -> bool:
    """Whether a test is marked as one that has to look at another clock."""
    decorators = getattr(function, "decorator_list", [])
    return any("mark.real_time" in ast.unparse(each) for each in decorators)


def _name(call: ast.Call) -> str:
    """``module.function`` of a call, as it is written; the last two parts."""
    return ".".join(ast.unparse(call.func).split("(")[0].split(".")[-2:])


def _seconds(call: ast.Call, place: int) -> float | None:
    """The seconds of a call, where they are written as a number."""
    given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "timeout")]
    for each in given:
        if isinstance(each, ast.Constant) and isinstance(each.value, int | float):
            return each.value
    return None


def _why(call: ast.Call) -> str | None:
    name = _name(call)
    short = name.rpartition(".")[2]
    for known, why in CLOCKS.items():
        if name == known or (short == known and "." not in known):
            # A time to write down, or the sources of a clock: then it reads no other.
            least = {"ctime": 1, "gmtime": 1, "localtime": 1, "strftime": 2, "SystemClock": 1}
            given = len(call.args) + len(call.keywords)
            return None if given >= least.get(short, 99) else why
    if name not in ENDS and short != "wait_for":
        return None
    seconds = _seconds(call, ENDS.get(name, 1))
    if short == "sleep":
        # Zero is a turn of the loop, no time; a name may hide anything.
        return None if seconds == 0 else "waits for luck: use tests/waiting.py"
    if seconds is None or seconds == 0 or seconds >= PATIENCE / 2:
        return None
    return f"ends after {seconds:g} s, too soon on a busy machine: use tests/waiting.py"


def offences(source: str) -> Iterator[tuple[int, str]]:
    """Line and reason of everything that a module of tests may not do."""

    def look(node: ast.AST) -> Iterator[tuple[int, str]]:
        if real_time(node):
            return
        if isinstance(node, ast.Call) and (why := _why(node)):
            yield node.lineno, f"{_name(node)}: {why}"
        for child in ast.iter_child_nodes(node):
            yield from look(child)

    yield from look(ast.parse(source))


def in_tests(folder: Path, allowed: set[str]) -> list[str]:
    """All of them under a folder, as ``file:line: reason``."""
    return [
        f"{path.relative_to(folder).as_posix()}:{line}: {why}"
        for path in sorted(folder.rglob("*.py"))
        if path.relative_to(folder).as_posix() not in allowed
        for line, why in offences(path.read_text(encoding="utf-8"))
    ]
