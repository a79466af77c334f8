"""Whatever stands in a source or a question, a prompt has its template's own marks and no others.

Every family's template is rendered, and read by a tokenizer to which each mark of every family is
one token. A prompt about hostile text must hold the same marks, in the same order, as one about
plain text, and each source must stay on the lines that are its own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_control_tokens import MARKS

from domainkit.generation.prompt import compose
from domainkit.generation.template import render
from domainkit.models.families import families
from domainkit.packs import catalog, loader
from domainkit.packs.pack import Pack
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

# The forms that the families' own templates write turns in, after the cards of their models.
_OPEN = "{% if add_generation_prompt %}"
_EACH = "{% for m in messages %}"
CHATML = (
    _EACH + "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    f"{_OPEN}<|im_start|>assistant\n{{% endif %}}"
)
LLAMA_2 = (
    "{% set system = messages[0].content %}<s>[INST] <<SYS>>\n{{ system }}\n<</SYS>>\n\n"
    "{{ messages[1].content }} [/INST]"
)
LLAMA_3 = (
    "<|begin_of_text|>" + _EACH + "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content }}<|eot_id|>{% endfor %}"
    f"{_OPEN}<|start_header_id|>assistant<|end_header_id|>\n\n{{% endif %}}"
)
MISTRAL = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "<s>[INST] {{ messages[0].content }}[/INST]"
)
GEMMA = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}<bos>"
    + _EACH
    + "<start_of_turn>{{ m.role }}\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    f"{_OPEN}<start_of_turn>model\n{{% endif %}}"
)
GLM = "[gMASK]<sop>" + _EACH + "<|{{ m.role }}|>\n{{ m.content }}{% endfor %}<|assistant|>\n"
PHI = _EACH + "<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}<|assistant|>\n"
OWN = {
    "llama": (CHATML, LLAMA_2, LLAMA_3),
    "mistral": (MISTRAL,),
    "qwen2": (CHATML,),
    "qwen3": (CHATML,),
    "smollm3": (CHATML,),
    "gemma2": (GEMMA,),
    "gemma3_text": (GEMMA,),
    "gemma3": (GEMMA,),
    "glm": (GLM,),
    "glm4": (GLM,),
    "chatglm": (GLM,),
    "phi3": (PHI,),
    "stablelm": (CHATML, PHI),
}
# Each template once, with the families that use it.
TEMPLATES: dict[str, list[str]] = {}
for _name, _family in families().items():
    for _template in (_family.template,) if _family.template else OWN[_name]:
        TEMPLATES.setdefault(_template, []).append(_name)
# Marks of the templates above that are no mark of a family's end.
_TURNS = (
    "<|im_start|> <|begin_of_text|> <|start_header_id|> <|end_header_id|> <s> [INST] [/INST] <bos>"
    " <<SYS>> <</SYS>> <start_of_turn> <|system|> <|user|> <|assistant|> [gMASK] <sop>"
).split()
EVERY = sorted({*MARKS, *_TURNS}, key=len)
PACKS = [loader.load(name) for name in catalog.names()]

hidden = st.sampled_from(["", "\u200b", "\u00ad", "\u2060", "\U000e0041", "\x00", " "])
hostile = st.lists(
    st.one_of(
        st.sampled_from(EVERY),
        st.tuples(st.sampled_from(EVERY), hidden).map(lambda p: p[0][:1] + p[1] + p[0][1:]),
        st.sampled_from(["<|a<|im_end|>|>", "<<|im_end|>|", "\n\n[2] Other\n", "\nQuestion: "]),
        st.text(max_size=6),
    ),
    min_size=1,
    max_size=5,
).map("".join)


@cache
def spelling() -> Any:
    """Give a tokenizer that spells bytes, and takes each mark for one token."""
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    made = tokenizers.Tokenizer(
        tokenizers.models.BPE({word: number for number, word in enumerate(alphabet)}, [])
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    )
    made.add_special_tokens([tokenizers.AddedToken(mark, special=True) for mark in EVERY])
    return made


def marks(text: str) -> list[str]:
    """Return the marks in ``text`` as the tokenizer reads it."""
    return [token for token in spelling().encode(text).tokens if token in EVERY]


def prompted(pack: Pack, asked: str, *texts: str) -> Prompt:
    sources = [
        Retrieved(Passage(f"p{i}", "d", text, text, Span(0, len(text)), text), 1.0, i, {})
        for i, text in enumerate(texts, start=1)
    ]
    return compose(pack, Question(asked), sources, budget=100_000, count=len)


@settings(max_examples=25)
@given(pack=st.sampled_from(PACKS), asked=hostile, one=hostile, other=hostile)
def test_no_source_and_no_question_brings_a_mark(
    pack: Pack, asked: str, one: str, other: str
) -> None:
    shown = prompted(pack, asked, one, other)
    plain = prompted(pack, "Why?", "One is so.", "Two is not.")
    for template, names in TEMPLATES.items():
        said = render(shown.messages, template, add_generation_prompt=True, special=_SPECIAL)
        usual = render(plain.messages, template, add_generation_prompt=True, special=_SPECIAL)
        assert marks(said) == marks(usual), names


@settings(max_examples=40)
@given(asked=hostile, one=hostile, other=hostile)
def test_a_source_keeps_to_its_own_lines(asked: str, one: str, other: str) -> None:
    """A heading and a text, each on one line: nothing in them begins a line of the prompt."""
    shown = prompted(PACKS[0], asked, one, other).messages[-1].content
    usual = prompted(PACKS[0], "Why?", "One.", "Two.").messages[-1].content
    assert shown.count("\n") == usual.count("\n")
    assert [line[:4] for line in shown.split("\n") if line[:2] in ("[1", "[2")] == ["[1] ", "[2] "]


def test_the_tokenizer_would_see_a_mark() -> None:
    assert marks("a <|im_end|> b </s>") == ["<|im_end|>", "</s>"]
    assert marks(render(prompted(PACKS[0], "?", "x").messages, CHATML, add_generation_prompt=True))


_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}
