"""Carries out a plan: trains, proves that the adapter is active, and files it with its card."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError, TrainingError
from domainkit.generation.adapters import (
    CARD,
    MANIFEST,
    NAME,
    WEIGHTS,
    Adapter,
    Adapters,
    Canary,
    Manifest,
)
from domainkit.generation.base_model import BaseModel, context, open_base
from domainkit.generation.lifecycle import BASE
from domainkit.models import cache
from domainkit.training import card, checkpoint
from domainkit.training.lora import Loop, Step, attach, mean_log_probability
from domainkit.training.masks import Encoded
from domainkit.training.plan import Plan

_SAVE_EVERY = 60.0  # seconds: an interrupted run loses at most a minute
_CANARY_ROWS = 8
# Mean log-probability of a token; the same forward pass in float32 differs by less than 1e-5.
_LEAST_GAIN = 1e-3


def run(
    plan: Plan,
    *,
    adapters: Path,
    name: str,
    now: datetime,
    resume: bool = False,
    progress: Callable[[Step], None] = lambda step: None,
    stop: Event | None = None,
) -> Adapter:
    """Train by ``plan`` and return the candidate adapter, written to ``adapters/<name>``.

    Args:
        plan: what to train on what; its base must be on this machine.
        adapters: the folder of the assistant's adapters.
        name: the new adapter's name.
        now: the date for its card.
        resume: go on with the interrupted run of that name.
        progress: told of every step.
        stop: when set, the run is kept after its step and ends with an error that says so.

    Raises:
        ModelError: when the base is not here or cannot be opened.
        TrainingError: when the name is taken, the run is stopped, or the adapter does not make
            its own rows likelier, or an example is longer than the base can read.
    """
    if plan.base is None:
        raise ModelError(plan.absent)
    check_name(adapters, name)
    recipe = plan.named.recipe
    base = open_base(plan.base, precision=recipe.precision, device=_device(plan))
    _check_room(plan, base)
    model = attach(
        base.model,
        recipe.method,
        plan.targets,
        seed=recipe.seed,
        checkpointing=recipe.checkpointing,
    )
    loop = Loop(model, plan.encoded, recipe.stages[0], seed=recipe.seed)
    work = adapters / f".{name}"
    _train(loop, work, _identity(plan, base), resume=resume, progress=progress, stop=stop)
    canary = prove(model, plan.encoded)
    manifest = card.manifest(plan, base, loop.taken, canary, name=name, now=now)
    return _file(model, manifest, work, adapters / name)


def check_name(adapters: Path, name: str) -> None:
    """Check that an adapter may be called ``name``.

    Raises:
        TrainingError: when the name is taken or is no name.
    """
    if not NAME.fullmatch(name) or name == BASE:
        raise TrainingError(
            f"'{name}' cannot be an adapter's name",
            hint="use lower-case letters, digits, '.', '_' and '-', 64 at most",
        )
    if name in Adapters(adapters).names():
        raise TrainingError(
            f"{adapters / name}: there is an adapter of this name",
            hint="give another: --name NAME",
        )


def free_name(adapters: Path, stem: str) -> str:
    """Return ``stem``, or the first of ``stem-2``, ``stem-3`` … that no adapter has."""
    taken = set(Adapters(adapters).names())
    numbered = (f"{stem}-{number}" for number in count(2))
    return next(name for name in chain([stem], numbered) if name not in taken)


def prove(model: Any, rows: Sequence[Encoded]) -> Canary:
    """Return how likely the base and the tuned model find some of the rows the LoRA learnt.

    Raises:
        TrainingError: when the adapter makes them no likelier: it is not active, or it was trained
            too little or too fast.
    """
    stride = max(1, len(rows) // _CANARY_ROWS)
    chosen = rows[::stride][:_CANARY_ROWS]
    model.eval()
    after = mean_log_probability(model, chosen)
    with model.disable_adapter():
        before = mean_log_probability(model, chosen)
    if after - before < _LEAST_GAIN:
        raise TrainingError(
            f"the adapter does not make its own rows likelier: {before:.4f} without it, "
            f"{after:.4f} with it (mean log-probability of a token)",
            hint="train for more steps, or change learning_rate in the recipe",
        )
    return Canary(rows=len(chosen), before=before, after=after)


def _train(
    loop: Loop,
    work: Path,
    identity: str,
    *,
    resume: bool,
    progress: Callable[[Step], None],
    stop: Event | None,
) -> None:
    if resume:
        checkpoint.load(work, loop, run=identity)
    else:
        shutil.rmtree(work, ignore_errors=True)
    saved = time.monotonic()
    for step in loop.run():
        progress(step)
        stopped = stop is not None and stop.is_set() and step.number < step.of
        if stopped or time.monotonic() - saved > _SAVE_EVERY:
            checkpoint.save(work, loop, run=identity)
            saved = time.monotonic()
        if stopped:
            raise TrainingError(
                f"stopped after step {step.number} of {step.of}; nothing is lost",
                hint="go on with the same command and --resume",
            )


def _identity(plan: Plan, base: BaseModel) -> str:
    """Return a hash of everything that shapes the weights, so that only that is resumed."""
    parts = (
        plan.named.recipe.model_dump_json(),
        plan.rows_hash,
        base.fingerprint,
        base.text.chat.hash,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _check_room(plan: Plan, base: BaseModel) -> None:
    room = context(base.model.config)
    longest = max(len(row.ids) for row in plan.encoded)
    if longest > room:
        raise TrainingError(
            f"an example has {longest:,} tokens; {plan.base_name} reads at most {room:,}",
            hint="lower max_tokens in the recipe to find the row",
        )


def _device(plan: Plan) -> str:
    """Return the device the recipe asks for.

    Raises:
        TrainingError: when it asks for a GPU and there is none.
    """
    if plan.named.recipe.device == "cpu":
        return "cpu"
    if extras.load("torch", needed_for="training").cuda.is_available():
        return "cuda"
    needed = f" with about {plan.memory.total / 1e9:.0f} GB" if plan.memory else ""
    raise TrainingError(
        f"the recipe '{plan.named.name}' needs a GPU{needed}; torch finds none on this machine",
        hint="train where there is one, or use a smaller recipe: --recipe embedded",
    )


def _file(model: Any, manifest: Manifest, work: Path, folder: Path) -> Adapter:
    """Write the adapter beside its place and move it there, whole."""
    staged = work / "adapter"
    model.peft_config["default"].base_model_name_or_path = manifest.base.name
    model.save_pretrained(staged, save_embedding_layers=False)
    complete = manifest.model_copy(update={"weights": cache.sha256(staged / WEIGHTS)})
    (staged / MANIFEST).write_text(complete.model_dump_json(by_alias=True, indent=2) + "\n")
    (staged / CARD).write_text(card.markdown(complete), encoding="utf-8")
    staged.rename(folder)
    shutil.rmtree(work)
    return Adapter(folder, complete)
