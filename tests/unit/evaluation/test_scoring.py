"""Scores worked out by hand."""

import pytest
from judged import found, gold, question, turn

from domainkit.evaluation import scoring
from domainkit.evaluation.scoring import judge, ranked, score, units
from domainkit.types import Span, Verdict


def test_an_answer_that_cites_one_right_and_one_wrong_passage() -> None:
    row = question(must_cite=[{"path": "a", "quote": "x"}], must_say=["two tablets", "a day"])
    answered = turn(retrieved=found("p1", "p2"), cited=("p1", "p2"), support=0.5, sufficiency=0.8)

    made = score(judge(row, answered, [gold("p2", span=Span(10, 14))]))

    assert made == {
        "status_accuracy": 1.0,
        "false_refusal_rate": 0.0,
        "false_insufficient_rate": 0.0,
        "answer_risk": 0.0,
        "guard_false_alarm_rate": 0.0,
        "evidence_recall": 1.0,
        "char_recall": 1.0,  # all 4 gold characters are among the 20 given
        "char_precision": 4 / 20,
        "support": 0.5,
        "citation_recall": 1.0,
        "citation_precision": 0.5,
        "must_say_rate": 0.5,
        "latency_p50": 0.5,
        "latency_p95": 0.5,
    }


def test_a_passage_that_says_the_same_is_as_good() -> None:
    row = question(must_cite=[{"path": "a", "quote": "x"}])
    answered = turn(retrieved=found("p1", "p2", also=("other",)), cited=("p1",))

    made = score(judge(row, answered, [gold("other")]))

    assert made["citation_recall"] == made["citation_precision"] == made["evidence_recall"] == 1


def test_silence_where_an_answer_was_due() -> None:
    row = question(must_cite=[{"path": "a", "quote": "x"}], ideal=["Two."], must_not_say=["three"])
    silent = turn("insufficient", "The documents do not say. Two.", retrieved=found("p1"))

    made = score(judge(row, silent, [gold("p9")]))

    assert made["status_accuracy"] == made["citation_recall"] == made["evidence_recall"] == 0
    assert made["false_insufficient_rate"] == 1
    assert made["insufficient_precision"] == made["abstention_precision"] == 0
    assert made["exact_match"] == made["token_f1"] == made["rouge_l"] == 0  # no answer was given
    assert made["must_not_say_rate"] == 0
    assert "citation_precision" not in made  # it cites nothing
    assert "answer_risk" not in made


@pytest.mark.parametrize(
    ("expected", "status", "metrics"),
    [
        (
            "refused",
            "refused",
            {"refusal_recall": 1, "refusal_precision": 1, "abstention_recall": 1},
        ),
        ("refused", "answered", {"refusal_recall": 0, "abstention_recall": 0, "answer_risk": 1}),
        (
            "escalated",
            "refused",
            {"escalation_recall": 0, "refusal_precision": 0, "abstention_recall": 1},
        ),
        ("insufficient", "insufficient", {"insufficient_recall": 1, "insufficient_precision": 1}),
        ("clarify", "clarify", {"clarify_recall": 1, "abstention_precision": 1}),
        (
            "answered",
            "refused",
            {"false_refusal_rate": 1, "refusal_precision": 0, "abstention_precision": 0},
        ),
        ("answered", "escalated", {"false_refusal_rate": 1, "escalation_precision": 0}),
    ],
)
def test_refusals(expected: str, status: str, metrics: dict[str, float]) -> None:
    made = score(judge(question(expect=expected), turn(status), []))

    assert {name: made.get(name) for name in metrics} == metrics


def test_a_guard_that_stops_a_question() -> None:
    stopped = turn("refused", verdicts=(Verdict("scope", "question", "refuse"),))

    assert score(judge(question(expect="refused"), stopped, []))["guard_recall"] == 1
    assert score(judge(question(), stopped, []))["guard_false_alarm_rate"] == 1
    withheld = turn("refused", verdicts=(Verdict("grounding", "answer", "refuse"),))
    assert score(judge(question(expect="refused"), withheld, []))["guard_recall"] == 0


def test_words_that_one_passage_holds_together_count_once() -> None:
    together = [gold("a"), gold("b", "c"), gold("a", "b"), gold("d"), gold()]

    assert sorted(map(sorted, units(together))) == [["a", "b", "c"], ["absent:4"], ["d"]]


def test_a_ranking_names_the_first_passage_of_each_unit() -> None:
    wanted = [gold("a", "b"), gold("c")]

    named = ranked([("x",), ("b", "y"), ("a",), ("z", "c")], wanted)

    assert named == ["x", "unit:0", "a", "unit:1"]


def test_slices() -> None:
    row = question(
        language="zh",
        tags=["dose"],
        as_of="2020-01-01",
        history=[{"role": "user", "content": "?"}],
    )

    assert set(scoring.sliced(judge(row, turn(), [gold("p")]))) == {
        "language:zh",
        "expect:answered",
        "tag:dose",
        "profile:guideline",
        "date:given",
        "turn:follow-up",
    }
