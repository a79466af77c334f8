from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import source

from domainkit.guards.evidence import sufficiency
from domainkit.packs.schemas.manifest import Evidence
from domainkit.types import Retrieved

NUMBERS = Evidence(intercept=-4, coverage=5, score=3, similarity=2)


def found(score: float, **via: float) -> Retrieved:
    return replace(source("text"), score=score, via=via)


def test_it_is_the_logistic_of_the_best_of_each_feature() -> None:
    retrieved = [
        found(0.9, coverage=0.2, lexical=12.0),
        found(0.4, coverage=0.8, dense=0.3),
        found(0.1, dense=0.6),
    ]
    expected = 1 / (1 + exp(-(-4 + 5 * 0.8 + 3 * 0.9 + 2 * 0.6)))
    assert sufficiency(retrieved, NUMBERS) == pytest.approx(expected)


def test_nothing_found_is_nothing_to_answer_with() -> None:
    assert sufficiency([], Evidence(intercept=100)) == 0.0


def test_what_no_index_measured_counts_as_nothing() -> None:
    assert sufficiency([found(0.5)], NUMBERS) == pytest.approx(1 / (1 + exp(2.5)))


WEIGHT = st.floats(-1e6, 1e6)


@given(WEIGHT, WEIGHT, WEIGHT, st.floats(0, 1), st.floats(0, 1))
def test_it_is_a_probability_whatever_the_weights(
    intercept: float, coverage: float, score: float, held: float, fused: float
) -> None:
    numbers = Evidence(intercept=intercept, coverage=coverage, score=score)
    assert 0 <= sufficiency([found(fused, coverage=held)], numbers) <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_is_never_less_sufficient(less: float, more: float) -> None:
    low, high = sorted((less, more))
    assert sufficiency([found(0.5, coverage=low)], NUMBERS) <= sufficiency(
        [found(0.5, coverage=high)], NUMBERS
    )
