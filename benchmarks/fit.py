"""Fits the constants of ``faq/weights.py`` on training questions; prints them.

    python -m benchmarks.fit [--encoder]      (some minutes on one core)

Never sees a test row: FAQs of several sizes are drawn from train with seeds that the benchmark does
not use, the questions are what is left of train. Near foreign questions are those of entries left
out of the FAQ; far ones come from the other data set.

*Rank*: a conditional logit over the parts of every key, so that a softmax over the rank is a
probability. *Scope*: a logistic regression on the parts of the best key. *Confidence*: a logistic
regression on scope and the log-odds of the best key, for "the best key is the right one".
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.sets import SETS, drawn
from faq.index import Encoder, PhraseIndex, tokens_of
from faq.semantic import UniversalEncoder

# Name, seed, phrasings of each entry, and how many entries (0: all; -1: three of four).
DRAWS: Final = (
    ("full", 11, 10, 0), ("gone", 12, 10, -1),
    ("small", 13, 5, 20), ("small", 14, 5, 20), ("small", 15, 5, 20), ("small", 16, 5, 20),
    ("medium", 17, 8, 40),
)  # fmt: skip
OWN: Final = 300
NEAR: Final = 150
FAR: Final = 100
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question that was asked."""

    draw: str
    right: int
    """The number of its entry; -1 for a near, -2 for a far foreign question."""
    best: int
    parts: Floats
    """All parts of all keys: ``(keys, parts)``."""
    known: tuple[float, float]


def collect(encoder: Encoder | None) -> tuple[list[str], list[Row]]:
    """Ask everything; the names of the parts and the rows."""
    chance = random.Random(5)
    rows: list[Row] = []
    names: list[str] = []
    for name in SETS:
        other = drawn(SETS[SETS.index(name) ^ 1], 10, 11)
        for kind, seed, k, size in DRAWS:
            faq = drawn(name, k, seed)
            kept = set(range(len(faq.entries)))
            if size < 0:
                kept -= set(range(seed % 4, len(faq.entries), 4))
            elif size:
                kept = set(chance.sample(sorted(kept), size))
            number = {entry: i for i, entry in enumerate(sorted(kept))}
            index = PhraseIndex(
                [(number[e], tokens_of(text), text) for e, text in faq.phrasings if e in kept],
                len(kept),
                encoder=encoder,
            )
            far = other.rest[:FAR] if size or name.startswith("banking") else ()
            questions = [
                *[(number[e], text) for e, text in faq.rest if e in kept][:OWN],
                *[(-1, text) for e, text in faq.rest if e not in kept][:NEAR],
                *((-2, text) for _, text in far),
            ]
            for right, text in questions:
                scores = index.score(tokens_of(text), text)
                names = list(scores.parts)
                words = index.stems.question(tokens_of(text)).known
                rows.append(
                    Row(
                        draw=kind, right=right, best=int(scores.rank.argmax()),
                        parts=np.stack([scores.parts[n] for n in names], 1).astype(float),
                        known=(scores.known, words),
                    )
                )  # fmt: skip
            print(name, kind, file=sys.stderr, flush=True)
    return names, rows


def fit_rank(tables: Sequence[tuple[Floats, int]], names: Sequence[str]) -> dict[str, float]:
    """Weights under which the softmax gives the right keys the highest likelihood (Adam)."""
    weights = np.full(len(names), 2.0)
    moment, spread = np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, 301):
        slope = 1e-3 * weights
        for table, right in tables:
            scores = table @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            slope = slope + (chances @ table - table[right]) / len(tables)
        moment = 0.9 * moment + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope * slope
        pace = 0.3 if step < 200 else 0.05
        weights = weights - pace * (moment / (1 - 0.9**step)) / (
            np.sqrt(spread / (1 - 0.99**step)) + 1e-9
        )
    return dict(zip(names, weights.round(2).tolist(), strict=True))


def main() -> None:
    """Draw, ask, fit, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--encoder", action="store_true")
    names, rows = collect(UniversalEncoder() if options.parse_args().encoder else None)

    own = [row for row in rows if row.right >= 0 and row.draw != "gone"]
    rank = fit_rank([(row.parts, row.right) for row in own], names)
    print("rank", rank)
    plain = [name for name in names if name != "learned"]
    places = [names.index(name) for name in plain]
    unlearned = fit_rank([(row.parts[:, places], row.right) for row in own], plain)
    print("rank_unlearned", unlearned)

    weights = np.array([rank[name] for name in names])
    best: list[int] = []
    odds: list[float] = []
    for row in rows:
        scores = row.parts @ weights
        first = int(scores.argmax())
        rest = np.exp(np.delete(scores, first) - scores[first]).sum()
        best.append(first)
        odds.append(float(np.clip(-np.log(rest + 1e-6), -5, 12)))
    features = np.array(
        [[*row.parts[b, places], *row.known] for row, b in zip(rows, best, strict=True)]
    )
    inside = np.array([row.right >= 0 for row in rows])
    scope = LogisticRegression(C=3.0, class_weight="balanced", max_iter=3_000).fit(features, inside)
    names_scope = [*plain, "known", "known_words"]
    print("scope", dict(zip(names_scope, scope.coef_[0].round(2).tolist(), strict=True)))
    print("scope_base", scope.intercept_.round(2).tolist())

    both = np.stack([scope.decision_function(features), odds], 1)
    right = np.array([row.right == b for row, b in zip(rows, best, strict=True)])
    counted = np.array([row.draw != "full" for row in rows])
    sure = LogisticRegression(C=3.0, max_iter=3_000).fit(both[counted], right[counted])
    print("confidence", sure.coef_[0].round(2).tolist(), sure.intercept_.round(2).tolist())

    # The gates are read off this table: small FAQs, on the questions the fit has seen.
    chance = sure.predict_proba(both)[:, 1]
    small = np.array([row.draw == "small" for row in rows])
    near, far = (np.array([row.right == kind for row in rows]) for kind in (-1, -2))
    print("scope gate: own questions passing, near and far foreign ones passing")
    share = 1 / (1 + np.exp(-both[:, 0]))
    for gate in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        passed = [100 * (share[small & who] >= gate).mean() for who in (inside, near, far)]
        print(f"  {gate:.2f}", *(f"{value:.0f}" for value in passed))
    print("answer gate: answered, precision, near and far foreign ones answered")
    for gate in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        yes = small & (chance >= gate)
        print(
            f"  {gate:.2f} {100 * (yes & inside).sum() / (small & inside).sum():.0f}"
            f" {100 * right[yes & inside].mean():.1f}"
            f" {100 * (yes & near).sum() / (small & near).sum():.1f}"
            f" {100 * (yes & far).sum() / (small & far).sum():.1f}"
        )


if __name__ == "__main__":
    main()
