import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.guards.markers import Said, said, stray, written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take two [1].", [("Take two.", (1,))]),
        ("Take two. [1]", [("Take two.", (1,))]),
        ("Take two.[1] Rest. [2]", [("Take two.", (1,)), ("Rest.", (2,))]),
        ("Take two [1][2].", [("Take two.", (1, 2))]),
        ("Take two [2, 1].", [("Take two.", (2, 1))]),
        ("Take two [1-3].", [("Take two.", (1, 2, 3))]),
        ("Take two [1 and 3].", [("Take two.", (1, 3))]),
        ("Take two [Source 2].", [("Take two.", (2,))]),
        ("服用两片【1】。休息[2]。", [("服用两片。", (1,)), ("休息。", (2,))]),
        ("服用两片。[1]休息。［2］", [("服用两片。", (1,)), ("休息。", (2,))]),
        ("服用两片[资料1]。", [("服用两片。", (1,))]),
        ("[1] Take two. [2] Rest.", [("Take two.", (1,)), ("Rest.", (2,))]),
        ("Two [1] or three [2] tablets.", [("Two or three tablets.", (1, 2))]),
        ("Two [1] or two [1].", [("Two or two.", (1,))]),
        ("It ends here. [1] but goes on.", [("It ends here.", (1,)), ("but goes on.", ())]),
        ("1. Take two. [1]\n2. Rest. [2]", [("1. Take two.", (1,)), ("2. Rest.", (2,))]),
        ("See [2019] EWCA 1 and [a].", [("See [2019] EWCA 1 and [a].", ())]),
        ("No marker.", [("No marker.", ())]),
        ("[1] [2]", []),
        ("", []),
    ],
)
def test_a_marker_belongs_to_its_sentence(
    text: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(s.text, s.numbers) for s in said(text)] == expected


def test_the_space_between_sentences_is_kept() -> None:
    assert [s.gap for s in said("One. [1]\n\nTwo. [2] Three.")] == ["", "\n\n", " "]


def test_words_that_a_marker_stood_between_stay_apart() -> None:
    assert said("drug[1]works.") == [Said("", "drug works.", (1,))]


def test_markers_that_name_no_source_are_known() -> None:
    assert stray("A [1]. B [7]. C [2, 9]. D 【0】. E [8-9].", 2) == ("[7]", "【0】", "[8-9]")
    assert stray("A [1].", 0) == ("[1]",)


@given(st.text(alphabet="ab.。 \n[]1,-2", max_size=60))
def test_no_marker_is_left_and_no_word_is_lost(text: str) -> None:
    found = said(text)
    assert stray("".join(s.text for s in found), 0) == () or "[[" in text or "]]" in text
    kept = "".join(c for s in found for c in s.text if c in "ab")
    assert kept == "".join(c for c in text if c in "ab")


@pytest.mark.parametrize(
    "text", ["Take two. [1] Rest.[2][3]", "每日两次。[1]餐后服用。", "A [1].\n\nB."]
)
def test_what_was_read_can_be_written_again(text: str) -> None:
    assert said(written(said(text))) == said(text)
