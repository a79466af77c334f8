"""Whether one run is better than another: paired tests over the questions both asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domainkit.evaluation import resampling
from domainkit.evaluation.record import Comparison, Item, Run, Runs
from domainkit.evaluation.summary import ROUNDS
from domainkit.packs.schemas.gates import METRICS

# The 95th percentile of differences is no difference of percentiles, so latency is compared once.
_APART = frozenset({"latency_p95"})


def before(runs: Runs, run: Run) -> str | None:
    """Return the id of the last run before ``run`` of the same questions; None without one."""
    suites = {name: kept for name, kept in run.data.items() if name != "documents"}
    for name in reversed(runs.ids()):
        if name >= run.id:
            continue
        other = runs.read(name)
        theirs = {name: kept for name, kept in other.data.items() if name != "documents"}
        if (theirs, other.partial) == (suites, run.partial):
            return name
    return None


def compare(earlier: Sequence[Item], later: Sequence[Item]) -> tuple[Comparison, ...]:
    """Return how each metric moved from one run to the other, over all questions and by slice.

    Only questions that stand the same in both are compared, by metrics that both define of them;
    of slices, those in which something moved.
    """
    pairs = paired(earlier, later)
    made = [found for metric in METRICS if (found := _compared(metric, "", pairs))]
    slices = sorted({name for _, item in pairs for name in item.slices})
    for name in slices:
        within = [(old, new) for old, new in pairs if name in new.slices]
        moved = (_compared(metric, name, within) for metric in METRICS)
        made += [one for one in moved if one and one.difference]
    return tuple(made)


def paired(earlier: Sequence[Item], later: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Return the items of both runs that ask the same question."""
    known = {item.id: item for item in earlier}
    return [
        (known[item.id], item)
        for item in later
        if item.id in known and known[item.id].question == item.question
    ]


def _compared(metric: str, name: str, pairs: Sequence[tuple[Item, Item]]) -> Comparison | None:
    values = [
        (old.scores[metric], new.scores[metric])
        for old, new in pairs
        if metric in old.scores and metric in new.scores and metric not in _APART
    ]
    if not values:
        return None
    old, new = (np.array(side) for side in zip(*values, strict=True))
    return of(metric, old, new, part=name)


def of(
    metric: str, old: NDArray[np.float64], new: NDArray[np.float64], *, part: str = ""
) -> Comparison:
    """Return how ``metric`` moved, over the same questions in the same order, of a ``part``."""
    moved: NDArray[np.float64] = new - old
    if set(np.unique([old, new])) <= {0.0, 1.0}:
        test, chance = (
            "McNemar",
            resampling.mcnemar(int((moved > 0).sum()), int((moved < 0).sum())),
        )
    else:
        chance = resampling.differ(new.tolist(), old.tolist()) if moved.any() else 1.0
        test = "sign flips"
    low, high = _interval(moved) if moved.any() else (0.0, 0.0)
    return Comparison(
        metric=metric,
        slice=part,
        before=float(old.mean()),
        after=float(new.mean()),
        difference=float(moved.mean()),
        low=low,
        high=high,
        chance=chance,
        test=test,
        count=len(old),
    )


def _interval(moved: NDArray[np.float64]) -> tuple[float, float]:
    return resampling.spread(len(moved), lambda drawn: moved[drawn].mean(axis=1), rounds=ROUNDS)
