"""A logistic model over the words of a text and, where there is one, its vector.

Chinese has weights of its own: fitted together, what one language learns the other pays for.

It judges what no list of phrases can foresee. Its numbers are fitted by
``benchmarks/guard_models.py`` and kept as plain JSON; it needs no library but numpy, and no
embedder: with the embedder it was fitted to, it judges better.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from domainkit.text.analysis import fold
from domainkit.text.language import HAN
from domainkit.text.neutral import disarm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Places for words and parts of words. 4 times as many change no figure of the benchmark.
SIZE = 1 << 15
_TOKEN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
_IS_HAN = re.compile(f"[{HAN}]")
_PARTS = (3, 4, 5)  # characters of a part of a word
_MODELS = Path(__file__).with_name("models")
_KINDS = ("alone", "joint", "chinese")


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word weighs, each dimension of a vector, and what stands against them all."""

    words: Floats
    bias: float
    vector: Floats | None = None

    def score(self, text: str, vector: Floats | None) -> float:
        """Return the probability that ``text`` is what the model looks for."""
        places, values = features(text)
        total = self.bias + float(values @ self.words[places])
        if self.vector is not None and vector is not None:
            total += float(self.vector @ vector)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Linear:
    """A model as it is fitted: for words alone, for words with the vectors of ``embedder``, and
    for Chinese, which those vectors do not know.
    """

    alone: Weights
    joint: Weights
    chinese: Weights
    embedder: str
    report: Mapping[str, object] = field(default_factory=dict)

    def score(self, text: str, vector: Floats | None = None, *, language: str = "en") -> float:
        """Return the probability, with ``vector`` that of ``embedder`` for an English text."""
        if language == "zh":
            return self.chinese.score(text, None)
        return (self.alone if vector is None else self.joint).score(text, vector)

    def fits(self, embedder_id: str) -> bool:
        """Return whether the vectors of an embedder are those it was fitted to."""
        return embedder_id.partition("@")[0] == self.embedder

    def save(self, path: Path) -> None:
        """Write the model and its report to ``path``."""
        made = {"embedder": self.embedder, "report": self.report}
        made |= {kind: _packed(getattr(self, kind)) for kind in _KINDS}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the model in ``path``."""
        made = json.loads(path.read_text(encoding="utf-8"))
        alone, joint, chinese = (_unpacked(made[kind]) for kind in _KINDS)
        return cls(alone, joint, chinese, made["embedder"], made["report"])


@cache
def built_in(name: str) -> Linear:
    """Return the model ``name`` that ships with domainkit."""
    return Linear.load(_MODELS / f"{name}.json")


def features(text: str) -> tuple[NDArray[np.int64], Floats]:
    """Return the places that words and parts of words have, and their values: a unit vector."""
    places = np.fromiter(
        {zlib.crc32(part.encode()) % SIZE for part in _parts(text)}, dtype=np.int64
    )
    places.sort()
    return places, np.full(len(places), 1 / math.sqrt(len(places) or 1), dtype=np.float32)


def _parts(text: str) -> Iterator[str]:
    tokens = _TOKEN.findall(fold(disarm(text)))
    for token, following in zip(tokens, [*tokens[1:], "."], strict=False):
        # How a clause begins and ends tells an order from a question, in Chinese too.
        whole = f"_{token}_"
        if _IS_HAN.match(token):
            yield from token
            for length in (2, 3):
                yield from (whole[i : i + length] for i in range(len(whole) - length + 1))
            continue
        yield f"w {token}"
        yield f"w {token} {following}"
        for length in _PARTS:
            yield from (whole[i : i + length] for i in range(len(whole) - length + 1))


def _packed(weights: Weights) -> dict[str, object]:
    made: dict[str, object] = {"bias": round(weights.bias, 5), "words": _coded(weights.words)}
    return made if weights.vector is None else made | {"vector": _coded(weights.vector)}


def _unpacked(made: Mapping[str, str]) -> Weights:
    vector = _decoded(made["vector"]) if "vector" in made else None
    return Weights(_decoded(made["words"]), float(made["bias"]), vector)


def _coded(values: Floats) -> str:
    return base64.b64encode(zlib.compress(values.astype("<f2").tobytes(), 9)).decode()


def _decoded(coded: str) -> Floats:
    return np.frombuffer(zlib.decompress(base64.b64decode(coded)), "<f2").astype(np.float32)
