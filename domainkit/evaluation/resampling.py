"""How far a mean over questions may be from its true value, and whether two differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

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


def alike(value: float, count: int, *, share: float = 0.95) -> tuple[float, float]:
    """Return the interval of a mean in [0, 1] of ``count`` questions that all have ``value``.

    Resampling what is all alike says that nothing else is possible; of a few questions that is
    wrong. At 0 and at 1 these are the exact ends of Clopper and Pearson, which for 0.95 are near
    the rule of three, 1 - 3 / count; between them the same room is left on both sides.
    """
    bound = float(((1 - share) / 2) ** (1 / count))
    return value * bound, 1 - (1 - value) * bound


def better(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how likely a mean at least so much better is by chance: a paired test.

    Each question's difference changes its sign at random, as it would if neither were better.

    Raises:
        ValueError: when the questions are not the same.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    return _by_chance(differences, lambda means: means >= differences.mean())


def differ(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how likely a difference of means at least so great, either way, is by chance.

    Raises:
        ValueError: when the questions are not the same.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    # A sum in another order is no smaller mean.
    least = abs(float(differences.mean())) * (1 - 1e-12)
    return _by_chance(differences, lambda means: np.abs(means) >= least)


def mcnemar(gained: int, lost: int) -> float:
    """Return how likely so uneven a split of the questions that changed is by chance.

    McNemar's test in its exact form, two-sided: of the questions that only one of two got right,
    either is as likely to have. 1 where none changed.
    """
    changed = gained + lost
    if not changed:
        return 1.0
    tail: int = sum(math.comb(changed, k) for k in range(min(gained, lost) + 1))
    return min(1.0, float(Fraction(tail, 2 ** (changed - 1))))


def _by_chance(
    differences: NDArray[np.float64],
    reached: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
) -> float:
    rng = np.random.default_rng(0)
    count = 0
    for _ in range(_ROUNDS // _BLOCK):
        signs = rng.choice((-1.0, 1.0), size=(_BLOCK, len(differences)))
        count += int(np.count_nonzero(reached((signs * differences).mean(axis=1))))
    return (count + 1) / (_ROUNDS + 1)
