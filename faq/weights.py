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


CORE: Final = Weights(
    mix={"letters": 1.0, "stems": 0.5, "senses": 0.5},
    rank={
        "letters_best": 1.01, "letters_centre": -0.77, "stems_best": -1.17, "stems_centre": 0.33,
        "senses_best": 3.14, "senses_centre": 3.51, "learned": 1.77,
    },
    rank_unlearned={
        "letters_best": 4.12, "letters_centre": 8.93, "stems_best": 0.57, "stems_centre": 6.45,
        "senses_best": 4.67, "senses_centre": 9.48,
    },
    scope={
        "letters_best": 0.46, "letters_centre": -0.13, "stems_best": -0.09, "stems_centre": 1.54,
        "senses_best": 1.11, "senses_centre": 2.07, "learned": 0.68, "known": 1.45,
        "known_words": -0.19,
    },
    scope_base=-6.74,
)  # fmt: skip
SEMANTIC: Final = Weights(
    mix={"letters": 1.0, "stems": 0.5, "senses": 0.3, "encoder": 1.0},
    rank={**CORE.rank, "encoder_best": 4.0, "encoder_centre": 6.0},
    rank_unlearned={**CORE.rank_unlearned, "encoder_best": 5.0, "encoder_centre": 12.0},
    scope={**CORE.scope, "encoder_best": 4.0, "encoder_centre": 6.0},
    scope_base=-14.0,
)
