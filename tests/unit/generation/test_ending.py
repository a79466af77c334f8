from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.generation.ending import OVER, before_over, certain, circles, whole


def test_an_answer_is_over_where_the_prompts_own_words_begin_again() -> None:
    assert before_over("Yes [1].\nQuestion: And no?\nSources: x") == "Yes [1]."
    assert before_over("是[1]。\n问题：为什么？") == "是[1]。"
    assert before_over("The Question: why?") == "The Question: why?"


@given(st.text("ab \n", max_size=20), st.sampled_from(sorted(OVER)), st.data())
def test_what_has_been_shown_never_has_to_be_taken_back(
    text: str, over: str, data: st.DataObject
) -> None:
    whole_text = text + over + " more"
    written = whole_text[: data.draw(st.integers(0, len(whole_text)))]
    shown = written[: certain(written)] if before_over(written) == written else ""
    assert before_over(whole_text).startswith(shown)


def test_only_what_may_begin_the_prompts_words_is_held_back() -> None:
    assert certain("Yes [1].\nQues") == len("Yes [1].")
    assert certain("Yes [1].\nQuit") == len("Yes [1].\nQuit")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Two a day [1]. Never mo", "Two a day [1]."),
        ("Two a day [1].", "Two a day [1]."),
        ("每天两片。[1] 不得超", "每天两片。[1]"),
        ("Two a day. [1][2] Never mo", "Two a day. [1][2]"),
        ("Two a day. [1] Never more than 2.5 mg. [", "Two a day. [1] Never more than 2.5 mg."),
        ("Never mo", ""),
        ("", ""),
    ],
)
def test_only_finished_sentences_are_whole(text: str, kept: str) -> None:
    assert whole(text) == kept


def test_a_text_that_repeats_a_stretch_goes_in_circles() -> None:
    sentence = "The dose is two tablets every six hours for an adult. "
    assert circles(sentence * 2)
    assert not circles(sentence + "Children take one tablet every six hours, and no more.")
    assert not circles("Yes. Yes. Yes.")
