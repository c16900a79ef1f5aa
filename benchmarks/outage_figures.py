"""What became of everything that was said in one case of `make bench-outage`, and its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise

from bot.sandbox.telegram.state import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault, one build."""

    build: str
    kind: str
    scope: str
    seconds: int

    @property
    def name(self) -> str:
        return f"{self.kind} {self.scope} {self.seconds} s, {self.build}"

    @property
    def place(self) -> str:
        """The name of its folder."""
        return f"{self.kind}-{self.scope}-{self.seconds}-{self.build}"


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of everything that was said in one case."""

    said: int = 0
    arrived: int = 0
    asked: int = 0
    """Not arrived as far as we know: a person was asked what to do with it."""
    lost: int = 0
    out_of_order: int = 0
    doubled_flagged: int = 0
    """Words of people that arrived twice and say so, or about which a person was told."""
    doubled_unflagged: int = 0
    answers_doubled: int = 0
    """Texts of the bot that a client got twice."""
    rooms_doubled: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    """What was lost, by kind."""
    after: float = 0.0
    """Seconds from the end until the last of it arrived."""

    def count(self, kind: str, copies: Sequence[Message], asked: bool = False) -> None:
        """One thing that was said, and what of it can be seen."""
        self.said += 1
        self.arrived += bool(copies)
        self.asked += asked and not copies
        if not copies and not asked:
            self.lost += 1
            self.missing[kind] = self.missing.get(kind, 0) + 1


def place(message: Message) -> tuple[int, int]:
    return message.chat_id, message.id


def note(first: dict[str, list[tuple[int, int]]], key: str, copies: Sequence[Message]) -> None:
    """Remember where the first copy of something stands, in the order it was said."""
    if copies:
        first.setdefault(key, []).append(place(copies[0]))


def inversions(places: Sequence[tuple[int, int]]) -> int:
    """How many stand before something that was said before them."""
    return sum(later[1] < earlier[1] for earlier, later in pairwise(places))


COLUMNS = {
    "arrived": lambda o: f"{o.arrived}/{o.said}",
    "lost": lambda o: str(o.lost),
    "asked": lambda o: str(o.asked),
    "out of order": lambda o: str(o.out_of_order),
    "words twice, said so": lambda o: str(o.doubled_flagged),
    "words twice, not said": lambda o: str(o.doubled_unflagged),
    "answers twice": lambda o: str(o.answers_doubled),
    "last after, s": lambda o: f"{o.after:.0f}",
}


def report(outcomes: Mapping[Case, Outcome]) -> str:
    """A table in Markdown, each build below the other."""
    lines = [
        f"| fault | of | s | build | {' | '.join(COLUMNS)} |",
        f"|---|---|---:|---|{'---:|' * len(COLUMNS)}",
    ]
    order = sorted(outcomes, key=lambda c: (c.kind, c.scope, c.seconds, c.build))
    for case in order:
        kind, scope = (case.kind, case.scope) if case.seconds else ("none", "")
        figures = " | ".join(column(outcomes[case]) for column in COLUMNS.values())
        lines.append(f"| {kind} | {scope} | {case.seconds} | {case.build} | {figures} |")
    return "\n".join(lines)


def summed(outcomes: Mapping[Case, Outcome]) -> dict[str, dict[str, object]]:
    """All figures by build, and each case's own."""
    found: dict[str, dict[str, object]] = {}
    for build in sorted({case.build for case in outcomes}):
        total = Counter[str]()
        single = []
        for case, outcome in outcomes.items():
            if case.build == build:
                figures = asdict(outcome)
                total.update({k: v for k, v in figures.items() if isinstance(v, int)})
                single.append(asdict(case) | figures)
        found[build] = {**total, "cases": single}
    return found
