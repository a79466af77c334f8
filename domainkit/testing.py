"""Deterministic stand-ins for models, for users' own tests and for ours. Never the default."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from domainkit.text import sentences
from domainkit.types import Generation, Prompt, Usage


class HashEmbedder:
    """Unit vectors from hashed words: texts that share words are near. Needs no model."""

    def __init__(self, dim: int = 64) -> None:
        self._dim = dim

    @property
    def id(self) -> str:
        """``hash-<dim>``."""
        return f"hash-{self._dim}"

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._dim

    def encode(
        self, texts: Sequence[str], *, role: Literal["query", "passage"]
    ) -> NDArray[np.float32]:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised; ``role`` is moot."""
        vectors: NDArray[np.float32] = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                digest = hashlib.sha256(word.encode()).digest()
                row[digest[0] % self._dim] += 1.0 if digest[1] % 2 else -1.0
                row[digest[2] % self._dim] += 1.0
        vectors[~vectors.any(axis=1), 0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class EchoGenerator:
    """Answers with the first sentence of each source and its marker, or with ``reply``."""

    def __init__(self, reply: str | None = None) -> None:
        self._reply = reply

    @property
    def id(self) -> str:
        """``echo``."""
        return "echo"

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer."""
        text = self._reply if self._reply is not None else _echo(prompt)
        return Generation(text, self.id, adapter, usage=Usage(completion_tokens=len(text.split())))

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield the answer word by word, then the ``Generation``."""
        whole = self.generate(prompt, adapter=adapter)
        said = ""
        for piece in re.findall(r"\S*\s+|\S+", whole.text):
            if cancel is not None and cancel.is_set():
                yield Generation(said, self.id, adapter, finish="cancelled")
                return
            said += piece
            yield piece
        yield whole


def _echo(prompt: Prompt) -> str:
    parts = []
    for number, source in enumerate(prompt.sources, start=1):
        text = source.passage.text
        first = [span.of(text) for span in sentences(text)[:1]]
        parts.append(" ".join([*first, f"[{number}]"]))
    return " ".join(parts)
