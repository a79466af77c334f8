"""Means with the interval a second sample of the same size would fall into."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

SAMPLES = 2000
SEED = 7


def interval(values: Iterable[float | bool], *, digits: int = 3) -> str:
    """Return "mean [low, high]", the 95 % bootstrap interval of the mean; "no cases" for none."""
    found = np.array([float(value) for value in values])
    if not found.size:
        return "no cases"
    chance = np.random.default_rng(SEED)
    drawn = chance.integers(0, found.size, (SAMPLES, found.size))
    low, high = np.percentile(found[drawn].mean(axis=1), [2.5, 97.5])
    return f"{found.mean():.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
