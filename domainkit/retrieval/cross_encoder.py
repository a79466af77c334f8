"""Reranks by a model that reads question and passage together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.types import Question, Retrieved

_BATCH = 16


class CrossEncoderReranker:
    """A cross-encoder in a folder that sentence-transformers saved, loaded on first use.

    Args:
        path: the model's folder.
        depth: how many of the best it reads: each costs a pass through the model.

    Raises:
        MissingExtra: when sentence-transformers is not installed.
    """

    def __init__(self, path: Path, *, depth: int = 30) -> None:
        self._library: Any = extras.load(
            "sentence_transformers", needed_for="reranking by a cross-encoder"
        )
        self._path = path
        self._depth = depth
        self._model: Any = None

    @property
    def depth(self) -> int:
        """How many of the best it reads."""
        return self._depth

    def rerank(self, question: Question, retrieved: Sequence[Retrieved]) -> list[Retrieved]:
        """Return the same passages, best first, ranked from 1; scores stay what they are."""
        if not retrieved:
            return []
        if self._model is None:
            self._model = self._library.CrossEncoder(str(self._path), local_files_only=True)
        pairs = [
            (question.search_text, f"{found.passage.title}\n{found.passage.text}".strip())
            for found in retrieved
        ]
        said = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False).tolist()
        order = sorted(range(len(said)), key=lambda i: -said[i])
        return [
            replace(retrieved[i], rank=rank, via={**retrieved[i].via, "cross-encoder": said[i]})
            for rank, i in enumerate(order, start=1)
        ]
