"""Ranking metrics, as ir-measures computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domainkit import extras

Qrels = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class RankingScores:
    """Means over the questions that have a relevant document, each in [0, 1].

    ``ndcg`` has one value a question, in the order of the judgements.
    """

    queries: int
    ndcg_10: float
    recall_10: float
    recall_100: float
    mrr_10: float
    ndcg: tuple[float, ...]


def score(rankings: Mapping[str, Sequence[str]], qrels: Qrels) -> RankingScores:
    """Return the scores of ``rankings``; nDCG has linear gains and log2 discounts.

    Args:
        rankings: document ids by question id, best first. A question without one scores 0.
        qrels: grades by question id and document id; 0 and below is not relevant.

    Raises:
        MissingExtra: when ir-measures is not installed.
    """
    library = extras.load("ir_measures", needed_for="measuring rankings")
    judged = {
        question: dict(grades)
        for question, grades in qrels.items()
        if any(grade > 0 for grade in grades.values())
    }
    run = {
        question: {document: -float(rank) for rank, document in enumerate(ranking)}
        for question, ranking in rankings.items()
        if question in judged
    }
    measures = {
        "ndcg_10": library.nDCG @ 10,
        "recall_10": library.R @ 10,
        "recall_100": library.R @ 100,
        "mrr_10": library.RR @ 10,
    }
    values: dict[str, dict[str, float]] = {name: {} for name in measures}
    names = {measure: name for name, measure in measures.items()}
    for item in library.iter_calc(list(names), judged, run):
        values[names[item.measure]][item.query_id] = item.value
    each = {name: [by.get(question, 0.0) for question in judged] for name, by in values.items()}
    means = {name: sum(found) / max(1, len(judged)) for name, found in each.items()}
    return RankingScores(len(judged), **means, ndcg=tuple(each["ndcg_10"]))
