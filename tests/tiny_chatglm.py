"""A ChatGLM checkpoint small enough to make anew in a test, and what such a model computes.

The forward pass is written from the published description of ChatGLM2 and ChatGLM3 (their
configuration, and chapter "Model" of arXiv:2406.12793): RMSNorm, one fused projection for q, k and
v with a bias, keys and values shared by groups of heads, half of each head rotated in neighbouring
pairs, SwiGLU whose first half is the gate, no other bias, and a head of its own.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CONFIG = {
    "model_type": "chatglm",
    "add_bias_linear": False,
    "add_qkv_bias": True,
    "apply_query_key_layer_scaling": True,
    "apply_residual_connection_post_layernorm": False,
    "ffn_hidden_size": 48,
    "hidden_size": 32,
    "kv_channels": 8,
    "layernorm_epsilon": 1e-5,
    "multi_query_attention": True,
    "multi_query_group_num": 2,
    "num_attention_heads": 4,
    "num_layers": 3,
    "original_rope": True,
    "padded_vocab_size": 320,
    "post_layer_norm": True,
    "quantization_bit": 0,
    "rmsnorm": True,
    "seq_length": 512,
    "torch_dtype": "float32",
}
ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")


def weights(config: Mapping[str, Any], *, seed: int = 0) -> dict[str, Tensor]:
    """Return random weights by the names of the published checkpoints."""
    torch.manual_seed(seed)
    width, hidden, words = (
        config[key] for key in ("hidden_size", "ffn_hidden_size", "padded_vocab_size")
    )
    heads, head = config["num_attention_heads"], config["kv_channels"]
    keys = config["multi_query_group_num"] if config["multi_query_attention"] else heads
    fused = (heads + 2 * keys) * head
    shapes: dict[str, tuple[int, ...]] = {
        "transformer.embedding.word_embeddings.weight": (words, width),
        "transformer.encoder.final_layernorm.weight": (width,),
        "transformer.output_layer.weight": (words, width),
    }
    for layer in range(config["num_layers"]):
        place = f"transformer.encoder.layers.{layer}"
        shapes |= {
            f"{place}.input_layernorm.weight": (width,),
            f"{place}.self_attention.query_key_value.weight": (fused, width),
            f"{place}.self_attention.query_key_value.bias": (fused,),
            f"{place}.self_attention.dense.weight": (width, heads * head),
            f"{place}.post_attention_layernorm.weight": (width,),
            f"{place}.mlp.dense_h_to_4h.weight": (2 * hidden, width),
            f"{place}.mlp.dense_4h_to_h.weight": (width, hidden),
        }
    made = {name: torch.randn(shape) * 0.3 for name, shape in shapes.items()}
    return made | {"transformer.rotary_pos_emb.inv_freq": torch.ones(head // 4)}


def forward(
    config: Mapping[str, Any], w: Mapping[str, Tensor], ids: list[int], *, divides: bool = False
) -> Tensor:
    """Return the logits after each token, [len(ids), words].

    ``rope_ratio`` multiplies the base of the rotation, or divides positions (ChatGLM2-6B-32K).
    """
    ratio = config.get("rope_ratio", 1)
    base, step = (10_000, 1 / ratio) if divides else (10_000 * ratio, 1)
    heads, head, eps = (
        config[key] for key in ("num_attention_heads", "kv_channels", "layernorm_epsilon")
    )
    shared = config["multi_query_attention"]
    keys = config["multi_query_group_num"] if shared else heads
    length = len(ids)
    hidden = w["transformer.embedding.word_embeddings.weight"][ids]
    for layer in range(config["num_layers"]):
        place = f"transformer.encoder.layers.{layer}"
        x = norm(hidden, w[f"{place}.input_layernorm.weight"], eps)
        mixed = x @ w[f"{place}.self_attention.query_key_value.weight"].T
        mixed = mixed + w[f"{place}.self_attention.query_key_value.bias"]
        if shared:
            parts = mixed.split([heads * head, keys * head, keys * head], dim=-1)
            q, k, v = (part.view(length, -1, head) for part in parts)
        else:
            q, k, v = mixed.view(length, heads, 3, head).unbind(2)
        q, k = rotated(q, base, step), rotated(k, base, step)
        k, v = (part.repeat_interleave(heads // keys, dim=1) for part in (k, v))
        scores = torch.einsum("qhd,khd->hqk", q, k) / head**0.5
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        seen = scores.masked_fill(later, float("-inf")).softmax(-1)
        attended = torch.einsum("hqk,khd->qhd", seen, v).reshape(length, -1)
        hidden = hidden + attended @ w[f"{place}.self_attention.dense.weight"].T
        x = norm(hidden, w[f"{place}.post_attention_layernorm.weight"], eps)
        gate, up = (x @ w[f"{place}.mlp.dense_h_to_4h.weight"].T).split(
            config["ffn_hidden_size"], dim=-1
        )
        inner = gate * torch.sigmoid(gate) * up
        hidden = hidden + inner @ w[f"{place}.mlp.dense_4h_to_h.weight"].T
    last = norm(hidden, w["transformer.encoder.final_layernorm.weight"], eps)
    return last @ w["transformer.output_layer.weight"].T


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)


def rotated(x: Tensor, base: float, step: float) -> Tensor:
    """Return ``x`` [length, heads, head] with neighbouring pairs of its first half turned."""
    length, _, head = x.shape
    turned, rest = x.split(head // 2, dim=-1)
    speed = base ** (-torch.arange(0, head // 2, 2).float() / (head // 2))
    angle = (torch.arange(length).float()[:, None] * step * speed)[:, None]
    even, odd = turned[..., 0::2], turned[..., 1::2]
    pairs = (even * angle.cos() - odd * angle.sin(), odd * angle.cos() + even * angle.sin())
    return torch.cat([torch.stack(pairs, -1).flatten(-2), rest], -1)


def write(
    folder: Path, config: Mapping[str, Any] = CONFIG, *, words: str = "chatglm3", files: int = 2
) -> dict[str, Tensor]:
    """Write a checkpoint as it is published, in ``files`` files; return its weights."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    made = weights(config)
    index = {}
    for number in range(files):
        name = f"model-{number + 1:05}-of-{files:05}.safetensors"
        held = {key: made[key] for key in list(made)[number::files]}
        save_file(held, str(folder / name))
        index |= dict.fromkeys(held, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    if words == "glm4":
        write_ranked(folder)
    else:
        (folder / "tokenizer.model").write_bytes(sentencepiece())
        about = {"tokenizer_class": "ChatGLMTokenizer"}
        role = {"added_tokens_decoder": {"64795": {"content": "<|user|>"}}}
        about |= role if words == "chatglm3" else {}
        (folder / "tokenizer_config.json").write_text(json.dumps(about))
    return made


PIECES = ["▁", "h", "e", "l", "o", "A", "B", "he", "ll", "hell", "hello", "▁hello", "两", "片"]


def sentencepiece() -> bytes:
    """Return a SentencePiece model (BPE) with every byte and a few words."""
    words = [("<unk>", 2), ("<s>", 3), ("</s>", 3)]
    words += [(f"<0x{byte:02X}>", 6) for byte in range(256)]
    words += [(piece, 1) for piece in PIECES]
    pieces = b"".join(
        field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", -rank) + number(3, kind))
        for rank, (text, kind) in enumerate(words)
    )
    return pieces + field(2, number(3, 2)) + field(3, number(3, 1) + number(4, 0))


def field(key: int, value: bytes) -> bytes:
    size, length = b"", len(value)
    while True:
        size += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
        if not length:
            return bytes([key << 3 | 2]) + size + value


def number(key: int, value: int) -> bytes:
    return bytes([key << 3, value])


RANKED = [b"he", b"ll", b"hell", b"hello", b" hello"]
SPECIAL = ("<|endoftext|>", "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>", *ROLES)


def ranks() -> dict[bytes, int]:
    return {word: rank for rank, word in enumerate([*(bytes([b]) for b in range(256)), *RANKED])}


def write_ranked(folder: Path) -> None:
    lines = (b"%s %d\n" % (base64.b64encode(word), rank) for word, rank in ranks().items())
    (folder / "tokenizer.model").write_bytes(b"".join(lines))
    listed = {str(len(ranks()) + n): {"content": word} for n, word in enumerate(SPECIAL)}
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": listed}))
