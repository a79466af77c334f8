"""Keeps an interrupted run: the adapter, the optimiser, the random state and the steps taken.

One safetensors file holds it all, its state as JSON in the header: opening it runs no code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.training.loop import Loop, Step

FILE = "checkpoint.safetensors"

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")  # what AdamW remembers of a weight
_PURPOSE = "keeping a checkpoint"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside weights and optimiser: where the run stands.

    ``stage`` is the number of the pass, ``before`` the steps of the passes before it,
    ``reference`` what a preference is held against and ``watched`` what was measured.
    """

    stage: int = 0
    before: tuple[Step, ...] = ()
    reference: tuple[tuple[float, ...], ...] = ()
    watched: tuple[float, ...] = ()


def save(
    folder: Path,
    loop: Loop,
    *,
    run: str,
    kept: Kept | None = None,
    best: Mapping[str, Any] | None = None,
) -> None:
    """Write the state of ``loop`` to ``folder``; a crash meanwhile leaves the one before it.

    Args:
        folder: where the run is kept; made when absent.
        loop: the loop, between two steps.
        run: a hash of what is trained on what; only the same run can be resumed.
        kept: where the run stands, when it has more than one pass.
        best: the weights that did best so far, by name.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    tensors = {"random": torch.get_rng_state()}
    for name, weight in _trainable(loop.model):
        tensors[f"weight.{name}"] = weight.detach()
        for moment, value in loop.optimizer.state.get(weight, {}).items():
            tensors[f"{moment}.{name}"] = value
    tensors |= {f"best.{name}": weight for name, weight in (best or {}).items()}
    state = {"run": run, "steps": [asdict(s) for s in loop.taken], "kept": asdict(kept or Kept())}
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.partial"
    extras.load("safetensors.torch", needed_for=_PURPOSE).save_file(
        {key: value.cpu().contiguous() for key, value in tensors.items()},
        str(partial),
        metadata={"state": json.dumps(state)},
    )
    partial.replace(folder / FILE)


def standing(folder: Path, *, run: str) -> Kept:
    """Return where the run that was kept in ``folder`` stands.

    Raises:
        TrainingError: when there is no checkpoint, or it is another run's.
    """
    state, _ = _read(folder, run, weights=False)
    kept = state["kept"]
    return Kept(
        stage=kept["stage"],
        before=tuple(Step(**step) for step in kept["before"]),
        reference=tuple(tuple(row) for row in kept["reference"]),
        watched=tuple(kept["watched"]),
    )


def load(folder: Path, loop: Loop, *, run: str) -> dict[str, Any]:
    """Bring ``loop``, just made, to where ``save`` left it; return the best weights by name.

    Raises:
        TrainingError: when there is no checkpoint, or it is another run's.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    state, tensors = _read(folder, run, weights=True)
    with torch.no_grad():
        for name, weight in _trainable(loop.model):
            weight.copy_(tensors[f"weight.{name}"])
            loop.optimizer.state[weight] = {
                moment: _placed(tensors[f"{moment}.{name}"], moment, weight)
                for moment in _MOMENTS
                if f"{moment}.{name}" in tensors
            }
    loop.taken[:] = [Step(**step) for step in state["steps"]]
    torch.set_rng_state(tensors["random"])
    best = "best."
    return {key[len(best) :]: value for key, value in tensors.items() if key.startswith(best)}


def _read(folder: Path, run: str, *, weights: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    path = folder / FILE
    if not path.is_file():
        raise TrainingError(
            f"{folder}: no interrupted run to go on with", hint="leave --resume away"
        )
    safetensors = extras.load("safetensors", needed_for=_PURPOSE)
    with safetensors.safe_open(str(path), framework="pt") as file:
        state: dict[str, Any] = json.loads(file.metadata()["state"])
        names = file.keys() if weights else ()
        tensors = {key: file.get_tensor(key) for key in names}
    if state["run"] != run:
        raise TrainingError(
            f"{path}: this run had another recipe, other rows or another base",
            hint="leave --resume away to start anew",
        )
    return state, tensors


def _trainable(model: Any) -> Iterator[tuple[str, Any]]:
    return ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad)


def _placed(value: Any, moment: str, weight: Any) -> Any:
    """Return a moment on its weight's device; the step count stays where AdamW keeps it."""
    return value if moment == "step" else value.to(weight.device)
