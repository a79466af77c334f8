"""BERT as a graph of OpenVINO's, built from a folder that sentence-transformers saved.

Only the numbers and the settings of the folder are read: neither torch nor transformers, whose
import takes longer than a search, is needed (``docs/decisions/embedding.md``).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
TOKENIZER_SETTINGS = "tokenizer_config.json"

# Added to what a token says of one that only pads: its share becomes 0, in half precision too.
_PADDING = -30_000.0
_KINDS: Mapping[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_POOLINGS = ("mean", "cls")
_OLD = "pooling_mode_"
_OLD_POOLINGS = {f"{_OLD}mean_tokens": "mean", f"{_OLD}cls_token": "cls"}
# Of these transformers takes the normaliser from tokenizer_config.json, of those that follow all
# from tokenizer.json.
NORMALISED_ANEW = ("BertTokenizer", "BertTokenizerFast")
_TOKENIZERS = (*NORMALISED_ANEW, "PreTrainedTokenizerFast", "TokenizersBackend")
# What a folder can ask of sentence-transformers besides, and that is not done here.
_UNUSUAL = (
    *("do_lower_case", "processing_kwargs", "query_length", "document_length", "query_expansion"),
    *("default_prompt_name", "truncate_dim"),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A BERT of so many layers and heads, and how its tokens become one vector.

    ``longest`` is how many tokens of a text count. ``pooling`` is ``mean``, of all tokens, or
    ``cls``, the first alone.
    """

    hidden: int
    layers: int
    heads: int
    epsilon: float
    longest: int
    pooling: str

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the shape of the model in ``folder``; None where it is no plain BERT."""
        parts = tuple(m["type"].rpartition(".")[2] for m in _json(folder / "modules.json", []))
        config = _json(folder / "config.json", {})
        about = _json(folder / "sentence_bert_config.json", {})
        asked = about | _json(folder / "config_sentence_transformers.json", {})
        pooling = _pooling(_json(folder / "1_Pooling" / "config.json", {}))
        words = _json(folder / TOKENIZER_SETTINGS, {})
        plain = (
            parts[:2] == ("Transformer", "Pooling")
            and parts[2:] in {(), ("Normalize",)}
            and config.get("model_type") == "bert"
            and config.get("hidden_act") == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and words.get("tokenizer_class") in _TOKENIZERS
            and not any(asked.get(name) for name in _UNUSUAL)
            and all((folder / name).is_file() for name in (WEIGHTS, TOKENIZER))
        )
        if not plain or pooling is None:
            return None
        positions = config["max_position_embeddings"]
        longest = about.get("max_seq_length") or words.get("model_max_length") or positions
        return cls(
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            epsilon=config["layer_norm_eps"],
            longest=min(longest, positions),
            pooling=pooling,
        )


class Graph:
    """Builds the model of one folder.

    Args:
        library: ``openvino``.
        folder: holds the weights.
        shape: of the model.
    """

    def __init__(self, library: Any, folder: Path, shape: Shape) -> None:
        self._op = library.opset13
        self._model = library.Model
        self._held = _weights(folder / WEIGHTS)
        self._shape = shape

    def model(self) -> Any:
        """Return the model: tokens and which of them count become unit vectors.

        Raises:
            KeyError: when the weights are not those of a BERT.
        """
        op = self._op
        ids = op.parameter([-1, -1], np.int64, name="ids")
        mask = op.parameter([-1, -1], np.float32, name="mask")
        padding = op.multiply(op.subtract(mask, self._number(1.0)), self._number(-_PADDING))
        ignored = op.unsqueeze(padding, self._whole(1, 2))
        tokens = self._embedded(ids)
        for layer in range(self._shape.layers):
            tokens = self._layer(f"encoder.layer.{layer}", tokens, ignored)
        vectors = op.normalize_l2(self._pooled(tokens, mask), self._whole(1), 1e-12, "max")
        return self._model([vectors], [ids, mask], "bert")

    def _embedded(self, ids: Any) -> Any:
        op, name = self._op, "embeddings"
        length = op.slice(op.shape_of(ids), *map(self._whole, (1, 2, 1)))
        places = self._weight(f"{name}.position_embeddings.weight")
        positions = op.slice(places, self._whole(0), length, self._whole(1), self._whole(0))
        kind = op.constant(self._held[f"{name}.token_type_embeddings.weight"][0].astype("<f4"))
        words = op.gather(self._weight(f"{name}.word_embeddings.weight"), ids, self._whole(0))
        return self._norm(f"{name}.LayerNorm", op.add(op.add(words, kind), positions))

    def _layer(self, name: str, tokens: Any, ignored: Any) -> Any:
        op, attention = self._op, f"{name}.attention"
        asked = [self._heads(f"{attention}.self.{n}", tokens) for n in ("query", "key", "value")]
        said = op.transpose(
            op.scaled_dot_product_attention(*asked, ignored), self._whole(0, 2, 1, 3)
        )
        joined = op.reshape(said, self._whole(0, 0, self._shape.hidden), True)
        heard = op.add(self._linear(f"{attention}.output.dense", joined), tokens)
        tokens = self._norm(f"{attention}.output.LayerNorm", heard)
        inner = op.gelu(self._linear(f"{name}.intermediate.dense", tokens), "erf")
        outer = op.add(self._linear(f"{name}.output.dense", inner), tokens)
        return self._norm(f"{name}.output.LayerNorm", outer)

    def _heads(self, name: str, tokens: Any) -> Any:
        heads = self._shape.heads
        parts = self._whole(0, 0, heads, self._shape.hidden // heads)
        divided = self._op.reshape(self._linear(name, tokens), parts, True)
        return self._op.transpose(divided, self._whole(0, 2, 1, 3))

    def _pooled(self, tokens: Any, mask: Any) -> Any:
        """Return one vector a text, of any length: its direction is what counts."""
        op = self._op
        if self._shape.pooling == "cls":
            return op.gather(tokens, op.constant(np.int64(0)), self._whole(1))
        counted = op.multiply(tokens, op.unsqueeze(mask, self._whole(2)))
        return op.reduce_sum(counted, self._whole(1), False)

    def _norm(self, name: str, tokens: Any) -> Any:
        op = self._op
        even = op.mvn(tokens, self._whole(-1), True, self._shape.epsilon, "inside_sqrt")
        scaled = op.multiply(even, self._weight(f"{name}.weight"))
        return op.add(scaled, self._weight(f"{name}.bias"))

    def _linear(self, name: str, tokens: Any) -> Any:
        product = self._op.matmul(tokens, self._weight(f"{name}.weight"), False, True)
        return self._op.add(product, self._weight(f"{name}.bias"))

    def _weight(self, name: str) -> Any:
        values = self._op.constant(self._held[name], shared_memory=True)
        return values if self._held[name].itemsize == 4 else self._op.convert(values, "f32")

    def _whole(self, *numbers: int) -> Any:
        return self._op.constant(np.array(numbers, dtype=np.int64))

    def _number(self, value: float) -> Any:
        return self._op.constant(np.float32(value))


def _weights(path: Path) -> Mapping[str, NDArray[Any]]:
    """Return the tensors of a safetensors file by name, read where they stand.

    The format: the length of a JSON header, the header, the numbers
    (https://github.com/huggingface/safetensors#format).

    Raises:
        ValueError: when it is damaged, or holds numbers of another kind.
    """
    # OpenVINO takes over only what may be written to; "c" keeps what is written to itself.
    data = np.memmap(path, dtype=np.uint8, mode="c")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8 : 8 + length].tobytes())
    found = {}
    for name, about in header.items():
        if name == "__metadata__" or name.endswith("position_ids"):
            continue
        if about["dtype"] not in _KINDS:
            raise ValueError(f"{name} is of the kind {about['dtype']}")
        start, end = (8 + length + offset for offset in about["data_offsets"])
        values = data[start:end].view(_KINDS[about["dtype"]])
        found[name.removeprefix("bert.")] = values.reshape(about["shape"])
    return found


def _pooling(said: Mapping[str, Any]) -> str | None:
    """Return which tokens make the vector, as either form of the file says it."""
    if not said.get("include_prompt", True):
        return None
    old = [name for name, wanted in said.items() if name.startswith(_OLD) and wanted]
    mode = said.get("pooling_mode") or (_OLD_POOLINGS.get(old[0]) if len(old) == 1 else None)
    return mode if mode in _POOLINGS else None


def _json(path: Path, default: Any) -> Any:
    """Return what stands in ``path``; ``default`` where there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
