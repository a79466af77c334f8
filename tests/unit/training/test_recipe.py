from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_pack import RECIPE

from domainkit.errors import ModelError, PackError, TrainingError
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import Base, Lora, Recipe, Stage
from domainkit.training import memory, recipe

BASE = {"kind": "folder", "name": "x", "licence": "none"}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "mine.yaml"
    path.write_text(json.dumps({**RECIPE, "base": BASE, **changes}))
    return path


def test_a_recipe_is_found_by_name_along_the_chain_or_by_file(pack: Pack, tmp_path: Path) -> None:
    assert recipe.names(pack) == ["embedded"]
    assert recipe.find(pack, "embedded").path == pack.folder / "recipes" / "embedded.yaml"
    assert recipe.find(pack, str(write(tmp_path))).name == "mine"


def test_an_unknown_recipe_names_the_nearest(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no recipe called 'embeded'.*did you mean embedded"):
        recipe.find(pack, "embeded")
    with pytest.raises(TrainingError, match=r"gone\.yaml: there is no recipe here"):
        recipe.find(pack, str(tmp_path / "gone.yaml"))


STAGE = RECIPE["stages"][0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sead": 1}, "sead: unknown key; did you mean 'seed'"),
        ({"stages": [{**STAGE, "learning_rat": 1}]}, "did you mean 'learning_rate'"),
        ({"stages": [{**STAGE, "epochs": 2}]}, "either epochs or steps"),
        ({"stages": [{**STAGE, "kind": "ppo"}]}, "kind: .*'sft'"),
        ({"stages": [{**STAGE, "kind": "dpo", "packing": True}]}, "only pretrain and sft"),
        ({"method": {"name": "lorra"}}, "method"),
        ({"method": {"name": "ia3", "r": 4}}, "r: unknown key"),
        ({"data": [{"path": "train/a.json", "format": "alpaca"}]}, "under which licence"),
        ({"data": [{"path": "train/a.json"}]}, "grounded rows stand in a .jsonl file"),
        ({"template": "alpaca"}, "grounded rows are shown by the base's own template"),
        ({"rag_context": {"distractor": 1}}, "did you mean 'distractors'"),
        ({"export": ["onnx"]}, "export"),
        ({"method": {"name": "qlora"}}, "qlora trains on a GPU alone"),
        ({"stages": []}, "stages: .*at least 1 item"),
        ({"method": {"r": 0}}, "method.lora.r: .*greater than or equal to 1"),
        ({"data": [{"path": "../train/rows.jsonl"}]}, r"data\.0\.path"),
        ({"base": {**BASE, "kind": "url"}}, r"base\.kind"),
        ({"base": {**BASE, "revision": "1"}}, "only a hub model has a revision"),
        ({"base": {**BASE, "config": {"hidden_size": 8}}}, "names no model_type"),
        ({"mask": "some"}, "mask"),
    ],
)
def test_what_is_wrong_with_a_recipe_names_file_and_key(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(PackError, match=rf"/mine\.yaml:.*{said}"):
        recipe.load(write(tmp_path, **changes))


def test_steps_are_given_or_counted_from_epochs() -> None:
    stage = Stage(epochs=3, learning_rate=0.1, batch=2, accumulation=2)
    assert [stage.total_steps(rows) for rows in (1, 4, 5, 8)] == [3, 3, 6, 6]
    assert Stage(steps=7, learning_rate=0.1).total_steps(100) == 7


def test_steps_of_the_command_line_replace_the_recipes(pack: Pack) -> None:
    named = recipe.find(pack, "embedded").with_steps(3)
    assert named.recipe.stages[0].total_steps(50) == 3
    assert Recipe.model_validate(named.recipe.model_dump(by_alias=True)) == named.recipe


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("folder", "/nowhere/model", "/nowhere/model: there is no model here"),
        ("hub", "nobody/nothing", "not on this machine .*hf download nobody/nothing"),
        ("catalogue", "smollm2-135m-instruct", "domainkit models fetch smollm2-135m-instruct"),
    ],
)
def test_a_base_that_is_not_here_says_how_to_get_it(
    tmp_path: Path, kind: str, name: str, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        recipe.locate(Base(kind=kind, name=name, licence="x"), models=tmp_path)


def test_a_model_is_measured_from_its_published_shape_alone() -> None:
    llama = {
        "model_type": "llama",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
    }
    made = Recipe.model_validate({**RECIPE, "base": BASE, "method": {"r": 8}})
    size = memory.measure(llama, made, ("q_proj", "v_proj"))
    assert size.parameters == 8_030_261_248  # what Meta publishes of Llama 3.1 8B
    assert size.modules == 64
    assert size.trained == 32 * 8 * ((4096 + 4096) + (4096 + 1024))
    assert size.inputs == 32 * (4096 + 4096)


def test_the_estimate_adds_up_and_checkpointing_lowers_it() -> None:
    size = memory.Size(1000, trained=10, modules=8, inputs=64, layers=4, hidden=8, vocabulary=100)
    plain = Recipe.model_validate({**RECIPE, "base": BASE})
    needed = memory.estimate(size, plain, prompt=50, answer=10)
    assert needed.weights == 4000
    assert needed.adapter == 160
    assert needed.activations == 4 * (2 * 60) * 8 * 68  # layers, tokens of a batch, hidden, bytes
    assert needed.logits == 2 * 10 * 100 * 12
    assert needed.total == sum((4000, 160, needed.activations, needed.logits))
    dropping = plain.model_copy(update={"method": Lora(dropout=0.1)})
    copies = 4 * (2 * 60) * (64 // 4) * 5
    assert memory.estimate(size, dropping, prompt=50, answer=10).total == needed.total + copies
    less = plain.model_copy(update={"checkpointing": True})
    assert memory.estimate(size, less, prompt=50, answer=10).total < needed.total
