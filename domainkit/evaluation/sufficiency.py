"""Fits and measures the model behind ``sufficiency``.

A case is one question asked of one corpus, as it is or with the documents that answer it left
out. What is to be told is whether a relevant passage is among those a generator is given. (That
it was left out would be the wrong thing to tell: where the search misses it anyway, leaving it
out changes nothing.)

Scores depend on how much there is to search, and an assistant may hold a hundred passages as well
as thousands: so sets are also searched in samples of their documents. Half of the questions fit a
model, the other half measures it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from domainkit.evaluation import risk
from domainkit.guards import evidence
from domainkit.packs.schemas.sufficiency import Fitted, Promise, Searched

RIDGE = 3.0  # keeps weights finite where a feature tells the classes apart without a mistake
_STEPS = 100
_BINS = 10
_FOLDS = 5
_LARGE = 100  # cases of a corpus: enough to promise a risk of .05, and some to spare
# How much a scale other than 1 and a shift other than 0 cost a calibration, and its least scale.
_HELD = np.array([5.0, 0.1])
_LEAST_SCALE = 0.1
# What a case without sources counts for the threshold. Each question is asked twice, once with its
# documents left out, and owners ask more of what their documents say. On the packs' suites by
# words, silent wrongly / answered wrongly: 35 / 11 with a whole, 23 / 11 with .7, 17 / 12 with a
# half; of harmful requests 2, 6 and 12 of 447 get past the medical pack's English model.
_LACKING = 0.7
RISKS = (0.05, 0.1, 0.15, 0.2, 0.3)  # what an owner may choose among

Floats = NDArray[np.float64]
Make = Callable[[Sequence["Case"]], Fitted]


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked of one corpus: what was measured, and whether what was found suffices."""

    searched: Searched
    corpus: str
    size: int  # documents sampled; 0 is all of them
    documents: int
    question: str
    measured: Mapping[str, float]
    suffices: bool
    half: Literal["fit", "measure", ""] = ""

    @property
    def fits(self) -> bool:
        """Whether this case fits a model or measures it: as ``half`` says, else by its hash."""
        if self.half:
            return self.half == "fit"
        return hashlib.sha256(self.question.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class Told:
    """How well a model tells which cases suffice. Shares are 0 where there is nothing to share.

    ``precision`` and ``recall`` are of refusals at the threshold, ``error`` is the mean gap over
    ten bins between what was said and what came true, ``area`` that under the curve of hits over
    false alarms. ``answered`` is the share of questions answered, ``risk`` the share of these
    whose sources do not suffice, ``mean_risk`` the same over all thresholds.
    """

    asked: int
    sufficient: float
    precision: float
    recall: float
    error: float
    area: float
    answered: float
    risk: float
    mean_risk: float


def fit(cases: Sequence[Case], names: Sequence[str]) -> Fitted:
    """Return the logistic model of the features ``names`` that makes ``cases`` likeliest.

    Each set counts by the square root of its cases, so that a small one is heard. The threshold
    is where precision and recall of refusals balance.
    """
    return _promising(cases, partial(_fitted, names=names))


def calibrate(cases: Sequence[Case], fitted: Fitted) -> Fitted:
    """Return ``fitted`` with its scale and its intercept moved to what is true of ``cases``.

    Two numbers can be told from some fifty questions, where a model of its own would need
    hundreds (``benchmarks/results/sufficiency-own.md``).
    """
    return _promising(cases, partial(_moved, fitted=fitted))


def cross_measure(cases: Sequence[Case], make: Make) -> Told:
    """Return how well models that are made of the other questions tell which ``cases`` suffice."""
    sure, refused = _unseen(cases, make)
    return _told(sure, refused, np.array([case.suffices for case in cases]))


def _promising(cases: Sequence[Case], make: Make) -> Fitted:
    """Return what is made of ``cases``, with its balanced threshold and what others promise."""
    fitted = make(cases)
    sure, _ = _unseen(cases, make)
    promises = tuple(Promise(risk=t, threshold=_keeping(t, cases, sure)) for t in RISKS)
    return fitted.model_copy(update={"promises": promises})


def _keeping(target: float, cases: Sequence[Case], sure: Floats) -> float:
    """Return the least threshold that keeps a risk in each corpus: no mean hides the hardest.

    Corpora with few cases, for which little can be promised, are judged together.
    """
    counts = Counter((case.corpus, case.size) for case in cases)
    groups: dict[object, list[tuple[float, bool]]] = {}
    for case, told in zip(cases, sure.tolist(), strict=True):
        corpus = (case.corpus, case.size)
        name = corpus if counts[corpus] >= _LARGE else "small"
        groups.setdefault(name, []).append((told, case.suffices))
    if len(groups) > 1 and len(groups.get("small", [])) < _LARGE:
        groups.pop("small", None)
    least = max(
        risk.threshold([s for s, _ in group], [enough for _, enough in group], target=target)
        for group in groups.values()
    )
    return min(1.0, float(np.ceil(least * 1e4)) / 1e4)  # a lower one would promise less


def _unseen(cases: Sequence[Case], make: Make) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how sure of each case is a model that is made of the other folds, and if it refuses.

    A question is in one fold, however often it is asked.
    """
    folds = np.array([_drawn(case.question) % _FOLDS for case in cases])
    sure, refused = np.ones(len(cases)), np.zeros(len(cases), dtype=bool)
    for fold in np.unique(folds):
        others = [case for case, own in zip(cases, folds, strict=True) if own != fold]
        if not others:
            continue  # all that is known is judged: nothing can be said of it
        model = make(others)
        held = [case for case, own in zip(cases, folds, strict=True) if own == fold]
        sure[folds == fold] = said(held, model)
        refused[folds == fold] = sure[folds == fold] < model.threshold
    return sure, refused


def _moved(cases: Sequence[Case], fitted: Fitted) -> Fitted:
    plain = fitted.model_copy(update={"scale": 1.0, "shift": 0.0})
    logits = np.array([evidence.logit(case.measured, plain) for case in cases])
    truth, shares = _truth(cases)
    scale, shift = _scaled(logits, truth)
    moved = plain.model_copy(update={"scale": round(scale, 4), "shift": round(shift, 4)})
    return _at_balance(cases, moved, truth, shares)


def _scaled(logits: Floats, truth: Floats) -> tuple[float, float]:
    """Return the scale and shift of ``logits`` that make ``truth`` likeliest.

    Held towards a scale of 1 and a shift of 0, so that few questions change little.
    """
    found, prior = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    columns = np.column_stack((logits, np.ones(len(logits))))

    def cost(at: Floats) -> float:
        told = columns @ at
        unlikely = np.logaddexp(0, told).sum() - truth @ told
        return float(unlikely + _HELD @ (at - prior) ** 2 / 2)

    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-np.clip(columns @ found, -30, 30)))
        slope = columns.T @ (sure - truth) + _HELD * (found - prior)
        curve = (columns * (sure * (1 - sure))[:, None]).T @ columns + np.diag(_HELD)
        step = np.linalg.solve(curve, slope)
        while cost(found - step) > cost(found) and np.abs(step).max() > 1e-7:
            step /= 2  # a whole step of Newton's can go too far
        found -= step
        if np.abs(step).max() < 1e-7:
            break
    return max(_LEAST_SCALE, float(found[0])), float(found[1])


def _fitted(cases: Sequence[Case], names: Sequence[str]) -> Fitted:
    """Return the likeliest model, with its balanced threshold."""
    inputs = np.array([[evidence.value(name, case.measured) for name in names] for case in cases])
    truth, shares = _truth(cases)
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-9
    weights = _logistic((inputs - mean) / spread, truth, shares)
    slopes = weights[1:] / spread
    fitted = Fitted(
        intercept=round(float(weights[0] - slopes @ mean), 4),
        weights={name: round(float(w), 4) for name, w in zip(names, slopes, strict=True)},
    )
    return _at_balance(cases, fitted, truth, shares)


def _truth(cases: Sequence[Case]) -> tuple[Floats, Floats]:
    """Return what is true of each case, and how much it counts."""
    counts = Counter((case.corpus, case.size) for case in cases)
    shares = np.array([counts[case.corpus, case.size] ** -0.5 for case in cases])
    shares *= len(shares) / shares.sum()
    return np.array([case.suffices for case in cases], dtype=np.float64), shares


def _at_balance(cases: Sequence[Case], fitted: Fitted, truth: Floats, shares: Floats) -> Fitted:
    threshold = _balanced(said(cases, fitted), truth, shares)
    return fitted.model_copy(update={"threshold": round(threshold, 4)})


def _drawn(question: str) -> int:
    """Return a number from 0 to 127 that is the same for a question wherever it is asked."""
    return hashlib.sha256(question.encode()).digest()[1] >> 1


def said(cases: Sequence[Case], fitted: Fitted) -> Floats:
    """Return the sufficiency of each case."""
    return np.array([evidence.sufficiency(case.measured, fitted) for case in cases])


def measure(cases: Sequence[Case], fitted: Fitted) -> Told:
    """Return how well ``fitted`` tells which of ``cases`` suffice."""
    sure = said(cases, fitted)
    return _told(sure, sure < fitted.threshold, np.array([case.suffices for case in cases]))


def _told(sure: Floats, refused: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Told:
    right = int((refused & ~truth).sum())
    return Told(
        asked=len(truth),
        sufficient=float(truth.mean()),
        precision=right / max(1, int(refused.sum())),
        recall=right / max(1, int((~truth).sum())),
        error=_calibration_error(sure, truth),
        area=_area(sure, truth),
        answered=float((~refused).mean()),
        risk=float((~refused & ~truth).sum() / max(1, int((~refused).sum()))),
        mean_risk=risk.area(risk.curve(sure.tolist(), truth.tolist())),
    )


def _logistic(inputs: Floats, truth: Floats, shares: Floats) -> Floats:
    """Return the intercept and weights by Newton's method, with a ridge on the weights."""
    columns = np.column_stack((np.ones(len(inputs)), inputs))
    ridge = np.diag([1e-6, *[RIDGE] * inputs.shape[1]])
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (shares * (sure - truth)) + ridge @ weights
        curve = (columns * (shares * sure * (1 - sure))[:, None]).T @ columns + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-7:
            break
    return weights


def _balanced(sure: Floats, truth: Floats, shares: Floats) -> float:
    """Return the threshold at which the lesser of precision and recall of refusals is greatest."""
    lacking = _LACKING * shares * (truth == 0)
    answered = shares * (truth == 1)

    def lesser(threshold: float) -> float:
        refused = sure < threshold
        right = lacking[refused].sum()
        wrong = answered[refused].sum()
        least = right / max(1e-9, right + wrong), right / max(1e-9, lacking.sum())
        return float(min(least))

    return max((float(t) for t in np.quantile(sure, np.linspace(0.02, 0.98, 97))), key=lesser)


def _calibration_error(sure: Floats, truth: NDArray[np.bool_]) -> float:
    """Return the mean gap, over bins of equal width, between what was said and what came true."""
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        (bins == number).mean() * abs(sure[bins == number].mean() - truth[bins == number].mean())
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


def _area(sure: Floats, truth: NDArray[np.bool_]) -> float:
    """Return the chance that a case that suffices is surer than one that does not."""
    yes, no = sure[truth], sure[~truth]
    if not len(yes) or not len(no):
        return 0.0
    ahead = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return float(ahead)
