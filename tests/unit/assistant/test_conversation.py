from __future__ import annotations

import pytest

from domainkit.assistant.conversation import TURNS, condense
from domainkit.types import Message, Question


def asked(text: str, *history: str, language: str = "en") -> str | None:
    turns = [
        message
        for earlier in history
        for message in (Message("user", earlier), Message("assistant", "An answer. [1]"))
    ]
    return condense(Question(text, tuple(turns), language=language)).condensed


DOSE = "How much paracetamol may an adult take?"


@pytest.mark.parametrize(
    "follow_up", ["And in 24 hours?", "Does it reduce inflammation?", "What about children?"]
)
def test_a_follow_up_is_asked_with_what_it_follows(follow_up: str) -> None:
    assert asked(follow_up, DOSE) == f"{DOSE} {follow_up}"


@pytest.mark.parametrize("follow_up", ["那孩子呢？", "它有什么副作用？", "多久起效？"])
def test_a_chinese_follow_up_is_asked_with_what_it_follows(follow_up: str) -> None:
    before = "成人可以服用多少对乙酰氨基酚？"
    assert asked(follow_up, before, language="zh") == f"{before} {follow_up}"


def test_another_subject_begins_anew() -> None:
    assert asked("Which light therapy is used for psoriasis?", DOSE) is None
    assert asked("带状疱疹疫苗要打几针？", "成人可以服用多少对乙酰氨基酚？", language="zh") is None


def test_without_a_history_nothing_is_put_before_a_question() -> None:
    assert asked("And in 24 hours?") is None


def test_a_thread_goes_back_to_the_question_that_named_the_subject_and_no_further() -> None:
    thread = [DOSE, "What causes hypoglycemia?", "How is it treated?"]
    assert asked("And in children?", *thread) == (
        "What causes hypoglycemia? How is it treated? And in children?"
    )


def test_what_is_remembered_is_bounded() -> None:
    thread = [DOSE, *[f"And after {n} hours?" for n in range(50)]]
    condensed = asked("And then?", *thread)
    assert condensed is not None
    assert condensed.count("?") <= TURNS + 1


def test_a_question_condensed_by_the_caller_is_left_alone() -> None:
    question = Question("And then?", (Message("user", DOSE),), condensed="What then?")
    assert condense(question) is question
