"""Questions as hurried people write them, beside the usual methods and an older build.

    python -m benchmarks.hurried [--full] [--build DIRECTORY] [--rows WORD] [--json FILE]

Seeded changes of banking77, clinc150 and minds14: a space lost, all spaces lost, a number added, a
story without punctuation around the question; small FAQs; forms of one word; brands by ear. The
quick run asks 60 questions a row and one seed; the full one 500 and three.

``--build`` is a checkout of another commit, as ``git worktree add DIRECTORY 5c63a64`` makes it: its
matcher is asked the same in a process of its own. Words and brands were chosen by whoever wrote
this file, so their rows flatter the matcher more than the others.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

BUILD: Final = "LINEZERO_BENCHMARK_BUILD"
if BUILD in os.environ:
    sys.path.insert(0, os.environ[BUILD])  # before the matcher is imported

from benchmarks.hurried_words import (  # noqa: E402
    ABOUT,
    ADDED,
    AFTER,
    ASKED,
    BEFORE,
    BRANDS,
    BY_EAR,
    FOREIGN,
    FORMS,
    PAIRS,
    STRANGE,
)
from benchmarks.sets import SETS, SHARED, drawn  # noqa: E402
from faq import load  # noqa: E402
from faq.matcher import PhraseMatcher  # noqa: E402
from faq.matching import PRESETS, Match, Preset  # noqa: E402
from faq.protocol import Draw, draw, measure  # noqa: E402
from faq.text import FUNCTION, words  # noqa: E402

EXAMPLE: Final = Path(__file__).resolve().parents[1] / "config" / "example" / "faq"
Questions = Sequence[tuple[int, str]]
Row = dict[str, float]


class Size:
    """How much is asked."""

    def __init__(self, *, full: bool) -> None:
        self.asked = 500 if full else 60
        self.seeds = (0, 1, 2) if full else (0,)
        self.growth = (5, 10, 20, 40, 80, 10_000) if full else (10, 40, 10_000)


def built(faq: Draw, preset: Preset = "cautious") -> PhraseMatcher:
    """The matcher over a draw; its keys are the numbers of the entries."""
    phrasings: dict[str, list[str]] = {}
    for number, text in faq.phrasings:
        phrasings.setdefault(str(number), []).append(text)
    return PhraseMatcher(phrasings, gates=PRESETS[preset])


def mixed(questions: Questions, most: int, seed: int) -> list[tuple[int, str]]:
    """Some of them, in an order that does not follow the entries."""
    some = list(questions)
    random.Random(seed).shuffle(some)
    return some[:most]


def part_of(faq: Draw, size: int, each: int, seed: int) -> tuple[Draw, list[tuple[int, str]]]:
    """A FAQ of ``size`` of its entries with ``each`` phrasings, and the questions of the others."""
    kept = sorted(random.Random(seed).sample(range(len(faq.entries)), size))
    number = {entry: i for i, entry in enumerate(kept)}
    taken: dict[int, int] = {}
    phrasings = []
    for entry, text in faq.phrasings:
        taken[entry] = taken.get(entry, 0) + 1
        if entry in number and taken[entry] <= each:
            phrasings.append((number[entry], text))
    small = Draw(
        name=faq.name, entries=tuple(faq.entries[e] for e in kept), phrasings=tuple(phrasings),
        rest=(), test=tuple((number[e], t) for e, t in faq.test if e in number),
        foreign=faq.foreign,
    )  # fmt: skip
    return small, [row for row in faq.test if row[0] not in number]


def percent(hits: Sequence[bool]) -> float:
    """How many of them."""
    return 100 * sum(hits) / max(1, len(hits))


def offered(match: Match, right: int) -> bool:
    """Whether the entry is answered, or suggested."""
    answers = {match.entry, *(part.entry for part in match.parts)}
    if match.decision == "answer":
        return str(right) in answers
    return str(right) in {candidate.entry for candidate in match.alternatives}


def first(match: Match) -> str | None:
    """The entry that is answered or suggested first."""
    return match.entry or next((candidate.entry for candidate in match.alternatives), None)


def sources(size: Size) -> Iterator[tuple[Draw, int]]:
    """The FAQs of ten phrasings an entry that questions are spoilt for."""
    for seed in size.seeds:
        for name in SETS:
            yield drawn(name, 10, seed), seed
        yield draw(SHARED / "data" / "intents" / "minds14_ru.jsonl.gz", 8, seed), seed


def language(faq: Draw) -> str:
    """The language of a set."""
    return faq.name[-2:]


def spaces(size: Size) -> Row:
    """A space lost, all spaces lost: the right answer or suggestion, as a share of the clean."""
    found: dict[str, list[bool]] = {"clean": [], "one": [], "all": []}
    for faq, seed in sources(size):
        matcher, chance = built(faq), random.Random(seed)
        for right, text in mixed(faq.test, size.asked // 5, seed):
            parts = text.split()
            if len(parts) < 2:
                continue
            at = chance.randrange(1, len(parts))
            one = " ".join([*parts[: at - 1], parts[at - 1] + parts[at], *parts[at + 1 :]])
            for way, spoilt in (("clean", text), ("one", one), ("all", "".join(parts))):
                found[way].append(offered(matcher.match(spoilt), right))
    clean = percent(found["clean"])
    return {
        "one space lost, % of clean": 100 * percent(found["one"]) / clean,
        "all spaces lost, % of clean": 100 * percent(found["all"]) / clean,
    }


def numbers(size: Size) -> Row:
    """Numbers added to spoken questions: how many are answered, by the preset normal."""
    found: dict[str, list[bool]] = {"clean": [], **{name: [] for name in ADDED}}
    for seed in size.seeds:
        faq = draw(SHARED / "data" / "intents" / "minds14_ru.jsonl.gz", 8, seed)
        matcher = built(faq, "normal")
        for right, text in mixed(faq.test, size.asked, seed):
            for way, hits in found.items():
                hits.append(matcher.match(text + ADDED.get(way, "")).entry == str(right))
    return {f"answered, {way}": percent(hits) for way, hits in found.items()}


def story(size: Size) -> Row:
    """A story around the question: how often nothing is said, with and without full stops."""
    stops, none = [], []
    for faq, seed in sources(size):
        matcher, spoken = built(faq), language(faq)
        for _, text in mixed(faq.test, size.asked // 5, seed):
            question = text.rstrip(".?! ")
            parts = (BEFORE[spoken], question, AFTER[spoken])
            stops.append(matcher.match(". ".join(parts)).decision == "none")
            none.append(matcher.match(" ".join(" ".join(parts).split())).decision == "none")
    return {"silent with full stops": percent(stops), "silent without": percent(none)}


def forms(size: Size) -> Row:
    """Pairs of forms of one noun, each a FAQ's word and the client's: how many pairs are apart."""
    apart = 0
    for number, (base, form) in enumerate(PAIRS):
        others = [PAIRS[(number + step) % len(PAIRS)][0] for step in (7, 19, 31, 43)]
        faq = {"right": [p.format(base) for p in ABOUT]} | {
            other: [p.format(other) for p in ABOUT] for other in others
        }
        matcher = PhraseMatcher(faq, gates=PRESETS["normal"])
        for pattern in FORMS:
            one, two = matcher.match(pattern.format(base)), matcher.match(pattern.format(form))
            if first(one) != first(two):
                apart += 1
                break
    return {f"pairs apart, of {len(PAIRS)}": apart}


def brands(size: Size) -> Row:
    """A FAQ of brands in Latin letters, asked by ear, and the other way round."""
    rows: Row = {}
    for way, (written, heard) in {
        "Latin in the FAQ": (0, 1),
        "Cyrillic in the FAQ": (1, 0),
    }.items():
        names = [tuple(part.replace("_", " ") for part in pair) for pair in BRANDS]
        hits = []
        for number in range(len(names)):
            some = [names[(number + step) % len(names)] for step in (0, 5, 11, 17, 23, 29)]
            faq = {
                pair[written]: [ASKED[(i + k) % len(ASKED)].format(pair[written]) for k in (0, 2)]
                for i, pair in enumerate(some)
            }
            matcher = PhraseMatcher(faq | {"pay": ["как оплатить заказ", "способы оплаты"]})
            match = matcher.match(BY_EAR[number % len(BY_EAR)].format(names[number][heard]))
            hits.append(first(match) == names[number][written])
        rows[f"brands by ear, {way}"] = percent(hits)
    return rows


def small(size: Size) -> Row:
    """Small FAQs, cautious: silent for their own questions, suggested or answered to outsiders."""
    silent, right, wrong, outside, answered = [], [], [], [], []
    for seed in size.seeds:
        for number, name in enumerate(SETS):
            whole = drawn(name, 10, seed)
            for entries in (20, 40, 60):
                each = 3 + (number + entries // 20 + seed) % 4
                faq, near = part_of(whole, entries, each, seed)
                matcher = built(faq)
                for entry, text in mixed(faq.test, size.asked // 4, seed):
                    match = matcher.match(text)
                    silent.append(match.decision == "none")
                    right.append(offered(match, entry))
                    wrong.append(match.decision == "answer" and match.entry != str(entry))
                for _, text in mixed(near, size.asked // 8, seed):
                    match = matcher.match(text)
                    outside.append(match.decision != "none")
                    answered.append(match.decision == "answer")
    return {
        "small FAQ: silent": percent(silent), "small FAQ: right": percent(right),
        "small FAQ: wrong answers": percent(wrong),
        "small FAQ: outsiders offered something": percent(outside),
        "small FAQ: outsiders answered": percent(answered),
    }  # fmt: skip


def single(size: Size) -> Row:
    """One content word of a phrasing, shared by two or more entries: an entry that has it."""
    hits = []
    for seed in size.seeds:
        for name in SETS:
            faq, _ = part_of(drawn(name, 10, seed), 20, 5, seed)
            owners: dict[str, set[int]] = {}
            for entry, text in faq.phrasings:
                for word in set(words(text.lower())) - FUNCTION:
                    if len(word) > 3 and word.isalpha():
                        owners.setdefault(word, set()).add(entry)
            shared = sorted(word for word, own in owners.items() if 2 <= len(own) <= 5)
            matcher = built(faq)
            for word in random.Random(seed).sample(shared, min(len(shared), size.asked // 4)):
                match = matcher.match(word)
                known = {str(entry) for entry in owners[word]}
                hits.append(bool(known & {c.entry for c in match.alternatives}))
    return {"one content word: suggested": percent(hits)}


def function_words(size: Size) -> Row:
    """Only function words known: how often that is answered, preset normal."""
    answered = []
    for seed in size.seeds:
        for name in SETS:
            faq, _ = part_of(drawn(name, 10, seed), 40, 5, seed)
            matcher = built(faq, "normal")
            answered += [
                matcher.match(pattern.format(word)).decision == "answer"
                for pattern in FOREIGN[language(faq)]
                for word in STRANGE[language(faq)]
            ]
    return {"only function words known: answered": percent(answered)}


def removed(size: Size) -> Row:
    """A quarter of the entries removed and asked anyway: answered."""
    rows: Row = {}
    presets: tuple[Preset, ...] = ("normal", "cautious")
    for name in SETS:
        for preset in presets:
            answered = []
            for seed in size.seeds:
                whole = drawn(name, 10, seed)
                faq, near = part_of(whole, len(whole.entries) * 3 // 4, 10, seed)
                matcher = built(faq, preset)
                for _, text in mixed(near, size.asked, seed):
                    answered.append(matcher.match(text).decision == "answer")
            rows[f"removed quarter, {preset}, {name}"] = percent(answered)
    return rows


def bare_numbers(_: Size) -> Row:
    """A number in common with a phrasing and nothing else."""
    faq = {str(n): [f"Вопрос {n}", f"раздел {n}"] for n in range(1, 9)}
    matcher = PhraseMatcher({**faq, "tariff": ["какой тариф"]}, gates=PRESETS["normal"])
    texts = ("дом 3", "квартира 5", "3", "улица мира 4", "4 шт", "мой тариф 3")
    return {
        "bare number decides": percent(
            [matcher.match(t).decision == "answer" and matcher.match(t).entry != "tariff"
             for t in texts]
        )
    }  # fmt: skip


def whole(size: Size) -> Row:
    """Top-1, answered and foreign questions rejected, ten phrasings an entry."""
    rows: Row = {}
    for name in SETS:
        figures = []
        for seed in size.seeds:
            faq = drawn(name, 10, seed)
            own, foreign = mixed(faq.test, 3 * size.asked, seed), list(faq.foreign[: size.asked])
            figures.append(measure(asked(built(faq)), own, foreign))
        for what in ("top1", "answered", "precision", "oos_rejected_at_95"):
            rows[f"{name} {what}"] = statistics.fmean(getattr(one, what) for one in figures)
    return rows


def asked(matcher: PhraseMatcher) -> Callable[[str], Any]:
    """The matcher as ``faq.protocol.Ask``."""
    from faq.protocol import Ranked  # noqa: PLC0415

    def ask(text: str) -> Ranked:
        found = matcher.ranked(text)
        order = tuple(int(name) for name in found.keys[:3])
        return Ranked(order=order, score=found.scope, answered=found.match.decision == "answer")

    return ask


def growth(size: Size) -> Row:
    """More phrasings an entry: top-1, answered, milliseconds, seconds to build."""
    rows: Row = {}
    for name in ("banking77_en", "banking77_ru"):
        for each in size.growth:
            faq = drawn(name, each, 0)
            begun = time.process_time()
            matcher = built(faq)
            seconds = time.process_time() - begun
            got = measure(asked(matcher), mixed(faq.test, 3 * size.asked, 0), ())
            title = f"{name} x {each}" if each < 10_000 else f"{name} all"
            rows |= {f"{title} top1": got.top1, f"{title} answered": got.answered,
                     f"{title} p95 ms": got.ms_p95, f"{title} build s": seconds}  # fmt: skip
    return rows


def example(size: Size) -> Row:
    """Processor time of a question to the example FAQ."""
    faq = load(EXAMPLE)
    texts = [text for e in faq.entries.values() for own in e.tests.values() for text in own]
    texts += [text for _, text in mixed(drawn("banking77_ru", 10, 0).test, size.asked, 0)]
    best = []
    for _ in range(3):
        begun = time.process_time()
        for text in texts:
            faq.match(text)
        best.append(time.process_time() - begun)
    return {"example FAQ, ms a question": 1_000 * min(best) / len(texts)}


ROWS: Final[Mapping[str, Callable[[Size], Row]]] = {
    function.__name__: function
    for function in (spaces, numbers, story, forms, brands, small, single, function_words, removed,
                     bare_numbers, whole, growth, example)
}  # fmt: skip


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true")
    options.add_argument("--build", type=Path, help="a checkout to compare with")
    options.add_argument("--rows", default="", help="only these, separated by commas")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    names = chosen.rows.split(",") if chosen.rows else list(ROWS)
    older: Row = {}
    if chosen.build:
        flags = ["--full"] if chosen.full else []
        command = [sys.executable, "-m", "benchmarks.hurried", "--rows", ",".join(names), *flags]
        out = chosen.build / "hurried.json"
        environment = os.environ | {BUILD: str(chosen.build.resolve())}
        subprocess.run(
            [*command, "--json", str(out)], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        older = json.loads(out.read_text(encoding="utf-8"))
    found: Row = {}
    print("| figure | now |" + (" then |" if older else ""))
    print("|---|---|" + ("---|" if older else ""))
    for name in names:
        for title, value in ROWS[name](Size(full=chosen.full)).items():
            found[title] = value
            then = f" {older[title]:.1f} |" if title in older else ""
            print(f"| {title} | {value:.1f} |{then}", flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
