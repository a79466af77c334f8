"""Which adapter an answer is written with, where none is named."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tiny_adapters
import tiny_gguf
import tiny_model
import tiny_pack
from typer.testing import CliRunner

from domainkit import settings
from domainkit.assistant import Assistant, wiring
from domainkit.assistant.adapting import Adapting
from domainkit.assistant.folder import Layout
from domainkit.cli.main import app
from domainkit.errors import DomainkitError, ModelError
from domainkit.generation import gated
from domainkit.generation.adapters import Adapters
from domainkit.generation.lifecycle import Lifecycle
from domainkit.generation.prompt import template_hash
from domainkit.guards import evidence
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.packs.schemas.adapter import MANIFEST, WEIGHTS
from domainkit.testing import EchoGenerator

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tiny_pack.write_pack(tmp_path / "tiny", base=tmp_path / "base", assistant=True)
    Lifecycle(made / ".domainkit" / "adapters").activate("tuned", now=NOW)
    return made


def chosen(folder: Path, asked: str | None = None, **overrides: str) -> str | None:
    flags = {key.replace("_", ".", 1): value for key, value in overrides.items()}
    return adapting(folder, flags).named("en", asked=asked)


def adapting(folder: Path, flags: dict[str, str] | None = None) -> Adapting:
    asked = settings.load(folder, overrides=flags)
    return Adapting(asked, loader.load(folder), Layout(folder))


def test_the_active_adapter_writes(folder: Path) -> None:
    assert chosen(folder) == "tuned"


def test_one_that_is_named_comes_first(folder: Path) -> None:
    assert chosen(folder, "other") == "other"
    assert chosen(folder, generation_adapter="set") == "set"
    assert chosen(folder, "other", generation_adapter="set") == "other"


def test_base_asks_for_none(folder: Path) -> None:
    assert chosen(folder, "base") is None
    assert chosen(folder, generation_adapter="base") is None


def test_it_counts_only_where_a_model_of_the_assistant_writes(folder: Path) -> None:
    assert chosen(folder, tier="extractive") is None
    assert chosen(folder, generation_engine="extractive") is None
    assert chosen(folder, generation_engine="chat") is None
    assert chosen(folder, generation_engine="llamacpp") == "tuned"


def test_the_model_may_be_named_by_its_path(folder: Path, tmp_path: Path) -> None:
    def written(model: Path) -> str:
        asked = settings.load(folder, overrides={"generation.model": str(model)})
        own = Adapters(Layout(folder).adapters)
        writer = wiring.tuned_writer(asked, loader.load(folder), "en", own)
        return writer.generator.id

    assert written(tiny_gguf.write(tmp_path / "mine.gguf")) == "openvino:mine.gguf"
    with pytest.raises(ModelError, match=r"away\.gguf: there is no model here"):
        written(tmp_path / "away.gguf")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base, and a pack that brings an adapter of it."""
    root = tmp_path_factory.mktemp("made")
    base = tiny_model.write_base(root / "base")
    tiny_pack.write_pack(root / "tiny", base=base)
    tiny_adapters.write_adapter(brought(root), base, seed=0)
    return root


@pytest.fixture
def child(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assistant of that pack, of whose adapter nothing is known yet."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "mine"
    folder.mkdir()
    about = {"schema": 1, "name": "mine", "version": "0.1.0", "title": "M", "extends": "../tiny"}
    (folder / "domain.yaml").write_text(json.dumps(about))
    (folder / "domainkit.toml").write_text(
        f'[generation]\nmodel = "{tmp_path / "base"}"\n[retrieval]\nvectors = "none"\n'
    )
    monkeypatch.chdir(folder)
    return folder


def brought(root: Path) -> Path:
    return root / "tiny" / "adapters" / "smollm2"


def passed(child: Path, *reasons: str) -> None:
    prompt = template_hash(loader.load(child))
    tiny_adapters.judge(brought(child.parent), prompt=prompt, reasons=reasons)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["adapters", *arguments])
    if result.exception:
        raise result.exception
    return result.stdout


def standing() -> tuple[str, str]:
    """Return the state of the pack's adapter as a list tells it, and why it is not used."""
    (one,) = json.loads(run("list", "--json"))
    assert one["from"] == "tiny"
    return one["state"], one["unused"] or ""


def test_an_adapter_of_the_pack_that_passed_writes_by_default(
    child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed(child)

    assert adapting(child).named("en") == "smollm2"
    assert chosen(child, "base") is None
    assert chosen(child, generation_engine="extractive") is None
    assert chosen(child, generation_engine="openvino") == "smollm2"
    assert standing() == ("active", "")
    echo = wiring.Writer(EchoGenerator("Adults take two tablets every six hours [1]."), len)
    monkeypatch.setattr(wiring, "tuned_writer", lambda *_: echo)
    monkeypatch.setattr(evidence, "sufficiency", lambda *_: 1.0)  # two passages are few
    (child / "documents").mkdir()
    (child / "documents" / "tablets.md").write_text(tiny_pack.FACTS)
    with closing(Assistant.open(child)) as opened:
        opened.ingest()
        turn = opened.ask(opened.question("How many tablets do adults take every six hours?"))
    assert turn.generation is not None
    assert turn.generation.adapter == "smollm2"


def test_one_that_passed_no_gate_is_listed_and_not_used(child: Path) -> None:
    assert adapting(child).named("en") is None
    assert "smollm2" in run("list")
    state, why = standing()
    assert state == "candidate"
    assert why.startswith("the adapter 'smollm2' has passed no gate")


def test_one_that_the_gate_refused_is_not_used(child: Path) -> None:
    passed(child, "general_right (general) 0.5 -> 0.2")

    assert adapting(child).named("en") is None
    assert standing()[1] == (
        "the gate refused the adapter 'smollm2': general_right (general) 0.5 -> 0.2"
    )


def test_weights_that_the_gate_did_not_judge_are_not_used(child: Path) -> None:
    passed(child)
    weights = brought(child.parent) / WEIGHTS
    weights.write_bytes(weights.read_bytes() + b"x")
    assert standing()[1].endswith(
        "adapter 'smollm2' is damaged: adapter_model.safetensors has changed"
    )

    record = weights.with_name(MANIFEST)
    said = {**json.loads(record.read_text()), "weights": cache.sha256(weights)}
    record.write_text(json.dumps(said))

    assert adapting(child).named("en") is None
    assert standing()[1].endswith("the gate judged other weights than it has now")


def test_one_tuned_with_other_prompts_is_not_used(child: Path) -> None:
    passed(child)
    (child / "prompts").mkdir()
    (child / "prompts" / "system.en.md").write_text("Say only what stands there.")

    assert adapting(child).named("en") is None
    assert "was tuned with other prompts than those of the pack" in standing()[1]


def test_an_assistant_in_one_of_the_packs_languages_uses_it(child: Path) -> None:
    tiny_adapters.judge(brought(child.parent), prompt="that of two languages")
    assert adapting(child).named("en") is None
    record = brought(child.parent) / MANIFEST
    said = json.loads(record.read_text())
    said["pack"]["alone"] = {"en": template_hash(loader.load(child))}
    record.write_text(json.dumps(said))

    assert adapting(child).named("en") == "smollm2"


def test_one_of_another_base_or_language_is_not_used(child: Path) -> None:
    passed(child)
    other = tiny_model.write_base(child.parent / "other", seed=4)
    assert chosen(child, generation_model=str(other)) is None
    assert chosen(child, generation_model=str(child / "away")) is None

    record = brought(child.parent) / MANIFEST
    said = {**json.loads(record.read_text()), "recipe": {"data": [{"languages": ["zh"]}]}}
    record.write_text(json.dumps(said))
    assert adapting(child).named("en") is None
    assert standing()[1] == "smollm2 was tuned on no rows in 'en'"


def test_the_packs_adapter_is_retired_activated_and_fallen_back_to(child: Path) -> None:
    passed(child)
    own = child / ".domainkit" / "adapters" / "own"
    shutil.copytree(brought(child.parent), own)
    (own / MANIFEST).write_text((own / MANIFEST).read_text().replace('"smollm2"', '"own"'))

    assert "own answers now" in run("activate", "own")
    assert adapting(child).named("en") == "own"
    assert "smollm2 answers now" in run("rollback")
    assert adapting(child).named("en") == "smollm2"
    assert "base model alone" in run("retire", "smollm2")
    assert adapting(child).named("en") is None
    assert "smollm2 answers now" in run("activate", "smollm2")
    assert adapting(child).named("en") == "smollm2"
    assert "base model alone" in run("rollback")
    with pytest.raises(DomainkitError, match="no adapter is active"):
        run("rollback")


def test_an_own_verdict_on_the_packs_adapter_stands_in_the_assistants_folder(child: Path) -> None:
    passed(child)
    adapter = adapting(child).adapters.get("smollm2")
    verdict = gated.read(adapter)
    assert verdict is not None

    gated.write(adapter, verdict.model_copy(update={"reasons": ("worse here",)}))

    assert (child / ".domainkit" / "brought" / "smollm2" / "gate.md").is_file()
    assert standing() == ("candidate", "the gate refused the adapter 'smollm2': worse here")
