"""Fits a verifier on SciFact's training claims and measures it on the development claims.

    python benchmarks/verifier.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from report import write

from domainkit.guards.verifier import VERDICTS
from domainkit.training.verifier import fit, judged, scores

COMMAND = "python benchmarks/verifier.py"
SAMPLES = 2000
SEED = 7
PRECISE = 0.85  # the precision that a statement a reader sees should have
FEWEST = 10  # pairs of which a precision is told


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    folder = data / "bench" / "scifact"
    model, held = fit(judged(folder, "train")), judged(folder, "validation")
    rows = [model.probabilities(pair.statement, pair.passage) for pair in held]
    guessed = np.array([[row[verdict] for verdict in VERDICTS] for row in rows])
    truth = np.array([VERDICTS.index(pair.verdict) for pair in held])
    most = np.bincount(truth).argmax()
    always = np.tile(np.eye(len(VERDICTS))[most], (len(truth), 1))
    table = [
        {"verdicts": "the most frequent", "pairs": len(truth), **_measured(always, truth)},
        {"verdicts": "verifier", "pairs": len(truth), **_measured(guessed, truth)},
    ]
    print(write("verifier", COMMAND, table, [*_NOTES, f"on folds of training: {model.report}"]))


_NOTES = [
    "a pair: a development claim and one document it cites, whole; without marked evidence the "
    "document does not speak of the claim",
    "precision of supported: among the 30 % of pairs surest to be supported",
    f"at {PRECISE}: where what is surest to be supported is cut off so that this share of it is; "
    "of all pairs, and of the supported ones",
    f"95 % bootstrap intervals of {SAMPLES:,} samples",
]


def _scores(guessed: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, float]:
    """Return the scores of a verifier, and how much of the support it is right about at PRECISE.

    What is surest is taken until so many of them are not supported.
    """
    order = np.argsort(-guessed[:, 0], kind="stable")
    right = (truth[order] == 0).cumsum()
    taken = np.arange(1, len(truth) + 1)
    most = int(taken[(right / taken >= PRECISE) & (taken >= FEWEST)].max(initial=0))
    found = int(right[most - 1]) if most else 0
    return scores(guessed, truth) | {
        f"pairs told supported at {PRECISE}": most / len(truth),
        f"support found at {PRECISE}": found / max(1, int((truth == 0).sum())),
    }


def _measured(guessed: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, str]:
    chance, found = np.random.default_rng(SEED), _scores(guessed, truth)
    drawn = [chance.integers(0, len(truth), len(truth)) for _ in range(SAMPLES)]
    again = [_scores(guessed[sample], truth[sample]) for sample in drawn]
    shown = {}
    for name, value in found.items():
        low, high = np.percentile([each[name] for each in again], [2.5, 97.5])
        shown[name.replace("_", " ")] = f"{value:.3f} [{low:.3f}, {high:.3f}]"
    return shown


if __name__ == "__main__":
    main()
