"""Means with the interval a second sample of the same size would fall into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

SAMPLES = 2000
SIGNS = 10_000
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


def paired(ours: Sequence[float], theirs: Sequence[float], *, digits: int = 3) -> str:
    """Return "mean [low, high], p" of the differences, question by question.

    The interval is the 95 % bootstrap interval of the mean; p is the share of random changes of
    their signs whose mean is as far from zero.
    """
    apart = np.array(ours, dtype=float) - np.array(theirs, dtype=float)
    chance = np.random.default_rng(SEED)
    signs = chance.choice([-1.0, 1.0], (SIGNS, apart.size))
    as_far = np.abs((signs * apart).mean(axis=1)) >= abs(apart.mean()) - 1e-12
    p = (int(as_far.sum()) + 1) / (SIGNS + 1)
    return f"{interval(apart, digits=digits)}, p {p:.4f}"
