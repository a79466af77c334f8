"""How far a mean over questions may be from its true value, and whether two differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 10_000
_BLOCK = 1_000  # rounds drawn at once: a thousand questions a round are 8 MB


def interval(values: Sequence[float], *, share: float = 0.95) -> tuple[float, float]:
    """Return the ends between which the mean lies with that probability, by bootstrap."""
    if not values:
        return 0.0, 0.0
    means = _means(np.asarray(values))
    low, high = np.quantile(means, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def better(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how likely a mean at least so much better is by chance: a paired test.

    Each question's difference changes its sign at random, as it would if neither were better.

    Raises:
        ValueError: when the questions are not the same.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    rng = np.random.default_rng(0)
    seen, reached = differences.mean(), 0
    for _ in range(_ROUNDS // _BLOCK):
        signs = rng.choice((-1.0, 1.0), size=(_BLOCK, len(differences)))
        reached += int(np.count_nonzero((signs * differences).mean(axis=1) >= seen))
    return (reached + 1) / (_ROUNDS + 1)


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    blocks = [
        values[rng.integers(len(values), size=(_BLOCK, len(values)))].mean(axis=1)
        for _ in range(_ROUNDS // _BLOCK)
    ]
    return np.concatenate(blocks)
