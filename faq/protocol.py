"""Measuring the matcher on labelled questions: phrasings drawn by seed, questions never seen.

A file has one JSON object a line, ``{"split": "train"|"test", "entry": id or null, "text"}``,
gzipped or not; ``entry: null`` is out of scope. Every entry becomes a FAQ entry of ``k`` phrasings
drawn from its train rows; the questions are the test rows.
"""

import gzip
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One FAQ of ``k`` phrasings for each entry, and questions with the number of their entry."""

    name: str
    entries: tuple[str, ...]
    phrasings: tuple[tuple[int, str], ...]
    rest: tuple[tuple[int, str], ...]
    """What is left of train: for choosing weights and gates."""
    test: tuple[tuple[int, str], ...]
    foreign: tuple[str, ...]
    """Test questions out of scope."""


def draw(path: Path, k: int, seed: int) -> Draw:
    """Draw an FAQ from a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not of the form described above.
    """
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        rows = [json.loads(line) for line in lines if line.strip()]
    if not all(isinstance(row, dict) and {"split", "entry", "text"} <= row.keys() for row in rows):
        raise ValueError(f"{path}: every line needs split, entry and text")
    train: dict[str, list[str]] = {}
    for row in rows:
        if row["split"] == "train" and row["entry"] is not None:
            train.setdefault(str(row["entry"]), []).append(row["text"])
    entries = tuple(sorted(train))
    numbers = {entry: number for number, entry in enumerate(entries)}
    chance = random.Random(seed)  # noqa: S311  a draw that anyone can repeat, not a secret
    phrasings: list[tuple[int, str]] = []
    rest: list[tuple[int, str]] = []
    for entry in entries:
        texts = train[entry][:]
        chance.shuffle(texts)
        phrasings += [(numbers[entry], text) for text in texts[:k]]
        rest += [(numbers[entry], text) for text in texts[k:]]
    chance.shuffle(rest)
    asked = [row for row in rows if row["split"] == "test"]
    return Draw(
        name=path.name.split(".")[0],
        entries=entries,
        phrasings=tuple(phrasings),
        rest=tuple(rest),
        test=tuple((numbers[str(r["entry"])], r["text"]) for r in asked if r["entry"] is not None),
        foreign=tuple(row["text"] for row in asked if row["entry"] is None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a method makes of one question."""

    order: tuple[int, ...]
    """The best entries, best first, at least three when there are so many."""
    score: float
    """How much it is about anything here at all; compared between questions only."""
    answered: bool
    """Whether it would be answered without asking back."""


Ask = Callable[[str], Ranked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One row of the table; shares are in percent."""

    top1: float
    top3: float
    oos_rejected_at_95: float
    """Of the foreign questions, at the score that 95 % of the own ones reach."""
    auroc: float
    answered: float
    """Of the own questions, answered without asking back."""
    precision: float
    """Of those, rightly."""
    oos_answered: float
    """Of the foreign questions, answered (wrongly)."""
    ms_p50: float
    ms_p95: float
    rss_mb: float


def measure(ask: Ask, own: Sequence[tuple[int, str]], foreign: Sequence[str]) -> Figures:
    """Ask every question once, in order. Times are processor time of this thread."""
    times: list[float] = []

    def timed(text: str) -> Ranked:
        begun = time.thread_time()
        found = ask(text)
        times.append((time.thread_time() - begun) * 1_000)
        return found

    inside = [(right, timed(text)) for right, text in own]
    outside = [timed(text) for text in foreign]
    scores = sorted(found.score for _, found in inside)
    gate = scores[int(0.05 * len(scores))] if scores else 0.0
    answered = [(right, found) for right, found in inside if found.answered]
    times.sort()
    return Figures(
        top1=_percent(sum(found.order[:1] == (right,) for right, found in inside), len(inside)),
        top3=_percent(sum(right in found.order[:3] for right, found in inside), len(inside)),
        oos_rejected_at_95=_percent(sum(found.score < gate for found in outside), len(outside)),
        auroc=_auroc([found.score for _, found in inside], [found.score for found in outside]),
        answered=_percent(len(answered), len(inside)),
        precision=_percent(
            sum(found.order[:1] == (right,) for right, found in answered), len(answered)
        ),
        oos_answered=_percent(sum(found.answered for found in outside), len(outside)),
        ms_p50=round(times[len(times) // 2], 3) if times else 0.0,
        ms_p95=round(times[int(0.95 * len(times))], 3) if times else 0.0,
        rss_mb=round(resident_mb(), 1),
    )


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """The chance that an own question scores above a foreign one; ties count half."""
    if not inside or not outside:
        return 0.0
    ordered = sorted([(s, 1) for s in inside] + [(s, 0) for s in outside])
    total, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        total += sum(own for _, own in ordered[at:end]) * (at + end + 1) / 2
        at = end
    number = len(inside)
    return round((total - number * (number + 1) / 2) / (number * len(outside)), 4)


def resident_mb() -> float:
    """Memory of this process now, in megabytes; the most so far where the system tells no more."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1_048_576 if sys.platform == "darwin" else 1_024)
    return pages * resource.getpagesize() / 1_048_576
