"""Texts that say the same in other everyday words are read as the same."""

from __future__ import annotations

import pytest

from domainkit.guards.matching import match, rarity
from domainkit.guards.plain import alike, subject
from domainkit.text.figures import figures
from domainkit.types import Passage, Span


def verdict(statement: str, source: str) -> str:
    passage = Passage("p", "d", "Title", "1", Span(0, len(source)), source)
    return match(statement, passage, rarity([passage]), least=0.6).verdict


def test_words_that_mean_the_same_become_one() -> None:
    assert alike("Operations BEGAN straight away") == alike("surgery started immediately")
    assert alike("不可以喝酒，每天两次") == alike("不得饮酒，一日二次")


def test_what_says_nothing_of_the_subject_is_left_out() -> None:
    assert not subject("Someone must take at most 5 mg daily").strip()
    assert "metformin" in subject("Patients should be given metformin twice a day")


@pytest.mark.parametrize(
    ("statement", "source", "expected"),
    [
        (
            "The wound must not be cut or sucked.",
            "Do not use a tight tourniquet, do not cut or suck the wound.",
            "supported",
        ),
        (
            "An attack frequently starts with sudden pain in the big toe.",
            "Attacks often begin in the big toe with sudden pain, swelling and redness.",
            "supported",
        ),
        (
            "Carbamazepine and phenytoin raise its level.",
            "Aspirin raises the risk of bleeding. Carbamazepine and phenytoin are avoided, "
            "because they lower its level.",
            "contradicted",
        ),
        (
            "The target is a serum urate above 360 micromol/L.",
            "The target is a serum urate below 6 mg/dL (360 micromol/L).",
            "contradicted",
        ),
        ("服药期间不可以喝酒。", "服药期间不得饮酒。", "supported"),
        ("服药期间可以喝酒。", "服药期间不得饮酒。", "contradicted"),
        (
            "高血压患者应当在医师指导下使用。",
            "心功能不全、高血压患者应当在医师指导下使用。",
            "supported",
        ),
    ],
)
def test_other_words_are_judged_by_what_they_say(
    statement: str, source: str, expected: str
) -> None:
    assert verdict(statement, source) == expected


def test_a_bound_reaches_into_brackets_and_over_its_words() -> None:
    sides = {(f.value, f.side) for f in figures("below 6 mg/dL (360 micromol/L)")}
    assert sides == {(6.0, "to"), (360.0, "to")}
    assert {f.side for f in figures("it can last no longer than 4 months")} == {"to"}
    assert {(f.value, f.unit) for f in figures("2 caplets")} == {(2.0, "piece")}
