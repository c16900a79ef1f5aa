"""Fits the constants of ``faq/weights.py`` on training questions; prints them.

    python -m benchmarks.fit [--encoder]

Never sees a test row: FAQs are drawn from train with seeds that the benchmark does not use, the
questions are what is left of train. *Rank*: a conditional logit over the parts of every key, so
that a softmax over the rank is a probability. *Scope*: a logistic regression on the parts of the
best key; foreign questions are those of entries left out of the FAQ, and of the other set.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.protocol import SETS, Draw, draw
from faq.index import Encoder, PhraseIndex, Scores, tokens_of
from faq.semantic import UniversalEncoder

SEEDS: Final = (11, 12)
QUESTIONS: Final = 350
Floats = NDArray[np.float64]


def index_of(
    drawn: Draw, encoder: Encoder | None, without: frozenset[int] = frozenset()
) -> PhraseIndex:
    """The index of a drawn FAQ, some entries left out."""
    return PhraseIndex(
        [(n, tokens_of(text), text) for n, text in drawn.phrasings if n not in without],
        len(drawn.entries),
        encoder=encoder,
    )


def ask(index: PhraseIndex, text: str) -> Scores:
    """Score a text as typed."""
    return index.score(tokens_of(text), text)


def fit_rank(tables: Sequence[tuple[Floats, int]], names: Sequence[str]) -> dict[str, float]:
    """Weights under which the softmax gives the right keys the highest likelihood."""
    weights = np.full(len(names), 2.0)
    moment, spread = np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, 401):
        slope = 1e-4 * weights
        for table, right in tables:
            scores = table @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            slope = slope + (chances @ table - table[right]) / len(tables)
        moment = 0.9 * moment + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope * slope
        pace = 0.3 if step < 300 else 0.05
        weights = weights - pace * (moment / (1 - 0.9**step)) / (
            np.sqrt(spread / (1 - 0.99**step)) + 1e-9
        )
    return dict(zip(names, weights.round(2).tolist(), strict=True))


def fit_scope(
    rows: Floats, inside: NDArray[np.bool_], names: Sequence[str]
) -> tuple[dict[str, float], float]:
    """Log-odds of being about something here; both classes weigh the same."""
    model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=2_000).fit(rows, inside)
    found = dict(zip(names, model.coef_[0].round(2).tolist(), strict=True))
    return found, round(float(model.intercept_[0]), 2)


def main() -> None:
    """Draw, ask, fit, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--encoder", action="store_true")
    encoder: Encoder | None = None
    if options.parse_args().encoder:
        encoder = UniversalEncoder()
    tables: list[tuple[Floats, int]] = []
    rows: list[list[float]] = []
    inside: list[bool] = []
    names: list[str] = []
    for name in SETS:
        other = draw(SETS[SETS.index(name) ^ 1], 10, 11)
        for seed, k in zip(SEEDS, (10, 5), strict=True):
            drawn = draw(name, k, seed)
            index = index_of(drawn, encoder)
            for right, text in drawn.rest[:QUESTIONS]:
                scores = ask(index, text)
                names = list(scores.parts)
                tables.append((np.stack([scores.parts[n] for n in names], 1).astype(float), right))
            gone = frozenset(range(seed % 4, len(drawn.entries), 4))
            part = index_of(drawn, encoder, gone)
            foreign = [t for _, t in other.rest[:100]] if name.startswith("banking") else []
            for right, text in [*drawn.rest[:QUESTIONS], *((-1, t) for t in foreign)]:
                scores = ask(part, text)
                best = int(scores.rank.argmax())
                words = part.stems.question(tokens_of(text))[2]
                rows.append([*(float(scores.parts[n][best]) for n in names), scores.known, words])
                inside.append(right not in gone and right >= 0)
            print(name, k, file=sys.stderr, flush=True)
    print("rank", fit_rank(tables, names))
    plain = [n for n in names if n != "learned"]
    places = [names.index(n) for n in plain]
    print("rank_unlearned", fit_rank([(t[:, places], right) for t, right in tables], plain))
    print("scope", *fit_scope(np.array(rows), np.array(inside), [*names, "known", "known_words"]))


if __name__ == "__main__":
    main()
