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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
RISKS = (0.05, 0.1, 0.15, 0.2, 0.3)  # what an owner may choose among

Floats = NDArray[np.float64]


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
    fitted, truth, shares = _fitted(cases, names)
    threshold = _balanced(said(cases, fitted), truth, shares)
    update = {"threshold": round(threshold, 4), "promises": _promises(cases, names)}
    return fitted.model_copy(update=update)


def _fitted(cases: Sequence[Case], names: Sequence[str]) -> tuple[Fitted, Floats, Floats]:
    """Return the likeliest model, what is true of each case, and how much each counts."""
    inputs = np.array([[evidence.value(name, case.measured) for name in names] for case in cases])
    truth = np.array([case.suffices for case in cases], dtype=np.float64)
    counts = Counter((case.corpus, case.size) for case in cases)
    shares = np.array([counts[case.corpus, case.size] ** -0.5 for case in cases])
    shares *= len(shares) / shares.sum()
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-9
    weights = _logistic((inputs - mean) / spread, truth, shares)
    slopes = weights[1:] / spread
    fitted = Fitted(
        intercept=round(float(weights[0] - slopes @ mean), 4),
        weights={name: round(float(w), 4) for name, w in zip(names, slopes, strict=True)},
    )
    return fitted, truth, shares


def _promises(cases: Sequence[Case], names: Sequence[str]) -> tuple[Promise, ...]:
    """Return the thresholds that keep ``RISKS``, told by cases that the model has not seen.

    Each fold of the questions is judged by a model of the others.
    """
    if len(cases) < _FOLDS:
        return ()
    folds = np.array([_drawn(case.question) % _FOLDS for case in cases])
    sure = np.zeros(len(cases))
    for fold in np.unique(folds):
        others = [case for case, own in zip(cases, folds, strict=True) if own != fold]
        if not others:
            return ()
        model, _, _ = _fitted(others, names)
        held = [case for case, own in zip(cases, folds, strict=True) if own == fold]
        sure[folds == fold] = said(held, model)
    suffices = [case.suffices for case in cases]
    found = ((target, risk.threshold(sure.tolist(), suffices, target=target)) for target in RISKS)
    # Rounded up: a lower threshold would promise less.
    return tuple(
        Promise(risk=t, threshold=min(1.0, np.ceil(least * 1e4) / 1e4)) for t, least in found
    )


def _drawn(question: str) -> int:
    """Return a number from 0 to 127 that is the same for a question wherever it is asked."""
    return hashlib.sha256(question.encode()).digest()[1] >> 1


def said(cases: Sequence[Case], fitted: Fitted) -> Floats:
    """Return the sufficiency of each case."""
    return np.array([evidence.sufficiency(case.measured, fitted) for case in cases])


def measure(cases: Sequence[Case], fitted: Fitted) -> Told:
    """Return how well ``fitted`` tells which of ``cases`` suffice."""
    sure = said(cases, fitted)
    truth = np.array([case.suffices for case in cases])
    refused = sure < fitted.threshold
    right = int((refused & ~truth).sum())
    return Told(
        asked=len(cases),
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
    lacking = shares * (truth == 0)

    def lesser(threshold: float) -> float:
        refused = sure < threshold
        right = lacking[refused].sum()
        return float(min(right / max(1e-9, shares[refused].sum()), right / lacking.sum()))

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
