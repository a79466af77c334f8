"""How many tokens a second LoRA training reads, beside a plain loop of transformers and PEFT.

    python benchmarks/training_speed.py

Both train the embedded model on the same rows of the medical pack, batch by batch, taking turns,
each with a fresh LoRA of the same shape. The plain loop is what a tutorial writes: a padded batch,
the model's own loss, backward, AdamW. Needs the embedded model.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import report
import torch  # noqa: TID253 - what is measured

from domainkit.generation.base_model import open_base
from domainkit.packs import loader
from domainkit.packs.schemas.recipe import Lora, Stage
from domainkit.training import recipe
from domainkit.training.loop import Loop
from domainkit.training.masks import Encoded
from domainkit.training.methods import attach
from domainkit.training.plan import plan

ROUNDS, BATCH, ROWS = 3, 2, 6


def main() -> None:
    torch.manual_seed(0)
    pack = loader.load("medical")
    named = recipe.find(pack, "embedded")
    stages = (named.recipe.stages[0].model_copy(update={"max_tokens": 4000}),)
    bare = named.recipe.model_copy(update={"rag_context": None, "stages": stages})
    made = plan(pack, type(named)(named.name, named.path, named.given, bare), prompt_tokens=2500)
    if made.base is None:
        raise SystemExit(made.absent)
    rows = sorted(made.encoded, key=lambda row: len(row.ids))[:ROWS]
    read = sum(len(row.ids) for row in rows)
    arms: dict[str, Callable[[Sequence[Encoded]], None]] = {
        "plain transformers + PEFT": plain(fresh(made.base, made.targets)),
        "domainkit": ours(fresh(made.base, made.targets), packing=False),
        "domainkit, packed": ours(fresh(made.base, made.targets), packing=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(ROUNDS + 1):
        for name, train in arms.items():
            begun = time.perf_counter()
            train(rows)
            if number:  # the first round warms up
                taken[name].append(time.perf_counter() - begun)
    base = statistics.median(taken["plain transformers + PEFT"])
    table = [
        {
            "loop": name,
            "tokens/s": round(read / statistics.median(seconds), 1),
            "ratio": round(base / statistics.median(seconds), 2),
            "slowest ratio": round(base / max(seconds), 2),
        }
        for name, seconds in taken.items()
    ]
    notes = [
        f"{ROWS} rows of {len(rows[0].ids)} to {len(rows[-1].ids)} tokens, batches of {BATCH}, "
        f"a step each; the median of {ROUNDS} rounds in which the loops take turns",
        "LoRA r 8 on every linear layer, float32; tokens are all that are read, prompts included",
    ]
    print(report.write("training-speed", "python benchmarks/training_speed.py", table, notes))


def fresh(base: Any, targets: Sequence[str]) -> Any:
    return attach(open_base(base).model, Lora(r=8, alpha=16), targets, seed=0).train()


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
