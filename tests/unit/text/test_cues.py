from __future__ import annotations

import pytest

from domainkit.text import cues


@pytest.mark.parametrize(
    "question",
    [
        "How many adults took part?",
        "How was night work measured?",
        "What was the primary outcome?",
        "Who was excluded?",
        "纳入了多少人？",
    ],
)
def test_some_questions_ask_how_a_study_was_made(question: str) -> None:
    assert cues.asks_design(question)


@pytest.mark.parametrize(
    "question",
    [
        "By how many hours did omrivir shorten symptoms?",
        "Did walking at lunchtime improve insomnia?",
        "Is a rent increase sent by a message effective?",
        "借款利率超过多少的部分无效？",
    ],
)
def test_others_ask_what_was_found(question: str) -> None:
    assert not cues.asks_design(question)


def test_methods_and_facts_come_before_findings_and_reasons() -> None:
    assert cues.is_before(("Methods",), "Sleep was better.")
    assert cues.is_before((), "In all 192 workers were assigned to a walk.")
    assert cues.is_before(("经审理查明",), "借款一万元。")
    assert not cues.is_before(("REASONS", "2."), "The notice had no effect.")


def test_what_only_ties_subject_and_answer_is_no_subject() -> None:
    assert cues.related("Which glucose means diabetes?") == "Which glucose   diabetes?"
    assert "cost" not in cues.related("What does an entry cost?")
    assert "costs" in cues.related("Which costs are covered by the landlord?")


def test_of_two_figures_that_stand_side_by_side_one_is_asked_for() -> None:
    crude, adjusted = "The crude odds ratio was 1.41.", "Adjusted for age it was 1.34."
    assert cues.is_other("What is the adjusted odds ratio?", crude)
    assert not cues.is_other("What is the adjusted odds ratio?", adjusted)
    assert cues.is_other("What is the crude odds ratio?", adjusted)
    assert not cues.is_other("What is the odds ratio?", crude)
