from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.evaluation.risk import SILENT, area, curve, threshold

CASES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def wrongly(sure: list[float], suffices: list[bool], least: float) -> int:
    return sum(s >= least and not enough for s, enough in zip(sure, suffices, strict=True))


def test_the_least_threshold_that_keeps_the_promise() -> None:
    sure = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    suffices = [True, True, False, True, False, True, False, False, False]
    # Of ten questions with the next one, a fifth may be wrong: one of these nine.
    found = threshold(sure, suffices, target=0.2)
    assert 0.5 < found < 0.5001
    assert wrongly(sure, suffices, found) == 1


@given(CASES, st.floats(0.01, 0.99))
def test_the_bound_holds_and_no_lower_threshold_keeps_it(
    cases: list[tuple[float, bool]], target: float
) -> None:
    sure, suffices = [s for s, _ in cases], [enough for _, enough in cases]
    found = threshold(sure, suffices, target=target)

    def bound(least: float) -> float:
        return (wrongly(sure, suffices, least) + 1) / (len(sure) + 1)

    if found < SILENT:
        assert bound(found) <= target + 1e-6
    lower = [s for s in sure if s < found]
    if lower and max(lower) > 0 and found < SILENT:
        assert bound(max(lower)) > target - 1e-6


def test_too_few_questions_promise_nothing() -> None:
    assert threshold([0.9], [True], target=0.1) == SILENT
    assert threshold([], [], target=0.1) == SILENT


def test_the_promise_holds_for_new_questions() -> None:
    chance = np.random.default_rng(7)
    shares = []
    for _ in range(300):
        sure = chance.random(200)
        suffices = chance.random(200) < sure
        found = threshold(sure[:100].tolist(), suffices[:100].tolist(), target=0.1)
        shares.append(np.mean((sure[100:] >= found) & ~suffices[100:]))
    assert np.mean(shares) == pytest.approx(0.1, abs=0.01)
    assert np.mean(shares) < 0.1


def test_the_curve_goes_from_the_surest_to_all() -> None:
    points = curve([0.9, 0.2, 0.5, 0.5], [True, False, False, True])
    assert points.tolist() == [[0.25, 0.0], [0.75, pytest.approx(1 / 3)], [1.0, 0.5]]
    assert area(points) == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)


@given(CASES)
def test_every_curve_ends_with_all_questions(cases: list[tuple[float, bool]]) -> None:
    points = curve([s for s, _ in cases], [enough for _, enough in cases])
    assert 0 <= area(points) <= 1
    if cases:
        lacking = sum(not enough for _, enough in cases) / len(cases)
        assert points[-1].tolist() == [1.0, pytest.approx(lacking)]
