"""Parts the base among processes, for a model that fits into no GPU of its own.

Each process holds a part of every weight of the base; a block's weights are gathered when it
computes and let go of after (FSDP 2). What LoRA trains is small and stays whole in every process,
so that steps, checkpoints and the adapter's file are as without it.
"""

from __future__ import annotations

import os
from typing import Any

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.training import parallel

_PURPOSE = "parting a model among processes"


def wanted(recipe: Any) -> bool:
    """Return whether ``recipe`` parts its base; a process by itself holds it whole."""
    return bool(recipe.sharded) and not parallel.alone()


def part(model: Any, device: str) -> None:
    """Part the base below the LoRA ``model`` among all processes, block by block on ``device``.

    Raises:
        TrainingError: when the model does not say which of its layers are blocks.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    fsdp = extras.load("torch.distributed.fsdp", needed_for=_PURPOSE)
    base = model.get_base_model()
    named = set(base._no_split_modules or ())  # transformers' own word for what stays together
    blocks = [module for module in base.modules() if type(module).__name__ in named]
    if not blocks:
        raise TrainingError(
            f"{type(base).__name__} does not say what its blocks are, so it cannot be parted",
            hint="sharded: false in the recipe",
        )
    own = int(os.environ.get("LOCAL_RANK", "0"))
    place = torch.device(device, own if device == "cuda" else 0)
    whole = {weight for weight in model.parameters() if weight.requires_grad}
    for weight in whole:
        weight.data = weight.data.to(place)
    mesh = torch.distributed.init_device_mesh(device, (parallel.current().size,))
    for module in (*blocks, base):
        fsdp.fully_shard(module, mesh=mesh, ignored_params=whole)
