"""Line 0 beside the usual methods, in one run:  make bench-faq

    python -m benchmarks.faq [--quick] [--no-encoder] [--json FILE]

Protocol: ../shared/data/intents/README.md, k = 10, seeds 0, 1, 2; questions are the test rows, each
asked once: a third of them to the FAQ of each seed. Times are processor time of one thread; those
of the rows with the encoder leave out the encoding, which is done beforehand, but for the table of
10,003 phrasings. The usual methods see the draw of seed 0 and at most so many questions (and as
many foreign ones) as the last column says: several are slow.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sets import SETS, drawn
from benchmarks.spoil import latin, layout, slip
from benchmarks.usual import METHODS
from faq.index import Encoder
from faq.matcher import PhraseMatcher
from faq.matching import PRESETS, Preset
from faq.protocol import Ask, Draw, Figures, Ranked, measure, resident_mb
from faq.semantic import UniversalEncoder, available

SEEDS = (0, 1, 2)
TIMED = 3
"""So often is measured what other work on the machine can slow down; the best counts."""


class Batched:
    """An encoder that was shown its questions beforehand: the accuracy runs take minutes less."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._known = encoder, dict[str, NDArray[np.float32]]()
        self.name = encoder.name

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        """See ``Encoder``."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for at in range(0, len(missing), 256):
            batch = missing[at : at + 256]
            self._known |= zip(batch, self._encoder.encode(batch), strict=True)
        return np.stack([self._known[text] for text in texts])


def ours(faq: Draw, preset: Preset = "cautious", encoder: Encoder | None = None) -> Ask:
    """The whole matcher: readings, repair, sentences, gates."""
    phrasings: dict[str, list[str]] = {str(n): [] for n in range(len(faq.entries))}
    for number, text in faq.phrasings:
        phrasings[str(number)].append(text)
    phrasings = {name: texts for name, texts in phrasings.items() if texts}
    matcher = PhraseMatcher(phrasings, gates=PRESETS[preset], encoder=encoder)

    def ask(text: str) -> Ranked:
        found = matcher.ranked(text)
        return Ranked(
            order=tuple(int(name) for name in found.keys[:3]),
            score=found.scope,
            answered=found.match.decision == "answer",
        )

    return ask


def mean(figures: Sequence[Figures]) -> dict[str, float]:
    """The mean of each figure."""
    rows = [asdict(one) for one in figures]
    return {name: round(statistics.fmean(row[name] for row in rows), 2) for name in rows[0]}


def show(title: str, row: dict[str, float], asked: str = "all") -> None:
    """One line of the main table."""
    print(
        f"| {title} | {row['top1']:.1f} | {row['top3']:.1f} | {row['oos_rejected_at_95']:.0f} |"
        f" {row['auroc']:.3f} | {row['answered']:.0f} | {row['precision']:.1f} |"
        f" {row['oos_answered']:.1f} | {row['ms_p50']:.1f} | {row['ms_p95']:.1f} | {asked} |",
        flush=True,
    )


def main_table(encoder: Encoder | None, quick: bool) -> dict[str, Any]:
    """Every method on every set."""
    results: dict[str, Any] = {}
    for name in SETS:
        print(f"\n### {name}\n")
        print("| method | top-1 | top-3 | foreign rejected @95 | AUROC | answered | precision |"
              " foreign answered | ms p50 | ms p95 | asked |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
        most = 200 if quick else 10_000
        systems: list[tuple[str, Encoder | None]] = [("LineZero core", None)]
        if encoder is not None:
            systems.append(("LineZero + encoder", encoder))
        for title, reader in systems:
            rows = []
            for seed in SEEDS:
                faq = drawn(name, 10, seed)
                own = shuffled(faq.test)[seed :: len(SEEDS)][:most]
                foreign = faq.foreign[seed :: len(SEEDS)][:most]
                if reader is not None:
                    reader.encode([t.lower() for t in [*(t for _, t in own), *foreign]])
                rows.append(measure(ours(faq, encoder=reader), own, foreign))
            results[f"{name} {title}"] = row = mean(rows)
            show(title, row)
        faq = drawn(name, 10, 0)
        for title, (make, limit) in METHODS.items():
            number = min(limit, most)
            row = asdict(measure(make(faq), shuffled(faq.test)[:number], faq.foreign[:number]))
            results[f"{name} {title}"] = row
            show(title, row, str(number))
    return results


def shuffled(questions: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """In an order that does not follow the entries."""
    mixed = list(questions)
    random.Random(0).shuffle(mixed)
    return mixed


def small_faqs(encoder: Encoder | None) -> dict[str, Any]:
    """20 entries of 5 phrasings; near foreign questions are those of entries left out."""
    results: dict[str, Any] = {}
    print("\n### Small FAQ: 20 entries x 5 phrasings, four draws of each set\n")
    print(
        "| system, preset | answered | precision | near foreign answered | far foreign answered |"
    )
    print("|---|---|---|---|---|")
    for title, reader in (("core", None), ("encoder", encoder)):
        if title == "encoder" and reader is None:
            continue
        presets: tuple[Preset, ...] = ("cautious", "normal", "bold")
        for preset in presets:
            rows = []
            for name in SETS:
                for seed in range(4):
                    faq, near = part_of(drawn(name, 5, seed), 20, seed)
                    ask = ours(faq, preset, reader)
                    own, far = shuffled(faq.test)[:200], faq.foreign[:100]
                    if reader is not None:
                        texts = [*(t for _, t in own), *near[:200], *far]
                        reader.encode([text.lower() for text in texts])
                    rows.append((measure(ask, own, near[:200]), measure(ask, own[:1], far)))
            row = {
                "answered": statistics.fmean(a.answered for a, _ in rows),
                "precision": statistics.fmean(a.precision for a, _ in rows),
                "near": statistics.fmean(a.oos_answered for a, _ in rows),
                "far": statistics.fmean(b.oos_answered for _, b in rows),
            }
            results[f"{title} {preset}"] = row
            print(f"| {title}, {preset} | " + " | ".join(f"{v:.1f}" for v in row.values()) + " |",
                  flush=True)  # fmt: skip
    return results


def part_of(faq: Draw, size: int, seed: int) -> tuple[Draw, list[str]]:
    """A FAQ of ``size`` of its entries, and the test questions of the others."""
    kept = sorted(random.Random(seed).sample(range(len(faq.entries)), size))
    number = {entry: i for i, entry in enumerate(kept)}
    part = Draw(
        name=faq.name,
        entries=tuple(faq.entries[e] for e in kept),
        phrasings=tuple((number[e], t) for e, t in faq.phrasings if e in number),
        rest=(),
        test=tuple((number[e], t) for e, t in faq.test if e in number),
        foreign=faq.foreign,
    )
    return part, [t for _, t in shuffled(faq.test) if _ not in number]


def removed(encoder: Encoder | None) -> dict[str, float]:
    """A quarter of the entries removed, their questions asked: how many get an answer."""
    results: dict[str, float] = {}
    print("\n### A quarter of the entries removed, asked anyway (cautious): answered %\n")
    for title, reader in (("core", None), ("encoder", encoder)):
        if title == "encoder" and reader is None:
            continue
        shares = []
        for name in SETS:
            for seed in SEEDS:
                whole = drawn(name, 10, seed)
                faq, near = part_of(whole, len(whole.entries) * 3 // 4, seed)
                shares.append(measure(ours(faq, encoder=reader), (), near[:250]).oos_answered)
        results[title] = statistics.fmean(shares)
        print(f"{title}: {results[title]:.1f}", flush=True)
    return results


def robustness() -> dict[str, Any]:
    """Top-1 of clean and of spoilt questions, seed 0, 600 questions."""
    results: dict[str, Any] = {}
    print("\n### Spoilt questions: top-1 %\n")
    print("| set | clean | one typo | other layout | Latin letters |\n|---|---|---|---|---|")
    chance = random.Random(0)
    ways: dict[str, Callable[[str], str]] = {
        "clean": str, "typo": lambda text: slip(text, chance), "layout": layout, "translit": latin,
    }  # fmt: skip
    for name in SETS:
        faq = drawn(name, 10, 0)
        ask = ours(faq)
        own = shuffled(faq.test)[:600]
        row = {
            way: measure(ask, [(n, spoil(text)) for n, text in own], ()).top1
            for way, spoil in ways.items()
            if way != "translit" or name.endswith("ru")
        }
        results[name] = row
        shown = [f"{row[way]:.1f}" if way in row else "–" for way in ways]
        print(f"| {name} | " + " | ".join(shown) + " |", flush=True)
    return results


def at_ten_thousand(with_encoder: bool, out: "multiprocessing.Queue[dict[str, float]]") -> None:
    """Build, memory and time with all 10,003 phrasings of banking77; in a process of its own."""
    faq = drawn("banking77_en", 10_000, 0)
    encoder = UniversalEncoder() if with_encoder else None
    ours(drawn("banking77_en", 1, 0), encoder=encoder)  # imports and tables are loaded
    before = resident_mb()
    begun = time.process_time()
    ask = ours(faq, encoder=encoder)
    built = time.process_time() - begun
    asked = shuffled(faq.test)[:600]
    runs = [measure(ask, asked, ()) for _ in range(TIMED)]
    added = resident_mb() - before
    if not with_encoder:
        for _ in range(TIMED - 1):
            begun = time.process_time()
            ours(faq)
            built = min(built, time.process_time() - begun)
    out.put(
        {
            "phrasings": len(faq.phrasings), "build_s": round(built, 2),
            "added_mb": round(added, 1), "process_mb": runs[-1].rss_mb,
            "ms_p50": min(run.ms_p50 for run in runs), "ms_p95": min(run.ms_p95 for run in runs),
        }
    )  # fmt: skip


def speed(with_encoder: bool) -> dict[str, Any]:
    """In fresh processes, so that memory is their own."""
    results: dict[str, Any] = {}
    print("\n### 10,003 phrasings, one core\n")
    context = multiprocessing.get_context("spawn")
    for title, reader in (("core", False), ("encoder", True)):
        if reader and not with_encoder:
            continue
        queue: multiprocessing.Queue[dict[str, float]] = context.Queue()
        child = context.Process(target=at_ten_thousand, args=(reader, queue))
        child.start()
        results[title] = queue.get(timeout=900)
        child.join()
        print(f"{title}: {results[title]}", flush=True)
    return results


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="at most 200 questions a row")
    options.add_argument("--no-encoder", action="store_true")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    begun = time.process_time()
    with_encoder = available() and not chosen.no_encoder
    encoder = Batched(UniversalEncoder()) if with_encoder else None
    results = {
        "small": small_faqs(encoder),
        "removed": removed(encoder),
        "spoilt": robustness(),
        "main": main_table(encoder, chosen.quick),
        "speed": speed(with_encoder),
    }
    print(f"\n{(time.process_time() - begun) / 60:.0f} minutes of processor time")
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
