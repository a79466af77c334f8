"""A figure belongs to what its own clause speaks of."""

from __future__ import annotations

import pytest

from domainkit.guards.clauses import misplaced
from domainkit.guards.reading import read

AMLODIPINE = "Adults start with 5 mg once a day, at most 10 mg once a day."
HIP = "The dose is 2.5 mg twice a day, for 35 days after hip and 12 days after knee replacement."
STOOL = "Adults take 2 caplets after the first stool and 1 caplet after each further loose stool."
DEFECTS = (
    "Claims for defects of goods sold are barred after 30 months, for defects of a building after "
    "7 years."
)
LEAVE = "劳动者每年享有年休假14日，工作满十年的为18日。"


@pytest.mark.parametrize(
    ("statement", "source", "wrong"),
    [
        ("Adults start with 5 mg once a day.", AMLODIPINE, False),
        ("Adults start with 10 mg once a day.", AMLODIPINE, True),
        ("Adults start with 5 mg and take no more than 10 mg a day.", AMLODIPINE, False),
        ("After hip replacement it is taken for 35 days.", HIP, False),
        ("After knee replacement it is taken for 12 days.", HIP, False),
        ("After knee replacement it is taken for 35 days.", HIP, True),
        ("After the first loose stool 2 caplets are taken.", STOOL, False),
        ("After each further loose stool 2 caplets are taken.", STOOL, True),
        ("Claims for defects of goods are barred after 30 months.", DEFECTS, False),
        ("Claims for defects of a building are barred after 7 years.", DEFECTS, False),
        ("Claims for defects of a building are barred after 30 months.", DEFECTS, True),
        ("工作满十年的年休假为18日。", LEAVE, False),
        ("工作满十年的年休假为14日。", LEAVE, True),
    ],
)
def test_a_figure_stands_with_what_it_is_of(statement: str, source: str, wrong: bool) -> None:
    claim = read(statement)
    assert any(misplaced(figure, claim, source) for figure in claim.figures) is wrong


def test_one_figure_has_no_rival() -> None:
    claim = read("Wash the wound for at least 15 minutes.")
    source = "Wash the wound with water and soap for at least 15 minutes, and seek care that day."
    assert not any(misplaced(figure, claim, source) for figure in claim.figures)
