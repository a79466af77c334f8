"""How two runs differ on the questions that both asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domainkit.evaluation import resampling
from domainkit.evaluation.record import Item
from domainkit.packs.schemas.gates import LESS

SURE = 0.05  # of a difference as large by chance: above it nothing is called better or worse


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean difference of a metric over questions, and how likely one as large is by chance.

    ``chance`` is of a paired test in which each question's difference changes its sign at random;
    both directions count.
    """

    metric: str
    mean: float
    chance: float
    count: int

    @property
    def verdict(self) -> Literal["better", "worse", "alike"]:
        """What a reader may conclude."""
        if self.chance > SURE or not self.mean:
            return "alike"
        return "better" if (self.mean > 0) != (self.metric in LESS) else "worse"


def differences(items: Sequence[Item], before: Sequence[Item]) -> dict[str, Difference]:
    """Return the difference of every metric that both runs have of a question."""
    others = {item.id: item for item in before}
    pairs: dict[str, tuple[list[float], list[float]]] = {}
    for item in items:
        other = others.get(item.id)
        if other is None or other.question.question != item.question.question:
            continue
        for metric in item.scores.keys() & other.scores.keys():
            ours, theirs = pairs.setdefault(metric, ([], []))
            ours.append(item.scores[metric])
            theirs.append(other.scores[metric])
    return {name: _difference(name, *both) for name, both in sorted(pairs.items())}


def _difference(metric: str, ours: list[float], theirs: list[float]) -> Difference:
    mean = sum(ours) / len(ours) - sum(theirs) / len(theirs)
    if ours == theirs:
        return Difference(metric, 0.0, 1.0, len(ours))
    one_sided = min(resampling.better(ours, theirs), resampling.better(theirs, ours))
    return Difference(metric, mean, min(1.0, 2 * one_sided), len(ours))
