"""Every recipe of every pack: it loads, its dry run counts, and it trains a tiny base."""

from __future__ import annotations

import json
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
from domainkit.packs.schemas.recipe import GROUNDED, Lora, PTuning
from domainkit.training import recipe, run
from domainkit.training.formats import table
from domainkit.training.plan import plan

pytestmark = pytest.mark.usefixtures("_texts_read_once")

# What the makers publish of the bases: (parameters, linear layers of all blocks).
PUBLISHED = {
    "smollm2-135m-instruct": (134_515_008, 30 * 7),
    "meta-llama/Llama-3.1-8B-Instruct": (8_030_261_248, 32 * 7),
    "zai-org/glm-4-9b-chat-hf": (9_399_951_360, 40 * 6),
    "huggyllama/llama-7b": (6_738_415_616, 32 * 7),
}
OURS = ["chatglm", "embedded", "llama"]
SEEDS = {
    "medical": [
        "alpaca-lora",
        "bentsao",
        "chatdoctor",
        "chatdoctor-full",
        "doctorglm",
        "med-chatglm",
        "medicalgpt-zh",
    ],
    "legal": ["law-gpt", "lawgpt", "lawgpt-pretrain"],
    "biomedical": ["pmc-llama"],
}
RECIPES = [
    pytest.param(pack, name, id=f"{pack}/{name}")
    for pack in packs.names()
    for name in recipe.names(loader.load(pack))
]
# Rows in the layouts the seed projects publish theirs in, which are not shipped.
SAID = [("如何控制血压？", "少吃盐，多运动。"), ("多久复查一次？", "每三个月复查一次。")]
ROWS: dict[str, list[Any]] = {
    "alpaca": [{"instruction": q, "input": "", "output": a} for q, a in SAID],
    "chatdoctor": [
        {
            "instruction": "If you are a doctor, please answer the medical questions based on the "
            "patient's description.",
            "input": "My head hurts since yesterday.",
            "output": "Rest and drink water.",
        }
    ],
    "med-chatglm": [{"context": f"问题：{q}\n回答: ", "target": a} for q, a in SAID],
    "lawgpt-content": [{"content": f"{q}{a}"} for q, a in SAID],
    "text": [{"text": f"{q}{a}"} for q, a in SAID],
}


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


def brought(folder: Path, pack: str, named: recipe.Named) -> Pack:
    """Return an assistant of ``pack`` that has rows where the recipe asks for them."""
    (folder / "train").mkdir(parents=True)
    about = {"schema": 1, "extends": pack, "name": "mine", "version": "0.1.0", "title": "Mine"}
    (folder / "domain.yaml").write_text(json.dumps(about))
    for data in named.recipe.data:
        if data.format != GROUNDED:
            rows = ROWS["alpaca" if data.format == "auto" else data.format]
            text = "".join(f"{json.dumps(row)}\n" for row in rows)
            (folder / data.path).write_text(text)
    return loader.load(folder)


def test_every_pack_has_the_three_recipes_and_those_of_its_seed_projects() -> None:
    for pack in packs.names():
        assert recipe.names(loader.load(pack)) == sorted([*OURS, *SEEDS[pack]])


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_it_names_a_base_with_a_family_and_a_licence(pack: str, name: str) -> None:
    named = found(pack, name)[1]
    base = named.recipe.base
    assert families.of(base.config).targets
    assert base.licence
    if base.kind == "catalogue":
        model = catalog.find(base.name)
        assert (model.family, model.licence) == (base.config["model_type"], base.licence)
    for data in named.recipe.data:
        if data.format != GROUNDED:
            assert data.licence
            assert data.source
            assert data.format == "auto" or table.find(data.format)


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_its_dry_run_counts_without_the_base(pack: str, name: str, tmp_path: Path) -> None:
    loaded, named = found(pack, name)
    made = plan(loaded, named, prompt_tokens=4096, models=tmp_path)
    summary = made.summary()
    assert summary["base"]["absent"]
    assert summary["memory"]["total"] > 0
    if parameters := PUBLISHED.get(named.recipe.base.name):
        assert summary["size"]["parameters"] == parameters[0]
        if isinstance(named.recipe.method, Lora) and named.recipe.method.targets == "auto":
            assert summary["size"]["modules"] == parameters[1]
    if name not in OURS:
        assert summary["rows"]["absent"]
        return
    assert summary["rows"]["answers"] > 5
    assert summary["rows"]["refusals"] > 1
    assert summary["steps"] > 5
    gigabytes = summary["memory"]["total"] / 1e9
    assert (gigabytes < 6) if named.recipe.device == "cpu" else (16 < gigabytes < 24)


@pytest.mark.parametrize(("pack", "name"), RECIPES)
def test_it_trains_two_steps_on_a_tiny_base_of_its_family(
    pack: str, name: str, bases: dict[str, Path], tmp_path: Path
) -> None:
    _, named = found(pack, name)
    loaded = brought(tmp_path / "mine", pack, named)
    # A byte a token: the same rows are longer. And quick, without the GPU some of them ask for.
    shorter = {"max_tokens": 16_000, "learning_rate": 0.02, "batch": 1, "accumulation": 1}
    shorter |= {"epsilon": 1e-8, "warmup": 0.0}
    changes: dict[str, Any] = {
        # Another pack's rows are trained on by that pack's own recipes.
        "data": tuple(data for data in named.recipe.data if not data.pack),
        "stages": tuple(stage.model_copy(update=shorter) for stage in named.recipe.stages),
        "device": "cpu",
        "precision": "float32",
    }
    if isinstance(named.recipe.method, PTuning):
        changes["method"] = PTuning(name="p-tuning-v2", length=4)
    tiny = replace(named, recipe=named.recipe.model_copy(update=changes)).with_steps(2)
    base = bases[str(named.recipe.base.config["model_type"])]
    made = plan(loaded, tiny, prompt_tokens=15_000, base=base)
    if made.examples:
        shortest = min(range(len(made.examples)), key=lambda i: len(made.encoded[i].ids))
        made = replace(
            made, examples=(made.examples[shortest],), encoded=(made.encoded[shortest],)
        )
    adapter = run.run(
        made, adapters=tmp_path / "adapters", name="tiny", now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert len(adapter.manifest.losses) == 2 * len(named.recipe.stages)
    assert adapter.manifest.canary.after > adapter.manifest.canary.before
    full = named.recipe.method.name == "full"
    assert Adapters(tmp_path / "adapters").names() == ([] if full else ["tiny"])
