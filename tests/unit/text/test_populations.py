"""Whom a question asks about, and the statements that are of others."""

from __future__ import annotations

import pytest

from domainkit.text import populations

PREGNANT = "How is anaemia defined in pregnant women?"
CHILD = "Can children of 8 take ibuprofen tablets?"


@pytest.mark.parametrize(
    ("question", "statement", "excluded"),
    [
        (PREGNANT, "Below 130 g/L in men, 120 g/L in women who are not pregnant.", True),
        (PREGNANT, "In pregnancy the threshold is 110 g/L in the first trimester.", False),
        (PREGNANT, "Haemoglobin is adjusted for altitude.", False),
        ("What holds for women who are not pregnant?", "In pregnancy it is 110 g/L.", True),
        ("孕妇贫血的标准是多少？", "未怀孕的妇女低于120克/升。", True),
        ("孕妇贫血的标准是多少？", "妊娠早期低于110克/升。", False),
        (CHILD, "Adults and children of 12 years and over take 1 tablet.", True),
        (CHILD, "Children under 12 years: ask a doctor.", False),
        (CHILD, "Adults take 1 tablet.", True),
        ("How much may a 40-year-old take?", "Children take half a tablet.", True),
        ("How much do adults take?", "Adults and children over 12 take 1 tablet.", False),
        ("How much do adults take?", "Children take half a tablet.", True),
        ("How much may women drink?", "Men: no more than 14 units a week.", True),
        ("How much may women drink?", "Men and women: no more than 14 units a week.", False),
        ("How much may one drink?", "Men: no more than 14 units a week.", False),
        ("十岁的孩子可以订立合同吗？", "九周岁以上的未成年人可以独立订立合同。", False),
        ("小孩一次吃几片？", "成人一次一片。", True),
    ],
)
def test_a_statement_is_of_others_than_those_asked_about(
    question: str, statement: str, excluded: bool
) -> None:
    assert populations.excluded(populations.asked(question), statement) == excluded


@pytest.mark.parametrize(
    ("question", "statement", "included"),
    [
        (CHILD, "Children under 12 years: ask a doctor.", True),
        (CHILD, "Adults and children of 12 years and over take 1 tablet.", False),
        (CHILD, "Take it with food.", False),
        (PREGNANT, "In pregnancy the threshold is 110 g/L.", True),
        ("How much do adults take?", "Adults take 1 tablet.", False),
    ],
)
def test_a_statement_names_the_few_who_are_asked_about(
    question: str, statement: str, included: bool
) -> None:
    assert populations.included(populations.asked(question), statement) == included


def test_what_names_nobody_is_of_whom_the_last_one_named() -> None:
    general, adults, more = "Take it with food.", "Adults take 1 tablet.", "No more than 6 a day."
    assert [*populations.told([general, adults, more])] == [general, adults, adults]
