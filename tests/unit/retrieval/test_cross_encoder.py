"""A model that reads both texts orders them; a double stands in for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from domainkit import extras
from domainkit.retrieval.cross_encoder import CrossEncoderReranker
from domainkit.types import Passage, Question, Retrieved, Span


class Model:
    def __init__(self, path: str, *, local_files_only: bool) -> None:
        assert local_files_only

    def predict(self, pairs: list[tuple[str, str]], **_: object) -> np.ndarray:
        return np.array([float(len(text)) for _, text in pairs])


def test_what_the_model_prefers_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "load", lambda *_, **__: SimpleNamespace(CrossEncoder=Model))
    reranker = CrossEncoderReranker(Path("model"), depth=2)
    given = [
        Retrieved(Passage(text, "d", "", "", Span(0, len(text)), text), score, rank)
        for rank, (text, score) in enumerate([("short", 0.9), ("much longer", 0.4)], start=1)
    ]
    ordered = reranker.rerank(Question("?"), given)
    assert [item.passage.text for item in ordered] == ["much longer", "short"]
    assert [item.rank for item in ordered] == [1, 2]
    assert [item.score for item in ordered] == [0.4, 0.9]
    assert ordered[0].via == {"cross-encoder": 11.0}
    assert reranker.rerank(Question("?"), []) == []
