"""Measures what it costs to answer with another adapter than the answer before, both being open.

    python benchmarks/switching.py

Each engine runs the embedded model with two random adapters and none. The same short question is
asked of one adapter again and again, then of each in turn; the difference of the times until the
first token is what switching costs. Needs: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import random_adapter
from report import write

from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import cache
from domainkit.types import Message, Prompt

MODEL = "smollm2-135m-instruct"
NAMES = (None, "one", "two")
ROUNDS = 20
PROMPT = Prompt((Message("system", "Be brief."), Message("user", "Which river is the longest?")))


def main() -> None:
    base = cache.path(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        adapters = Path(folder)
        for seed, name in enumerate(filter(None, NAMES)):
            random_adapter.write(adapters / name, base, seed=seed)
        engines = (OpenVinoGenerator, LlamaCppGenerator, PeftGenerator)
        rows = [
            _line(engine(base, name=MODEL, max_tokens=2, adapters=adapters)) for engine in engines
        ]
    notes = [
        f"{ROUNDS} answers each way, one at a time, both cores; milliseconds to the first token",
        "opened: seconds until the second adapter first answers, its export included",
        "switch p95: 95th percentile with another adapter, less the median with the same",
    ]
    print(write("switching", "python benchmarks/switching.py", rows, notes))


def _line(engine: Any) -> dict[str, object]:
    engine.generate(PROMPT)
    engine.generate(PROMPT, adapter="one")
    begun = time.perf_counter()
    engine.generate(PROMPT, adapter="two")
    opened = time.perf_counter() - begun
    for name in NAMES:  # llama.cpp has started anew for the last
        engine.generate(PROMPT, adapter=name)
    same = [_first(engine, "one") for _ in range(ROUNDS)]
    turns = [_first(engine, NAMES[turn % len(NAMES)]) for turn in range(ROUNDS)]
    p95 = quantiles(turns, n=20)[-1]
    return {
        "engine": engine.id.partition(":")[0],
        "opened s": opened,
        "same adapter ms": median(same),
        "another adapter ms": median(turns),
        "switch p95 ms": p95 - median(same),
    }


def _first(engine: Any, adapter: str | None) -> float:
    return 1000 * float(engine.generate(PROMPT, adapter=adapter).usage.first_token_seconds)


if __name__ == "__main__":
    main()
