"""A judge is asked in both orders, and what it prefers for its place alone is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.errors import EvaluationError
from domainkit.evaluation import labelled
from domainkit.evaluation.pairwise import (
    Judge,
    Judgement,
    Pair,
    judged,
    tally,
    verdict,
)
from domainkit.types import Generation, Prompt


class _Says:
    """A judge that replies as a function of the prompt says; keeps what it was asked."""

    id = "says"

    def __init__(self, reply: Callable[[str], str]) -> None:
        self._reply = reply
        self.asked: list[Prompt] = []

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        self.asked.append(prompt)
        return Generation(self._reply(prompt.messages[-1].content), self.id)

    def stream(self, *_: object, **__: object) -> object:
        raise NotImplementedError


def prefers_the_long(text: str) -> str:
    one, two = text.split("Answer 1: ")[1].split("\n\nAnswer 2: ")
    two = two.partition("\n\n")[0]
    return "tie" if len(one) == len(two) else ("1" if len(one) > len(two) else "2")


PAIRS = [
    Pair("a", "How much?", "Two tablets a day.", "Two.", "Two tablets."),
    Pair("b", "How much?", "Two.", "Two tablets a day."),
    Pair("c", "How much?", "Two.", "One."),
]


def test_each_pair_is_judged_in_both_orders_and_told_as_it_stands() -> None:
    says = _Says(prefers_the_long)
    made = list(judged(Judge(says), PAIRS))
    assert [one.choice for one in made] == ["first", "second", "tie"]
    assert all(one.consistent for one in made)
    assert len(says.asked) == 6
    assert "Reference: Two tablets." in says.asked[0].messages[-1].content
    told = tally(made)
    assert (told.first, told.second, told.ties, told.consistency, told.leans) == (1, 1, 1, 1.0, "")


def test_what_is_known_is_not_judged_again() -> None:
    assert [one.id for one in judged(Judge(_Says(prefers_the_long)), PAIRS, ["a"])] == ["b", "c"]


@pytest.mark.parametrize(("reply", "place"), [("1", "first"), ("2", "second")])
def test_a_judge_that_prefers_a_place_is_found_out(reply: str, place: str) -> None:
    pairs = [Pair(str(n), "How much?", f"{n}.", "Two.") for n in range(8)]
    told = tally(judged(Judge(_Says(lambda _: reply)), pairs))
    assert told.leans == place
    assert (told.ties, told.consistency) == (8, 0.0)
    assert told.chance == pytest.approx(2 / 2**8)


def test_a_judge_that_says_nothing_decides_nothing() -> None:
    told = tally(judged(Judge(_Says(lambda _: "Both are fine.")), PAIRS))
    assert (told.unread, told.first, told.second, told.ties) == (3, 0, 0, 0)
    assert (told.consistency, told.chance) == (0.0, 1.0)
    assert tally([]).chance == 1.0


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("1", "first"),
        ("Answer 2 is better.", "second"),
        ("**Tie**", "tie"),
        ("平局。", "tie"),
        ("1 or 2", "unread"),
        ("12", "unread"),
        ("1.5 mg", "unread"),
        ("", "unread"),
        ("2\n\nAnswer 1 says too little.", "second"),
    ],
)
def test_a_reply_is_read_only_if_it_says_one_thing(reply: str, said: str) -> None:
    assert verdict(reply) == said


def test_a_rubric_of_ones_own_is_asked_by_and_named() -> None:
    says = _Says(lambda _: "1")
    ours = Judge(says, "Prefer the kinder one.")
    ours.judge(PAIRS[0])
    assert says.asked[0].messages[0].content == "Prefer the kinder one."
    assert ours.id != Judge(says).id
    Judge(says).judge(Pair("z", "多少？", "两片。", "一片。", language="zh"))
    assert "回答 1: 两片。" in says.asked[2].messages[1].content


ROWS = [
    {"instruction": "Shorten.", "input": "A b.", "response1": "A.", "response2": "B.",
     "annotator1": 1, "annotator2": 1, "annotator3": 2},
    {"instruction": "Shorten.", "input": "", "response1": "A.", "response2": "B.",
     "annotator1": 0, "annotator2": 1, "annotator3": 2},
]  # fmt: skip


def test_judged_pairs_are_read_and_agreed_with(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps(ROWS), encoding="utf-8")
    rows = labelled.read(path)
    assert [row.label for row in rows] == ["first", "tie"]
    assert rows[0].pair.question == "Shorten.\n\nA b."
    found = labelled.agreed(rows, {"1": "first"})
    assert (found.count, found.accuracy) == (2, 0.5)
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    assert labelled.read(path) == rows
    assert labelled.among_people(rows) == pytest.approx((0.0 + 0.0 + 1 / 3) / 3, abs=0.4)
    path.write_text('{"instruction": "x", "response1": "a", "response2": "b"}', encoding="utf-8")
    with pytest.raises(EvaluationError, match="row 1 is no judged pair"):
        labelled.read(path)


def test_a_judgement_is_consistent_only_if_both_orders_say_so() -> None:
    assert Judgement("a", "first", "tie").choice == "tie"
    assert not Judgement("a", "unread", "unread").consistent
