"""How far a mean over questions may be from its true value, and whether two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 10_000
Statistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]

_BLOCK = 1_000  # rounds drawn at once: a thousand questions a round are 8 MB


def interval(values: Sequence[float], *, share: float = 0.95) -> tuple[float, float]:
    """Return the ends between which the mean lies with that probability, by bootstrap."""
    if not values:
        return 0.0, 0.0
    found = np.asarray(values)
    return spread(len(found), lambda drawn: found[drawn].mean(axis=1), share=share)


def spread(
    count: int, statistic: Statistic, *, share: float = 0.95, rounds: int = _ROUNDS
) -> tuple[float, float]:
    """Return the ends between which ``statistic`` lies with that probability, by bootstrap.

    Args:
        count: how many questions there are, at least one.
        statistic: of the questions drawn, of shape [rounds, count]; gives one value a round.
        share: the probability.
        rounds: how often as many questions are drawn, with replacement.
    """
    rng = np.random.default_rng(0)
    blocks = [
        statistic(rng.integers(count, size=(min(_BLOCK, rounds), count)))
        for _ in range(-(-rounds // _BLOCK))
    ]
    ends = np.quantile(np.concatenate(blocks), [(1 - share) / 2, (1 + share) / 2])
    return float(ends[0]), float(ends[1])


def at_an_end(value: float, count: int, *, share: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share that is 0 or 1 in all of ``count`` questions.

    Resampling what is all alike says that nothing else is possible; of a few questions that is
    wrong. Clopper and Pearson's bound, which for 0.95 is near the rule of three: 1 - 3 / count.
    """
    bound = float(((1 - share) / 2) ** (1 / count))
    return (bound, 1.0) if value else (0.0, 1 - bound)


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
