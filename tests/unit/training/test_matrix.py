from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import tiny_model
from typer.testing import CliRunner

from domainkit.cli import models, models_matrix
from domainkit.errors import GateFailed, ModelError
from domainkit.generation import gguf_lora
from domainkit.models import families
from domainkit.training import matrix
from domainkit.training.matrix import Row


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.mark.parametrize("name", ["chatglm", "gpt_neox", "t5"])
def test_a_family_lives_through_its_whole_life(name: str, tmp_path: Path) -> None:
    (row,) = matrix.run([name], tmp_path)
    assert (row.outcome, row.reason) == ("works", "")
    assert row.modules >= 2 * len(families.find(name).targets)
    assert row.moved is not None
    assert row.moved > 0.05
    assert row.merged is not None
    assert row.merged < 1e-4
    assert (row.gguf is None) == (not row.architecture)
    assert row.gguf is None or row.gguf < 0.01


def test_a_wrong_order_of_rows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = gguf_lora.ordered

    def wrong(rows: object, module: str, *rest: object) -> object:
        # The base is written right, the adapter as transformers has it.
        return right(rows, module, *rest) if rows.shape[1] != 4 else rows  # type: ignore[attr-defined,arg-type]

    monkeypatch.setattr(gguf_lora, "ordered", wrong)
    (row,) = matrix.run(["llama"], tmp_path)
    assert row.outcome == "failed"
    assert "the adapter in GGUF: log-probabilities are" in row.reason


def test_one_that_reads_pictures_is_refused_by_name(tmp_path: Path) -> None:
    (row,) = matrix.run(["gemma3"], tmp_path)
    assert (row.family, row.outcome) == ("gemma3", "refused")
    assert "pictures" in row.reason


def test_a_name_that_is_no_family(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'llamma'"):
        list(matrix.run(["llamma"], tmp_path))


def test_the_table_has_every_family_and_fails_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(names: Sequence[str], folder: Path) -> Iterator[Row]:
        assert folder.is_dir()
        for name in names:
            outcome = "failed" if name == "opt" else "works"
            yield Row(name, families.find(name).title, outcome, reason="why" * (name == "opt"))

    monkeypatch.setattr(models_matrix, "run", run)
    shown = CliRunner().invoke(models.app, ["matrix"])
    assert all(name in shown.stdout for name in families.families())
    assert isinstance(shown.exception, GateFailed)
    told = CliRunner().invoke(models.app, ["matrix", "--json"])
    found = json.loads(told.stdout)
    assert [row["family"] for row in found["failed"]] == ["opt"]
    assert len(found["working"]) == len(families.families()) - 1
    assert found["refused"] == []
