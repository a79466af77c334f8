"""The recipe of an adapter, trained again, gives the same losses, or what differs is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_pack
from typer.testing import CliRunner

from domainkit.cli.main import app
from domainkit.errors import TrainingError
from domainkit.packs.schemas.adapter import MANIFEST


@pytest.fixture
def assistant(tmp_path: Path, base_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tiny_pack.write_pack(tmp_path / "tiny", base=base_folder, assistant=True)
    monkeypatch.chdir(folder)
    assert CliRunner().invoke(app, ["train", "--steps", "4", "--name", "mine"]).exit_code == 0
    return folder


def again(*flags: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["adapters", "reproduce", "mine", "--json", *flags])
    if result.exception:
        raise result.exception
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def change(assistant: Path, **values: object) -> None:
    path = assistant / ".domainkit" / "adapters" / "mine" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_run_is_reproduced_to_the_bit_and_leaves_nothing(assistant: Path) -> None:
    told = again()

    assert (told["exact"], told["weights"], told["differing"]) == (True, True, [])
    assert (told["equal"], told["steps"], told["of"], told["apart"]) == (4, 4, 4, 0.0)
    few = again("--steps", "2")
    assert (few["exact"], few["weights"], few["equal"], few["of"]) == (True, None, 2, 4)
    assert [p.name for p in (assistant / ".domainkit" / "adapters").iterdir()] == ["mine"]


def test_losses_that_the_recipe_does_not_give_are_an_error(assistant: Path) -> None:
    record = assistant / ".domainkit" / "adapters" / "mine" / MANIFEST
    losses = json.loads(record.read_text())["losses"]
    change(assistant, losses=[losses[0], losses[1] + 0.25, *losses[2:]])
    with pytest.raises(TrainingError, match=r"is not what its recipe gives.* 0\.25000 apart"):
        again("--steps", "3")

    change(assistant, threads=0, libraries={"torch": "1.0"})
    told = again("--steps", "3")
    assert (told["exact"], told["equal"], told["apart"]) == (False, 2, pytest.approx(0.25))
    assert "then 1.0" in told["differing"][0]
    assert "how many threads trained is not on record" in told["differing"]


def test_a_recipe_of_another_version_is_named(assistant: Path) -> None:
    record = assistant / ".domainkit" / "adapters" / "mine" / MANIFEST
    recipe = json.loads(record.read_text())["recipe"]
    change(assistant, recipe={**recipe, "rag_context": {"sentences": 1}})
    with pytest.raises(
        TrainingError, match=r"not one of this version of domainkit: rag_context\.sentences"
    ):
        again()


def test_other_rows_or_prompts_are_named_before_anything_is_trained(assistant: Path) -> None:
    tiny_pack.write_rows(assistant, tiny_pack.ROWS[:2])
    with pytest.raises(TrainingError, match="other rows"):
        again()
    (assistant / "prompts" / "answer.en.md").write_text("Other: $sources $question")
    with pytest.raises(TrainingError, match="other rows, prompts"):
        again()
