"""Sums the scores of questions up: by metric and slice, each with its interval and baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domainkit.evaluation import resampling, risk
from domainkit.evaluation.record import GateOutcome, Item, Score
from domainkit.packs.schemas.gates import METRICS, Gates, parted

# Rounds of resampling for the ends of an interval. With 2,000 they move by .002 from seed to seed
# where 50 questions make it .25 wide, and a run of 30 slices takes seconds.
ROUNDS = 2_000
BINS = 10
_QUANTILES = {"latency_p50": 0.5, "latency_p95": 0.95}
_PAIRED = frozenset({"sufficiency_error", "mean_risk"})
_COSTS = frozenset({*_QUANTILES, "prompt_tokens", "completion_tokens"})

WORDS = "words alone"
SENTENCES = "own sentences"
MAJORITY = "commonest"
ALL = "answer all"
SURE = "always sure"
# What each metric is compared with; what is absent has nothing to be compared with.
BASELINES = {
    "status_accuracy": MAJORITY,
    "label_accuracy": MAJORITY,
    **dict.fromkeys(("ndcg@10", "recall@10", "recall@100", "mrr@10"), WORDS),
    **dict.fromkeys(
        (
            "citation_recall", "citation_precision", "support", "marker_rate",
            "exact_match", "token_f1",
            "rouge_1", "rouge_l", "must_say_rate", "must_not_say_rate", "latency_p50",
            "latency_p95",
        ),
        SENTENCES,
    ),
    **dict.fromkeys(
        (
            "refusal_recall", "insufficient_recall", "escalation_recall", "clarify_recall",
            "abstention_recall", "false_refusal_rate", "false_insufficient_rate", "answer_risk",
            "guard_recall", "guard_false_alarm_rate",
        ),
        ALL,
    ),
    **dict.fromkeys(sorted(_PAIRED), SURE),
}  # fmt: skip

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """How sure the assistant was before it answered, and whether its sources did suffice."""

    sure: float
    suffices: bool


def summarise(items: Sequence[Item]) -> tuple[Score, ...]:
    """Return every metric over all items, then over each slice that defines it.

    Over all items, a metric that no question defines is there with no value and a count of 0.
    """
    made = [_score(metric, "", items) for metric in METRICS]
    for part, members in sorted(_slices(items).items()):
        scores = (_score(metric, part, members) for metric in METRICS)
        made += [score for score in scores if score.count]
    return tuple(made)


def judged(gates: Gates, scores: Sequence[Score]) -> tuple[GateOutcome, ...]:
    """Return what became of each gate. One that nothing measures fails: it guards nothing."""
    found = {(score.metric, score.slice): score for score in scores}
    made = []
    for name, gate in gates.root.items():
        metric, part = parted(name)
        score = found.get((metric, part), Score(metric, part, None, 0))
        passed = score.value is not None and gate.allows(score.value)
        made.append(
            GateOutcome(metric, part, score.value, score.count, passed, gate.least, gate.most)
        )
    return tuple(made)


def curves(items: Sequence[Item]) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Return the points of risk against coverage, and of what came true against what was said."""
    pairs = _pairs(items)
    sure, suffices = [p.sure for p in pairs], [p.suffices for p in pairs]
    points = risk.curve(sure, suffices).tolist() if pairs else []
    bins: dict[int, list[Pair]] = {}
    for pair in pairs:
        bins.setdefault(_bin(pair.sure), []).append(pair)
    reliability = [
        (
            sum(p.sure for p in held) / len(held),
            sum(p.suffices for p in held) / len(held),
            float(len(held)),
        )
        for _, held in sorted(bins.items())
    ]
    return {"risk": tuple(map(tuple, points)), "reliability": tuple(reliability)}


def _slices(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        for part in item.slices:
            found.setdefault(part, []).append(item)
    return found


def _score(metric: str, part: str, items: Sequence[Item]) -> Score:
    against = BASELINES.get(metric, "")
    if metric in _PAIRED:
        pairs = _pairs(items)
        value, low, high = _of_pairs(metric, pairs)
        baseline = _of_pairs(metric, [Pair(1.0, pair.suffices) for pair in pairs])[0]
        return Score(metric, part, value, len(pairs), low, high, baseline, against)
    values = [item.scores[metric] for item in items if metric in item.scores]
    theirs = [item.baseline[metric] for item in items if metric in item.baseline]
    value, low, high = _of_values(metric, values)
    baseline = _plain(metric, theirs)
    return Score(metric, part, value, len(values), low, high, baseline, against)


def _plain(metric: str, values: Sequence[float]) -> float | None:
    if not values:
        return None
    share = _QUANTILES.get(metric)
    return float(np.mean(values) if share is None else np.quantile(values, share))


def _of_values(
    metric: str, values: Sequence[float]
) -> tuple[float | None, float | None, float | None]:
    value = _plain(metric, values)
    if value is None:
        return None, None, None
    if metric not in _COSTS and len(set(values)) == 1:
        return (value, *resampling.alike(value, len(values)))
    found, share = np.asarray(values), _QUANTILES.get(metric)

    def statistic(drawn: Indices) -> Floats:
        sample = found[drawn]
        made: Floats = sample.mean(axis=1) if share is None else np.quantile(sample, share, axis=1)
        return made

    return (value, *resampling.spread(len(values), statistic, rounds=ROUNDS))


def _pairs(items: Sequence[Item]) -> list[Pair]:
    return [
        Pair(item.turn.answer.sufficiency, item.suffices)
        for item in items
        if item.turn.answer.sufficiency is not None and item.suffices is not None
    ]


def _of_pairs(
    metric: str, pairs: Sequence[Pair]
) -> tuple[float | None, float | None, float | None]:
    if not pairs:
        return None, None, None
    sure = np.array([pair.sure for pair in pairs])
    suffices = np.array([pair.suffices for pair in pairs])
    measured: Callable[[Indices], Floats] = (
        _calibration(sure, suffices) if metric == "sufficiency_error" else _risks(sure, suffices)
    )
    value = float(measured(np.arange(len(pairs))[None, :])[0])
    return (value, *resampling.spread(len(pairs), measured, rounds=ROUNDS))


def _bin(sure: float) -> int:
    return min(int(sure * BINS), BINS - 1)


def _calibration(sure: Floats, suffices: NDArray[np.bool_]) -> Callable[[Indices], Floats]:
    """Return what gives the mean gap, over bins of equal width, of what was said and came true."""
    bins = np.array([_bin(value) for value in sure])
    gaps = np.where(bins == np.arange(BINS)[:, None], sure - suffices, 0.0)

    def measured(drawn: Indices) -> Floats:
        made: Floats = sum(np.abs(gap[drawn].sum(axis=1)) for gap in gaps) / drawn.shape[1]
        return made

    return measured


def _risks(sure: Floats, suffices: NDArray[np.bool_]) -> Callable[[Indices], Floats]:
    """Return what gives ``risk.area`` of ``risk.curve``, of all rounds of resampling at once."""
    # Questions that are equally sure are answered together; the surest come first.
    levels, ranks = np.unique(-sure, return_inverse=True)
    wrong = (~suffices).astype(np.float64)

    def measured(drawn: Indices) -> Floats:
        rounds, count = drawn.shape
        places = (np.arange(rounds)[:, None] * len(levels) + ranks[drawn]).ravel()
        shape, size = (rounds, len(levels)), rounds * len(levels)
        asked = np.bincount(places, minlength=size).reshape(shape)
        missed = np.bincount(places, weights=wrong[drawn].ravel(), minlength=size).reshape(shape)
        answered = np.maximum(1, np.cumsum(asked, axis=1))
        made: Floats = (asked / count * np.cumsum(missed, axis=1) / answered).sum(axis=1)
        return made

    return measured


def described(score: Score) -> Iterator[str]:
    """Yield value, interval, count and baseline of ``score`` as a person reads them."""
    if score.value is None:
        yield from ("-", "no question defines it", "0", "")
        return
    yield f"{score.value:.3f}"
    yield f"{score.low:.3f} to {score.high:.3f}"
    yield str(score.count)
    yield "" if score.baseline is None else f"{score.baseline:.3f} {score.baseline_of}"
