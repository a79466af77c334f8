"""How many tokens a second LoRA training reads, beside a plain loop of transformers and PEFT.

    python benchmarks/training_speed.py

Both train the embedded model on the same rows, batch by batch, taking turns, each with a fresh
LoRA of the same shape. The plain loop is what a tutorial writes: a padded batch, the model's own
loss, backward, AdamW. Needs the embedded model.
"""

from __future__ import annotations

import copy
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import report
import torch  # noqa: TID253 - what is measured

from domainkit.generation.base_model import open_base
from domainkit.models import cache, families
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training.loop import Loop
from domainkit.training.masks import Encoded
from domainkit.training.methods import attach

ROUNDS, BATCH, ANSWER = 2, 2, 60
LENGTHS = (300, 240)  # tokens


def main() -> None:
    base = open_base(cache.path("smollm2-135m-instruct")).model
    rows = [drawn(length, seed) for seed, length in enumerate(LENGTHS)]
    read = sum(len(row.ids) for row in rows)
    targets = families.find("llama").targets
    first, second, third = (
        attach(copy.deepcopy(base), Lora(r=8, alpha=16), targets, seed=0).train() for _ in range(3)
    )
    arms: dict[str, Callable[[Sequence[Encoded]], None]] = {
        "plain transformers + PEFT": plain(first),
        "domainkit": ours(second, packing=False),
        "domainkit, packed": ours(third, packing=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(ROUNDS + 1):
        for name, train in arms.items():
            begun = time.perf_counter()
            train(rows)
            if number:  # the first round warms up
                taken[name].append(time.perf_counter() - begun)
    plainly = statistics.median(taken["plain transformers + PEFT"])
    table = [
        {
            "loop": name,
            "tokens/s": round(read / statistics.median(seconds), 1),
            "ratio": round(plainly / statistics.median(seconds), 2),
            "slowest ratio": round(plainly / max(seconds), 2),
        }
        for name, seconds in taken.items()
    ]
    notes = [
        f"rows of {LENGTHS} tokens, {ANSWER} of each the answer, {BATCH} a step; the median "
        f"of {ROUNDS} rounds in which the loops take turns",
        "LoRA r 8 on every linear layer, float32; tokens are all that are read, prompts included",
    ]
    print(report.write("training-speed", "python benchmarks/training_speed.py", table, notes))


def drawn(length: int, seed: int) -> Encoded:
    """Return a row of so many tokens, the last of which are the answer; what they say is moot."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    ids = tuple(chance.randrange(1000, 40_000) for _ in range(length))
    return Encoded(ids, (*[-100] * (length - ANSWER), *ids[-ANSWER:]))


def plain(model: Any) -> Callable[[Sequence[Encoded]], None]:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

    def train(rows: Sequence[Encoded]) -> None:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            width = max(len(row.ids) for row in batch)
            ids = torch.tensor([[*r.ids, *[0] * (width - len(r.ids))] for r in batch])
            mask = torch.tensor([[1] * len(r.ids) + [0] * (width - len(r.ids)) for r in batch])
            labels = torch.tensor([[*r.labels, *[-100] * (width - len(r.ids))] for r in batch])
            model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return train


def ours(model: Any, *, packing: bool) -> Callable[[Sequence[Encoded]], None]:
    def train(rows: Sequence[Encoded]) -> None:
        steps = -(-len(rows) // BATCH)
        stage = Stage(steps=steps, learning_rate=1e-4, batch=BATCH, packing=packing)
        list(Loop(model, rows, stage, seed=0).run())

    return train


if __name__ == "__main__":
    main()
