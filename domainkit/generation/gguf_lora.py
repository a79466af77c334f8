"""Writes a PEFT LoRA as a GGUF adapter, for llama.cpp.

The format is llama.cpp's: ``adapter.type`` lora, ``adapter.lora.alpha``, and for each tuned
matrix of the base two tensors, ``<name>.lora_a`` [r, in] and ``<name>.lora_b`` [out, r]. Where a
GGUF keeps the rows of a matrix in another order than transformers (``models/families.yaml`` says
where), the rows of B are put in that order too. Of a Llama these are q and k, because llama.cpp
rotates neighbouring pairs where transformers rotates halves.
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
from domainkit.generation.adapters import Adapter
from domainkit.generation.header import Header
from domainkit.models import families
from domainkit.packs.schemas.adapter import WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

_PURPOSE = "writing an adapter for llama.cpp"
_CONFIG = "adapter_config.json"
_TENSOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<half>[AB])\.weight")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two halves of one tuned matrix: W + alpha / r * B @ A, with the rows of the GGUF."""

    a: Matrix
    b: Matrix
    alpha: float

    @property
    def change(self) -> Matrix:
        """What is added to the matrix."""
        return np.float32(self.alpha / len(self.a)) * (self.b @ self.a)


def exported(adapter: Adapter, header: Header) -> Path:
    """Return ``adapter`` as a GGUF file, written once beside its weights.

    Args:
        adapter: checked against the base before.
        header: of the base's GGUF.

    Raises:
        ModelError: when the adapter is more than a plain LoRA, or fits no tensor of the base.
        MissingExtra: when gguf or safetensors is not installed.
    """
    target = adapter.kept / f".{adapter.manifest.weights[:16]}-{header.digest[:16]}.gguf"
    if not target.is_file():
        adapter.kept.mkdir(parents=True, exist_ok=True)
        write(adapter.folder, header, target)
    return target


def write(folder: Path, header: Header, target: Path) -> None:
    """Write the adapter that PEFT saved in ``folder`` to ``target``, whole or not at all.

    Raises:
        ModelError: when the adapter is more than a plain LoRA, or fits no tensor of the base.
        MissingExtra: when gguf or safetensors is not installed.
    """
    _write(target, header.architecture, pairs(folder, header))


def pairs(folder: Path, header: Header) -> dict[str, Pair]:
    """Return the matrices that the adapter in ``folder`` tunes, by their tensors' names.

    Raises:
        ModelError: when the adapter is more than a plain LoRA, or fits no tensor of the base.
        MissingExtra: when gguf or safetensors is not installed.
    """
    config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    _check_plain(folder, config)
    # llama.cpp scales by alpha / r itself; rank-stabilised LoRA scales by alpha / sqrt(r).
    alpha = float(config["lora_alpha"]) * (config["r"] ** 0.5 if config.get("use_rslora") else 1)
    return dict(_named(folder, header, alpha))


def ordered(rows: Matrix, module: str, architecture: str, heads: int, key_heads: int) -> Matrix:
    """Return ``rows`` ([out, any]) of the layer ``module`` in the order in which a GGUF has them.

    ``halves``: within each head the first half's rows and the second half's alternate.
    ``groups``: the heads of q that share a key, that key and its value stand together here;
    there all of q stands before all keys and all values.
    """
    name = module.rpartition(".")[2]
    family = families.of_gguf(architecture)
    order = family.gguf.rows.get(name) if family and family.gguf else None
    out, width = rows.shape
    if order == "halves":
        of = key_heads if name == "k_proj" else heads
        moved = rows.reshape(of, 2, out // of // 2, width).swapaxes(1, 2)
    elif order == "groups":
        groups = rows.reshape(key_heads, heads // key_heads + 2, -1, width)
        parts = (groups[:, :-2], groups[:, -2], groups[:, -1])
        moved = np.concatenate([part.reshape(-1, width) for part in parts])
    else:
        return rows
    return np.ascontiguousarray(moved.reshape(out, width))


def _check_plain(folder: Path, config: Mapping[str, Any]) -> None:
    more = [name for name in ("use_dora", "modules_to_save", "rank_pattern") if config.get(name)]
    if config.get("bias", "none") != "none":
        more.append("bias")
    if more or config.get("peft_type") != "LORA":
        raise ModelError(
            f"{folder}: llama.cpp takes a plain LoRA, and this adapter has "
            f"{', '.join(more) or config.get('peft_type')}",
            hint='set generation.engine = "peft" in domainkit.toml',
        )


def _named(folder: Path, header: Header, alpha: float) -> Iterator[tuple[str, Pair]]:
    """Yield each tuned matrix by the name its tensor has in the base's GGUF."""
    gguf = extras.load("gguf", needed_for=_PURPOSE)
    load = extras.load("safetensors.numpy", needed_for=_PURPOSE).load_file
    names = _names(gguf, header)
    halves: dict[str, dict[str, Matrix]] = {}
    for name, tensor in load(str(folder / WEIGHTS)).items():
        if found := _TENSOR.fullmatch(name):
            halves.setdefault(found["module"], {})[found["half"]] = tensor.astype(np.float32)
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    for module, half in halves.items():
        name = f"{names.get_name(module)}.weight"
        a, b = half["A"], half["B"]
        if shapes.get(name) != (a.shape[1], b.shape[0]):
            raise ModelError(
                f"{folder}: its layer {module} fits no tensor of the base",
                hint="use the base it was tuned on, or tune it anew: domainkit train",
            )
        moved = ordered(b, module, header.architecture, header.heads, header.key_heads)
        yield name, Pair(a, moved, alpha)


def _names(gguf: Any, header: Header) -> Any:
    """Return what translates a module of transformers to a tensor of this architecture."""
    blocks = 1 + max(
        (int(t.name.split(".")[1]) for t in header.tensors if t.name.startswith("blk.")),
        default=0,
    )
    return named(gguf, header.architecture, blocks)


def named(gguf: Any, architecture: str, blocks: int) -> Any:
    """Return what translates names of transformers to those of a GGUF of ``architecture``."""
    known = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    return gguf.get_tensor_name_map(known[architecture], blocks)


def _write(target: Path, architecture: str, pairs: Mapping[str, Pair]) -> None:
    """Write the adapter whole or not at all: under another name, then renamed."""
    gguf = extras.load("gguf", needed_for=_PURPOSE)
    made = target.with_suffix(f".{os.getpid()}")
    writer = gguf.GGUFWriter(made, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", next(pair.alpha for pair in pairs.values()))
    for name, pair in pairs.items():
        writer.add_tensor(f"{name}.lora_a", pair.a)
        writer.add_tensor(f"{name}.lora_b", pair.b)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    made.replace(target)
