from __future__ import annotations

import pytest

from domainkit.text.asked import giving, kind


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How much does a shingles vaccination cost?", "money"),
        ("How high can a fine of the Data Commissioner be?", "money"),
        ("Which antibiotic treats Lyme disease and at which dose?", "dose"),
        ("How many tablets may I take a day?", "dose"),
        ("How long must records be kept?", "time"),
        ("Until what age is it advised?", "time"),
        ("How much iron do women need?", "number"),
        ("What is the highest deposit?", "number"),
        ("What was the hazard ratio?", "number"),
        ("What is a crushed pill?", None),
        ("Is a price tag in a shop window an offer?", None),
        ("二手车交易的过户费是多少？", "money"),
        ("一次吃几片？", "dose"),
        ("试用期最长是几个月？", "time"),
        ("多少岁算成年人？", "time"),
        ("预付款要存管百分之多少？", "number"),
        ("软件算不算产品？", None),
        ("这几乎不可能吗？", None),
    ],
)
def test_what_kind_of_figure_is_asked_for(question: str, expected: str | None) -> None:
    assert kind(question) == expected


@pytest.mark.parametrize(
    ("question", "gives", "does_not"),
    [
        ("What does it cost?", "The fee is 35 crowns.", "Two doses, 6 months apart."),
        ("How high is the fine?", "Up to 2 per cent of turnover.", "Within 30 days."),
        ("What does it cost?", "It costs $3.", "It was wrong in 4.3% of photographs."),
        ("赔偿责任以多少为限？", "以五个月的服务费为限。", "期限为十个月。"),
        ("Which dose is given?", "Adults take 10 mg once a day.", "Adults of 18 years and over."),
        ("How long does it last?", "It lasts 2 weeks.", "Take 10 mg."),
        ("How many hours a week?", "The limit is 38 hours a week.", "38 persons were heard."),
        ("How much is allowed?", "At most two.", "As much as is needed."),
        ("罚款是多少钱？", "处以五百元罚款。", "三十日内缴纳。"),
        ("结核病要吃多久的药？", "疗程4至6个月。", "每次2片。"),
    ],
)
def test_a_text_gives_a_figure_of_the_kind_or_does_not(
    question: str, gives: str, does_not: str
) -> None:
    told = giving(question)
    assert told is not None
    assert told(gives)
    assert not told(does_not)


def test_the_question_s_own_figures_are_no_answer() -> None:
    told = giving("How long may a person of 60 years wait?")
    assert told is not None
    assert not told("Persons of 60 years are examined.")
    assert told("Persons of 60 years are examined within 3 months.")


def test_nothing_is_looked_for_where_no_figure_is_asked_for() -> None:
    assert giving("Which painkillers should be avoided?") is None
