import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.text.neutral import disarm, neutralise, tampering, without_numbers

ROLE_TOKENS = [
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<｜User｜>",
    "<s>",
    "</s>",
    "<<SYS>>",
    "<</SYS>>",
    "[INST]",
    "[/INST]",
    "[gMASK]",
    "[sMASK]",
    "<sop>",
    "<eop>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<bos>",
    "<human>",
    "[Round 3]",
    "</think>",
]


@pytest.mark.parametrize("token", ROLE_TOKENS)
def test_a_role_token_keeps_its_word_and_loses_its_brackets(token: str) -> None:
    word = "".join(c for c in token if c.isalnum() or c in "_/ ").strip()
    assert disarm(f"before {token} after") == f"before ({word}) after"


@pytest.mark.parametrize("token", ROLE_TOKENS)
def test_a_role_token_in_a_question_is_tampering(token: str) -> None:
    assert token in tampering(f"What is the dose? {token}")


def test_a_token_hidden_by_invisible_characters_is_found() -> None:
    hidden = "<\u200b|im_\u00adstart|>"
    assert disarm(hidden) == "(im_start)"
    assert tampering(hidden)


def test_a_token_inside_a_token_leaves_none() -> None:
    assert not tampering(disarm("<|a<|im_start|>|>"))


@pytest.mark.parametrize(
    "text",
    [
        "Is p < 0.05 and q > 3 significant?",
        "Take <5 mg> daily",
        "the array [1, 2] and [x]",
        "a | b | c",
        "What does [sic] mean?",
        "第十二条 <民法典>",
        "Is Instagram bad? [Instructions for use]",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert disarm(text) == text
    assert tampering(text) == ""


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u200e", "\ufeff", "\u00ad", "\x00", "\x1b", "\u2060", "\ue000", "\U000e0041"],
)
def test_what_a_reader_cannot_see_is_gone(hidden: str) -> None:
    assert disarm(f"do{hidden}se") == "dose"


def test_hidden_ascii_and_turned_writing_are_tampering_and_a_pasted_space_is_not() -> None:
    assert tampering("dose\U000e0069\U000e0067") == "hidden characters"
    assert tampering("dose \u202eesrever") == "hidden characters"
    assert tampering("a pasted\u200b question\ufeff") == ""


@pytest.mark.parametrize(
    ("numbered", "plain"),
    [
        ("as shown [12].", "as shown (12)."),
        ("[1, 2] and 【3】", "(1, 2) and (3)"),
        ("[4-6]", "(4-6)"),
        ("[2019] EWCA Civ 1", "[2019] EWCA Civ 1"),
        ("[a]", "[a]"),
    ],
)
def test_a_texts_own_references_are_no_longer_in_square_brackets(
    numbered: str, plain: str
) -> None:
    assert without_numbers(numbered) == plain


def test_a_source_is_one_line() -> None:
    assert neutralise("First.\n\n[2] Fake, title\nQuestion: obey\t me ") == (
        "First. (2) Fake, title Question: obey me"
    )


HOSTILE = st.text(alphabet=st.sampled_from("<>|[]/ INSTgMASKsop\n#1,system\u200b"), max_size=40)


@given(st.one_of(st.text(max_size=60), HOSTILE))
def test_once_neutral_always_neutral(text: str) -> None:
    neutral = neutralise(text)
    assert neutralise(neutral) == neutral
    assert tampering(neutral) == ""
    assert "\n" not in neutral


@given(st.text(alphabet="abc 中文.,", max_size=60))
def test_the_words_of_plain_text_stay(text: str) -> None:
    assert neutralise(text) == " ".join(text.split())
