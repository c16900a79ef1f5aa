"""What bench-growth measured, as a table and as ratios."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.end_to_end import quantile
from benchmarks.growth_past import connected, counted
from benchmarks.lived import LivedDesk, Ticket

SCENES = {
    "finished": "all of it finished",
    "many": "a client of 5,000 messages",
    "waiting": "20,000 rows waiting",
}
STEPS = ("decide", "claim", "settle", "relay")
"""What the worst ratio is of."""
SHOWN = (*STEPS, "answer", "question")


@dataclass
class Side:
    """One of the two stores."""

    desk: LivedDesk
    talking: list[Ticket] = field(default_factory=list)
    many: list[Ticket] = field(default_factory=list)
    parked: list[Ticket] = field(default_factory=list)
    asking: Iterator[tuple[str, str]] = field(default_factory=lambda: iter(()))
    """Who asks line 0 next, and what."""
    figures: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """Seconds by scene and step."""
    starts: list[float] = field(default_factory=list)
    size: float = 0.0
    """Bytes a message, once filled."""
    contacts_read: int = 0
    """By a report."""

    def note(self, scene: str, step: str, seconds: Sequence[float]) -> None:
        self.figures.setdefault((scene, step), []).extend(seconds)


def ratio(empty: Side, full: Side, scene: str, step: str) -> float:
    """How many times as long it takes, at the 95th percentile."""
    return quantile(full.figures[scene, step], 0.95) / quantile(empty.figures[scene, step], 0.95)


def worst(empty: Side, full: Side) -> float:
    return max(ratio(empty, full, scene, step) for scene in SCENES for step in STEPS)


def later(empty: Side, full: Side) -> float:
    """How many times as long a start takes."""
    return statistics.median(full.starts) / statistics.median(empty.starts)


def added(full: Side) -> float:
    """Seconds that a report beside the writer adds to words relayed meanwhile: the median."""
    return statistics.median(full.figures["report", "beside adds"])


def table(empty: Side, full: Side) -> str:
    """A table in Markdown."""
    lines = ["| what | where | p50 empty, ms | p50 full | p95 empty | p95 full | p95 ratio |"]
    lines.append("|---|---|---:|---:|---:|---:|---:|")
    for scene, label in SCENES.items():
        for step in SHOWN:
            if (scene, step) not in full.figures:
                continue
            both = [side.figures[scene, step] for side in (empty, full)]
            middle = [f"{1000 * quantile(found, 0.5):.1f}" for found in both]
            late = [f"{1000 * quantile(found, 0.95):.1f}" for found in both]
            figures = " | ".join((*middle, *late, f"{ratio(empty, full, scene, step):.2f}"))
            lines.append(f"| {step} | {label} | {figures} |")
    starts = [statistics.median(side.starts) for side in (empty, full)]
    report = {
        name: statistics.median(found)
        for (scene, name), found in full.figures.items()
        if scene == "report"
    }
    with connected(full.desk.url) as connection:
        lines_kept, opened = counted(connection)
    return (
        "\n".join(lines)
        + f"""

Start to the first answer: {starts[0]:.2f} s empty, {starts[1]:.2f} s full, ratio \
{later(empty, full):.2f}.
Reading {full.contacts_read:,} contacts takes {report["beside whole"]:.2f} s beside the writer; \
words relayed meanwhile wait {1000 * added(full):.1f} ms longer. Within a transaction it \
takes {report["within whole"]:.2f} s and they wait {1000 * report["within adds"]:.1f} ms.
Full: {lines_kept:,} messages, {opened:,} tickets; {full.size:,.0f} bytes a message when filled."""
    )
