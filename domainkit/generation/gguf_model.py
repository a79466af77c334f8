"""Writes a transformers model as GGUF, for llama.cpp and OpenVINO to run it beside transformers.

Made to hold the export of adapters against llama.cpp, family by family, on small models: the
vocabulary must spell byte by byte. Publishers' own GGUF files are what is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domainkit import extras
from domainkit.generation import gguf_lora
from domainkit.models import tiny

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PURPOSE = "writing a model for llama.cpp"
_ONE_MORE = frozenset({"gemma2", "gemma3"})  # their norms multiply by 1 + w, llama.cpp by w
_WHOLE, _EIGHT_BITS = 0, 7  # kinds of file
_CONTROL, _WORD = 3, 1  # kinds of token
_CONTEXT = 2048  # where a config does not say


def write(
    model: Any, words: Any, architecture: str, path: Path, *, quantised: bool = False
) -> Path:
    """Write ``model`` and its vocabulary to ``path`` and return the path.

    Args:
        model: of transformers, in float32.
        words: its tokenizer, which spells byte by byte.
        architecture: as GGUF names it.
        path: the file to write.
        quantised: matrices in 8 bits (Q8_0), as OpenVINO needs them, not in float32.
    """
    gguf = extras.load("gguf", needed_for=_PURPOSE)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_file_type(_EIGHT_BITS if quantised else _WHOLE)
    heads = _shape(writer, model.config, architecture)
    _vocabulary(writer, words)
    names = gguf_lora.named(gguf, architecture, model.config.num_hidden_layers)
    tied = getattr(model.config, "tie_word_embeddings", False)
    turned = {name for name, part in model.named_modules() if type(part).__name__ == "Conv1D"}
    for name, weight in model.state_dict().items():
        if tied and name in {"lm_head.weight", "embed_out.weight"}:
            continue
        short = name.removeprefix("transformer.")
        known = (names.get_name(each, (".weight", ".bias")) for each in (name, short))
        array = weight.float().numpy()
        module = name.rpartition(".")[0]
        if module in turned and array.ndim == 2:
            array = array.T
        if name.endswith("norm.weight") and architecture in _ONE_MORE:
            array = array + 1
        called = next(filter(None, known))
        array = _ordered(array, module, architecture, *heads)
        if quantised and array.ndim > 1:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(called, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(called, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _ordered(
    array: NDArray[np.float32], module: str, architecture: str, heads: int, key_heads: int
) -> NDArray[np.float32]:
    rows = array.reshape(len(array), -1)
    moved = gguf_lora.ordered(rows, module, architecture, heads, key_heads)
    return np.ascontiguousarray(moved.reshape(array.shape))


def _shape(writer: Any, config: Any, architecture: str) -> tuple[int, int]:
    """Write the sizes that ``config`` names; return how many heads there are, and of keys."""
    heads, width = config.num_attention_heads, config.hidden_size
    head = getattr(config, "head_dim", None) or width // heads
    key_heads = getattr(config, "num_key_value_heads", None) or heads
    if architecture == "falcon":
        key_heads = config.num_kv_heads if config.new_decoder_architecture else 1
    hidden = (getattr(config, name, None) for name in ("intermediate_size", "ffn_dim", "n_inner"))
    own = architecture not in {"bloom", "falcon", "mpt"}  # the others are four times as wide
    writer.add_context_length(getattr(config, "max_position_embeddings", _CONTEXT))
    writer.add_embedding_length(width)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length((own and next(filter(None, hidden), None)) or 4 * width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    for name in ("layer_norm_eps", "layer_norm_epsilon"):
        if hasattr(config, name):
            writer.add_layer_norm_eps(getattr(config, name))
    _positions(writer, config, head)
    return heads, key_heads


def _positions(writer: Any, config: Any, head: int) -> None:
    """Write how words are placed and how far they see."""
    rope = getattr(config, "rope_parameters", None) or {}
    rope = rope.get("full_attention", rope)
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
        writer.add_rope_dimension_count(int(head * rope.get("partial_rotary_factor", 1.0)))
    if hasattr(config, "original_max_position_embeddings"):
        writer.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
        writer.add_sliding_window(config.sliding_window or 0)
    if hasattr(config, "use_parallel_residual"):
        writer.add_parallel_residual(config.use_parallel_residual)
    if hasattr(config, "attn_config"):
        writer.add_max_alibi_bias(config.attn_config.alibi_bias_max)
    if hasattr(config, "final_logit_softcapping"):
        writer.add_sliding_window(config.sliding_window)
        if config.attn_logit_softcapping:
            writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        if config.final_logit_softcapping:
            writer.add_final_logit_softcapping(config.final_logit_softcapping)


def _vocabulary(writer: Any, words: Any) -> None:
    spelt = sorted(words.get_vocab(), key=words.get_vocab().__getitem__)
    special = set(words.all_special_tokens) | set(words.get_added_vocab())
    writer.add_vocab_size(len(spelt))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(spelt)
    writer.add_token_types([_CONTROL if word in special else _WORD for word in spelt])
    writer.add_token_merges([" ".join(tiny.MERGED)])
    writer.add_eos_token_id(words.eos_token_id)
    writer.add_pad_token_id(words.pad_token_id)
    writer.add_add_bos_token(False)
    if words.chat_template:
        writer.add_chat_template(words.chat_template)
