"""Writes a PEFT LoRA as a GGUF adapter, for llama.cpp.

The format is llama.cpp's: ``adapter.type`` lora, ``adapter.lora.alpha``, and for each tuned
matrix of the base two tensors, ``<name>.lora_a`` [r, in] and ``<name>.lora_b`` [out, r]. A Llama
GGUF keeps the rows of q and k in another order than transformers, because llama.cpp rotates
neighbouring pairs where transformers rotates halves; the rows of B are put in that order too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.generation.adapters import WEIGHTS, Adapter
from domainkit.generation.header import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

_PURPOSE = "writing an adapter for llama.cpp"
_CONFIG = "adapter_config.json"
# Rotated in neighbouring pairs: of these llama.cpp's converter permutes q and k.
_PAIRED = frozenset({"llama"})
_TENSOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<half>[AB])\.weight")
_ROTATED = re.compile(r"\.self_attn\.(?P<which>[qk])_proj$")


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two halves of one tuned matrix: W + scale * B @ A."""

    a: Matrix
    b: Matrix


def exported(adapter: Adapter, header: Header) -> Path:
    """Return ``adapter`` as a GGUF file, written once beside its weights.

    Args:
        adapter: checked against the base before.
        header: of the base's GGUF.

    Raises:
        ModelError: when the adapter is more than a plain LoRA, or fits no tensor of the base.
        MissingExtra: when gguf or safetensors is not installed.
    """
    target = adapter.folder / f".{adapter.manifest.weights[:16]}-{header.digest[:16]}.gguf"
    if target.is_file():
        return target
    config = json.loads((adapter.folder / _CONFIG).read_text(encoding="utf-8"))
    _check_plain(adapter, config)
    pairs = dict(_named(adapter, header))
    # llama.cpp scales by alpha / r itself; rank-stabilised LoRA scales by alpha / sqrt(r).
    alpha = float(config["lora_alpha"]) * (config["r"] ** 0.5 if config.get("use_rslora") else 1)
    _write(target, header.architecture, alpha, pairs)
    return target


def permuted(b: Matrix, heads: int) -> Matrix:
    """Return the rows of ``b`` ([out, r]) in the order in which a Llama GGUF keeps q or k.

    Within each head the first half's rows and the second half's alternate.
    """
    out, rank = b.shape
    halves = b.reshape(heads, 2, out // heads // 2, rank)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(out, rank))


def _check_plain(adapter: Adapter, config: Mapping[str, Any]) -> None:
    more = [name for name in ("use_dora", "modules_to_save", "rank_pattern") if config.get(name)]
    if config.get("bias", "none") != "none":
        more.append("bias")
    if more or config.get("peft_type") != "LORA":
        raise ModelError(
            f"{adapter.folder}: llama.cpp takes a plain LoRA, and this adapter has "
            f"{', '.join(more) or config.get('peft_type')}",
            hint='set generation.engine = "peft" in domainkit.toml',
        )


def _named(adapter: Adapter, header: Header) -> Iterator[tuple[str, _Pair]]:
    """Yield each tuned matrix by the name its tensor has in the base's GGUF."""
    gguf = extras.load("gguf", needed_for=_PURPOSE)
    load = extras.load("safetensors.numpy", needed_for=_PURPOSE).load_file
    names = _names(gguf, header)
    halves: dict[str, dict[str, Matrix]] = {}
    for name, tensor in load(str(adapter.folder / WEIGHTS)).items():
        if found := _TENSOR.fullmatch(name):
            halves.setdefault(found["module"], {})[found["half"]] = tensor.astype(np.float32)
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    for module, half in halves.items():
        name = f"{names.get_name(module)}.weight"
        pair = _Pair(half["A"], half["B"])
        if shapes.get(name) != (pair.a.shape[1], pair.b.shape[0]):
            raise ModelError(
                f"{adapter.folder}: its layer {module} fits no tensor of the base",
                hint=adapter.manifest.command,
            )
        rotated = _ROTATED.search(module)
        if rotated and header.architecture in _PAIRED:
            heads = header.heads if rotated["which"] == "q" else header.key_heads
            pair = _Pair(pair.a, permuted(pair.b, heads))
        yield name, pair


def _names(gguf: Any, header: Header) -> Any:
    """Return what translates a module of transformers to a tensor of this architecture."""
    known = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    blocks = 1 + max(
        (int(t.name.split(".")[1]) for t in header.tensors if t.name.startswith("blk.")),
        default=0,
    )
    return gguf.get_tensor_name_map(known[header.architecture], blocks)


def _write(target: Path, architecture: str, alpha: float, pairs: Mapping[str, _Pair]) -> None:
    """Write the adapter whole or not at all: under another name, then renamed."""
    gguf = extras.load("gguf", needed_for=_PURPOSE)
    made = target.with_suffix(f".{os.getpid()}")
    writer = gguf.GGUFWriter(made, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for name, pair in pairs.items():
        writer.add_tensor(f"{name}.lora_a", pair.a)
        writer.add_tensor(f"{name}.lora_b", pair.b)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    made.replace(target)
