"""Weights are learnt from judged questions, and told on questions they were not learnt from."""

from __future__ import annotations

import numpy as np

from domainkit.evaluation.ranker import Case, fit, named, report
from domainkit.retrieval.ranker import FEATURES


def cases(corpus: str, count: int, *, choice: bool = True) -> list[Case]:
    """Return questions whose relevant passage tells the aspect and has no better score."""
    rng = np.random.default_rng(len(corpus))
    made = []
    for number in range(count):
        rows = rng.random((8, len(FEATURES)))
        rows[0, FEATURES.index("aspect")] = 1.5
        grades = np.zeros(8)
        grades[0] = 1.0
        documents = tuple(f"d{place}" for place in range(8))
        name = f"{corpus}-{number}"
        made.append(Case(corpus, name, documents, grades, rows[:, 0], rows if choice else None))
    return made


def judged(found: list[Case]) -> dict[str, dict[str, dict[str, int]]]:
    return {found[0].corpus: {case.question: {"d0": 1} for case in found}}


def test_the_feature_that_tells_gets_the_weight() -> None:
    weights = named(fit(cases("a", 60)))
    assert max(weights, key=lambda name: weights[name]) == "aspect"


def test_a_report_compares_unseen_questions_with_the_order_there_was() -> None:
    first, second = cases("first", 60), cases("other", 40)
    rows = report([*first, *second], judged(first) | judged(second))
    assert [row["set"] for row in rows] == ["first", "other"]
    for row in rows:
        assert row["after"] > row["before"]
        assert row["p"] < 0.05
        assert row["without_set"] > row["before"]
        assert row["reranked"] == 1.0


def test_where_nothing_is_reranked_nothing_changes() -> None:
    left = cases("left", 20, choice=False)
    (row,) = report(left, judged(left))
    assert row["before"] == row["after"]
    assert row["reranked"] == 0.0
    assert row["without_set"] is None
    assert not fit(left).any()
