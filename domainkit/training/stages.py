"""Carries out the stages of a recipe one after the other on the same weights, resumably."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseModel
from domainkit.packs.schemas.recipe import SAMPLED, Recipe, Stage
from domainkit.training import checkpoint, parallel, sharding
from domainkit.training.checkpoint import Kept
from domainkit.training.likelihood import check_packing
from domainkit.training.loop import Loop, Step
from domainkit.training.objectives import (
    Against,
    Dpo,
    Kto,
    Likelihood,
    Objective,
    Orpo,
    Reward,
    Rrhf,
)
from domainkit.training.plan import Plan
from domainkit.training.sampled import Sampled
from domainkit.training.watched import Watcher

_SAVE_EVERY = 60.0  # seconds: an interrupted run loses at most a minute


@dataclass(frozen=True, slots=True)
class Control:
    """How a run is followed and stopped: see ``run.run``."""

    work: Path
    identity: str
    resume: bool
    progress: Callable[[Step], None]
    stop: Event | None


@dataclass(frozen=True, slots=True)
class Trained:
    """The steps of all stages, and what was measured on held-out rows as (step, value)."""

    steps: tuple[Step, ...]
    measured: tuple[tuple[int, float], ...]


def train(plan: Plan, base: BaseModel, model: Any, control: Control) -> Trained:
    """Train ``model`` by every stage of ``plan``.

    Raises:
        TrainingError: when the run is stopped, or its loss is no longer a number.
    """
    recipe = plan.named.recipe
    if control.resume:
        kept = checkpoint.standing(control.work, run=control.identity)
    else:
        if parallel.current().is_first:
            (control.work / checkpoint.FILE).unlink(missing_ok=True)
        kept = Kept()
    measured: tuple[tuple[int, float], ...] = ()
    resume = control.resume
    for number in range(kept.stage, len(recipe.stages)):
        rows, held = _parted(plan, number)
        loop = _loop(recipe, number, rows, base, model)
        watcher = Watcher(recipe.evaluation, model, base.text, held, kept.watched)
        if resume:
            watcher.best = checkpoint.load(control.work, loop, run=control.identity)
            if isinstance(loop.objective, Against):
                loop.objective.reference = [list(row) for row in kept.reference]
        elif isinstance(loop.objective, Against):
            loop.objective.remember(model, rows)
        kept = replace(kept, stage=number)
        _run(loop, watcher, kept, control)
        measured += tuple(watcher.curve(len(kept.before)))
        kept = Kept(stage=number + 1, before=(*kept.before, *loop.taken))
        resume = False
    return Trained(kept.before, measured)


def _run(loop: Loop, watcher: Watcher, kept: Kept, control: Control) -> None:
    saved, processes = time.monotonic(), parallel.current()
    for step in loop.run():
        control.progress(step)
        watcher.see(step)
        asked = processes.any(control.stop is not None and control.stop.is_set())
        stopped = asked and step.number < step.of
        if processes.is_first and (stopped or time.monotonic() - saved > _SAVE_EVERY):
            reference = getattr(loop.objective, "reference", ())
            now = replace(
                kept,
                reference=tuple(tuple(row) for row in reference),
                watched=tuple(watcher.values),
            )
            checkpoint.save(control.work, loop, run=control.identity, kept=now, best=watcher.best)
            saved = time.monotonic()
        if stopped:
            raise TrainingError(
                f"stopped after step {step.number} of {step.of}; nothing is lost",
                hint="go on with the same command and --resume",
            )
        if watcher.over:
            break
    watcher.restore()


def _loop(recipe: Recipe, number: int, rows: Sequence[Any], base: BaseModel, model: Any) -> Loop:
    stage = recipe.stages[number]
    if stage.packing:
        check_packing(model, rows)
    objective = _objective(stage, base)
    return Loop(
        model,
        rows,
        stage,
        seed=recipe.seed + number,
        objective=objective,
        mixed=recipe.precision == "mixed",
        even=sharding.wanted(recipe),
    )


_COMPARING: dict[str, Callable[[float], Objective]] = {
    "dpo": Dpo,
    "kto": Kto,
    "orpo": Orpo,
    "rrhf": Rrhf,
    "reward": Reward,
}


def _objective(stage: Stage, base: BaseModel) -> Objective:
    if stage.kind in _COMPARING:
        return _COMPARING[stage.kind](stage.beta)
    if stage.kind in SAMPLED:
        words, stops = base.text.tokenizer, sorted(base.text.stops)
        pad = words.pad_token_id if words.pad_token_id is not None else stops[0]
        return Sampled(stage, words.decode, stops, pad)
    return Likelihood(packed=stage.packing)


def _parted(plan: Plan, number: int) -> tuple[list[Any], list[Any]]:
    """Return the rows to train on and those held out, each of these with what is wanted of it."""
    rows = list(plan.rows(number))
    watch = plan.named.recipe.evaluation
    if watch is None or plan.named.recipe.stages[number].kind != "sft":
        return rows, []
    count = max(1, round(len(rows) * watch.held_out))
    chance = random.Random(plan.named.recipe.seed)  # noqa: S311 - not a secret
    asked = range(len(plan.examples)) if watch.metric == "citations" else range(len(rows))
    if len(asked) < count or len(rows) - count < 1:
        raise TrainingError(
            f"evaluation.held_out wants {count} of {len(rows)} rows, {len(asked)} can be measured",
            hint="give more rows, or leave evaluation out of the recipe",
        )
    chosen = set(chance.sample(asked, count))
    held = [
        (rows[i], plan.examples[i] if i < len(plan.examples) else None) for i in sorted(chosen)
    ]
    return [row for i, row in enumerate(rows) if i not in chosen], held
