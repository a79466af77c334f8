"""Models of every family small enough to be made anew in a test: random weights, one token a byte.

They show that a family can be tuned, merged and served, not how well.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.models import families
from domainkit.models.importing import layout

# A plain ChatML, as most instruct models have it.
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# Two bytes that stand side by side in no text: a GGUF must have a pair that is merged.
MERGED = ("Ā", "ā")
GLM_SPECIAL = (
    "<|endoftext|>",
    "[gMASK]",
    "<sop>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
)
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
_PURPOSE = "making a tiny model"


def tokenizer(template: str | None = TEMPLATE, *, merges: Sequence[tuple[str, str]] = ()) -> Any:
    """Return a tokenizer that spells every text byte by byte, but for the pairs in ``merges``."""
    tokenizers = extras.load("tokenizers", needed_for=_PURPOSE)
    transformers = extras.load("transformers", needed_for=_PURPOSE)
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *(first + second for first, second in merges)]
    spelling = tokenizers.Tokenizer(
        tokenizers.models.BPE({word: i for i, word in enumerate(words)}, list(merges))
    )
    spelling.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    )
    spelling.decoder = tokenizers.decoders.ByteLevel()
    spelling.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in SPECIAL])
    pad, _, end = SPECIAL
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=spelling, eos_token=end, pad_token=pad
    )
    made.chat_template = template
    return made


def config(family: str, words: Any, **shape: Any) -> Any:
    """Return the configuration of a tiny ``family`` for the vocabulary ``words``.

    ``shape`` changes or adds to ``SHAPE`` and to what the table of families adds.
    """
    transformers = extras.load("transformers", needed_for=_PURPOSE)
    kind = transformers.CONFIG_MAPPING[family]
    named = {field.name for field in dataclasses.fields(kind)} | set(kind.attribute_map)
    usual = {name: size for name, size in SHAPE.items() if name in named}
    return kind(
        **{**usual, **families.find(family).tiny, "vocab_size": len(words), **shape},
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )


def model(family: str, words: Any, *, seed: int = 0, **shape: Any) -> Any:
    """Return a random model of ``family``, drawn by ``seed``; see ``config``."""
    transformers = extras.load("transformers", needed_for=_PURPOSE)
    transformers.utils.logging.disable_progress_bar()
    extras.load("torch", needed_for=_PURPOSE).manual_seed(seed)
    reads = families.find(family).model
    kind = "AutoModelForSeq2SeqLM" if reads == "seq2seq" else "AutoModelForCausalLM"
    made = getattr(transformers, kind).from_config(config(family, words, **shape))
    made.generation_config.eos_token_id = words.eos_token_id
    return made


def write_published(folder: Path, made: Any) -> Path:
    """Write ``made``, a tiny ``glm``, as its makers first published such; return the folder.

    The layout is that of GLM-4-9B: fused weights, and a vocabulary of ranked byte strings.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    save = extras.load("safetensors.torch", needed_for=_PURPOSE).save_file
    folder.mkdir(parents=True)
    about = {
        "model_type": "chatglm",
        "add_qkv_bias": made.config.attention_bias,
        "ffn_hidden_size": made.config.intermediate_size,
        "hidden_size": made.config.hidden_size,
        "kv_channels": made.config.head_dim,
        "layernorm_epsilon": made.config.rms_norm_eps,
        "multi_query_attention": True,
        "multi_query_group_num": made.config.num_key_value_heads,
        "num_attention_heads": made.config.num_attention_heads,
        "num_layers": made.config.num_hidden_layers,
        "padded_vocab_size": made.config.vocab_size,
        "seq_length": made.config.max_position_embeddings,
        "torch_dtype": "float32",
    }
    sizes, native = layout.shape(about), made.state_dict()
    names = {key: layout.targets(key, sizes) or () for key in layout.published(sizes)}
    fused = {key: torch.cat([native[name] for name in names[key]]) for key in names}
    save(fused, str(folder / "model.safetensors"))
    (folder / "config.json").write_text(json.dumps(about))
    ranks = (b"%s %d\n" % (base64.b64encode(bytes([byte])), byte) for byte in range(256))
    (folder / "tokenizer.model").write_bytes(b"".join(ranks))
    listed = {str(256 + number): {"content": word} for number, word in enumerate(GLM_SPECIAL)}
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": listed}))
    return folder


def write(
    folder: Path,
    *,
    family: str = "llama",
    seed: int = 0,
    template: str | None = TEMPLATE,
    **shape: Any,
) -> Path:
    """Write a random model of ``family`` and its tokenizer to ``folder``; return the folder."""
    words = tokenizer(template)
    model(family, words, seed=seed, **shape).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
