"""No text of a document or of a question reaches a tokenizer as one of its own marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domainkit.models.families import families
from domainkit.text.neutral import disarm, neutralise

OWN = sorted(
    {mark for family in families().values() for mark in (*family.ends, family.begins)} - {""}
)
# Of vocabularies in use: SmolLM2, Qwen, Llama, Mistral, Gemma, GLM, DeepSeek, Phi, BERT, T5.
OTHERS = (
    "<repo_name> <file_sep> <issue_start> <jupyter_code> <tool_call> </tool_call> <|eom_id|>"
    " <|python_tag|> [TOOL_CALLS] [/TOOL_RESULTS] [IMG] [SYSTEM_PROMPT] <start_of_image> <unused0>"
    " <|observation|> <\uff5cUser\uff5c> <|begin\u2581of\u2581sentence|> [CLS] [SEP] <extra_id_0>"
    " <0x0A> <reserved_106> <think> <<SYS>> <|fim_prefix|> <sop> [gMASK] <|START_OF_TURN_TOKEN|>"
).split()
MARKS = [mark for mark in (*OWN, *OTHERS) if mark.strip() and not mark.isalnum()]


@settings(max_examples=60, deadline=None)
@given(
    before=st.text(max_size=12),
    inside=st.lists(st.sampled_from(MARKS), min_size=1, max_size=3),
    after=st.text(max_size=12),
)
def test_marks_come_apart(before: str, inside: list[str], after: str) -> None:
    shown = neutralise(before + "".join(inside) + after)
    assert not [mark for mark in MARKS if mark in shown]


@pytest.mark.parametrize("mark", MARKS)
def test_hidden_characters_do_not_hide_a_mark(mark: str) -> None:
    assert mark not in disarm(f"a {mark[0]}\u200b{mark[1:]} b")


def test_what_only_looks_like_a_tag_stays_readable() -> None:
    assert disarm("p < 0.05 and n > 30; 1<x>2") == "p < 0.05 and n > 30; 1(x)2"
