"""Intervals and chances, held against what can be worked out by hand."""

from math import comb

import pytest

from domainkit.evaluation import resampling
from domainkit.evaluation.resampling import better, interval


def test_an_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 200)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert interval([0.7] * 5) == pytest.approx((0.7, 0.7))
    assert interval([]) == (0.0, 0.0)


def test_a_small_gain_on_every_question_counts_and_a_large_one_on_few_does_not() -> None:
    base = [0.1 * (i % 10) for i in range(60)]
    assert better([value + 0.02 for value in base], base) < 0.001
    assert better([*(v for v in base[:-1]), base[-1] + 0.5], base) > 0.2
    assert better(base, base) == 1.0


def test_the_interval_of_a_share_is_the_binomials() -> None:
    """Of 10 questions with 5 right, the resampled count is binomial: 2 to 8 hold 97.9 %."""
    assert interval([0.0, 1.0] * 5) == (0.2, 0.8)


@pytest.mark.parametrize(
    ("value", "count", "ends"),
    [
        (1.0, 1, (0.025, 1.0)),
        (0.0, 1, (0.0, 0.975)),
        (1.0, 50, (0.9288782, 1.0)),  # Clopper and Pearson's for 50 of 50
        (0.0, 10, (0.0, 0.3084971)),  # and for 0 of 10
        (0.5, 1, (0.0125, 0.9875)),
    ],
)
def test_what_is_all_alike_is_not_certain(
    value: float, count: int, ends: tuple[float, float]
) -> None:
    assert resampling.alike(value, count) == pytest.approx(ends, abs=1e-6)


@pytest.mark.parametrize(
    ("gained", "lost", "chance"),
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (0, 5, 2 / 2**5),
        (1, 9, 2 * (comb(10, 0) + comb(10, 1)) / 2**10),
        (2_000, 2_100, 0.12),
    ],
)
def test_mcnemar_is_the_two_sided_binomial(gained: int, lost: int, chance: float) -> None:
    tolerance = 1e-12 if gained < 100 else 0.01
    assert resampling.mcnemar(gained, lost) == pytest.approx(chance, abs=tolerance)


def test_differ_counts_both_directions() -> None:
    """Of five equal differences, all five signs must be the same: 2 of 32."""
    up = resampling.differ([0.6] * 5, [0.5] * 5)

    assert up == pytest.approx(2 / 32, abs=0.01)
    assert up == resampling.differ([0.5] * 5, [0.6] * 5)
    assert better([0.6] * 5, [0.5] * 5) == pytest.approx(1 / 32, abs=0.01)
    assert resampling.differ([0.5, 0.7], [0.5, 0.7]) == 1.0
