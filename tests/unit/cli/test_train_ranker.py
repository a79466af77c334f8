"""``domainkit train ranker`` asks for questions it can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_benchmark
import yaml
from typer.testing import CliRunner

from domainkit.cli import train_ranker
from domainkit.cli.main import app
from domainkit.evaluation import ranker, setups
from domainkit.evaluation.benchmark import Setup
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.packs.schemas.ranker import Ranker
from domainkit.retrieval.ranker import FEATURES
from domainkit.testing import HashEmbedder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def choose(*_: object, **__: object) -> tuple[Setup, dict[str, object]]:
        return Setup(Retrieval(), "hybrid", HashEmbedder()), {}

    monkeypatch.setattr(setups, "choose", choose)
    return small_benchmark.write(tmp_path / "bench")


def test_where_works_have_one_passage_there_is_nothing_to_learn(folder: Path) -> None:
    result = CliRunner().invoke(app, ["train", "ranker", str(folder)])
    assert result.exit_code
    assert "works of several passages: 0 here, 30 are needed" in str(result.exception)


def test_what_is_fitted_is_a_packs_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learnable(cases: Sequence[ranker.Case]) -> list[ranker.Case]:
        rows = np.eye(len(FEATURES))
        grades = np.eye(len(FEATURES))[0]
        documents = tuple(f"d{n}" for n in range(1, len(FEATURES) + 1))
        return [replace(c, documents=documents, grades=grades, rows=rows) for c in cases]

    collected = train_ranker._cases
    monkeypatch.setattr(train_ranker, "_cases", lambda *given: learnable(collected(*given)))
    monkeypatch.setattr(train_ranker, "_LEAST", 1)
    path = tmp_path / "ranker.yaml"
    result = CliRunner().invoke(app, ["train", "ranker", str(folder), "--out", str(path)])
    assert result.exit_code == 0, result.output
    made = Ranker.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert set(made.weights) == set(FEATURES)
    assert made.made["by"] == "domainkit train ranker bench"
    assert made.aspects
