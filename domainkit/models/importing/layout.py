"""How a ChatGLM2, ChatGLM3 or GLM-4-9B checkpoint becomes transformers' native ``glm``.

Facts, from modeling_chatglm.py and configuration_chatglm.py as published with the checkpoints:
query_key_value holds the rows of all query heads, then of all keys, then of all values (with
multi_query_attention; without it each head has its three together). dense_h_to_4h holds the
gate's rows, then the other half's, as native gate_up_proj does. Half of each head is rotated, in
neighbouring pairs, with a base of 10000 times rope_ratio; ChatGLM2-6B-32K divides positions by
rope_ratio instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domainkit.errors import ModelError

_ROTATED = 0.5  # of each head
_BASE = 10_000
_ENDS = {
    "model.embed_tokens.weight": "transformer.embedding.word_embeddings.weight",
    "model.norm.weight": "transformer.encoder.final_layernorm.weight",
    "lm_head.weight": "transformer.output_layer.weight",
}
_LAYER = {
    "input_layernorm.weight": "input_layernorm.weight",
    "post_attention_layernorm.weight": "post_attention_layernorm.weight",
    "self_attention.dense.weight": "self_attn.o_proj.weight",
    "mlp.dense_h_to_4h.weight": "mlp.gate_up_proj.weight",
    "mlp.dense_4h_to_h.weight": "mlp.down_proj.weight",
}
_FUSED = re.compile(r"self_attention\.query_key_value\.(?P<kind>weight|bias)")
_IN_LAYER = re.compile(r"transformer\.encoder\.layers\.(?P<layer>\d+)\.(?P<rest>.+)")
_COMPUTED = "transformer.rotary_pos_emb.inv_freq"  # made anew from the configuration
# What the native class always does; a checkpoint that says otherwise is another model.
_ALWAYS = {
    "rmsnorm": True,
    "post_layer_norm": True,
    "add_bias_linear": False,
    "apply_residual_connection_post_layernorm": False,
    "original_rope": True,
    "quantization_bit": 0,
    "pre_seq_len": None,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that decide how fused weights are divided."""

    layers: int
    heads: int
    key_heads: int
    head: int
    shared: bool
    bias: bool

    @property
    def rows(self) -> tuple[int, int, int]:
        """How many rows of query_key_value are q, k and v."""
        return (self.heads * self.head, self.key_heads * self.head, self.key_heads * self.head)


def shape(config: Mapping[str, Any]) -> Shape:
    """Return the sizes of the checkpoint that ``config`` (its config.json) describes.

    Raises:
        ModelError: naming a key that is absent, or that says what the native class cannot do.
    """
    wrong = [
        f"{key} = {config[key]!r}"
        for key, value in _ALWAYS.items()
        if key in config and (config[key] or None) != (value or None)
    ]
    if wrong:
        raise ModelError(
            f"the native class has no model with {', '.join(wrong)}",
            hint="import the full-precision checkpoint as it was published",
        )
    try:
        heads = int(config["num_attention_heads"])
        shared = bool(config.get("multi_query_attention", False))
        return Shape(
            layers=int(config["num_layers"]),
            heads=heads,
            key_heads=int(config["multi_query_group_num"]) if shared else heads,
            head=int(config["kv_channels"]),
            shared=shared,
            bias=bool(config.get("add_qkv_bias", False)),
        )
    except KeyError as error:
        raise ModelError(
            f"config.json lacks {error}",
            hint="give a folder of ChatGLM2-6B, ChatGLM3-6B or GLM-4-9B",
        ) from error


def native(
    config: Mapping[str, Any], *, ends: Sequence[int], pad: int, divides: bool
) -> dict[str, Any]:
    """Return the native config.json for ``config``.

    Args:
        config: the checkpoint's own.
        ends: the tokens that end a turn.
        pad: the token that fills up.
        divides: rope_ratio divides positions, as in ChatGLM2.
    """
    sizes, ratio = shape(config), float(config.get("rope_ratio", 1))
    scaled = {"rope_type": "linear", "factor": ratio} if divides and ratio != 1 else None
    return {
        "architectures": ["GlmForCausalLM"],
        "model_type": "glm",
        "vocab_size": int(config["padded_vocab_size"]),
        "hidden_size": int(config["hidden_size"]),
        "intermediate_size": int(config["ffn_hidden_size"]),
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "num_key_value_heads": sizes.key_heads,
        "head_dim": sizes.head,
        "hidden_act": "silu",
        "attention_bias": sizes.bias,
        "attention_dropout": float(config.get("attention_dropout", 0.0)),
        "max_position_embeddings": int(config["seq_length"]),
        "rms_norm_eps": float(config["layernorm_epsilon"]),
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": float(_BASE if divides else _BASE * ratio),
            "partial_rotary_factor": _ROTATED,
            **(scaled or {}),
        },
        "tie_word_embeddings": bool(config.get("tie_word_embeddings", False)),
        "dtype": str(config.get("torch_dtype", "float16")),
        "eos_token_id": list(ends),
        "pad_token_id": pad,
    }


def targets(key: str, sizes: Shape) -> tuple[str, ...] | None:
    """Return the native names of what ``key`` holds: three for a fused one; None if unknown."""
    if key == _COMPUTED:
        return ()
    ends = {theirs: ours for ours, theirs in _ENDS.items()}
    if key in ends:
        return (ends[key],)
    found = _IN_LAYER.fullmatch(key)
    if not found or int(found["layer"]) >= sizes.layers:
        return None
    place = f"model.layers.{int(found['layer'])}"
    if found["rest"] in _LAYER:
        return (f"{place}.{_LAYER[found['rest']]}",)
    fused = _FUSED.fullmatch(found["rest"])
    if not fused or (fused["kind"] == "bias" and not sizes.bias):
        return None
    return tuple(f"{place}.self_attn.{which}_proj.{fused['kind']}" for which in "qkv")


def expected(sizes: Shape) -> frozenset[str]:
    """Return every native name that a whole checkpoint fills."""
    layer = [*_LAYER.values(), *(f"self_attn.{which}_proj.weight" for which in "qkv")]
    if sizes.bias:
        layer += [f"self_attn.{which}_proj.bias" for which in "qkv"]
    inside = (f"model.layers.{n}.{name}" for n in range(sizes.layers) for name in layer)
    return frozenset([*_ENDS, *inside])


def published(sizes: Shape) -> list[str]:
    """Return every name of a whole checkpoint as it is published."""
    layer = [*_LAYER, "self_attention.query_key_value.weight"]
    if sizes.bias:
        layer.append("self_attention.query_key_value.bias")
    places = (f"transformer.encoder.layers.{n}" for n in range(sizes.layers))
    return [*_ENDS.values(), *(f"{place}.{name}" for place in places for name in layer)]


def divided(tensor: Any, sizes: Shape) -> tuple[Any, Any, Any]:
    """Return the q, k and v of a fused weight ([rows, in]) or bias ([rows])."""
    if sizes.shared:
        q, k, v = tensor.split(sizes.rows, dim=0)
    else:
        heads = tensor.unflatten(0, (sizes.heads, 3, sizes.head))
        q, k, v = (heads[:, which].flatten(0, 1) for which in range(3))
    return q.contiguous(), k.contiguous(), v.contiguous()
