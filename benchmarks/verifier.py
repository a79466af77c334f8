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
    f"95 % bootstrap intervals of {SAMPLES:,} samples",
]


def _measured(guessed: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, str]:
    chance, found = np.random.default_rng(SEED), scores(guessed, truth)
    drawn = [chance.integers(0, len(truth), len(truth)) for _ in range(SAMPLES)]
    again = [scores(guessed[sample], truth[sample]) for sample in drawn]
    shown = {}
    for name, value in found.items():
        low, high = np.percentile([each[name] for each in again], [2.5, 97.5])
        shown[name.replace("_", " ")] = f"{value:.3f} [{low:.3f}, {high:.3f}]"
    return shown


if __name__ == "__main__":
    main()
