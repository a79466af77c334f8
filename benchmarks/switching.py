"""Measures what it costs to answer with another adapter than the answer before, both being open.

    python benchmarks/switching.py

Each engine runs the embedded model with two random adapters and none. A request is timed twice:
once after one of the same adapter, once after one of another. All else is alike (the prompt, what
is kept of it), so that the difference of the two times until the first token is what the switch
costs, without the request. Needs: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import random_adapter
from report import write

from domainkit.generation.adapters import Adapters
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import cache
from domainkit.types import Message, Prompt

MODEL = "smollm2-135m-instruct"
NAMES = (None, "one", "two")
CHANGES = tuple(itertools.permutations(NAMES, 2))
ROUNDS = 10  # each has every change once
PROMPT = Prompt((Message("system", "Be brief."), Message("user", "Which river is the longest?")))


def main() -> None:
    base = cache.path(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        adapters = Path(folder)
        for seed, name in enumerate(filter(None, NAMES)):
            random_adapter.write(adapters / name, base, seed=seed)
        engines = (OpenVinoGenerator, LlamaCppGenerator, PeftGenerator)
        rows = [
            _line(engine(base, name=MODEL, max_tokens=2, adapters=Adapters(adapters)))
            for engine in engines
        ]
    notes = [
        f"{ROUNDS * len(CHANGES)} pairs, one request at a time, milliseconds to the first token",
        "each pair: the same request after one of the same adapter and after one of another",
        "opened: seconds until the second adapter first answers, its export included",
        "switch: the difference within a pair",
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
    same, changed = zip(
        *(_pair(engine, turn) for turn in range(ROUNDS * len(CHANGES))), strict=True
    )
    switch = [after - before for before, after in zip(same, changed, strict=True)]
    return {
        "engine": engine.id.partition(":")[0],
        "opened s": opened,
        "same adapter ms": median(same),
        "another adapter ms": median(changed),
        "switch p50 ms": median(switch),
        "switch p95 ms": quantiles(switch, n=20)[-1],
    }


def _pair(engine: Any, turn: int) -> tuple[float, float]:
    """Return a request's time after one of the same adapter and after one of another."""
    before, asked = CHANGES[turn % len(CHANGES)]
    orders = {
        False: lambda: _after(engine, asked, asked),
        True: lambda: _after(engine, before, asked),
    }
    first = bool(turn // len(CHANGES) % 2)  # neither is always the later one
    times = {changed: orders[changed]() for changed in (first, not first)}
    return times[False], times[True]


def _after(engine: Any, before: str | None, asked: str | None) -> float:
    engine.generate(PROMPT, adapter=before)
    return 1000 * float(engine.generate(PROMPT, adapter=asked).usage.first_token_seconds)


if __name__ == "__main__":
    main()
