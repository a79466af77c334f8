"""What must hold of the terms of any text; examples stand in ``test_analysis.py``."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.text import index_terms, terms
from domainkit.text.analysis import fold

TEXTS = st.text() | st.lists(
    st.sampled_from("Infections treated the 高血压 怎么办 吗啡 ＩＬ－６ naïve 法 , 。".split())
).map(" ".join)


@given(TEXTS)
def test_terms_are_folded_and_hold_no_space(text: str) -> None:
    for term in terms(text):
        assert term == fold(term)
        assert "".join(term.split()) == term != ""


@given(TEXTS)
def test_an_index_holds_whatever_a_question_asks_for(text: str) -> None:
    assert set(terms(text)) <= set(index_terms(text))


@given(TEXTS)
def test_case_and_width_make_no_difference(text: str) -> None:
    assert terms(fold(text)) == terms(text)


@pytest.mark.parametrize(
    ("drug", "asked"),
    [("吗啡", "吗啡的剂量是多少？"), ("吗丁啉", "吗丁啉怎么吃"), ("morphine", "Morphines?")],
)
def test_a_drug_is_found_by_its_whole_name(drug: str, asked: str) -> None:
    assert set(terms(drug)) <= set(terms(asked))


def test_threads_get_the_same_terms() -> None:
    text = "treated infections of running patients " * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(terms, [text] * 64))
    assert all(each == found[0] for each in found)
