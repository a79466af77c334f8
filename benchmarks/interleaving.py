"""Asks each CPU engine 400 questions of three adapters and none, four at once, and compares.

    python benchmarks/interleaving.py [--requests N]

The model is a random Llama of two layers in 8 bits, so that all engines run the same and 400
answers take a minute; what is looked for does not depend on the size. Prompts begin alike, as
those of a pack do. Every answer is compared with that of a fresh engine that was asked nothing
else. Where one differs, the training engine says whether the two tokens were nearly as likely.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import random_adapter
from report import write

from domainkit.generation import gguf_model
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import tiny
from domainkit.types import Generation, Message, Prompt

REQUESTS = int(sys.argv[sys.argv.index("--requests") + 1]) if "--requests" in sys.argv else 400
AT_ONCE, TOKENS, NEAR, SEED = 4, 40, 0.01, 20
NAMES = (None, "one", "two", "three")
ENGINES = (OpenVinoGenerator, LlamaCppGenerator, PeftGenerator)
PROMPTS = tuple(
    Prompt((Message("system", "Answer only from the sources. " * 6), Message("user", asked)))
    for asked in ("How many tablets?", "Which dose?", "每日几片？", "When is it taken?")
)
SIZES = {"hidden_size": 64, "intermediate_size": 128, "head_dim": 16}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base, adapters = _made(Path(folder))
        reference = PeftGenerator(base, name="tiny", max_tokens=TOKENS, adapters=adapters)
        rows = [_line(engine, base, adapters, reference) for engine in ENGINES]
    notes = [
        f"{len(PROMPTS)} prompts that begin alike, {len(NAMES) - 1} random adapters and none, "
        f"mixed by seed {SEED}, {AT_ONCE} at once, at most {TOKENS} tokens an answer",
        "same: word for word what a fresh engine wrote that was asked nothing else",
        f"near ties: another token that was as likely, within {NEAR} in log-probability",
        "contaminated: any other difference",
        "cached: prompt tokens that were not computed again, where the engine says so",
    ]
    print(write("interleaving", "python benchmarks/interleaving.py", rows, notes))


def _made(folder: Path) -> tuple[Path, Path]:
    words = tiny.tokenizer()
    model = tiny.model("llama", words, max_position_embeddings=1024, **SIZES)
    base = gguf_model.write(model, words, "llama", folder / "tiny.gguf", quantised=True)
    for seed, name in enumerate(filter(None, NAMES)):
        random_adapter.write(folder / "adapters" / name, base, seed=seed, spread=0.3)
    return base, folder / "adapters"


def _line(
    engine: Callable[..., Any], base: Path, adapters: Path, reference: PeftGenerator
) -> dict[str, object]:
    def fresh() -> Any:
        return engine(base, name="tiny", max_tokens=TOKENS, threads=1, adapters=adapters)

    asked = [
        (PROMPTS[i * 7 % len(PROMPTS)], NAMES[i * 5 % 11 % len(NAMES)]) for i in range(REQUESTS)
    ]
    alone = {one: _written(fresh(), *one)[0] for one in dict.fromkeys(asked)}
    together = fresh()
    for name in NAMES:
        _written(together, PROMPTS[0], name)
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        written = list(pool.map(lambda one: _written(together, *one), asked))
    seconds = time.perf_counter() - begun
    other = [
        (one, text) for one, (text, _) in zip(asked, written, strict=True) if text != alone[one]
    ]
    near = sum(_near(reference, *one, alone[one], text) for one, text in other)
    usage = [generation.usage for _, generation in written]
    cached, read = sum(u.cached_tokens for u in usage), sum(u.prompt_tokens for u in usage)
    return {
        "engine": together.id.partition(":")[0],
        "requests": len(asked),
        "adapters": len(NAMES) - 1,
        "answers apart": len(set(alone.values())),
        "same": len(asked) - len(other),
        "near ties": near,
        "contaminated": len(other) - near,
        "cached": f"{cached / read:.0%}" if cached else "not said",
        "s": seconds,
    }


def _written(engine: Any, prompt: Prompt, adapter: str | None) -> tuple[str, Generation]:
    """Return all that is written, whole sentences or not, and the generation."""
    *pieces, last = engine.stream(prompt, adapter=adapter)
    return "".join(pieces), last


def _near(reference: PeftGenerator, prompt: Prompt, adapter: str | None, *texts: str) -> bool:
    """Return whether both texts go on with a nearly likeliest token where they part."""
    one, other = (reference.tokens(text) for text in texts)
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return False
    likely = reference.next_tokens([*reference.reads(prompt.messages), *one[:at]], adapter=adapter)
    best = max(likely.values())
    return all(best - likely.get(ids[at], -1e9) <= NEAR for ids in (one, other))


if __name__ == "__main__":
    main()
