"""What became of an answer, and of the passages behind it."""

from dataclasses import replace

import pytest
from judged import citation, question, turn

from domainkit.evaluation.comparison import compare, paired
from domainkit.evaluation.impact import changes, differing
from domainkit.evaluation.record import Item
from domainkit.types import Passage, Retrieved, Span


def retrieved(*passages: tuple[str, str, str]) -> tuple[Retrieved, ...]:
    """Return passages of (id, document, text)."""
    return tuple(
        Retrieved(Passage(name, document, "T", "L", Span(0, len(text)), text), 0.5, rank)
        for rank, (name, document, text) in enumerate(passages, start=1)
    )


def item(
    *passages: tuple[str, str, str], text: str = "Two.", cited: str = "", **scores: float
) -> Item:
    made = turn("answered", text, retrieved=retrieved(*passages))
    answer = replace(made.answer, citations=(citation(cited),) if cited else ())
    return Item("q", "s", question(), replace(made, answer=answer), scores=scores,
                slices=("language:en",))  # fmt: skip


TWO = ("p1", "d1", "adults take two tablets a day")
EIGHT = ("p2", "d1", "adults take eight tablets a day")
OTHER = ("p3", "d2", "syrup is for children")
NEW = ("p4", "d3", "tablets are blue")


def kinds(old: Item, new: Item) -> list[tuple[str, str, str, bool]]:
    (change,) = changes([old], [new])
    return [(p.kind, p.passage_id, p.was, p.cited) for p in change.passages]


def test_a_passage_rewritten_in_its_document_is_the_cause() -> None:
    old, new = item(TWO, OTHER, cited="p1"), item(EIGHT, OTHER, text="Eight.", cited="p2")

    assert kinds(old, new) == [("rewritten", "p2", "p1", True)]
    assert changes([old], [new])[0].what == ("text",)  # the double's citations quote the same


def test_what_an_answer_cites_comes_before_what_it_does_not() -> None:
    old, new = item(TWO, OTHER, cited="p1"), item(NEW, text="Blue.", cited="p4")

    assert kinds(old, new) == [("vanished", "p1", "", True), ("appeared", "p4", "", True)]


def test_without_a_citation_all_passages_that_came_and_went_are_named() -> None:
    assert kinds(item(TWO, OTHER), item(TWO, NEW, text="Blue.")) == [
        ("vanished", "p3", "", False),
        ("appeared", "p4", "", False),
    ]


def test_a_new_order_is_told_where_nothing_else_changed() -> None:
    old, new = item(TWO, OTHER), item(OTHER, TWO, text="Syrup.")

    assert kinds(old, new) == [("moved", "p3", "", False), ("moved", "p1", "", False)]


def test_the_same_passages_and_another_answer() -> None:
    (change,) = changes([item(TWO, support=1.0)], [item(TWO, text="Six.", support=0.0)])

    assert change.passages == ()
    assert change.what == ("text",)
    assert change.scores == {"support": (1.0, 0.0)}


def test_an_answer_that_is_the_same_is_no_change() -> None:
    assert changes([item(TWO)], [item(EIGHT)]) == ()
    assert changes([item(TWO)], [replace(item(TWO, text="Six."), question=question(id="r"))]) == ()


def test_what_differs_of_two_configurations() -> None:
    assert differing({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == ("a", "b", "c")


def test_a_comparison_pairs_questions_and_tests_what_moved() -> None:
    def run(*right: float) -> list[Item]:
        items = [item(TWO, status_accuracy=value, support=value / 2) for value in right]
        return [replace(one, id=str(n)) for n, one in enumerate(items)]

    before, after = run(1, 1, 1, 1, 1, 0), run(0, 0, 0, 0, 0, 1)
    extra = replace(item(TWO, status_accuracy=1.0), id="alone")

    made = {(c.metric, c.slice): c for c in compare([*before, extra], after)}

    told = made["status_accuracy", ""]
    assert (told.before, told.after, told.count, told.test) == (5 / 6, 1 / 6, 6, "McNemar")
    assert told.difference == pytest.approx(-2 / 3)
    assert told.chance == pytest.approx(2 * (1 + 6) / 2**6)
    assert told.low <= told.difference <= told.high
    assert made["support", ""].test == "sign flips"
    assert made["support", "language:en"].difference == pytest.approx(-1 / 3)
    assert len(paired([*before, extra], after)) == 6
