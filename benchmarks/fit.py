"""Fits the constants of ``faq/weights.py`` on training questions; prints them.

    python -m benchmarks.fit [--encoder]      (about three minutes, with the encoder six)

Never sees a test row: FAQs of several sizes are drawn from train with seeds that the benchmark does
not use, the questions are what is left of train. Near foreign questions are those of entries left
out of the FAQ; far ones come from the other data set.

*Rank*: a conditional logit over the parts of every key, so that a softmax over the rank is a
probability. *Scope*: a logistic regression on the parts of the best key, for "about something
here". *Confidence*: a logistic regression on scope, the log-odds of the best key and the number of
keys, for "the best key is the right one", with entries left out as they are in life.
"""

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.faq import Batched
from benchmarks.sets import SETS, drawn
from faq.index import Encoder, PhraseIndex, tokens_of
from faq.semantic import UniversalEncoder

# Name, seed, phrasings of each entry, and how many entries (0: all; -1: three of four).
DRAWS: Final = (
    ("full", 11, 10, 0), ("gone", 12, 10, -1), ("gone", 18, 10, -1), ("gone", 19, 10, -1),
    ("small", 13, 5, 20), ("small", 14, 5, 20), ("small", 15, 5, 20), ("small", 16, 5, 20),
    ("small", 20, 5, 20), ("small", 21, 5, 20), ("medium", 17, 8, 40), ("medium", 22, 8, 40),
)  # fmt: skip
OWN: Final = 450
NEAR: Final = 150
FAR: Final = 150
PENALTY: Final = 1e-3
Floats = NDArray[np.float64]
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question that was asked."""

    draw: tuple[str, str, int]
    """The set, the kind of draw, the seed."""
    right: int
    """The number of its entry; -1 for a near, -2 for a far foreign question."""
    parts: Table
    """All parts of all keys: ``(keys, parts)``."""
    known: tuple[float, float]
    neighbours: Mapping[str, Table]


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
            # All of clinc's entries and banking's questions overlap: these are not foreign.
            far = other.rest[:FAR] if size or name.startswith("banking") else ()
            questions = [
                *[(number[e], text) for e, text in faq.rest if e in kept][:OWN],
                *[(-1, text) for e, text in faq.rest if e not in kept][:NEAR],
                *((-2, text) for _, text in far),
            ]
            if encoder is not None:
                encoder.encode([text.lower() for _, text in questions])
            for right, text in questions:
                scores = index.score(tokens_of(text), index.meant([text])[0])
                names = list(scores.parts)
                words = index.stems.question(tokens_of(text)).known
                rows.append(
                    Row(
                        draw=(name, kind, seed), right=right,
                        parts=np.stack([scores.parts[n] for n in names], 1),
                        known=(scores.known, words), neighbours=index.neighbours,
                    )
                )  # fmt: skip
            print(name, kind, file=sys.stderr, flush=True)
    return names, rows


def fit_rank(rows: Sequence[Row], columns: Sequence[int]) -> Floats:
    """Weights under which the softmax gives the right keys the highest likelihood."""
    draws: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        draws.setdefault(row.draw, []).append(row)
    tables = [
        (np.stack([row.parts[:, columns] for row in own]), np.array([row.right for row in own]))
        for own in draws.values()
    ]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros(len(weights))
        for parts, right in tables:
            scores = parts @ weights.astype(np.float32)
            scores -= scores.max(1, keepdims=True)
            chances = np.exp(scores)
            sums = chances.sum(1, keepdims=True)
            each = np.arange(len(right))
            total += float((np.log(sums[:, 0]) - scores[each, right]).sum())
            slope += np.einsum("qk,qkp->p", chances / sums, parts, optimize=True)
            slope -= parts[each, right].sum(0)
        number = len(rows)
        return (
            total / number + PENALTY / 2 * float(weights @ weights),
            slope / number + PENALTY * weights,
        )

    found = minimize(loss, np.ones(len(columns)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x)


def named(names: Sequence[str], values: Floats) -> dict[str, float]:
    """Weights as they stand in ``faq/weights.py``."""
    return dict(zip(names, np.asarray(values).round(2).tolist(), strict=True))


def logistic(features: Floats, outcome: NDArray[np.bool_], *, balanced: bool) -> LogisticRegression:
    """The regression of scope and of confidence."""
    weight = "balanced" if balanced else None
    return LogisticRegression(C=3.0, class_weight=weight, max_iter=3_000).fit(features, outcome)


def main() -> None:
    """Draw, ask, fit, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--encoder", action="store_true")
    encoder = Batched(UniversalEncoder()) if options.parse_args().encoder else None
    names, rows = collect(encoder)

    own = [row for row in rows if row.right >= 0 and row.draw[1] != "gone"]
    weights = fit_rank(own, range(len(names)))
    print("rank", named(names, weights))
    plain = [name for name in names if name != "learned"]
    places = [names.index(name) for name in plain]
    print("rank_unlearned", named(plain, fit_rank(own, places)))

    features, best, odds = [], [], []
    for row in rows:
        scores = row.parts @ weights
        first = int(scores.argmax())
        rest = np.exp(np.delete(scores, first) - scores[first]).sum()
        best.append(first)
        odds.append(float(np.clip(-np.log(rest + 1e-6), -5, 12)))
        near = [float(row.neighbours[name][first]) for name in ("tight", "crowd")]
        features.append([*row.parts[first, places].tolist(), *row.known, *near])
    table = np.array(features)
    inside = np.array([row.right >= 0 for row in rows])
    scope = logistic(table, inside, balanced=True)
    print("scope", named([*plain, "known", "known_words", "tight", "crowd"], scope.coef_[0]))
    print("scope_base", scope.intercept_.round(2).tolist())
    print("usual", named(["tight", "crowd"], table[:, -2:].mean(0)))

    size = np.log([len(row.parts) for row in rows])
    three = np.stack([scope.decision_function(table), odds, size], 1)
    right = np.array([row.right == b for row, b in zip(rows, best, strict=True)])
    kind = np.array([row.draw[1] for row in rows])
    sure = logistic(three[kind != "full"], right[kind != "full"], balanced=False)
    print("confidence", named(["scope", "odds", "keys"], sure.coef_[0]))
    print("confidence_base", sure.intercept_.round(2).tolist())

    share = 1 / (1 + np.exp(-three[:, 0]))
    chance = sure.predict_proba(three)[:, 1]
    print_gates(np.array([row.right for row in rows]), kind, right, share, chance)


def print_gates(
    asked: NDArray[np.int_],
    kind: NDArray[np.str_],
    right: NDArray[np.bool_],
    share: Floats,
    chance: Floats,
) -> None:
    """The gates are read off these tables: the questions are those of the fit."""
    for name in ("small", "medium", "gone"):
        own, near, far = ((kind == name) & who for who in (asked >= 0, asked == -1, asked == -2))
        print(f"{name}: scope gate, own questions passing, near and far foreign ones passing")
        for gate in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
            print(f"  {gate:.2f}", *(f"{100 * (share[who] >= gate).mean():.0f}"
                                     for who in (own, near, far)))  # fmt: skip
        print(f"{name}: answer gate, answered, precision, near and far foreign ones answered")
        for gate in (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
            yes = chance >= gate
            print(
                f"  {gate:.2f} {100 * yes[own].mean():.0f} {100 * right[own & yes].mean():.1f}"
                f" {100 * yes[near].mean():.1f} {100 * yes[far].mean():.1f}"
            )


if __name__ == "__main__":
    main()
