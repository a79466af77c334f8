"""Means over questions come with an interval, and two of them with a paired test."""

from __future__ import annotations

import pytest

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
