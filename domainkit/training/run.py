"""Carries out a plan: trains, proves that the adapter is active, and files it with its card."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError, TrainingError
from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.base_model import BaseModel, Precision, context, open_base, open_text
from domainkit.generation.lifecycle import BASE
from domainkit.models import cache
from domainkit.packs.schemas.adapter import CARD, MANIFEST, NAME, PLOT, WEIGHTS, Canary, Manifest
from domainkit.packs.schemas.recipe import Full
from domainkit.training import card, methods, parallel, plots, sharding, stages, vocabulary
from domainkit.training.likelihood import mean_log_probability
from domainkit.training.loop import Step
from domainkit.training.masks import Encoded
from domainkit.training.material import Writer
from domainkit.training.methods import attach
from domainkit.training.plan import Plan
from domainkit.training.stages import Control, Trained

MODELS = "models"  # beside the adapters: models of which every weight was trained
MODEL_WEIGHTS = "model.safetensors"

# Stages after which the rows they learnt from are likelier; a preference only parts answers.
_LIKELIER = ("sft", "pretrain", "raft-ranked", "orpo")
_CANARY_ROWS = 8
# Mean log-probability of a token; the same forward pass in float32 differs by less than 1e-5.
_LEAST_GAIN = 1e-3


@parallel.joined()
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

    Of several processes (see ``parallel``) the first writes.

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
    if absent := "; ".join(plan.imported.absent):
        raise TrainingError(absent, hint=f"put it below {plan.pack.folder}, or name its pack")
    check_name(adapters, name)
    recipe, work = plan.named.recipe, adapters / f".{name}"
    quantised = recipe.method.name == "qlora"
    held: Precision = "float32" if recipe.precision == "mixed" else recipe.precision
    device, parted = _device(plan), sharding.wanted(recipe)
    base = open_base(
        plan.base, precision=held, device="cpu" if parted else device, quantised=quantised
    )
    _check_room(plan, base)
    chosen = _witnesses(plan)
    before = 0.0 if parted else mean_log_probability(base.model, chosen)
    model = attach(
        base.model,
        recipe.method,
        plan.targets,
        seed=recipe.seed,
        checkpointing=recipe.checkpointing,
        tokens=vocabulary.rows_of(plan.base),
    )
    if parted:  # only then does it fit; a LoRA begins as nothing
        sharding.part(model, device)
        before = mean_log_probability(model.eval(), chosen)
    if any(stage.kind == "reward" for stage in recipe.stages):
        methods.add_head(model, seed=recipe.seed)
    began = methods.remember(model, recipe.method, work / "began")
    control = Control(work, _identity(plan, base), resume, progress, stop)
    trained = stages.train(plan, base, model, control)
    answering = any(stage.kind in _LIKELIER for stage in recipe.stages)
    canary = prove(model, chosen, before, likelier=answering)
    manifest = card.manifest(plan, base, trained.steps, canary, name=name, now=now)
    folder = adapters / name
    if isinstance(recipe.method, Full):
        folder = adapters.with_name(MODELS) / name
    return _file(model, manifest, trained, Filing(work, folder, began, base.text.tokenizer))


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a run is kept, where its result goes, how a PiSSA began, and the tokenizer."""

    work: Path
    folder: Path
    began: Path | None
    tokenizer: Any


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


def prove(model: Any, rows: Sequence[Encoded], before: float, *, likelier: bool = True) -> Canary:
    """Return how likely the base and the tuned model find some of the rows it learnt.

    Args:
        model: the tuned model.
        rows: some of its own rows.
        before: what the base gave them.
        likelier: they must have become likelier; else it is enough that they moved.

    Raises:
        TrainingError: when they did not: it is not active, or it was trained too little or too
            fast.
    """
    model.eval()
    after = mean_log_probability(model, rows)
    moved = after - before if likelier else abs(after - before)
    if moved < _LEAST_GAIN:
        raise TrainingError(
            f"the adapter does not make its own rows likelier: {before:.4f} without it, "
            f"{after:.4f} with it (mean log-probability of a token)",
            hint="train for more steps, or change learning_rate in the recipe",
        )
    return Canary(rows=len(rows), before=before, after=after)


def _witnesses(plan: Plan) -> Sequence[Encoded]:
    """Return a few of the rows that are trained, spread over all."""
    rows = plan.witnesses or tuple(_wanted(plan))
    stride = max(1, len(rows) // _CANARY_ROWS)
    return rows[::stride][:_CANARY_ROWS]


def _wanted(plan: Plan) -> Iterator[Encoded]:
    """Yield what is wanted of the model where it writes the answers it learns from itself."""
    text = open_text(plan.base) if plan.base else None
    stage = plan.named.recipe.stages[0].model_copy(update={"kind": "sft"})
    if text is not None:
        yield from Writer(plan.named.recipe, text).of(stage, plan.examples, ())


def _identity(plan: Plan, base: BaseModel) -> str:
    """Return a hash of everything that shapes the weights, so that only that is resumed."""
    parts = (
        plan.named.recipe.model_dump_json(exclude={"sharded"}),  # which changes no weight
        plan.rows_hash,
        base.fingerprint,
        base.text.chat.hash,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _check_room(plan: Plan, base: BaseModel) -> None:
    room = context(base.model.config)
    longest = max((len(row.ids) for row in plan.witnesses), default=0)
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


def _file(model: Any, manifest: Manifest, trained: Trained, filing: Filing) -> Adapter:
    """Write the adapter, or the model, beside its place and move it there, whole."""
    processes = parallel.current()
    if processes.is_first:
        _write(model, manifest, trained, filing)
    processes.wait()
    filed = (filing.folder / MANIFEST).read_text(encoding="utf-8")
    return Adapter(filing.folder, Manifest.model_validate_json(filed))


def _write(model: Any, manifest: Manifest, trained: Trained, filing: Filing) -> None:
    staged, recipe = filing.work / "adapter", manifest.recipe
    full = recipe["method"]["name"] == "full"
    if full:
        filing.tokenizer.save_pretrained(staged)
    else:
        model.peft_config["default"].base_model_name_or_path = manifest.base.name
    methods.save(model, staged, before=filing.began, full=full)
    weights = staged / (MODEL_WEIGHTS if full else WEIGHTS)
    complete = manifest.model_copy(update={"weights": cache.sha256(weights)})
    (staged / MANIFEST).write_text(complete.model_dump_json(by_alias=True, indent=2) + "\n")
    (staged / CARD).write_text(card.markdown(complete), encoding="utf-8")
    (staged / PLOT).write_text(plots.losses(trained.steps, trained.measured), encoding="utf-8")
    filing.folder.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(filing.folder)
    shutil.rmtree(filing.work)
