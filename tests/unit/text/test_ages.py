"""The age that is asked about, and the ages that a statement is of."""

from __future__ import annotations

import pytest

from domainkit.text import ages


@pytest.mark.parametrize(
    ("question", "age"),
    [
        ("How many caplets may an eight-year-old take in 24 hours?", 8),
        ("What is the dose for a 10 year old?", 10),
        ("Can children of 8 take it?", 8),
        ("How often is a woman of 45 screened?", 45),
        ("How much may a 6-month-old have?", 0.5),
        ("8岁的孩子一天最多吃几片？", 8),
        ("What may a 2-year-old and a 9-year-old take?", None),
        ("What is the dose for children of 6 to 8 years?", None),
        ("8岁以上的儿童吃多少？", None),
        ("How many tablets may an adult take?", None),
    ],
)
def test_the_one_age_that_is_asked_about(question: str, age: float | None) -> None:
    assert ages.asked(question) == age


@pytest.mark.parametrize(
    ("statement", "excluded"),
    [
        ("Children of 9 to 11 years: no more than 3 caplets in 24 hours.", True),
        ("Children of 6 to 8 years: no more than 2 caplets in 24 hours.", False),
        ("Adults and children of 12 years and over: 4 caplets.", True),
        ("Children under 6 years: ask a doctor, 1 caplet at most.", True),
        ("9至11岁儿童24小时内不超过3片。", True),
        ("6至8岁儿童24小时内不超过2片。", False),
        ("12岁及以上：4片。", True),
        ("Take 2 caplets after the first loose stool.", False),
        ("One dose, then 0.5 ml every 10 to 20 years.", False),
        ("Take it for over 10 years.", False),
        ("9 to 11 years: 3 caplets; 6 to 8 years: 2 caplets.", False),
    ],
)
def test_a_statement_of_other_ages_is_none_of_an_eight_year_old(
    statement: str, excluded: bool
) -> None:
    assert ages.excluded(8, statement) == excluded
