from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import tiny_model
import tiny_pack
import torch

from domainkit.errors import ModelError, TrainingError
from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.generation.prompt import template_hash
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.adapter import CARD, MANIFEST
from domainkit.packs.schemas.recipe import Lora
from domainkit.training import recipe, run
from domainkit.training.loop import Step
from domainkit.training.plan import Plan, plan


@pytest.fixture
def adapters(tmp_path: Path) -> Path:
    return tmp_path / "adapters"


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def planned(pack: Pack, **changes: Any) -> Plan:
    named = recipe.find(pack, "embedded")
    changed = named.recipe.model_copy(update=changes)
    return plan(pack, dataclasses.replace(named, recipe=changed), prompt_tokens=2000)


def trained(made: Plan, folder: Path, name: str = "a", **options: Any) -> Adapter:
    return run.run(made, adapters=folder, name=name, now=NOW, **options)


def test_a_run_files_an_adapter_that_answers_differently_from_its_base(
    pack: Pack, adapters: Path, base_folder: Path
) -> None:
    seen: list[Step] = []
    made = planned(pack)
    adapter = trained(made, adapters, progress=seen.append)
    record = adapter.manifest
    assert [step.number for step in seen] == list(range(1, 7))
    assert record.losses == tuple(round(step.loss, 5) for step in seen)
    assert record.losses[-1] < record.losses[0]
    assert record.canary.after > record.canary.before + 0.1
    assert record.pack.prompt == template_hash(pack)
    assert (record.rows.answers, record.rows.refusals) == (2, 1)
    assert record.rows.licences == {"CC0-1.0": 2, "Apache-2.0": 1}
    assert Adapters(adapters).get("a") == adapter
    assert not (adapters / ".a").exists()

    generator = PeftGenerator(
        base_folder,
        name="tiny",
        max_tokens=40,
        adapters=Adapters(adapters),
        prompt_hash=template_hash(pack),
    )
    prompt = made.examples[0].prompt
    assert generator.generate(prompt, adapter="a").text != generator.generate(prompt).text


def test_enough_training_teaches_the_answers_word_for_word(
    pack_folder: Path, adapters: Path, base_folder: Path
) -> None:
    tiny_pack.write_rows(pack_folder, [tiny_pack.row("storage"), tiny_pack.row("price")])
    pack = loader.load(pack_folder)
    stage = recipe.find(pack, "embedded").recipe.stages[0]
    longer = stage.model_copy(update={"steps": 50})
    made = planned(pack, stages=(longer,), method=Lora(r=16, alpha=32))
    trained(made, adapters)
    generator = PeftGenerator(base_folder, name="tiny", max_tokens=60, adapters=Adapters(adapters))
    for example in made.examples:
        generation = generator.generate(example.prompt, adapter="a")
        assert (generation.text, generation.finish) == (example.answer, "stop")


def test_the_card_tells_what_the_adapter_is_made_of(pack: Pack, adapters: Path) -> None:
    record = trained(planned(pack), adapters).manifest
    card = (adapters / "a" / CARD).read_text()
    for fact in (
        record.base.fingerprint,
        record.rows.sha256,
        record.pack.fingerprint,
        "Apache-2.0 (1), CC0-1.0 (2)",
        "2 answers, 1 refusals",
        "domainkit adapters gate",
        "domainkit ask --adapter a",
        "2026-11-23T12:00:00+00:00",
    ):
        assert fact in card
    written = json.loads((adapters / "a" / MANIFEST).read_text())
    assert written["schema"] == 1
    config = json.loads((adapters / "a" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == record.base.name
    assert str(adapters) not in card + json.dumps(config)


def test_a_stopped_run_goes_on_where_it_stopped(pack: Pack, adapters: Path) -> None:
    unbroken = trained(planned(pack), adapters, "unbroken")
    stop = Event()

    def interrupt(step: Step) -> None:
        if step.number == 2:
            stop.set()

    with pytest.raises(TrainingError, match=r"stopped after step 2 of 6.*--resume"):
        trained(planned(pack), adapters, progress=interrupt, stop=stop)
    assert Adapters(adapters).names() == ["unbroken"]
    torch.manual_seed(5)
    resumed = trained(planned(pack), adapters, resume=True)
    assert resumed.manifest.losses == unbroken.manifest.losses
    assert resumed.manifest.weights == unbroken.manifest.weights


def test_a_run_with_other_rows_is_not_resumed(pack: Pack, adapters: Path) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(TrainingError, match="stopped after step 1"):
        trained(planned(pack), adapters, stop=stop)
    fewer = planned(pack)
    fewer = dataclasses.replace(fewer, examples=fewer.examples[:2], encoded=fewer.encoded[:2])
    with pytest.raises(TrainingError, match="another recipe, other rows or another base"):
        trained(fewer, adapters, resume=True)


def test_an_adapter_that_learnt_nothing_is_not_filed(pack: Pack, adapters: Path) -> None:
    stage = recipe.find(pack, "embedded").recipe.stages[0]
    still = stage.model_copy(update={"learning_rate": 1e-9})
    with pytest.raises(TrainingError, match="does not make its own rows likelier"):
        trained(planned(pack, stages=(still,)), adapters)
    assert Adapters(adapters).names() == []


def test_a_taken_name_is_refused_before_anything_is_trained(pack: Pack, adapters: Path) -> None:
    (adapters / "a").mkdir(parents=True)
    with pytest.raises(TrainingError, match="there is an adapter of this name"):
        trained(planned(pack), adapters)
    with pytest.raises(TrainingError, match="cannot be an adapter's name"):
        trained(planned(pack), adapters, name="../a")
    assert run.free_name(adapters, "a") == "a-2"
    assert run.free_name(adapters, "b") == "b"


def test_a_recipe_for_a_gpu_says_so_where_there_is_none(pack: Pack, adapters: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(TrainingError, match="needs a GPU with about"):
        trained(planned(pack, device="gpu"), adapters)


def test_an_example_longer_than_the_base_can_read_is_refused(
    pack_folder: Path, adapters: Path, tmp_path: Path
) -> None:
    short = tiny_model.write_base(tmp_path / "short", max_position_embeddings=200)
    pack = loader.load(pack_folder)
    made = plan(pack, recipe.find(pack, "embedded"), prompt_tokens=2000, base=short)
    with pytest.raises(TrainingError, match="an example has 404 tokens; short reads at most 200"):
        trained(made, adapters)


def test_another_base_is_measured_by_its_own_shape(pack: Pack, tmp_path: Path) -> None:
    named = recipe.find(pack, "embedded")
    other = tiny_model.write_base(tmp_path / "glm", family="glm", num_hidden_layers=3)
    made = plan(pack, named, prompt_tokens=2000, base=other)
    assert made.base_name == "glm"
    assert made.size is not None
    assert (made.size.layers, made.size.modules) == (3, 18)
    (other / "config.json").unlink()
    with pytest.raises(ModelError, match="cannot open this model"):
        plan(pack, named, prompt_tokens=2000, base=other)


def test_checkpointing_changes_no_loss(pack: Pack, adapters: Path) -> None:
    plain = trained(planned(pack), adapters, "plain").manifest.losses
    twice = trained(planned(pack, checkpointing=True), adapters, "twice").manifest.losses
    assert twice == pytest.approx(plain, abs=1e-3)


def test_a_plan_without_its_base_counts_what_it_can(pack: Pack, adapters: Path) -> None:
    shape = {"model_type": "glm", **tiny_model.SHAPE, "vocab_size": 259, "pad_token_id": 0}
    base = recipe.find(pack, "embedded").recipe.base
    away = base.model_copy(update={"name": "/nowhere/glm", "config": shape})
    made = planned(pack, base=away)
    summary = made.summary()
    assert "there is no model here" in summary["base"]["absent"]
    assert summary["tokens"] == {"example": None, "trained": None}
    assert summary["rows"]["answers"] == 2
    assert summary["steps"] == 6
    assert summary["targets"][-2:] == ["gate_up_proj", "down_proj"]
    assert summary["size"]["modules"] == 12
    assert summary["memory"]["total"] > 0
    assert "Korthikanti" in summary["memory"]["source"]
    with pytest.raises(ModelError, match="there is no model here"):
        trained(made, adapters)


def test_the_words_of_rows_decide_their_hash(pack: Pack) -> None:
    made = planned(pack)
    other = dataclasses.replace(made.examples[0], answer="Another answer [1].")
    assert planned(pack).rows_hash == made.rows_hash
    assert dataclasses.replace(made, examples=(other,)).rows_hash != made.rows_hash
