"""Fits a verifier: from judged claims, and from owners' sentences as they are and made wrong."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domainkit.errors import TrainingError
from domainkit.guards.verifier import VERDICTS, Verifier, features
from domainkit.text import closed, sentences
from domainkit.training.perturbations import CHANGES
from domainkit.types import Passage, Span, Support

_LABELS: dict[str, Support] = {"SUPPORT": "supported", "CONTRADICT": "contradicted"}
# The penalty on weights, of 0.003, 0.01, 0.03 and 0.1 the best in five folds of SciFact's
# training claims.
PENALTY = 0.03
FOLDS = 5
_STEPS = 4000
_SURE = 0.3  # the share of claims among which the precision of "supported" is reported


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, the passage it is held against, and what the passage makes of it."""

    statement: str
    passage: Passage
    verdict: Support


def judged(folder: Path, split: str) -> list[Pair]:
    """Return the claims of ``split`` in ``folder``, each with every document it cites.

    The folder holds ``corpus.jsonl`` and ``claims_evidence.jsonl``, as SciFact writes its claims
    (https://github.com/allenai/scifact): a cited document without evidence says nothing of it.

    Raises:
        TrainingError: when there are no such files, or no claims in them.
    """
    path = folder / "claims_evidence.jsonl"
    if not path.is_file() or not (folder / "corpus.jsonl").is_file():
        raise TrainingError(
            f"{folder}: there is no corpus.jsonl with claims_evidence.jsonl",
            hint="domainkit train verifier --from FOLDER, or leave --from away",
        )
    texts = {row["_id"]: row for row in _rows(folder / "corpus.jsonl")}
    found = []
    for row in _rows(path):
        labels = {e["doc_id"]: _LABELS[e["label"]] for e in row["evidence"]}
        for name in sorted({*row["cited"], *labels} & set(texts)) if row["split"] == split else ():
            text = texts[name]
            span = Span(0, len(text["text"]))
            passage = Passage(name, name, text["title"], "", span, text["text"])
            found.append(Pair(row["claim"], passage, labels.get(name, "unsupported")))
    if not found:
        raise TrainingError(f"{path}: there are no claims of '{split}'", hint="look at its splits")
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise TrainingError(
                f"{path}:{number}: not JSON: {error}", hint="write one JSON object on each line"
            ) from error


def perturbed(passages: Sequence[Passage], *, most: int = 300, seed: int = 7) -> Iterator[Pair]:
    """Yield sentences of ``passages`` as they are, made wrong, and held against other passages."""
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    said = [
        (" ".join(span.of(passage.text).split()), passage)
        for passage in passages
        for span in sentences(passage.text)
        if closed(span.of(passage.text))
    ]
    for text, passage in chance.sample(said, min(most, len(said))):
        yield Pair(text, passage, "supported")
        changes = [change(text, chance) for change in CHANGES.values()]
        if wrong := [changed for changed in changes if changed]:
            yield Pair(chance.choice(wrong), passage, "contradicted")
        other = chance.choice(passages)
        if other.id != passage.id and text not in other.text:
            yield Pair(text, other, "unsupported")


def fit(pairs: Sequence[Pair], *, seed: int = 7) -> Verifier:
    """Return the verifier that makes ``pairs`` likeliest, with a report of how it does on folds.

    Raises:
        TrainingError: when a verdict has fewer pairs than there are folds.
    """
    counts = Counter(pair.verdict for pair in pairs)
    if any(counts[verdict] < FOLDS for verdict in VERDICTS):
        raise TrainingError(
            f"{dict(counts)}: each verdict needs at least {FOLDS} pairs",
            hint="add documents, or judged claims with --from FOLDER",
        )
    inputs = np.array([features(pair.statement, pair.passage) for pair in pairs])
    truth = np.array([VERDICTS.index(pair.verdict) for pair in pairs])
    # All pairs of one statement fall into one fold.
    groups = {text: i for i, text in enumerate(sorted({pair.statement for pair in pairs}))}
    drawn = np.random.default_rng(seed).integers(0, FOLDS, len(groups))
    folds = np.array([drawn[groups[pair.statement]] for pair in pairs])
    guessed = np.zeros((len(pairs), len(VERDICTS)))
    for fold in range(FOLDS):
        held = folds == fold
        guessed[held] = _probabilities(_fitted(inputs[~held], truth[~held]), inputs[held])
    return replace(
        _fitted(inputs, truth),
        report={"pairs": dict(counts), "folds": FOLDS, "penalty": PENALTY}
        | scores(guessed, truth),
    )


def scores(guessed: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, float]:
    """Return the macro-F1 of the likeliest verdicts, and the precision of the surest support."""
    chosen = guessed.argmax(axis=1)
    f1 = []
    for verdict in range(len(VERDICTS)):
        both = ((chosen == verdict) & (truth == verdict)).sum()
        either = (chosen == verdict).sum() + (truth == verdict).sum()
        f1.append(2 * both / either if either else 0.0)
    surest = np.argsort(-guessed[:, 0], kind="stable")[: max(1, round(_SURE * len(truth)))]
    return {
        "macro_f1": round(float(np.mean(f1)), 4),
        "precision_of_supported": round(float((truth[surest] == 0).mean()), 4),
    }


def _fitted(inputs: NDArray[np.float64], truth: NDArray[np.int64]) -> Verifier:
    """Return a multinomial logistic model; each verdict counts alike, however often it comes."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    scaled = np.column_stack((np.ones(len(inputs)), (inputs - mean) / scale))
    wanted = np.eye(len(VERDICTS))[truth]
    balance = (len(truth) / len(VERDICTS) / wanted.sum(axis=0).clip(min=1))[truth]
    weights = np.zeros((scaled.shape[1], len(VERDICTS)))
    penalty = np.full((scaled.shape[1], 1), PENALTY)
    penalty[0] = 0.0
    steepest = np.linalg.norm(scaled * balance[:, None] ** 0.5, 2) ** 2 / len(truth) / 2
    step = 1.0 / (steepest + PENALTY)
    for _ in range(_STEPS):
        error = (_softmax(scaled @ weights) - wanted) * balance[:, None]
        slope = scaled.T @ error / len(truth) + penalty * weights
        weights -= step * slope
        if np.abs(slope).max() < 1e-6:
            break
    return Verifier(
        tuple(mean.round(6).tolist()),
        tuple(scale.round(6).tolist()),
        tuple(tuple(row) for row in weights[1:].T.round(6).tolist()),
        tuple(weights[0].round(6).tolist()),
    )


def _probabilities(model: Verifier, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled = (inputs - np.array(model.mean)) / np.array(model.scale)
    return _softmax(scaled @ np.array(model.weights).T + np.array(model.intercept))


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    parts: NDArray[np.float64] = np.exp(values - values.max(axis=1, keepdims=True))
    parts /= parts.sum(axis=1, keepdims=True)
    return parts
