"""Fits the model behind ``sufficiency`` on benchmarks and says how well it tells when to refuse.

    python benchmarks/sufficiency.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data.

Each question is asked twice: as it is, and with its relevant documents left out. What is to be
told is whether a relevant document is among the five passages found. (That it was left out would
be the wrong thing to tell: where retrieval misses it anyway, leaving it out changes nothing.)
Scores depend on how much there is to search, and an assistant may hold a hundred passages as well
as thousands: so each set is also searched in samples of its documents.

Half of the questions fit a pack's numbers, the other half measures them.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from report import write

from domainkit import settings
from domainkit.evaluation import beir, benchmark, setups
from domainkit.evaluation.beir import Benchmark
from domainkit.guards import evidence
from domainkit.packs.schemas.manifest import Evidence
from domainkit.types import Question, Retrieved

# Each pack's numbers are fitted on the sets of its domain; for law there is none in English.
PACKS = {
    "medical": ("medquad",),
    "biomedical": ("scifact", "pubmedqa"),
    "legal": ("scifact", "pubmedqa", "medquad"),
}
SETS = ("scifact", "pubmedqa", "medquad")
SAMPLES = (500, 100)  # documents
ANSWERS = 0.6  # share of a sample that answers questions
GIVEN = 5  # passages a generator is given
FOUND = 100  # passages among which GIVEN remain when a question's own are left out
RIDGE = 1.0  # keeps weights finite where a feature tells the classes apart without a mistake


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked of one corpus: what was found, and whether it suffices."""

    corpus: str
    documents: int
    question: str
    found: tuple[Retrieved, ...]
    suffices: bool

    @property
    def fits(self) -> bool:
        """Whether this case fits the numbers; the other half measures them."""
        return hashlib.sha256(self.question.encode()).digest()[0] % 2 == 0


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    cases = [case for name in SETS for case in ask(data / "bench" / name)]
    rows, notes = [], []
    for pack, names in PACKS.items():
        numbers = fit([case for case in cases if case.corpus in names and case.fits])
        notes.append(f"{pack}: evidence: {json.dumps(numbers.model_dump())}")
        for corpus, documents in dict.fromkeys((c.corpus, c.documents) for c in cases):
            held = [
                c for c in cases if (c.corpus, c.documents) == (corpus, documents) and not c.fits
            ]
            if corpus in names:
                rows.append({"pack": pack, "set": corpus, **measure(held, numbers)})
    print(write("sufficiency", "python benchmarks/sufficiency.py", rows, [*NOTES, *notes]))


NOTES = [
    "a refusal is right when no relevant document is among the five passages found",
    "precision, recall: of refusals, at the threshold; ECE: in ten bins of equal width",
    "half of the questions fitted each pack's numbers; the figures are of the other half",
]


def ask(folder: Path) -> Iterator[Case]:
    """Yield the cases of one benchmark: all its documents, then samples of them."""
    print(folder.name, file=sys.stderr)
    yield from _cases(beir.load(folder))
    for size in SAMPLES:
        with tempfile.TemporaryDirectory() as name:
            sampled = sample(folder, Path(name) / folder.name, size)
            yield from _cases(beir.load(sampled))


def sample(folder: Path, target: Path, size: int) -> Path:
    """Write ``size`` documents of a benchmark, and the questions they answer, to ``target``."""
    chance = random.Random(f"{folder.name} {size}")  # noqa: S311 - a sample, not a secret
    judged = beir.load(folder)
    lines = {
        json.loads(line)["_id"]: line for line in judged.corpus.read_text("utf-8").splitlines()
    }
    kept: set[str] = set()
    for question in chance.sample(sorted(judged.questions), len(judged.questions)):
        more = kept | set(_relevant(judged, question))
        kept = more if len(more) <= size * ANSWERS else kept
    asked = [name for name in judged.questions if set(_relevant(judged, name)) <= kept]
    answers = {document for name in judged.questions for document in _relevant(judged, name)}
    kept |= set(chance.sample(sorted(set(lines) - answers), size - len(kept)))
    target.mkdir(parents=True)
    _write(target / "corpus.jsonl", [line for name, line in lines.items() if name in kept])
    texts = judged.questions
    _write(
        target / "queries.jsonl",
        [json.dumps({"_id": name, "text": texts[name]}) for name in asked],
    )
    shutil.copy(folder / "qrels.tsv", target / "qrels.tsv")
    return target


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\n".join(lines), encoding="utf-8")


def _cases(judged: Benchmark) -> Iterator[Case]:
    setup, _ = setups.choose("en", pack=None, mode="hybrid", embedder="", settings=settings.load())
    with benchmark.indexed(judged, setup) as corpus:
        for name, text in judged.questions.items():
            relevant = set(_relevant(judged, name))
            if not relevant:
                continue
            found = corpus.retriever.retrieve(Question(text), k=FOUND)
            others = [i for i in found if corpus.names[i.passage.document_id] not in relevant]
            for kept in (found, others):
                given = tuple(kept[:GIVEN])
                suffices = bool(relevant & set(corpus.ranking(given)))
                yield Case(judged.name, len(corpus.names), name, given, suffices)


def _relevant(judged: Benchmark, question: str) -> list[str]:
    return [document for document, grade in judged.qrels[question].items() if grade > 0]


def fit(cases: Sequence[Case]) -> Evidence:
    """Return the numbers that make ``cases`` likeliest; none lowers sufficiency as it rises."""
    features = np.array([evidence.features(case.found) for case in cases])
    weights = _logistic(features, np.array([case.suffices for case in cases]))
    intercept, coverage, score, similarity = (round(float(weight), 2) for weight in weights)
    return Evidence(intercept=intercept, coverage=coverage, score=score, similarity=similarity)


def _logistic(features: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the intercept and weights (each at least 0) by projected gradient descent."""
    inputs = np.column_stack((np.ones(len(features)), features))
    penalty = np.array([0.0, *([RIDGE] * features.shape[1])])
    weights = np.zeros(inputs.shape[1])
    step = 4 / (np.linalg.eigvalsh(inputs.T @ inputs)[-1] + 4 * RIDGE)
    for _ in range(200_000):
        slope = inputs.T @ (1 / (1 + np.exp(-inputs @ weights)) - truth) + penalty * weights
        moved = weights - step * slope
        moved[1:] = np.maximum(moved[1:], 0.0)
        if np.abs(moved - weights).max() < 1e-7:
            break
        weights = moved
    return moved


def measure(cases: Sequence[Case], numbers: Evidence) -> dict[str, object]:
    """Return how well ``numbers`` tell which of ``cases`` suffice."""
    sure = np.array([evidence.sufficiency(case.found, numbers) for case in cases])
    truth = np.array([case.suffices for case in cases])
    refused = sure < numbers.threshold
    right = (refused & ~truth).sum()
    return {
        "documents": cases[0].documents,
        "asked": len(cases),
        "sufficient": float(truth.mean().round(3)),
        "precision": round(float(right / max(1, refused.sum())), 3),
        "recall": round(float(right / max(1, (~truth).sum())), 3),
        "ECE": round(_calibration_error(sure, truth), 3),
    }


def _calibration_error(sure: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Return the mean gap, over ten bins, between what was said and what came true."""
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [
        (bins == number).mean() * abs(sure[bins == number].mean() - truth[bins == number].mean())
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


if __name__ == "__main__":
    main()
