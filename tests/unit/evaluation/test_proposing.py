"""What a passage looks like decides what is asked of it."""

from __future__ import annotations

import pytest

from domainkit.evaluation.proposing import propose, propose_by, same
from domainkit.testing import EchoGenerator
from domainkit.types import Passage, Span


def passage(text: str, *section: str, title: str = "Leave") -> Passage:
    return Passage(
        "p",
        "d",
        title,
        section[-1] if section else "para. 1",
        Span(0, len(text)),
        text,
        section=section,
    )


@pytest.mark.parametrize(
    ("text", "section", "origin", "question"),
    [
        (
            "Who approves leave?\n\nThe head of the department approves leave.",
            ("Who approves leave?",),
            "question",
            "Who approves leave?",
        ),
        (
            "§ 4 Illness\n\n(2) Where an employee falls ill on leave, the days are given back.",
            ("§ 4 Illness",),
            "condition",
            "What applies where an employee falls ill on leave, under “Leave”?",
        ),
        (
            "§ 5 Carrying over\n\nLeave that was not taken is carried over to the next year.",
            ("§ 5 Carrying over",),
            "heading",
            "What does “Leave” say about carrying over?",
        ),
        (
            "2.1 Why is leave given?\n\nLeave is given so that employees can rest.",
            ("2.1 Why is leave given?",),
            "question",
            "Why is leave given?",
        ),
        (
            "3 Carrying over\n\nLeave that was not taken is carried over to the next year.",
            ("3 Carrying over",),
            "heading",
            "What does “Leave” say about carrying over?",
        ),
        (
            "二、测量时的姿势\n\n手臂放在桌面上，袖带与心脏同高。",
            ("二、测量时的姿势",),
            "heading",
            "《Leave》关于“测量时的姿势”是怎么说的？",
        ),
        (
            "§ 6 HIV tests\n\nNobody has to say how a test of theirs came out.",
            ("§ 6 HIV tests",),
            "heading",
            "What does “Leave” say about HIV tests?",
        ),
        (
            "第四条 维修期限超过十日的，经营者应当免费提供备用品。",
            ("第四条",),
            "condition",
            "根据《Leave》，维修期限超过十日的，应当如何处理？",
        ),
        (
            "第五条 消费者有权拒绝强制交易，也可以投诉。",
            ("第五条",),
            "condition",
            "根据《Leave》，消费者有权做什么？",
        ),
        (
            "测量时的姿势\n\n手臂放在桌面上，袖带与心脏同高。",
            ("测量时的姿势",),
            "heading",
            "《Leave》关于“测量时的姿势”是怎么说的？",
        ),
    ],
)
def test_each_form_has_its_question(
    text: str, section: tuple[str, ...], origin: str, question: str
) -> None:
    first = next(iter(propose(passage(text, *section))))
    assert (first.origin, first.question) == (origin, question)
    assert first.quote in text
    assert first.quote != section[-1]


@pytest.mark.parametrize(
    ("text", "blank", "figure"),
    [
        ("There are 25 days of leave in a year of work.", "There are … of leave", "25 days"),
        (
            "(3) It is paid at 50 per cent of the wage of that day.",
            "“It is paid at … of",
            "50 per cent",
        ),
        ("经营者应当在收到商品之日起七日内返还价款。", "之日起…内返还", "七日"),
    ],
)
def test_a_sentence_with_one_figure_is_asked_for_by_the_rest(
    text: str, blank: str, figure: str
) -> None:
    *_, found = propose(passage(text))
    assert blank in found.question
    assert figure not in found.question
    assert (found.origin, found.must_say, found.quote) == ("figure", (figure,), text)


def test_what_points_elsewhere_or_says_little_is_not_asked() -> None:
    pointing = "If it is still that high, contact a health professional without delay."
    assert not [p for p in propose(passage(pointing)) if p.origin == "condition"]
    assert not list(propose(passage("Contents\n\nSee below.", "Contents")))
    assert not list(propose(passage("From 2 hours to 3 days, or 4 weeks where a doctor says so.")))


def test_what_a_model_writes_is_taken_only_if_it_is_a_question() -> None:
    about = passage("There are 25 days of leave in a year of work.")
    written = propose_by(EchoGenerator('"How many days of leave are there?"\nAnd more.'), about)
    assert written
    assert (written.question, written.origin) == ("How many days of leave are there?", "model")
    for said in ("", "Leave.", "几天？", "有几天年假，由谁批准？", "x" * 500 + "?"):
        assert propose_by(EchoGenerator(said), about) is None


def test_case_spaces_and_punctuation_make_no_other_question() -> None:
    assert same("How many  days?") == same("how many days")
    assert same("几天？") == "几天"
