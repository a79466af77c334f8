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


MEASURES = ("ndcg@10", "recall@10", "recall@100", "mrr@10")


def score(rankings: Mapping[str, Sequence[str]], qrels: Qrels) -> RankingScores:
    """Return the scores of ``rankings``; nDCG has linear gains and log2 discounts.

    Args:
        rankings: document ids by question id, best first. A question without one scores 0.
        qrels: grades by question id and document id; 0 and below is not relevant.

    Raises:
        MissingExtra: when ir-measures is not installed.
    """
    each = by_question(rankings, qrels)
    asked = max(1, len(each))
    means = {name: sum(found[name] for found in each.values()) / asked for name in MEASURES}
    return RankingScores(
        queries=len(each),
        ndcg_10=means["ndcg@10"],
        recall_10=means["recall@10"],
        recall_100=means["recall@100"],
        mrr_10=means["mrr@10"],
        ndcg=tuple(found["ndcg@10"] for found in each.values()),
    )


def by_question(
    rankings: Mapping[str, Sequence[str]], qrels: Qrels
) -> dict[str, dict[str, float]]:
    """Return each of ``MEASURES`` for each question that has a relevant document.

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
    measures = (library.nDCG @ 10, library.R @ 10, library.R @ 100, library.RR @ 10)
    names = dict(zip(measures, MEASURES, strict=True))
    values = {question: dict.fromkeys(MEASURES, 0.0) for question in judged}
    for item in library.iter_calc(list(names), judged, run):
        values[item.query_id][names[item.measure]] = item.value
    return values
