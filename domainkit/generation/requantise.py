"""Rewrites a GGUF's tensors where OpenVINO GenAI cannot read their kind, and leaves the rest.

OpenVINO reads fewer kinds of quantised tensor than GGUF has: Q4_K_M files of small models hold
Q5_0, and fail. Eight bits hold what five did, so the rewritten model says the same and is somewhat
larger (Qwen2.5 0.5B: 491 -> 637 MB). The matrices of an adapter are added in the same pass.

Q4_1 it does read, but rounds the least value of each block: the log-probabilities of SmolLM2-135M
were .71 from llama.cpp's (20 likeliest tokens, four texts); in eight bits they are .08 away, at
the same speed (1.25 s to the first of 900 tokens, 43 ms a token, as before).
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Mapping, Set
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from domainkit import extras
from domainkit.generation.gguf_lora import Pair
from domainkit.generation.header import Header, Tensor

# What OpenVINO reads as it is, by GGML's numbers: F32, F16, Q4_0, Q8_0, Q4_K, Q6_K.
READ = frozenset({0, 1, 2, 8, 12, 14})
_F32, _Q8_0 = 0, 8


def dequantise(path: Path, header: Header, target: Path) -> None:
    """Write the GGUF at ``path`` to ``target`` with every tensor in float32.

    Raises:
        OSError: when ``target`` cannot be written.
        MissingExtra: when the library gguf is not installed.
    """
    requantise(path, header, target, keep={_F32}, kind=_F32)


def is_needed(header: Header) -> bool:
    """Return whether the file holds a kind of tensor that OpenVINO cannot read."""
    return any(tensor.kind not in READ for tensor in header.tensors)


def requantise(
    path: Path,
    header: Header,
    target: Path,
    changes: Mapping[str, Pair] = MappingProxyType({}),
    *,
    keep: Set[int] = READ,
    kind: int = _Q8_0,
) -> None:
    """Write the GGUF at ``path`` to ``target``, with the kinds that are not read as Q8_0.

    Args:
        path: the model.
        header: of the model.
        target: the file to write.
        changes: what an adapter adds to tensors, by name; those become Q8_0 too, for four bits
            would round more of it away.
        keep: the kinds of tensor that are copied.
        kind: what the others become.

    Raises:
        OSError: when ``target`` cannot be written.
        MissingExtra: when the library gguf is not installed.
    """
    gguf = extras.load("gguf", needed_for=f"reading the quantisation of {path.name}")
    same = {t.name for t in header.tensors if t.kind in keep and t.name not in changes}
    kinds = {t.name: t.kind if t.name in same else kind for t in header.tensors}
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        target.open("wb") as out,
    ):
        out.write(data[: header.metadata])
        offset = 0
        for tensor in header.tensors:
            out.write(_described(tensor, kinds[tensor.name], offset))
            offset += _aligned(_size(gguf, tensor, kinds[tensor.name]), header)
        out.write(bytes(_aligned(out.tell(), header) - out.tell()))
        for tensor in header.tensors:
            start = header.data + tensor.offset
            stored = data[start : start + _size(gguf, tensor, tensor.kind)]
            if tensor.name not in same:
                stored = _as(gguf, kind, tensor, stored, changes.get(tensor.name))
            out.write(stored)
            out.write(bytes(_aligned(len(stored), header) - len(stored)))


def _described(tensor: Tensor, kind: int, offset: int) -> bytes:
    name = tensor.name.encode()
    shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    return struct.pack("<Q", len(name)) + name + shape + struct.pack("<IQ", kind, offset)


def _size(gguf: Any, tensor: Tensor, kind: int) -> int:
    """Return how many bytes ``tensor`` takes as ``kind``."""
    values, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)]
    return math.prod(tensor.shape) // int(values) * int(size)


def _aligned(size: int, header: Header) -> int:
    return -(-size // header.alignment) * header.alignment


def _as(gguf: Any, kind: int, tensor: Tensor, stored: bytes, change: Pair | None) -> bytes:
    rows = math.prod(tensor.shape[1:])  # GGUF writes the length of a row first
    packed = np.frombuffer(stored, dtype=np.uint8).reshape(rows, -1)
    full = gguf.quants.dequantize(packed, gguf.GGMLQuantizationType(tensor.kind))
    if change is not None:
        full = full + change.change
    return bytes(gguf.quants.quantize(full, gguf.GGMLQuantizationType(kind)).tobytes())
