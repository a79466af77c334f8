from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseModel, open_base
from domainkit.generation.merging import reopen
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training import checkpoint
from domainkit.training.likelihood import log_probabilities, mean_log_probability
from domainkit.training.loop import Loop, schedule
from domainkit.training.masks import Encoded, encode
from domainkit.training.methods import attach

TARGETS = ("q_proj", "v_proj", "down_proj")
SLOW = Stage(steps=6, learning_rate=5e-3, batch=2, accumulation=1, max_tokens=256)


def rows(base: BaseModel) -> list[Encoded]:
    asked = [
        ("Which dose?", "Two tablets [1]."),
        ("How often?", "Daily [1][2]."),
        ("Why?", "[1] x"),
    ]
    return [
        encode(
            f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
            answer,
            base.text.tokenizer,
            end_of_turn=base.text.tokenizer.eos_token_id,
            max_tokens=256,
            place="rows:1",
        )
        for question, answer in asked
    ]


def loop(base: BaseModel, stage: Stage = SLOW, *, dropout: float = 0.1, seed: int = 3) -> Loop:
    model = attach(base.model, Lora(r=4, dropout=dropout), TARGETS, seed=seed)
    return Loop(model, rows(base), stage, seed=seed)


def weights(made: Loop) -> Iterator[torch.Tensor]:
    return (w.detach().clone() for w in made.model.parameters() if w.requires_grad)


def same(one: Loop, other: Loop) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_loss_falls_and_only_the_adapter_changes(base: BaseModel) -> None:
    before = {name: w.clone() for name, w in base.model.named_parameters()}
    made = loop(base, Stage(steps=30, learning_rate=1e-2, batch=3, max_tokens=256), dropout=0.0)
    steps = list(made.run())
    assert steps[-1].loss < 0.5 * steps[0].loss
    plain = made.model.unload()
    assert all(torch.equal(before[name], w) for name, w in plain.named_parameters())


def test_loss_is_that_of_the_answer_tokens_alone(base: BaseModel) -> None:
    made, row = loop(base, dropout=0.0), rows(base)[0]
    logits = base.model(input_ids=torch.tensor([row.ids])).logits[0].log_softmax(-1)
    expected = sum(logits[i - 1, row.ids[i]].item() for i in range(row.start, len(row.ids)))
    found = log_probabilities(made.model.eval(), [row]).item()
    assert found == pytest.approx(expected, abs=1e-3)


def test_padding_changes_no_row_of_a_batch(base: BaseModel) -> None:
    model = loop(base, dropout=0.0).model.eval()
    together = log_probabilities(model, rows(base))
    apart = [log_probabilities(model, [row]).item() for row in rows(base)]
    assert together.tolist() == pytest.approx(apart, abs=1e-3)


def test_accumulation_changes_nothing_but_memory(base_folder: Path) -> None:
    whole = Stage(steps=4, learning_rate=5e-3, batch=3, accumulation=1, max_tokens=256)
    parts = whole.model_copy(update={"batch": 1, "accumulation": 3})
    runs = [loop(open_base(base_folder), stage, dropout=0.0) for stage in (whole, parts)]
    losses = [[step.loss for step in run.run()] for run in runs]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_the_same_seed_gives_the_same_weights(base_folder: Path) -> None:
    made = []
    for seed in (3, 3, 4):
        made.append(loop(open_base(base_folder), seed=seed))
        list(made[-1].run())
    assert same(made[0], made[1])
    assert not same(made[0], made[2])


def test_a_resumed_run_ends_bit_by_bit_where_an_unbroken_one_ends(
    base_folder: Path, tmp_path: Path
) -> None:
    unbroken = loop(open_base(base_folder))
    list(unbroken.run())

    broken = loop(open_base(base_folder))
    for step in broken.run():
        if step.number == 2:
            checkpoint.save(tmp_path, broken, run="r")
            break
    torch.manual_seed(99)  # whatever else the process did meanwhile
    resumed = loop(open_base(base_folder))
    checkpoint.load(tmp_path, resumed, run="r")
    list(resumed.run())

    assert [s.loss for s in resumed.taken] == [s.loss for s in unbroken.taken]
    assert same(resumed, unbroken)


def test_a_checkpoint_of_another_run_is_refused(base: BaseModel, tmp_path: Path) -> None:
    made = loop(base)
    checkpoint.save(tmp_path, made, run="one")
    with pytest.raises(TrainingError, match="another recipe, other rows or another base"):
        checkpoint.load(tmp_path, made, run="two")


def test_resuming_what_never_ran_says_so(base: BaseModel, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no interrupted run"):
        checkpoint.load(tmp_path, loop(base), run="r")


def test_a_loss_that_is_no_number_stops_the_run(base: BaseModel) -> None:
    made = loop(base)
    with torch.no_grad():
        base.model.lm_head.weight.fill_(math.inf)
    with pytest.raises(TrainingError, match="at step 1 of 6"):
        list(made.run())


def test_targets_the_model_has_not_are_an_error(base: BaseModel) -> None:
    with pytest.raises(TrainingError, match=r"LoRA finds no layer to tune.*method\.targets"):
        attach(base.model, Lora(), ["query_key_value"], seed=0)


def test_an_epoch_shows_every_row_once(base: BaseModel) -> None:
    made = loop(base, Stage(epochs=2, learning_rate=1e-3, batch=2, max_tokens=256))
    assert made.total == 4
    plan = [group for _, group in zip(range(4), made._plan(), strict=False)]
    assert sorted(plan[0] + plan[1]) == sorted(plan[2] + plan[3]) == [0, 1, 2]
    assert plan[:2] != plan[2:]


def test_the_learning_rate_rises_then_falls() -> None:
    shares = [schedule(step, 20, 0.1) for step in range(1, 21)]
    assert shares[:2] == [0.5, 1.0]
    assert all(a > b > 0 for a, b in pairwise(shares[2:]))
    assert schedule(1, 1, 0.0) == pytest.approx(0.5)


def test_a_finished_adapter_opens_again_as_it_was(base_folder: Path, tmp_path: Path) -> None:
    made = loop(open_base(base_folder), dropout=0.0)
    list(made.run())
    made.model.save_pretrained(tmp_path, save_embedding_layers=False)
    again = reopen(open_base(base_folder).model, tmp_path)
    row = rows(open_base(base_folder))[0]
    assert mean_log_probability(again, [row]) == pytest.approx(
        mean_log_probability(made.model, [row]), abs=1e-6
    )
    assert not any(weight.requires_grad for weight in again.parameters())


def test_mixed_precision_learns_the_same_and_keeps_float32(
    base: BaseModel, base_folder: Path
) -> None:
    stage = Stage(steps=4, learning_rate=1e-2, batch=3, max_tokens=256)
    expected = [step.loss for step in loop(base, stage, dropout=0.0).run()]
    model = attach(open_base(base_folder).model, Lora(r=4), TARGETS, seed=3)
    mixed = Loop(model, rows(base), stage, seed=3, mixed=True)

    found = [step.loss for step in mixed.run()]

    assert found == pytest.approx(expected, rel=0.05)
    assert found != expected
    assert all(w.dtype == torch.float32 for w in weights(mixed))
