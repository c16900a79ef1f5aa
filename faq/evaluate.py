"""How well a FAQ answers: labelled questions in, a table of outcomes out, and what changed."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

from faq.document import Mistake
from faq.loading import Faq
from faq.matching import Match

Outcome: TypeAlias = Literal["right", "suggested", "silent", "wrong"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("right", "suggested", "silent", "wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and what should come of it."""

    text: str
    entry: str | None
    """The entry it asks for; ``None`` when line 0 should not answer."""
    also: tuple[str, ...] = ()
    """Further entries of a message with several questions: all have to be answered."""
    accept: tuple[Outcome, ...] = ("right", "suggested")
    """Which outcomes are good enough."""
    place: Mistake | None = None
    """Where it was written, as a mistake ready to be reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and what came of it."""

    question: Question
    match: Match
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """Whether that is good enough."""
        return self.outcome in self.question.accept


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """An entry that was answered or suggested first in the place of another."""

    expected: str | None
    instead: str
    questions: tuple[str, ...]


class CanMatch(Protocol):
    """Anything that decides on a text: a ``Faq``."""

    def match(self, text: str) -> Match:
        """See ``Faq.match``."""
        ...


def own_tests(faq: Faq) -> Iterator[Question]:
    """The questions that the entries bring along under ``tests``."""
    for name, entry in faq.entries.items():
        for language, texts in entry.tests.items():
            for number, text in enumerate(texts):
                place = faq.places[name].mistake(
                    "tests", language, number, message=f"{text!r} should be answered by {name!r}"
                )
                yield Question(text=text, entry=name, place=place)


def from_jsonl(file: Path) -> list[Question]:
    """Labelled questions, one JSON object a line: ``text``, ``entry`` and perhaps ``accept``.

    Raises:
        ValueError: a line is none; its number is in the message.
    """
    found: list[Question] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            accept = row.get("accept", ["right", "suggested"])
            if not set(accept) <= set(OUTCOMES):
                raise ValueError(f"accept must be among {', '.join(OUTCOMES)}")  # noqa: TRY301  told with its line below
            found.append(
                Question(
                    text=str(row["text"]),
                    entry=None if row["entry"] is None else str(row["entry"]),
                    also=tuple(row.get("also", ())),
                    accept=tuple(accept),
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}:{number}: not a labelled question: {error}") from None
    return found


def judge(question: Question, match: Match) -> Outcome:
    """What a decision is worth: a foreign question is ``right`` when nothing is answered."""
    answered = {part.entry for part in match.parts} or {match.entry}
    if question.entry is None:
        if match.decision == "answer":
            return "wrong"
        return "right" if match.decision == "none" else "suggested"
    if match.decision == "answer":
        return "right" if {question.entry, *question.also} <= answered else "wrong"
    offered = {candidate.entry for candidate in match.alternatives}
    if match.decision == "suggest" and offered & {question.entry, *question.also}:
        return "suggested"
    return "silent"


def run(faq: CanMatch, questions: Iterable[Question]) -> list[Asked]:
    """Ask every question."""
    asked = []
    for question in questions:
        match = faq.match(question.text)
        asked.append(Asked(question=question, match=match, outcome=judge(question, match)))
    return asked


def table(asked: Sequence[Asked]) -> dict[Outcome, int]:
    """How often each outcome happened."""
    counts = Counter(one.outcome for one in asked)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def confusions(asked: Sequence[Asked]) -> list[Confusion]:
    """Which entry pushed in front of which, the worst first."""
    found: dict[tuple[str | None, str], list[str]] = {}
    for one in asked:
        expected = one.question.entry
        first = one.match.entry or next((c.entry for c in one.match.alternatives), None)
        if first is not None and one.outcome != "right" and first != expected:
            found.setdefault((expected, first), []).append(one.question.text)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), str(item[0])))
    return [
        Confusion(expected=expected, instead=instead, questions=tuple(texts))
        for (expected, instead), texts in ranked
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A question whose outcome is not what it was in the last run."""

    text: str
    before: str
    now: str


def remember(asked: Sequence[Asked], file: Path) -> None:
    """Keep the outcomes for the next ``changes``."""
    rows = {one.question.text: one.outcome for one in asked}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=0), encoding="utf-8")


def changes(asked: Sequence[Asked], file: Path) -> list[Change]:
    """What is different from the last run; what got worse comes first."""
    try:
        before: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = [
        Change(text=one.question.text, before=before[one.question.text], now=one.outcome)
        for one in asked
        if before.get(one.question.text, one.outcome) != one.outcome
    ]
    order: dict[str, int] = {outcome: number for number, outcome in enumerate(OUTCOMES)}
    return sorted(found, key=lambda change: order.get(change.before, 9) - order[change.now])


def failures(asked: Sequence[Asked]) -> list[Mistake]:
    """The entries' own tests that fail, as mistakes with their lines: for ``linezero check``."""
    found: list[Mistake] = []
    for one in asked:
        place = one.question.place
        if place is None or one.passed:
            continue
        said = one.match.entry or ", ".join(c.entry for c in one.match.alternatives) or "nothing"
        found.append(
            Mistake(
                place.file, place.line, place.column,
                f"{place.message}, but {one.match.decision} was decided: {said}",
                "add a phrasing like it to the entry, or see `linezero try` for the reasons",
            )
        )  # fmt: skip
    return found


def as_plain(asked: Sequence[Asked]) -> list[dict[str, object]]:
    """Everything about a run in values that JSON knows."""
    return [
        {
            "text": one.question.text,
            "expected": one.question.entry,
            "outcome": one.outcome,
            "match": asdict(one.match),
        }
        for one in asked
    ]
