"""What tells the entries of one FAQ apart: logistic regression on likenesses, learned at load.

A phrasing that several entries could claim counts less than one that only its own entry uses; the
weights are found so that each phrasing is given to its owner. Kernel form: what is learned is one
number for each pair of phrasing and key, so that asking costs one product with the likenesses that
the index has computed anyway. See docs/decisions/0101.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STRENGTH: Final = 20.0
"""The inverse of the penalty on large weights."""
CURVATURE: Final = 0.1
"""The share of the softmax's steepest curvature that a step reckons with."""
STEPS: Final = 16
SMALL: Final = 192
"""A table of so many rows is inverted at one go."""


def learn(kernel: Floats, owner: "NDArray[np.intp]", keys: int) -> Floats:
    """Weights of each phrasing for each key, shape ``(len(owner), keys)``.

    Args:
        kernel: likeness of every phrasing to every other, symmetric, positive semidefinite.
        owner: the key of each phrasing.

    Accelerated Newton-like steps with one fixed, inverted curvature matrix.
    """
    number = len(owner)
    penalty = np.float32(1 / STRENGTH)
    truth = np.zeros((number, keys), np.float32)
    truth[np.arange(number), owner] = 1
    step = kernel * np.float32(CURVATURE)
    step.flat[:: number + 1] += penalty
    step = _inverse(step)
    weights = np.zeros((number, keys), np.float32)
    ahead, pace = weights, 1.0
    for _ in range(STEPS):
        scores = kernel @ ahead
        scores -= scores.max(1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(1, keepdims=True)
        following = ahead + step @ (truth - chances - penalty * ahead)
        next_pace = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = following + np.float32((pace - 1) / next_pace) * (following - weights)
        weights, pace = following, next_pace
    return weights


def _inverse(table: Floats) -> Floats:
    """The inverse of a symmetric, positive definite table, by halves.

    Nearly all of it is products of matrices: several times as fast as ``np.linalg.inv``.
    """
    number = len(table)
    if number <= SMALL:
        return np.linalg.inv(table)
    half = number // 2
    first, across, last = table[:half, :half], table[:half, half:], table[half:, half:]
    first = _inverse(first)
    carried = first @ across
    rest = last - across.T @ carried
    last = _inverse((rest + rest.T) * np.float32(0.5))  # rounding must not add up to an asymmetry
    corner = carried @ last
    result = np.empty_like(table)
    result[:half, :half] = first + corner @ carried.T
    result[:half, half:] = -corner
    result[half:, :half] = -corner.T
    result[half:, half:] = last
    return result
