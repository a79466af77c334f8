from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.text import sentences

# What divides, what only looks as if, and what stands around them.
PIECES = st.lists(
    st.sampled_from(
        [
            *". ! ? 。 ！ ； … ... 1. (a) - • A. e.g. no. 5 Art. Dr. mg. ) ” 」".split(),
            "Word",
            "word",
            "两片",
            "\n",
            "\n\n",
            "\n \n",
            " ",
            "\t",
            "\u2028",
            "\x00",
        ]
    )
).map("".join)


def split(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take two tablets. Then rest.", ["Take two tablets.", "Then rest."]),
        ("Is it safe? Yes! Go on", ["Is it safe?", "Yes!", "Go on"]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("服用两片。然后休息！好吗？是；否", ["服用两片。", "然后休息！", "好吗？", "是；", "否"]),
        (
            "缺课2.1天（率比0.72；95%置信区间0.58至0.90）；对照组2.9天",
            ["缺课2.1天（率比0.72；95%置信区间0.58至0.90）；", "对照组2.9天"],
        ),
        ("「你好。」他说。", ["「你好。」", "他说。"]),
        ("First part\n\nSecond part", ["First part", "Second part"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_full_stops_and_blank_lines_end_a_sentence(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The dose is 3.5 mg a day.",
        "See Smith v. Jones et al. The court said so.",
        "Ask Dr. Brown or Ms. Green.",
        "J. R. Smith v. B. Jones, No. 5, was cited.",
        "It follows from Art. 6(1)(b) and Sec. IV of the act.",
        "Painkillers, e.g. Paracetamol, are taken as approx. 4 doses.",
        "Acme Inc. The Seller agrees.",
        "Go to www.example.org today.",
        "etc. and so on",
    ],
)
def test_what_only_looks_like_an_end_is_none(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The answer is no. The patient rests.", ["The answer is no.", "The patient rests."]),
        ("Take 1 g. Do not exceed 4 g. Rest.", ["Take 1 g.", "Do not exceed 4 g.", "Rest."]),
        ("Boil for 5 min. Then serve.", ["Boil for 5 min.", "Then serve."]),
        ("It takes 5 ms. Then it stops.", ["It takes 5 ms.", "Then it stops."]),
        ("Take vitamin C. Then rest.", ["Take vitamin C.", "Then rest."]),
        ("See Fig. A. The line falls.", ["See Fig. A.", "The line falls."]),
        ("So did I. Then we left.", ["So did I.", "Then we left."]),
    ],
)
def test_words_that_are_abbreviations_elsewhere_end_a_sentence(
    text: str, expected: list[str]
) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Take two. 2. Rest.", ["1. Take two.", "2. Rest."]),
        ("2.1. Scope. This act", ["2.1. Scope.", "This act"]),
        ("1. Aspirin\n2. Ibuprofen", ["1. Aspirin", "2. Ibuprofen"]),
        ("Either:\na) one\n(b) two", ["Either:", "a) one", "(b) two"]),
        ("These:\na. one;\nii. two.", ["These:", "a. one;", "ii. two."]),
        ("Take:\n- one\n• two", ["Take:", "- one", "• two"]),
        ("7.", ["7."]),
    ],
)
def test_list_items_begin_a_sentence_with_their_number(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "text", ["take 5\nmg. a day", "it seems to\nme. a bit", "vitamin\nc. too"]
)
def test_a_wrapped_line_is_no_list_item(text: str) -> None:
    assert split(text) == [text]


@given(PIECES | st.text())
def test_spans_hold_every_visible_character_once_and_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "".join("".join(span.of(text) for span in spans).split()) == "".join(text.split())
    for span in spans:
        assert span.of(text) == span.of(text).strip() != ""


@pytest.mark.parametrize(
    "text", ["A. " * 40_000, "a. A" * 30_000, "\n" * 100_000, "1.\n" * 40_000, " " * 100_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = perf_counter()
    sentences(text)
    assert perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "4 How long to measure\nMeasure for 7 days.",
            ["4 How long to measure", "Measure for 7 days."],
        ),
        ("## Methods\nWe counted.", ["## Methods", "We counted."]),
        ("第一章 总则\n为了保护，制定本法。", ["第一章 总则", "为了保护，制定本法。"]),
        ("The dose is\n5 mg of Aspirin\nEvery day.", ["The dose is\n5 mg of Aspirin\nEvery day."]),
    ],
)
def test_a_numbered_heading_is_no_part_of_the_sentence_after_it(
    text: str, expected: list[str]
) -> None:
    assert [span.of(text) for span in sentences(text)] == expected


def test_a_chinese_heading_ends_with_its_line() -> None:
    text = "五、何时求助\n血压高于180/120 mmHg的，应当联系医务人员。"
    found = [span.of(text) for span in sentences(text)]
    assert found == ["五、何时求助", "血压高于180/120 mmHg的，应当联系医务人员。"]
