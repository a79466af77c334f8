from __future__ import annotations

import pytest
import tiny_model
from hypothesis import given
from hypothesis import strategies as st

from domainkit.errors import TrainingError
from domainkit.generation.base_model import open_base
from domainkit.training.masks import IGNORED, Encoded, check, encode, end_of_turn

PROMPT = "<|im_start|>user\nSources: [1] …<|im_end|>\n<|im_start|>assistant\n"
TOKENIZER = tiny_model.tokenizer()
END = TOKENIZER.eos_token_id


def encoded(answer: str, prompt: str = PROMPT, max_tokens: int = 4096) -> Encoded:
    return encode(
        prompt,
        answer,
        TOKENIZER,
        end_of_turn=END,
        max_tokens=max_tokens,
        place="train/rows.jsonl:7",
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).map(str.strip))
def test_trained_tokens_spell_the_answer_and_its_end_and_nothing_else(answer: str) -> None:
    if not answer or any(token in answer for token in tiny_model.SPECIAL):
        return
    row = encoded(answer)
    assert TOKENIZER.decode(row.trained) == answer + "<|im_end|>"
    assert TOKENIZER.decode(row.ids) == PROMPT + answer + "<|im_end|>"


def test_prompt_is_never_trained_even_where_it_says_what_the_answer_says() -> None:
    row = encoded("Take two tablets [1].", prompt=PROMPT + "Take two tablets [1].<|im_end|>\n")
    assert set(row.labels[: row.start]) == {IGNORED}
    assert len(row.trained) == len("Take two tablets [1].") + 1
    assert row.labels[row.start :] == row.ids[row.start :]


def test_an_example_that_is_too_long_is_refused_not_cut() -> None:
    row = encoded("Yes [1].")
    assert encoded("Yes [1].", max_tokens=len(row.ids)) == row
    with pytest.raises(TrainingError, match=r"train/rows\.jsonl:7: the example has \d+ tokens"):
        encoded("Yes [1].", max_tokens=len(row.ids) - 1)


def test_a_row_with_no_trained_token_is_an_error() -> None:
    row = encoded("Yes [1].")
    nothing = Encoded(row.ids, (IGNORED,) * len(row.ids))
    with pytest.raises(TrainingError, match="no token of this row is trained"):
        check(nothing, "Yes [1].", TOKENIZER, end_of_turn=END, place="x:1")


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_mask_that_is_off_by_one_is_an_error(shift: int) -> None:
    row = encoded("Yes [1].")
    at = row.start + shift
    wrong = Encoded(row.ids, (*[IGNORED] * at, *row.ids[at:]))
    with pytest.raises(TrainingError, match="the trained tokens spell"):
        check(wrong, "Yes [1].", TOKENIZER, end_of_turn=END, place="x:1")


def test_a_mask_without_the_end_of_turn_is_an_error() -> None:
    row = encoded("Yes [1].")
    endless = Encoded(row.ids, (*row.labels[:-1], IGNORED))
    with pytest.raises(TrainingError, match="the trained tokens spell"):
        check(endless, "Yes [1].", TOKENIZER, end_of_turn=END, place="x:1")


def test_end_of_turn_is_what_the_chat_template_writes(base) -> None:
    assert end_of_turn(base.text) == base.text.tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_a_template_that_ends_a_turn_with_nothing_leaves_it_to_the_tokenizer(tmp_path) -> None:
    template = "{% for m in messages %}<|im_start|>{{ m['role'] + m['content'] }}{% endfor %}"
    base = open_base(tiny_model.write_base(tmp_path, template=template))
    assert end_of_turn(base.text) == base.text.tokenizer.eos_token_id


def test_a_template_whose_end_does_not_stop_the_model_is_an_error(tmp_path) -> None:
    template = tiny_model.CHATML.replace("<|im_end|>", "<|endoftext|>")
    base = open_base(tiny_model.write_base(tmp_path, template=template))
    with pytest.raises(TrainingError, match=r"endoftext.*does not stop"):
        end_of_turn(base.text)
