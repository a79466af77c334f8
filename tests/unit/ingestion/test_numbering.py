"""Headings count upwards; cross-references and lists do not."""

from __future__ import annotations

import pytest

from domainkit.ingestion.numbering import parse, upward


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("§ 14", (14,)),
        ("§ 43A", (43, 1)),
        ("Section 4.2", (4, 2)),
        ("Section 1.01", (1, 1)),
        ("cl. 4.2.1", (4, 2, 1)),
        ("[17]", (17,)),
        ("ARTICLE IV", (4,)),
        ("Article XIX", (19,)),
        ("第十二条", (12,)),
        ("第二十条", (20,)),
        ("第一百零二条", (102,)),
        ("第一千零八十七条", (1087,)),
        ("第二〇三条", (203,)),
        ("第十二条之一", (12, 1)),
        ("第12条", (12,)),
        ("Annex", None),
    ],
)
def test_numbers_are_read_from_labels(label: str, number: tuple[int, ...] | None) -> None:
    assert parse(label) == number


def flat(*numbers: int) -> list[tuple[int, ...]]:
    return [(n,) for n in numbers]


@pytest.mark.parametrize(
    ("numbers", "kept"),
    [
        (flat(1, 2, 3), "111"),
        (flat(3, 4, 5), "111"),  # an extract that begins in the middle
        (flat(1, 2, 9, 3, 4), "11011"),  # a cross-reference ahead
        (flat(1, 2, 3, 2, 4), "11101"),  # a cross-reference back
        (flat(43, 49, 50), "111"),  # repealed articles
        ([(43,), (43, 1), (44,)], "111"),
        ([(12,), (12, 1), (12, 2), (13,)], "1111"),
        ([(1,), (1, 1), (1, 2), (2,), (2, 1)], "11111"),
        ([(1, 1), (1, 2), (2, 1)], "111"),
        (flat(1, 2, 3, 1, 2, 4, 5), "1110011"),  # a list within article 3
        ([*flat(1, 2, 3), *flat(1, 2, 3)], "111111"),  # an annex
        ([(1,), None, (2,)], "101"),
    ],
)
def test_only_the_count_belongs(numbers: list[tuple[int, ...] | None], kept: str) -> None:
    assert upward(numbers) == [c == "1" for c in kept]
