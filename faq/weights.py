"""Weights of the index, fitted on training questions by ``benchmarks/fit.py``; not to be edited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How the parts of a score add up. Names are those of ``Scores.parts``."""

    mix: Mapping[str, float]
    """What each side counts in the likeness of two texts, for learning and comparing."""
    rank: Mapping[str, float]
    """The order of the keys, when something was learned."""
    rank_unlearned: Mapping[str, float]
    """The order of the keys of an index too big to learn from."""
    scope: Mapping[str, float]
    """Whether a text is about a key at all: log-odds."""
    scope_base: float
    confidence: tuple[float, float, float]
    """Log-odds that the best key is right: times scope, times its log-odds among all, plus."""


CORE: Final = Weights(
    mix={"letters": 1.0, "stems": 0.5, "senses": 0.5},
    rank={
        "letters_best": 0.76, "letters_centre": -0.1, "stems_best": -0.21, "stems_centre": -0.06,
        "senses_best": 1.75, "senses_centre": 2.03, "learned": 2.1,
    },
    rank_unlearned={
        "letters_best": 4.6, "letters_centre": 6.91, "stems_best": 2.03, "stems_centre": 5.38,
        "senses_best": 3.81, "senses_centre": 5.89,
    },
    scope={
        "letters_best": 3.82, "letters_centre": 4.14, "stems_best": 1.01, "stems_centre": 3.27,
        "senses_best": 0.56, "senses_centre": 0.1, "known": -0.1, "known_words": 0.09,
    },
    scope_base=-4.62,
    confidence=(0.28, 0.72, -1.23),
)  # fmt: skip
SEMANTIC: Final = Weights(
    mix={"letters": 1.0, "stems": 0.5, "senses": 0.3, "encoder": 1.0},
    rank={
        "letters_best": 0.04, "letters_centre": -1.22, "stems_best": -0.19, "stems_centre": -1.08,
        "senses_best": 0.74, "senses_centre": 0.63, "encoder_best": 2.79, "encoder_centre": 2.18,
        "learned": 1.83,
    },
    rank_unlearned={
        "letters_best": 2.56, "letters_centre": 3.19, "stems_best": 1.44, "stems_centre": 2.47,
        "senses_best": 1.73, "senses_centre": 2.55, "encoder_best": 5.74, "encoder_centre": 7.23,
    },
    scope={
        "letters_best": 3.59, "letters_centre": 1.04, "stems_best": 1.36, "stems_centre": 0.69,
        "senses_best": 0.99, "senses_centre": -1.13, "encoder_best": 0.8, "encoder_centre": 6.34,
        "known": -0.48, "known_words": -0.1,
    },
    scope_base=-5.7,
    confidence=(0.4, 0.67, -1.32),
)  # fmt: skip
