"""An answer's words against an ideal answer's, worked out by hand."""

import pytest

from domainkit.evaluation import wording
from domainkit.evaluation.wording import against, f1, label, says


def test_words_in_common() -> None:
    """2 words of 4 and 2 are shared: precision 1/2, recall 1, F1 2/3."""
    assert f1(["take", "two", "each", "day"], ["two", "day"]) == pytest.approx(2 / 3)
    assert f1(["two", "two"], ["two"]) == pytest.approx(
        2 / 3
    )  # a word counts as often as it is there
    assert f1([], []) == 1
    assert f1([], ["two"]) == f1(["two"], []) == 0


def test_an_answer_against_the_nearest_of_two_ideals() -> None:
    made = against("Take the two tablets daily.", ["no", "two tablets, daily"])

    # take two tablets daily (the article aside) against two tablets daily: 2·3 / (4 + 3)
    assert made["token_f1"] == pytest.approx(6 / 7)
    assert made["exact_match"] == 0
    # ROUGE keeps the article: 2·3 / (5 + 3), all in order
    assert made["rouge_1"] == made["rouge_l"] == pytest.approx(6 / 8)


def test_rouge_l_is_of_the_longest_common_subsequence() -> None:
    """police killed the gunman / the gunman police killed: 4 words shared, 2 in order."""
    made = against("the gunman police killed", ["police killed the gunman"])

    assert made["rouge_1"] == 1
    assert made["rouge_l"] == pytest.approx(0.5)


def test_case_marks_and_spaces_do_not_count() -> None:
    assert against("  Two TABLETS!  ", ["two tablets"])["exact_match"] == 1
    assert against("每天三次。", ["每天 三次"]) == dict.fromkeys(wording.COMPARED, 1.0)
    assert against("每天三次", ["每天一次"])["token_f1"] == pytest.approx(6 / 8)


@pytest.mark.parametrize(
    ("text", "wanted", "held"),
    [
        ("No more than 300 mg", "30", False),
        ("No more than 30 mg", "30", True),
        ("30mg a day", "30", False),
        ("above 30/min", "30", True),
        ("the DOSE  is\ntwo", "dose is two", True),
        ("每天三次服用", "三次", True),
        ("静坐至少5分钟，", "5分钟", True),
        ("静坐至少15分钟，", "5分钟", False),
        ("低于90 mmHg为低", "90 mmHg", True),
        ("5 to 10 mg/kg.", "10 mg/kg", True),
        ("Café", "cafe", True),
        ("anything", "。", False),
        ("", "two", False),
    ],
)
def test_words_are_sought_whole(text: str, wanted: str, held: bool) -> None:
    assert says(text, wanted) is held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes, it does.", "yes"),
        ("No.", "no"),
        ("Maybe: the trials disagree.", "maybe"),
        ("Nobody knows.", None),
        ("The trial says yes.", None),
        ("是的，可以。", "yes"),
        ("不是。", "no"),
        ("", None),
    ],
)
def test_yes_no_and_maybe(text: str, said: str | None) -> None:
    assert label(text, {}) == said


CHOICES = {"A": "metformin", "B": "insulin", "C": "insulin glargine"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("B", "B"),
        ("(b) insulin", "B"),
        ("B. Because ...", "B"),
        ("The answer is C.", "C"),
        ("答案是A。", "A"),
        ("It is metformin.", "A"),
        ("Insulin glargine is used.", "C"),  # its words hold another choice's
        ("Metformin or insulin.", None),
        ("A patient needs insulin.", "B"),  # an article is no letter of a choice
        ("a", "A"),
        ("Diet.", None),
    ],
)
def test_choices(text: str, said: str | None) -> None:
    assert label(text, CHOICES) == said


def test_a_text_of_100_kb_is_compared_by_its_beginning() -> None:
    made = against("two tablets " * 10_000, ["two tablets"])

    assert made["token_f1"] == pytest.approx(4 / 20_002)
    assert made["rouge_l"] == pytest.approx(4 / (wording.MOST + 2))
