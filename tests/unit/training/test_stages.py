"""Every stage, method and way of reading rows, on a base small enough to be made anew."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import tiny_model
import tiny_pack
import torch
from safetensors.torch import load_file

from domainkit.errors import ModelError, TrainingError
from domainkit.generation.adapters import Adapter, Adapters, fitting
from domainkit.generation.base_model import BaseModel, open_base
from domainkit.generation.merging import reopen
from domainkit.packs import loader
from domainkit.packs.schemas.adapter import CARD, WEIGHTS
from domainkit.packs.schemas.recipe import Lora, RagContext, Stage, Watch
from domainkit.training import recipe, run, sampled
from domainkit.training.likelihood import (
    check_packing,
    log_probabilities,
    mean_log_probability,
)
from domainkit.training.loop import Loop, Step
from domainkit.training.masks import Encoded, Shape, encode_pieces, encode_text
from domainkit.training.methods import attach
from domainkit.training.objectives import Compared, Dpo, Kto, Orpo, Rrhf, Verdict
from domainkit.training.plan import Plan, plan
from domainkit.training.rewards import Wanted, cites_right, grounded
from domainkit.training.sampled import advantages
from domainkit.training.templates import Piece

NOW = datetime(2026, 11, 26, tzinfo=UTC)
STAGE = {"steps": 2, "learning_rate": 0.02, "batch": 2, "warmup": 0.0, "max_tokens": 3000}
TARGETS = ("q_proj", "v_proj", "down_proj")

PUBLISHED: dict[str, tuple[str, list[Any]]] = {
    "pairs": (
        "alpaca",
        [
            {"instruction": f"Count to {n}.", "input": "", "output": f"Counted {n} of them."}
            for n in range(4)
        ],
    ),
    "texts": ("text", ["The box is blue and kept below 25 degrees.", "Two tablets a day."]),
    "preferences": (
        "preference",
        [{"prompt": f"{n}?", "chosen": f"yes {n}", "rejected": f"no no {n}"} for n in range(3)],
    ),
    "verdicts": (
        "verdict",
        [{"prompt": f"{n}?", "completion": f"an answer {n}", "label": n > 0} for n in range(3)],
    ),
}
# stage -> what it is given
LEARNS = {
    "pretrain": "texts",
    "sft": "pairs",
    "dpo": "preferences",
    "kto": "verdicts",
    "orpo": "preferences",
    "reward": "preferences",
    "rrhf": "preferences",
    "raft-ranked": "preferences",
    "grpo": "",
    "rloo": "",
}


def planned(folder: Path, base: Path, brought: str = "", **changes: Any) -> Plan:
    """Return a plan for the tiny pack, with published rows in place of its own."""
    tiny_pack.write_pack(folder, base=base)
    data: list[dict[str, Any]] = [{"path": "train/rows.jsonl"}]
    if brought:
        layout, rows = PUBLISHED[brought]
        (folder / "train" / f"{brought}.json").write_text(json.dumps(rows))
        data = [{"path": f"train/{brought}.json", "format": layout, "licence": "MIT"}]
    path = folder / "recipes" / "embedded.yaml"
    given = json.loads(path.read_text())
    path.write_text(json.dumps({**given, "stages": [STAGE], "data": data, **changes}))
    pack = loader.load(folder)
    return plan(pack, recipe.find(pack, "embedded"), prompt_tokens=2000)


def trained(made: Plan, folder: Path, name: str = "a", **options: Any) -> Adapter:
    return run.run(made, adapters=folder / "adapters", name=name, now=NOW, **options)


@pytest.mark.parametrize("kind", LEARNS)
def test_a_stage_learns_from_its_own_kind_of_rows(
    kind: str, tmp_path: Path, base_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a random model writes earns nothing: here it earns by its length.
    monkeypatch.setattr(sampled, "grounded", lambda said, wanted: len(said) % 7 / 7)
    more = {"answer_tokens": 6, "samples": 2, "beta": 0.01 if kind == "rloo" else 0.1}
    stage = {**STAGE, "kind": kind, **more}
    made = planned(tmp_path / "tiny", base_folder, LEARNS[kind], stages=[stage])
    seen: list[Step] = []
    adapter = trained(made, tmp_path, progress=seen.append)
    assert [step.stage for step in seen] == [kind, kind]
    assert all(math.isfinite(step.loss) and step.tokens > 0 for step in seen)
    assert Adapters(tmp_path / "adapters").names() == ["a"]
    assert (adapter.folder / "losses.svg").read_text().startswith("<svg")
    assert (adapter.folder / "reward_head.safetensors").is_file() == (kind == "reward")


def test_stages_follow_each_other_and_resume_where_they_stopped(
    tmp_path: Path, base_folder: Path
) -> None:
    stages = [
        {**STAGE, "kind": "pretrain"},
        {**STAGE, "kind": "sft", "packing": True, "optimizer": "lion", "learning_rate": 0.002},
        {**STAGE, "kind": "dpo", "steps": 4, "schedule": "linear"},
    ]
    data = [
        {"path": "train/rows.jsonl"},
        {"path": "train/preferences.json", "format": "preference", "licence": "CC0-1.0"},
        {"path": "train/texts.json", "format": "text", "licence": "MIT", "weight": 2},
    ]
    planned(tmp_path / "tiny", base_folder, "preferences", stages=[{**STAGE, "kind": "dpo"}])
    _, rows = PUBLISHED["texts"]
    (tmp_path / "tiny" / "train" / "texts.json").write_text(json.dumps(rows))
    path = tmp_path / "tiny" / "recipes" / "embedded.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), "stages": stages, "data": data}))
    pack = loader.load(tmp_path / "tiny")

    def made() -> Plan:
        return plan(pack, recipe.find(pack, "embedded"), prompt_tokens=2000)

    whole = trained(made(), tmp_path, "whole")
    assert whole.manifest.rows.licences == {"CC0-1.0": 5, "Apache-2.0": 1, "MIT": 4}
    assert set(whole.manifest.rows.imported) == {"preferences.json", "texts.json"}
    assert "pretrain, sft, dpo" in (whole.folder / CARD).read_text()
    for stage, number in (("sft", 1), ("dpo", 2)):
        stop = Event()

        def interrupt(step: Step, stage: str = stage, number: int = number) -> None:
            if (step.stage, step.number) == (stage, number):
                stop.set()  # noqa: B023 - called before the next round

        name = f"broken-{stage}"
        with pytest.raises(TrainingError, match="nothing is lost"):
            trained(made(), tmp_path, name, progress=interrupt, stop=stop)
        torch.manual_seed(3)
        again = trained(made(), tmp_path, name, resume=True)
        assert again.manifest.losses == whole.manifest.losses
        assert again.manifest.weights == whole.manifest.weights


METHODS = [
    {"name": "dora", "r": 2},
    {"name": "rslora", "r": 2},
    {"name": "pissa", "r": 2},
    {"name": "ia3"},
    {"name": "p-tuning-v2", "length": 4},
    {"name": "llama-adapter", "length": 4, "layers": 2},
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method["name"])
def test_a_method_trains_files_and_is_opened_again(
    method: dict[str, Any], tmp_path: Path, base_folder: Path
) -> None:
    stage = {**STAGE, "steps": 8, "learning_rate": 0.05}
    made = planned(tmp_path / "tiny", base_folder, "pairs", method=method, stages=[stage])
    assert made.size is not None or not made.named.recipe.base.config
    adapter = trained(made, tmp_path)
    stored = load_file(str(adapter.folder / WEIGHTS))
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    canary, tuned = adapter.manifest.canary, adapter.manifest.base
    if method["name"] in ("dora", "ia3", "p-tuning-v2", "llama-adapter"):
        with pytest.raises(
            ModelError, match=f"cannot apply an adapter of the method {method['name']}"
        ):
            fitting(
                Adapters(tmp_path / "adapters"),
                "a",
                engine="openvino:tiny",
                base=tuned.fingerprint,
                chat=tuned.chat,
                prompt=None,
            )
    again = reopen(open_base(base_folder).model, adapter.folder)
    stride = max(1, len(made.encoded) // 8)
    found = mean_log_probability(again, made.encoded[::stride][:8])
    assert found == pytest.approx(canary.after, abs=2e-3)


def test_a_full_tuning_files_a_model_of_its_own(tmp_path: Path, base_folder: Path) -> None:
    made = planned(tmp_path / "tiny", base_folder, "pairs", method={"name": "full"})
    done = trained(made, tmp_path)
    assert done.folder == tmp_path / "models" / "a"
    assert Adapters(tmp_path / "adapters").names() == []
    again = open_base(done.folder)
    assert mean_log_probability(again.model, made.encoded) == pytest.approx(
        done.manifest.canary.after, abs=1e-3
    )


def test_training_ends_when_held_out_rows_get_no_better(tmp_path: Path, base_folder: Path) -> None:
    watch = {"held_out": 0.4, "every": 1, "patience": 2}
    stage = {**STAGE, "steps": 40, "learning_rate": 0.3, "batch": 1}
    made = planned(
        tmp_path / "tiny", base_folder, "pairs", stages=[stage], evaluation=watch, seed=1
    )
    adapter = trained(made, tmp_path)
    assert len(adapter.manifest.losses) < 40
    cited = planned(
        tmp_path / "cited", base_folder, evaluation={**watch, "metric": "citations", "every": 2}
    )
    assert len(trained(cited, tmp_path, "cited").manifest.losses) == 2


def test_what_is_not_here_is_said_by_a_dry_run_and_refused_by_a_run(
    tmp_path: Path, base_folder: Path
) -> None:
    data = [
        {
            "path": "train/gone.json",
            "format": "alpaca",
            "licence": "CC-BY-NC-4.0",
            "source": "https://example.org/rows",
        }
    ]
    made = planned(tmp_path / "tiny", base_folder, data=data)
    told = "train/gone.json is not here; get it from https://example.org/rows"
    assert made.summary()["rows"]["absent"] == [f"{told} (licence: CC-BY-NC-4.0)"]
    with pytest.raises(TrainingError, match=r"gone\.json is not here"):
        trained(made, tmp_path)


def test_a_stage_without_rows_of_its_kind_is_refused(tmp_path: Path, base_folder: Path) -> None:
    stage = {**STAGE, "kind": "dpo"}
    with pytest.raises(TrainingError, match="dpo learns from answers that were compared"):
        planned(tmp_path / "tiny", base_folder, "pairs", stages=[stage])


def rows_of(base: BaseModel, *texts: str) -> list[Encoded]:
    words = base.text.tokenizer
    shape = Shape(words.eos_token_id, 500)
    return [encode_text(text, words, shape, place=text)[0] for text in texts]


def test_packed_rows_are_as_likely_as_apart(base: BaseModel) -> None:
    rows = rows_of(base, "one two three", "a much longer text of words", "x y")
    apart = torch.cat([log_probabilities(base.model, [row]) for row in rows])
    packed = log_probabilities(base.model, rows, packed=True)
    assert torch.allclose(apart, packed, atol=1e-3)
    check_packing(base.model, rows)


def test_a_model_whose_packed_rows_see_each_other_is_refused(tmp_path: Path) -> None:
    folder = tiny_model.write_base(tmp_path / "bloom", family="bloom")
    base = open_base(folder)
    with pytest.raises((TrainingError, TypeError)):
        check_packing(base.model, rows_of(base, "one two three four", "five six seven eight"))


def pair(base: BaseModel) -> Compared:
    words = base.text.tokenizer
    shape = Shape(words.eos_token_id, 500)
    made = [
        encode_pieces([Piece("Which? "), Piece(said, True, True)], words, shape, place="row")
        for said in ("this one", "that")
    ]
    return Compared(0, tuple(one for one in made if one))


def test_the_losses_of_preferences_are_their_authors_formulas(base: BaseModel) -> None:
    row = pair(base)
    likely = [log_probabilities(base.model, [one]).item() for one in row.answers]
    means = [value / len(one.trained) for value, one in zip(likely, row.answers, strict=True)]
    dpo = Dpo(0.5, [[likely[0] - 1.0, likely[1] + 0.5]])
    assert dpo.total(base.model, [row]).item() == pytest.approx(
        math.log1p(math.exp(-0.5 * (1.0 + 0.5))), rel=1e-4
    )
    good = Verdict(0, row.answers[0], row.answers[1], True)
    kto = Kto(0.5, [[likely[0] - 1.0, likely[1] - 0.4]])
    expected = 1 - 1 / (1 + math.exp(-0.5 * (1.0 - 0.4)))
    assert kto.total(base.model, [good]).item() == pytest.approx(expected, rel=1e-4)
    odds = [math.log(math.exp(m) / (1 - math.exp(m))) for m in means]
    orpo = -means[0] + 0.2 * math.log1p(math.exp(-(odds[0] - odds[1])))
    assert Orpo(0.2).total(base.model, [row]).item() == pytest.approx(orpo, rel=1e-3)
    rrhf = -means[0] + max(0.0, means[1] - means[0])
    assert Rrhf().total(base.model, [row]).item() == pytest.approx(rrhf, rel=1e-4)


def test_advantages_are_those_of_grpo_and_rloo() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.5])
    assert advantages(rewards, "rloo").tolist() == pytest.approx([0.75, -0.75, 0.0])
    assert advantages(rewards, "grpo").tolist() == pytest.approx([1.0, -1.0, 0.0], abs=1e-3)


def test_a_reward_is_earned_by_the_right_sources_or_the_right_refusal() -> None:
    wanted = Wanted("Take two tablets [2].", refusal=False)
    assert grounded("Take two tablets [2].", wanted) == 1.0
    assert grounded("Take two tablets [1].", wanted) == 0.5
    assert cites_right("Two [2].", wanted)
    assert not cites_right("Two [1][2].", wanted)
    refusal = Wanted("The sources do not say.", refusal=True)
    assert (grounded("The sources do not say.", refusal), grounded("Two [1].", refusal)) == (1, 0)


def test_lion_steps_by_the_sign_alone(base: BaseModel) -> None:
    stage = Stage(steps=1, learning_rate=0.01, warmup=0.0, optimizer="lion", schedule="constant")
    model = attach(base.model, Lora(r=2), TARGETS, seed=0)
    before = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    list(Loop(model, rows_of(base, "one two three"), stage, seed=0).run())
    moved = [
        (p.detach() - before[n]).abs() for n, p in model.named_parameters() if p.requires_grad
    ]
    steps = torch.cat([m.flatten() for m in moved])
    assert float(steps.max()) == pytest.approx(0.01, rel=1e-3)
    assert bool(((steps < 1e-9) | (steps > 0.0099)).all())


def test_grounded_rows_are_shown_among_others_and_without_their_own(
    tmp_path: Path, base_folder: Path
) -> None:
    folder = tmp_path / "tiny"
    context = RagContext(distractors=1, refusals=1.0, quote=True)
    planned(folder, base_folder)
    (folder / "knowledge" / "other.md").write_text(
        "# Other\n\n## Use\n\nThe syrup is for a cough."
    )
    other = {
        "id": "syrup",
        "question": "What is the syrup for?",
        "language": "en",
        "sources": [{"path": "knowledge/other.md", "quote": "for a cough"}],
        "answer": "It is for a cough [1].",
        "licence": "CC0-1.0",
        "origin": "written for the test",
    }
    tiny_pack.write_rows(folder, [tiny_pack.row("storage"), other])
    pack = loader.load(folder)
    named = recipe.find(pack, "embedded")
    changed = replace(named, recipe=named.recipe.model_copy(update={"rag_context": context}))
    made = plan(pack, changed, prompt_tokens=2000)
    by_id = {row.id: row for row in made.examples}
    assert set(by_id) == {"storage", "storage#without", "syrup", "syrup#without"}
    shown = by_id["storage"]
    asked = shown.prompt.messages[-1].content
    assert "25 degrees" in asked
    assert "cough" in asked
    number = 1 + (asked.index("cough") < asked.index("25 degrees"))
    assert (
        shown.answer
        == f'"below 25 degrees" [{number}]\nThey are kept below 25 degrees [{number}].'
    )
    without = by_id["storage#without"]
    assert "25 degrees" not in without.prompt.messages[-1].content
    assert (without.refusal, without.answer) == (True, pack.no_answer("en"))
    assert plan(pack, changed, prompt_tokens=2000).rows_hash == made.rows_hash


def test_rows_are_read_as_often_as_they_weigh_and_others_are_mixed_in(
    tmp_path: Path, base_folder: Path
) -> None:
    data = [{"path": "train/pairs.json", "format": "auto", "licence": "MIT", "weight": 1.5}]
    made = planned(tmp_path / "tiny", base_folder, "pairs", data=data)
    assert 4 <= len(made.imported.rows) <= 8
    replay = {"path": "train/pairs.json", "format": "alpaca", "licence": "MIT", "ratio": 0.5}
    mixed = [{"path": "train/preferences.json", "format": "preference", "licence": "MIT"}, replay]
    (tmp_path / "tiny" / "train" / "preferences.json").write_text(
        json.dumps(PUBLISHED["preferences"][1])
    )
    stages = [{**STAGE, "kind": "dpo"}]
    again = planned(
        tmp_path / "tiny", base_folder, "preferences", data=mixed[:1], replay=replay, stages=stages
    )
    kinds = [row.kind for row in again.imported.rows]
    assert kinds.count("comparison") == 3
    assert 1 <= kinds.count("dialogue") <= 4


def test_a_replay_is_a_share_of_the_grounded_rows_too_and_may_be_another_packs(
    tmp_path: Path, base_folder: Path
) -> None:
    other = tiny_pack.write_pack(tmp_path / "other", base=base_folder)
    (other / "train" / "general.json").write_text(json.dumps(PUBLISHED["pairs"][1]))
    replay = {
        "path": "train/general.json",
        "format": "alpaca",
        "licence": "MIT",
        "ratio": 0.5,
        "pack": str(other),
    }
    made = planned(tmp_path / "tiny", base_folder, replay=replay)
    assert len(made.examples) == len(made.imported.rows) == 3
    assert not made.imported.absent


def test_a_watch_needs_rows_to_hold_out(tmp_path: Path, base_folder: Path) -> None:
    watch = Watch(held_out=0.5, every=1, metric="citations")
    made = planned(tmp_path / "tiny", base_folder, "pairs")
    changed = made.named.recipe.model_copy(update={"evaluation": watch})
    with pytest.raises(TrainingError, match=r"evaluation\.held_out wants 2 of 4 rows, 0 can"):
        trained(replace(made, named=replace(made.named, recipe=changed)), tmp_path)
