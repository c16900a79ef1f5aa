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
    usual: Mapping[str, float]
    """What ``tight`` and ``crowd`` of a key are where its phrasings cannot tell."""
    confidence: Mapping[str, float]
    """Log-odds that the best key is right, by ``scope``, its log-odds among all (``odds``) and
    the logarithm of the number of keys (``keys``)."""
    confidence_base: float


CORE: Final = Weights(
    mix={"letters": 1.0, "stems": 0.5, "senses": 0.5},
    rank={
        "letters_best": 0.5, "letters_centre": -0.12, "stems_best": -0.09, "stems_centre": 0.09,
        "senses_best": 1.37, "senses_centre": 1.81, "learned": 2.21,
    },
    rank_unlearned={
        "letters_best": 4.38, "letters_centre": 7.18, "stems_best": 2.28, "stems_centre": 5.84,
        "senses_best": 3.43, "senses_centre": 5.57,
    },
    scope={
        "letters_best": 4.36, "letters_centre": 4.47, "stems_best": 0.93, "stems_centre": 3.09,
        "senses_best": -0.19, "senses_centre": 0.72, "known": -0.52, "known_words": 0.2,
        "tight": -2.63, "crowd": -4.13,
    },
    scope_base=-1.37,
    usual={"tight": 0.54, "crowd": 0.45},
    confidence={"scope": 0.45, "odds": 0.55, "keys": -0.55},
    confidence_base=0.85,
)  # fmt: skip
SEMANTIC: Final = Weights(
    mix={"letters": 0.25, "stems": 0.125, "senses": 0.125, "encoder": 0.375},
    rank={
        "letters_best": 0.28, "letters_centre": -0.39, "stems_best": 0.06, "stems_centre": -0.4,
        "senses_best": 0.47, "senses_centre": 0.27, "encoder_best": 2.43,
        "encoder_centre": 1.63, "learned": 2.24,
    },
    rank_unlearned={
        "letters_best": 2.39, "letters_centre": 3.49, "stems_best": 1.46, "stems_centre": 2.79,
        "senses_best": 1.55, "senses_centre": 2.3, "encoder_best": 5.73, "encoder_centre": 7.49,
    },
    scope={
        "letters_best": 3.19, "letters_centre": 2.11, "stems_best": 0.87, "stems_centre": 0.43,
        "senses_best": 0.16, "senses_centre": -0.27, "encoder_best": 3.71,
        "encoder_centre": 5.14, "known": -0.65, "known_words": 0.08, "tight": -4.17,
        "crowd": -5.64,
    },
    scope_base=-1.81,
    usual={"tight": 0.59, "crowd": 0.46},
    confidence={"scope": 0.57, "odds": 0.49, "keys": -0.39},
    confidence_base=0.33,
)  # fmt: skip
