"""Reads what a GGUF file says of itself: architecture, context, special tokens, template, tensors.

The ``gguf`` library wraps every value of the vocabulary in an object and takes two seconds for a
small model; a question should not wait for that. Layout: the GGUF specification, versions 2, 3.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit.errors import ModelError
from domainkit.generation.template import ChatTemplate
from domainkit.models import families

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_FIRST = 24  # bytes before the metadata: magic, version, how many tensors, how many values
_TOKENS = "tokenizer.ggml.tokens"
# Arrays are read where something here needs them; merges and scores are only stepped over.
_WANTED = frozenset({_TOKENS})
_SPECIAL = {
    "bos_token": "tokenizer.ggml.bos_token_id",
    "eos_token": "tokenizer.ggml.eos_token_id",
    "pad_token": "tokenizer.ggml.padding_token_id",
    "unk_token": "tokenizer.ggml.unknown_token_id",
}
_ENDS_TURN = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as the file has it: ``kind`` is GGML's number, ``offset`` counts from the data."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF says of itself.

    ``stops`` are the tokens that end a turn; ``heads`` and ``key_heads`` count the attention heads
    and those of the keys. ``adds_bos`` says whether engines put the beginning of a text before it
    unasked. ``metadata`` is where the values end and the tensors'
    descriptions begin, ``data`` where their bytes begin, each aligned to ``alignment``. ``digest``
    is the SHA-256 of everything before the data.
    """

    architecture: str
    context: int
    heads: int
    key_heads: int
    stops: frozenset[int]
    adds_bos: bool
    chat: ChatTemplate
    tensors: tuple[Tensor, ...]
    metadata: int
    data: int
    alignment: int
    digest: str


def read(path: Path) -> Header:
    """Return the header of the GGUF at ``path``.

    Raises:
        ModelError: when it is no GGUF, is cut short, or holds no chat template.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _header(data)
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", hint=error.hint) from error
    except (OSError, ValueError, struct.error, KeyError, IndexError) as error:
        raise ModelError(
            f"{path}: not a GGUF file that can be read ({error})",
            hint="domainkit models verify",
        ) from error


def _header(data: mmap.mmap) -> Header:
    magic, version, tensors, values = struct.unpack_from("<4sIQQ", data, 0)
    if magic != b"GGUF" or version not in {2, 3}:
        raise ValueError(f"it begins with {magic!r}, version {version}")
    about, metadata = _values(data, values)
    architecture = str(about["general.architecture"])
    family = families.of_gguf(architecture)
    chat = about.get("tokenizer.chat_template") or (family and family.template)
    if not chat:
        raise ModelError(
            "the model carries no chat template, so it cannot be asked anything",
            hint="use an instruct model: domainkit models list",
        )
    described, end = _tensors(data, metadata, tensors)
    alignment = int(about.get("general.alignment", 32))
    names = about[_TOKENS]
    stops = {int(about[key]) for key in _ENDS_TURN if key in about}
    if family:
        stops |= {names.index(token) for token in family.ends if token in names}
    # A list where the layers differ; what needs the number is of architectures that have one.
    heads = int(about.get(f"{architecture}.attention.head_count") or 1)
    special = {name: names[about[key]] for name, key in _SPECIAL.items() if key in about}
    return Header(
        architecture=architecture,
        context=int(about.get(f"{architecture}.context_length", 2048)),
        heads=heads,
        key_heads=int(about.get(f"{architecture}.attention.head_count_kv") or heads),
        stops=frozenset(stops),
        adds_bos=bool(about.get("tokenizer.ggml.add_bos_token", _adds_bos(about))),
        chat=ChatTemplate(str(chat), special),
        tensors=described,
        metadata=metadata,
        data=-(-end // alignment) * alignment,
        alignment=alignment,
        digest=hashlib.sha256(data[:end]).hexdigest(),
    )


def _adds_bos(about: dict[str, Any]) -> bool:
    """Return what llama.cpp does where a file does not say: SentencePiece models get it."""
    return about.get("tokenizer.ggml.model") == "llama"


def _values(data: mmap.mmap, count: int) -> tuple[dict[str, Any], int]:
    """Return the metadata by key, and where it ends."""
    values, at = {}, _FIRST
    for _ in range(count):
        key, at = _string(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        values[key], at = _value(data, at + 4, kind, keep=key in _WANTED)
    return values, at


def _tensors(data: mmap.mmap, at: int, count: int) -> tuple[tuple[Tensor, ...], int]:
    """Return what is said of each tensor, and where that ends."""
    tensors = []
    for _ in range(count):
        name, at = _string(data, at)
        (dimensions,) = struct.unpack_from("<I", data, at)
        *shape, kind, offset = struct.unpack_from(f"<{dimensions}QIQ", data, at + 4)
        tensors.append(Tensor(name, tuple(shape), kind, offset))
        at += 4 + dimensions * 8 + 12
    return tuple(tensors), at


def _value(data: mmap.mmap, at: int, kind: int, *, keep: bool) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(data, at)
    if kind == _ARRAY:
        return _array(data, at, keep=keep)
    code = f"<{_SCALARS[kind]}"
    return struct.unpack_from(code, data, at)[0], at + struct.calcsize(code)


def _array(data: mmap.mmap, at: int, *, keep: bool) -> tuple[Any, int]:
    kind, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if kind in _SCALARS and not keep:
        return None, at + count * struct.calcsize(f"<{_SCALARS[kind]}")
    if kind == _STRING and not keep:
        for _ in range(count):
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        return None, at
    items = []
    for _ in range(count):
        item, at = _value(data, at, kind, keep=keep)
        items.append(item)
    return items, at


def _string(data: mmap.mmap, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", data, at)
    end = at + 8 + length
    if end > len(data):
        raise ValueError("it is cut short")
    return data[at + 8 : end].decode("utf-8", "replace"), end
