"""A corpus of any size: real vectors with noise added, and real sentences put together anew.

Everything follows from the seed. A made vector has a cosine of about .9 to a real one, its parent;
a made text has the title and some sentences of its parent, and sentences of other real texts.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from domainkit.assistant import embedding
from domainkit.types import Entry, Passage, Span

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

EMBEDDER = "all-minilm-l6-v2"
# Texts taken of each benchmark: 4,000, of which the beginning is encoded, in a minute or two.
TAKEN = {"scifact": 1500, "medquad": 750, "bioasq": 1250, "pubmedqa": 500}
QUESTIONS = 150  # of each
ENCODED = 400  # characters
COSINE = 0.9  # of a made vector to its parent
BLOCK = 50_000  # made at once
NARROW = "narrow"  # the group of one passage in a hundred
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Texts:
    """Titles and texts of real passages."""

    titles: list[str]
    texts: list[str]


@dataclass(frozen=True, slots=True)
class Real(Texts):
    """The same with their vectors, and questions with theirs."""

    vectors: Vectors
    questions: list[str]
    question_vectors: Vectors


def texts(data: Path) -> Texts:
    """Return the texts that corpora are made of."""
    rows = [row for name, count in TAKEN.items() for row in _rows(data, name, "corpus", count)]
    return Texts([str(row.get("title", "")) for row in rows], [str(row["text"]) for row in rows])


def real(data: Path, cache: Path) -> Real:
    """Return the texts with their vectors; encoded once, then read from ``cache``."""
    of = texts(data)
    asked = [row["text"] for name in TAKEN for row in _rows(data, name, "queries", QUESTIONS)]
    path = cache / "real.npz"
    if not path.is_file():
        print(f"encoding {len(of.texts)} texts into {path}", file=sys.stderr)
        embedder = embedding.load_embedder(EMBEDDER)
        pairs = zip(of.titles, of.texts, strict=True)
        whole = [f"{title}\n{text}".strip()[:ENCODED] for title, text in pairs]
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            passages=embedder.encode(whole, role="passage"),
            questions=embedder.encode(asked, role="query"),
        )
    with np.load(path) as held:
        return Real(of.titles, of.texts, held["passages"], asked, held["questions"])


def vectors(of: Real, count: int, seed: int = 0) -> Iterator[Vectors]:
    """Yield ``count`` unit vectors, in blocks."""
    rng = np.random.default_rng(seed)
    dim = of.vectors.shape[1]
    for start in range(0, count, BLOCK):
        rows = min(BLOCK, count - start)
        noise: NDArray[np.float32] = rng.standard_normal((rows, dim), dtype=np.float32)
        noise *= np.sqrt((1 / COSINE**2 - 1) / dim, dtype=np.float32)
        made = of.vectors[rng.integers(len(of.vectors), size=rows)] + noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        yield made


def entries(of: Texts, count: int, seed: int = 0, first: int = 1) -> Iterator[Entry]:
    """Yield ``count`` passages with keys from ``first`` on."""
    rng = np.random.default_rng(seed)
    sentences = [_SENTENCE.split(text) for text in of.texts]
    for key in range(first, first + count):
        parent, *others = rng.integers(len(sentences), size=4).tolist()
        own = sentences[parent]
        begin = int(rng.integers(max(1, len(own) - 2)))
        foreign = [sentences[other][-1] for other in others]
        text = "\n".join([*own[begin : begin + 3], *foreign])
        span = Span(0, len(text))
        passage = Passage(f"p{key}", "d", of.titles[parent], f"§ {key}", span, text)
        yield Entry(key, passage, group=NARROW if key % 100 == 0 else "")


def _rows(data: Path, name: str, kind: str, count: int) -> list[dict[str, str]]:
    with (data / "bench" / name / f"{kind}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(count), lines, strict=False)]
