"""What votes between pairs come to: ratings by Bradley and Terry, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Elo's scale: 400 points are ten to one.
POINTS = 400 / np.log(10)
MIDDLE = 1000.0
ROUNDS = 1_000  # of the bootstrap: its ends move by a tenth of their distance from seed to seed
_STEPS = 100
_CLOSE = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vote:
    """One comparison; ``share`` of it goes to ``first``: 1 it is better, 0 worse, .5 alike."""

    first: str
    second: str
    share: float


@dataclass(frozen=True, slots=True)
class Rating:
    """How strong one is: 400 points more win ten times in eleven. Ends of the 95 % interval."""

    name: str
    points: float
    low: float
    high: float
    votes: int


def rate(votes: Sequence[Vote], *, seed: int = 0, rounds: int = ROUNDS) -> list[Rating]:
    """Return the ratings of all that were voted on, the strongest first; their mean is 1000.

    Bradley and Terry's model, at its likeliest (Hunter, 2004, https://doi.org/10.1214/aos/1079120141),
    a tie being half a win for each. One tie is added to each pair that met, so that who has never
    lost is strong and not infinitely so. Intervals are by resampling the votes.

    Args:
        votes: of one or more raters.
        seed: of the resampling.
        rounds: how often as many votes are drawn, with replacement.
    """
    names = sorted({name for vote in votes for name in (vote.first, vote.second)})
    if not names:
        return []
    at = {name: number for number, name in enumerate(names)}
    wins = np.zeros((len(votes), len(names), len(names)))
    for number, vote in enumerate(votes):
        wins[number, at[vote.first], at[vote.second]] = vote.share
        wins[number, at[vote.second], at[vote.first]] = 1 - vote.share
    whole = wins.sum(axis=0)
    prior = np.where(whole + whole.T > 0, 0.5, 0.0)
    points = strengths(whole + prior)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(votes), np.full(len(votes), 1 / len(votes)), size=rounds)
    spread = [strengths(np.tensordot(times, wins, axes=1) + prior) for times in drawn]
    low, high = np.quantile(np.array(spread), [0.025, 0.975], axis=0)
    counts = [sum(name in (vote.first, vote.second) for vote in votes) for name in names]
    ends = MIDDLE + POINTS * np.array([points, low, high])
    made = [
        Rating(name, float(at_name[0]), float(at_name[1]), float(at_name[2]), count)
        for name, at_name, count in zip(names, ends.T, counts, strict=True)
    ]
    return sorted(made, key=lambda rating: -rating.points)


def strengths(wins: Floats) -> Floats:
    """Return the likeliest strengths, of mean 0, where ``wins[i, j]`` of i over j are given.

    By Newton's method; those that never met, even through others, stand apart by nothing.
    """
    count = len(wins)
    met = wins + wins.T
    found = np.zeros(count)
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(found[None, :] - found[:, None]))  # that the row beats the column
        slope = (wins - met * sure).sum(axis=1)
        weight = met * sure * (1 - sure)
        curve = np.diag(weight.sum(axis=1)) - weight
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        found = found + step
        if np.abs(step).max() < _CLOSE:
            break
    centred: Floats = found - found.mean()
    return centred


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far labels agree with those of another: shares in [0, 1], but kappa in [-1, 1].

    Precision, recall and F1 are means over the labels that either gave, each counting alike.
    """

    count: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    kappa: float


def agreement(said: Sequence[str], true: Sequence[str]) -> Agreement:
    """Return how far the labels ``said`` agree with ``true`` ones; zeros where there are none."""
    labels = sorted({*said, *true})
    count = len(true)
    if not count:
        return Agreement(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    pairs = list(zip(said, true, strict=True))
    each = [_of_label(label, pairs) for label in labels]
    precision, recall, f1 = (sum(values) / len(labels) for values in zip(*each, strict=True))
    accuracy = sum(s == t for s, t in pairs) / count
    chance = sum(said.count(label) * true.count(label) for label in labels) / count**2
    kappa = (accuracy - chance) / (1 - chance) if chance < 1 else 0.0
    return Agreement(count, accuracy, precision, recall, f1, kappa)


def _of_label(label: str, pairs: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    right = sum(s == t == label for s, t in pairs)
    said, true = sum(s == label for s, _ in pairs), sum(t == label for _, t in pairs)
    f1 = 2 * right / (said + true) if said + true else 0.0
    return right / said if said else 0.0, right / true if true else 0.0, f1


def majority(labels: Sequence[str], *, undecided: str) -> str:
    """Return the label that more than half gave, else ``undecided``."""
    counts: Mapping[str, int] = {label: labels.count(label) for label in labels}
    most = max(counts, key=counts.__getitem__, default=undecided)
    return most if counts.get(most, 0) * 2 > len(labels) else undecided
