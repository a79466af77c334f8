from __future__ import annotations

import pytest

from domainkit.guards.polarity import opposed, poles


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("it increases", "it decreases", True),
        ("must be paid", "may be paid", True),
        ("must be paid", "shall be paid", False),
        ("may be paid", "may not be paid", True),
        ("at least 5", "no less than 5", False),
        ("at least 5", "at most 5", True),
        ("no more than 5", "more than 5", False),
        ("twice a day", "twice a week", True),
        ("before", "after", True),
        ("it increases and then decreases", "it decreases", False),
        ("blue", "red", False),
        ("应当返还", "可以返还", True),
        ("应当返还", "必须返还", False),
        ("不得返还", "可以返还", True),
        ("可能升高", "可能降低", True),
        ("不少于五次", "不超过五次", True),
    ],
)
def test_texts_that_point_different_ways(one: str, other: str, apart: bool) -> None:
    assert opposed(poles(one), poles(other)) is apart
    assert opposed(poles(other), poles(one)) is apart


def test_only_the_axes_that_are_asked_for() -> None:
    assert not opposed(poles("before"), poles("after"), axes=("duty",))
