"""Asks each CPU engine 400 questions of three adapters and none, four at once, and compares.

    python benchmarks/interleaving.py [--embedded] [--requests N] [--engine NAME]

The model is a random Llama of two layers: what is looked for does not depend on the size. Its
next tokens are nearly alike, so that rounding alone would change answers; it is kept out (float32
for llama.cpp and PEFT; for OpenVINO, which needs a quantised GGUF, whole keys, values and
activations), and any difference is one adapter seen by another. With ``--embedded`` it is the
embedded model as it is used, rounding and all. Prompts begin alike, as those of a pack do. Every
answer is compared with that of a fresh engine that was asked nothing else.
"""

from __future__ import annotations

import random
import string
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import random_adapter
from report import kept, write

from domainkit.generation import gguf_model
from domainkit.generation.engine_options import OpenVinoOptions
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.peft_generator import PeftGenerator
from domainkit.models import cache, tiny
from domainkit.types import Generation, Message, Prompt

REQUESTS = int(sys.argv[sys.argv.index("--requests") + 1]) if "--requests" in sys.argv else 400
EMBEDDED = "--embedded" in sys.argv
ONLY = sys.argv[sys.argv.index("--engine") + 1] if "--engine" in sys.argv else ""
MODEL = "smollm2-135m-instruct" if EMBEDDED else "tiny"
AT_ONCE, TOKENS, NEAR, SEED = 4, 10 if EMBEDDED else 24, 0.01, 20
NAMES = (None, "one", "two", "three")
ENGINES = (OpenVinoGenerator, LlamaCppGenerator, PeftGenerator)
PROMPTS = tuple(
    Prompt((Message("system", "Answer only from the sources. " * 6), Message("user", asked)))
    for asked in ("How many tablets?", "Which dose?", "每日几片？", "When is it taken?")
)[: 2 if EMBEDDED else 4]
READABLE = set(string.ascii_letters + string.digits)
SIZES = {"hidden_size": 64, "intermediate_size": 128, "head_dim": 16}


class Exact(OpenVinoOptions):
    """Computes and keeps everything in float32."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """What OpenVINO is told."""
        whole = {"KV_CACHE_PRECISION": "f32", "INFERENCE_PRECISION_HINT": "f32"}
        return {**super().properties, **whole, "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}


def main() -> None:
    chosen = [engine for engine in ENGINES if engine.__name__.lower().startswith(ONLY)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [_line(engine, Path(folder)) for engine in chosen]
    notes = [
        f"{len(PROMPTS)} prompts that begin alike, {len(NAMES) - 1} random adapters and none, "
        f"mixed by seed {SEED}, {AT_ONCE} at once, at most {TOKENS} tokens an answer",
        "same: word for word what a fresh engine wrote that was asked nothing else",
        "same as asked again: what a fresh engine wrote that was asked this adapter's prompts "
        "alone, twice: what it keeps of a prompt rounds otherwise than the prompt read whole",
        f"near ties: another token that a fresh engine finds as likely, within {NEAR}",
        "contaminated: any other difference",
        "cached: prompt tokens that were not computed again, where the engine says so",
    ]
    given = " --embedded" if EMBEDDED else ""
    name = "interleaving-embedded" if EMBEDDED else "interleaving"
    rows = kept(name, rows, ["engine"])
    print(
        write(name, f"python benchmarks/interleaving.py{given}", rows, [f"model: {MODEL}", *notes])
    )


def _made(folder: Path, *, quantised: bool) -> tuple[Path, Path]:
    folder.mkdir()
    if EMBEDDED:
        base = cache.path(MODEL)
        for seed, name in enumerate(filter(None, NAMES)):
            random_adapter.write(folder / "adapters" / name, base, seed=seed, spread=0.03)
        return base, folder / "adapters"
    words = tiny.tokenizer(merges=[tiny.MERGED])
    model = tiny.model("llama", words, max_position_embeddings=1024, **SIZES)
    # Only what can be read is written, so that texts have the tokens they were written with.
    unread = [number for word, number in words.get_vocab().items() if word not in READABLE]
    model.lm_head.weight.data[unread] = 0
    base = gguf_model.write(model, words, "llama", folder / "tiny.gguf", quantised=quantised)
    for seed, name in enumerate(filter(None, NAMES)):
        random_adapter.write(folder / "adapters" / name, base, seed=seed, spread=0.3)
    return base, folder / "adapters"


def _line(engine: Callable[..., Any], folder: Path) -> dict[str, object]:
    quantised = engine is OpenVinoGenerator
    base, adapters = _made(folder / engine.__name__, quantised=quantised)
    more = {"options": Exact()} if quantised and not EMBEDDED else {}

    def fresh() -> Any:
        return engine(
            base,
            name=MODEL,
            max_tokens=TOKENS,
            threads=0 if EMBEDDED else 1,
            adapters=adapters,
            **more,
        )

    mixed = random.Random(SEED)  # noqa: S311 - not a secret
    asked = [(mixed.choice(PROMPTS), mixed.choice(NAMES)) for _ in range(REQUESTS)]
    alone = {one: _written(fresh(), *one)[0] for one in dict.fromkeys(asked)}
    again = _asked_again(fresh, list(alone))
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
    warm = [(one, text) for one, text in other if text == again[one]]
    other = [each for each in other if each not in warm]
    judge = fresh() if hasattr(together, "next_tokens") else None
    near = sum(_near(judge, *one, alone[one], text) for one, text in other)
    usage = [generation.usage for _, generation in written]
    cached, read = sum(u.cached_tokens for u in usage), sum(u.prompt_tokens for u in usage)
    return {
        "engine": together.id.partition(":")[0],
        "requests": len(asked),
        "adapters": len(NAMES) - 1,
        "answers apart": len(set(alone.values())),
        "same": len(asked) - len(other) - len(warm),
        "same as asked again": len(warm),
        "near ties": near,
        "contaminated": len(other) - near,
        "cached": f"{cached / read:.0%}" if cached else "not said",
        "s": seconds,
    }


def _asked_again(fresh: Callable[[], Any], asked: list[Any]) -> dict[Any, str]:
    """Return what an engine that knows one adapter's requests alone writes the second time.

    What was kept of the prompt is then not computed again, and rounds otherwise than the whole.
    """
    written = {}
    for adapter in NAMES:
        engine, own = fresh(), [one for one in asked if one[1] == adapter]
        for one in (*own, *own):
            written[one] = _written(engine, *one)[0]
    return written


def _written(engine: Any, prompt: Prompt, adapter: str | None) -> tuple[str, Generation]:
    """Return all that is written, whole sentences or not, and the generation."""
    *pieces, last = engine.stream(prompt, adapter=adapter)
    return "".join(pieces), last


def _near(judge: Any, prompt: Prompt, adapter: str | None, *texts: str) -> bool:
    """Return whether both texts go on with a nearly likeliest token where they part.

    A fresh engine of the same kind judges; where it tells no probabilities, nothing is near.
    """
    if judge is None:
        return False
    one, other = (judge.tokens(text) for text in texts)
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return False
    likely = judge.next_tokens([*judge.reads(prompt.messages), *one[:at]], adapter=adapter)
    best = max(likely.values())
    gap = max(best - likely.get(ids[at], -1e9) for ids in (one, other))
    print(f"{judge.id} {adapter}: another token from {at} on, {gap:.4f} less likely")
    return gap <= NEAR


if __name__ == "__main__":
    main()
