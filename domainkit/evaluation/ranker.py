"""Fits and measures the ranker of a pack on judged questions.

A case is one question with what the ranker is given for it. Where works have nothing to choose
from, the ranker leaves the order alone, and the case neither fits nor counts against it. Every
question is ranked by weights that were fitted without it, on four fifths of the others; and, with
several sets, by weights that were fitted without its set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domainkit.evaluation.beir import Benchmark
from domainkit.evaluation.benchmark import Indexed
from domainkit.evaluation.ranking import score
from domainkit.evaluation.resampling import better, interval
from domainkit.retrieval.ranker import FEATURES, LearnedRanker
from domainkit.text import detect
from domainkit.types import Question

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

FOLDS = 5
# Keeps weights finite; nDCG@10 of medquad is the same from .003 to .03.
RIDGE = 0.01
_SCORE = np.eye(len(FEATURES))[0]  # by the score alone: as the order was
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the document and the grade of each passage, its score and its features.

    ``rows`` is None where the ranker leaves the order alone.
    """

    corpus: str
    question: str
    documents: tuple[str, ...]
    grades: Floats
    scores: Floats
    rows: Floats | None

    @property
    def fold(self) -> int:
        """Which fold holds the question, by its hash."""
        return hashlib.sha256(self.question.encode()).digest()[0] % FOLDS

    @property
    def fits(self) -> bool:
        """Whether there is something to learn from it."""
        return self.rows is not None and bool(self.grades.any())

    def ranking(self, weights: Floats) -> list[str]:
        """Return its documents, best first, as ``weights`` order them."""
        said = self.scores if self.rows is None else self.rows @ weights
        order = np.argsort(-said, kind="stable").tolist()
        return list(dict.fromkeys(self.documents[i] for i in order))


def collect(
    benchmark: Benchmark, corpus: Indexed, ranker: LearnedRanker, *, progress: Progress
) -> Iterator[Case]:
    """Yield a case for each question of ``benchmark``."""
    for done, (name, text) in enumerate(benchmark.questions.items(), start=1):
        question = Question(text, language=detect(text))
        found = corpus.retriever.considered(question, depth=ranker.depth)
        documents = tuple(corpus.names[item.passage.document_id] for item in found)
        grades = [max(0, benchmark.qrels[name].get(document, 0)) for document in documents]
        yield Case(
            benchmark.name,
            name,
            documents,
            np.array(grades, dtype=np.float64),
            np.array([item.score for item in found]),
            ranker.features(question, found),
        )
        progress(done, len(benchmark.questions))


def fit(cases: Sequence[Case]) -> Floats:
    """Return the weights that make relevant passages likeliest to be first (ListNet, a ridge).

    Each set counts by the square root of its questions, so that a small one is heard.
    """
    learnt = [case for case in cases if case.fits]
    rows = [case.rows for case in learnt if case.rows is not None]
    if not rows:
        return np.zeros(len(FEATURES))
    spread = np.concatenate(rows).std(0) + 1e-9
    inputs = [row / spread for row in rows]
    wanted = [case.grades / case.grades.sum() for case in learnt]
    names = [case.corpus for case in learnt]
    shares = np.array([names.count(name) ** -0.5 for name in names])
    shares /= shares.sum()
    weights = np.zeros(len(FEATURES))
    for _ in range(_STEPS):  # Newton's
        slope = 2 * RIDGE * weights
        curve = 2 * RIDGE * np.eye(len(weights))
        for row, target, share in zip(inputs, wanted, shares, strict=True):
            said = row @ weights
            likely = np.exp(said - said.max())
            likely /= likely.sum()
            mean = likely @ row
            slope += share * (likely - target) @ row
            curve += share * ((row * likely[:, None]).T @ row - np.outer(mean, mean))
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-7:
            break
    found: Floats = weights / spread
    return found


def report(
    cases: Sequence[Case], qrels: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> list[dict[str, Any]]:
    """Return a row for each set: nDCG@10 as it was, by folds, and without the set.

    Args:
        cases: of every set.
        qrels: the judgements of each set.
    """
    folds = [fit([case for case in cases if case.fold != fold]) for fold in range(FOLDS)]
    rows = []
    for name in dict.fromkeys(case.corpus for case in cases):
        own = [case for case in cases if case.corpus == name]
        others = [case for case in cases if case.corpus != name]
        before = _ndcg(own, [_SCORE], qrels[name])
        after = _ndcg(own, folds, qrels[name])
        learnt = any(case.fits for case in others)
        apart = _ndcg(own, [fit(others)], qrels[name]) if learnt else ()
        rows.append(
            {
                "set": name,
                "questions": len(before),
                "reranked": round(sum(case.rows is not None for case in own) / len(own), 3),
                "before": round(float(np.mean(before)), 4),
                "after": round(float(np.mean(after)), 4),
                "interval": [round(end, 4) for end in interval(after)],
                "p": round(better(after, before), 4),
                "without_set": round(float(np.mean(apart)), 4) if apart else None,
            }
        )
    return rows


def named(weights: Floats) -> dict[str, float]:
    """Return ``weights`` by the names of their features."""
    return {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)}


def _ndcg(
    cases: Sequence[Case], weights: Sequence[Floats], qrels: Mapping[str, Mapping[str, int]]
) -> tuple[float, ...]:
    """Return nDCG@10 of each question, by the weights of its fold or by the only ones."""
    rankings = {case.question: case.ranking(weights[case.fold % len(weights)]) for case in cases}
    return score(rankings, qrels).ndcg
