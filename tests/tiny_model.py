"""A base model small enough to make anew in a test: random weights, one token a byte, ChatML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 4096,
    "initializer_range": 0.2,
}


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: two, on a model of two layers, only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tokenizer(template: str = CHATML) -> Any:
    """Return a tokenizer that spells every text byte by byte."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    spelling = Tokenizer(models.BPE({byte: i for i, byte in enumerate(alphabet)}, []))
    spelling.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    spelling.decoder = decoders.ByteLevel()
    spelling.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    pad, _, end = SPECIAL
    made = PreTrainedTokenizerFast(tokenizer_object=spelling, eos_token=end, pad_token=pad)
    made.chat_template = template
    return made


def write_base(
    folder: Path, *, family: str = "llama", seed: int = 0, template: str = CHATML, **shape: int
) -> Path:
    """Write a random model of ``family`` and its tokenizer to ``folder``; return the folder.

    ``shape`` changes or adds to ``SHAPE``.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    words = tokenizer(template)
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        family,
        **{**SHAPE, **shape},
        vocab_size=len(words),
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config.eos_token_id = words.eos_token_id
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
