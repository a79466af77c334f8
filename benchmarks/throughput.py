"""Tokens a second of LoRA training: the engine's loop beside a plain transformers + PEFT loop.

    python benchmarks/throughput.py [ROWS]

Both tune the embedded model on the same rows of the medical pack, by the same LoRA and optimiser,
in turns. The plain loop is what the libraries' documentation shows: the model computes the loss of
labelled rows itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from report import write

from domainkit import extras
from domainkit.generation.base_model import open_base
from domainkit.packs import loader
from domainkit.packs.schemas.recipe import Stage
from domainkit.settings import Settings
from domainkit.training import recipe
from domainkit.training.loop import Loop
from domainkit.training.masks import Encoded
from domainkit.training.methods import attach
from domainkit.training.plan import plan

ROUNDS = 2
SEED = 0
peft = extras.load("peft", needed_for="training")
torch = extras.load("torch", needed_for="training")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    pack = loader.load("medical")
    named = recipe.find(pack, "embedded")
    made = plan(pack, named, prompt_tokens=Settings().generation.prompt_tokens)
    rows = made.encoded[:count]
    stage = Stage(steps=count, learning_rate=1e-4, batch=1, schedule="constant", warmup=0.0)
    base = made.base
    if base is None:
        sys.exit(made.absent)
    method = named.recipe.method
    ways: dict[str, Callable[[], list[float]]] = {}
    for name, mixed in (("domainkit, float32", False), ("domainkit, mixed", True)):
        model = attach(open_base(base).model, method, made.targets, seed=SEED)
        ways[name] = _ours(model, rows, stage, mixed=mixed)
    plain = open_base(base).model
    config = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=getattr(method, "r", 4),
        lora_alpha=getattr(method, "alpha", 8),
        target_modules=list(made.targets),
    )
    ways["transformers + peft, float32"] = _plain(peft.get_peft_model(plain, config), rows)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, train in ways.items():
            seconds[name] += train()
    tokens = sum(len(row.ids) for row in rows) * ROUNDS
    slowest = tokens / sum(seconds["transformers + peft, float32"])
    table = [
        {
            "loop": name,
            "rows": count * ROUNDS,
            "tokens": tokens,
            "processor s": round(sum(taken), 1),
            "tokens/s of processor": round(tokens / sum(taken), 1),
            "against plain": f"{tokens / sum(taken) / slowest:.2f}",
        }
        for name, taken in seconds.items()
    ]
    notes = [
        f"one row a step, {ROUNDS} rounds in turns, {torch.get_num_threads()} threads; opening "
        "the model is not counted",
        "seconds are the process's own on all its threads, whatever else kept the machine busy",
        "both: the same LoRA on all linear layers, no dropout, AdamW, loss on answers alone",
        "mixed: weights in float32, multiplied in bfloat16, as the shipped recipe trains",
    ]
    print(write("throughput", f"python benchmarks/throughput.py {count}", table, notes))


def _ours(
    model: Any, rows: Sequence[Encoded], stage: Stage, *, mixed: bool
) -> Callable[[], list[float]]:
    def train() -> list[float]:
        loop = Loop(model, rows, stage, seed=SEED, mixed=mixed)
        begun = time.process_time()
        for _ in loop.run():
            pass
        return [time.process_time() - begun]

    return train


def _plain(model: Any, rows: Sequence[Encoded]) -> Callable[[], list[float]]:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    model.train()

    def train() -> list[float]:
        begun = time.process_time()
        for row in rows:
            ids, labels = torch.tensor([row.ids]), torch.tensor([row.labels])
            model(
                input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels
            ).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return [time.process_time() - begun]

    return train


if __name__ == "__main__":
    main()
