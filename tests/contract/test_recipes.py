"""Every recipe of every pack: it loads, its dry run counts, and it trains a tiny base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tiny_model

from domainkit.generation.adapters import Adapters
from domainkit.models import catalog, families
from domainkit.packs import catalog as packs
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.training import recipe, run
from domainkit.training.plan import plan

# What the makers publish of the bases: (parameters, modules a LoRA on every linear layer has).
PUBLISHED = {
    "smollm2-135m-instruct": (134_515_008, 30 * 7),
    "meta-llama/Llama-3.1-8B-Instruct": (8_030_261_248, 32 * 7),
    "zai-org/glm-4-9b-chat-hf": (9_399_951_360, 40 * 6),
}
RECIPES = [
    pytest.param(pack, name, id=f"{pack}/{name}")
    for pack in packs.names()
    for name in recipe.names(loader.load(pack))
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny base of each family that a recipe tunes."""
    return {
        family: tiny_model.write_base(
            tmp_path_factory.mktemp(family), family=family, max_position_embeddings=16_384
        )
        for family in ("llama", "glm")
    }


def found(pack: str, name: str) -> tuple[Pack, recipe.Named]:
    loaded = loader.load(pack)
    return loaded, recipe.find(loaded, name)


def test_every_pack_has_the_three_recipes() -> None:
    for pack in packs.names():
        assert recipe.names(loader.load(pack)) == ["chatglm", "embedded", "llama"]


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_it_names_a_base_with_a_family_and_a_licence(pack: str, name: str) -> None:
    base = found(pack, name)[1].recipe.base
    assert families.of(base.config).targets
    assert base.licence
    if base.kind == "catalogue":
        model = catalog.find(base.name)
        assert (model.family, model.licence) == (base.config["model_type"], base.licence)


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_its_dry_run_counts_without_the_base(pack: str, name: str, tmp_path: Path) -> None:
    loaded, named = found(pack, name)
    made = plan(loaded, named, prompt_tokens=4096, models=tmp_path)
    summary = made.summary()
    parameters, modules = PUBLISHED[named.recipe.base.name]
    assert summary["size"]["parameters"] == parameters
    assert summary["size"]["modules"] == modules
    assert summary["rows"]["answers"] > 5
    assert summary["rows"]["refusals"] > 1
    assert summary["steps"] > 5
    assert summary["base"]["absent"]
    gigabytes = summary["memory"]["total"] / 1e9
    assert (gigabytes < 4) if named.recipe.device == "cpu" else (16 < gigabytes < 24)


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_it_trains_two_steps_on_a_tiny_base_of_its_family(
    pack: str, name: str, bases: dict[str, Path], tmp_path: Path
) -> None:
    loaded, named = found(pack, name)
    # A byte a token: the same rows are longer. And quick, without the GPU some of them ask for.
    shorter = {"max_tokens": 16_000, "learning_rate": 0.02, "batch": 1, "accumulation": 1}
    changes: dict[str, Any] = {
        "stages": (named.recipe.stages[0].model_copy(update=shorter),),
        "device": "cpu",
        "precision": "float32",
    }
    tiny = replace(named, recipe=named.recipe.model_copy(update=changes)).with_steps(2)
    base = bases[str(named.recipe.base.config["model_type"])]
    made = plan(loaded, tiny, prompt_tokens=15_000, base=base)
    shortest = min(range(len(made.encoded)), key=lambda i: len(made.encoded[i].ids))
    one = replace(made, examples=(made.examples[shortest],), encoded=(made.encoded[shortest],))
    adapter = run.run(one, adapters=tmp_path, name="tiny", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(adapter.manifest.losses) == 2
    assert adapter.manifest.canary.after > adapter.manifest.canary.before
    assert Adapters(tmp_path).names() == ["tiny"]
