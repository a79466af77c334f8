"""Metrics agree with their definitions, computed by hand."""

from __future__ import annotations

import math

import pytest

from domainkit.evaluation.ranking import score


def test_scores_are_what_the_formulas_say() -> None:
    qrels = {"a": {"x": 2, "y": 1}, "b": {"z": 1}}
    scores = score({"a": ["q", "x", "y"], "b": ["z"]}, qrels)
    gained = 2 / math.log2(3) + 1 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert scores.ndcg == pytest.approx((gained / ideal, 1.0))
    assert scores.ndcg_10 == pytest.approx((gained / ideal + 1) / 2)
    assert scores.mrr_10 == pytest.approx((1 / 2 + 1) / 2)
    assert scores.recall_10 == scores.recall_100 == 1.0
    assert scores.queries == 2


def test_only_the_first_ten_count_where_ten_are_named() -> None:
    ranking = [f"n{i}" for i in range(10)] + ["x"]
    scores = score({"a": ranking}, {"a": {"x": 1}})
    assert (scores.ndcg_10, scores.recall_10, scores.mrr_10) == (0.0, 0.0, 0.0)
    assert scores.recall_100 == 1.0


def test_a_question_without_a_relevant_document_does_not_count() -> None:
    scores = score({"a": ["x"], "b": ["x"]}, {"a": {"x": 1}, "b": {"x": 0}})
    assert (scores.queries, scores.ndcg_10) == (1, 1.0)


def test_a_question_for_which_nothing_was_found_counts_as_zero() -> None:
    scores = score({"a": ["x"], "b": []}, {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}})
    assert scores.ndcg == (1.0, 0.0, 0.0)
    assert scores.ndcg_10 == pytest.approx(1 / 3)


def test_the_order_counts_and_not_the_names() -> None:
    qrels = {"a": {"m": 1}}
    for ranking in (["m", "a", "z"], ["m", "z", "a"]):
        assert score({"a": ranking}, qrels).mrr_10 == 1.0


def test_nothing_judged_scores_nothing() -> None:
    assert score({}, {"a": {"x": 0}}).queries == 0
