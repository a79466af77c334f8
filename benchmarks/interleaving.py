"""Asks each CPU engine 400 questions of three adapters and none, four at once, and compares.

    python benchmarks/interleaving.py [--embedded] [--requests N] [--engine NAME]

The model is a random Llama of two layers: what is looked for does not depend on the size. Its
next tokens are nearly alike, so that rounding alone would change answers; it is kept out (float32
for llama.cpp and PEFT; for OpenVINO, which needs a quantised GGUF, whole keys, values and
activations), and any difference is one adapter seen by another. With ``--embedded`` it is the
embedded model as it is used, rounding and all, and with OpenVINO in float32 too. Prompts begin
alike, as those of a pack do. Every answer is compared with that of a fresh engine that was asked
nothing else; where they part, OpenVINO in float32 says how likely each of the two tokens is.
"""

from __future__ import annotations

import math
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
from domainkit.generation.adapters import Adapters
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
STEP = 0.125  # between two neighbouring logits of 16 to 32 in bfloat16, which has 8 bits for them
NAMES = (None, "one", "two", "three")
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


def exactly(*given: Any, **more: Any) -> OpenVinoGenerator:
    """Return OpenVINO in float32."""
    return OpenVinoGenerator(*given, **more, options=Exact())


ENGINES: Mapping[str, Callable[..., Any]] = {
    **({"openvino": OpenVinoGenerator} if EMBEDDED else {}),
    "openvino, float32": exactly,
    "llamacpp": LlamaCppGenerator,
    "peft": PeftGenerator,
}


def main() -> None:
    chosen = [name for name in ENGINES if name.startswith(ONLY)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [_line(name, Path(folder)) for name in chosen]
    notes = [
        f"{len(PROMPTS)} prompts that begin alike, {len(NAMES) - 1} random adapters and none, "
        f"mixed by seed {SEED}, {AT_ONCE} at once, at most {TOKENS} tokens an answer",
        "same: word for word what a fresh engine wrote that was asked nothing else",
        f"near ties: another token that float32 finds as likely, within {NEAR}; within a step: "
        f"within {STEP}, which is as near as bfloat16 tells logits of 16 to 32 apart",
        "contaminated: any other difference; widest: of all differences",
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


def _line(engine: str, folder: Path) -> dict[str, object]:
    base, adapters = _made(folder / engine, quantised=engine.startswith("openvino"))

    def fresh(engine: str = engine) -> Any:
        return ENGINES[engine](
            base,
            name=MODEL,
            max_tokens=TOKENS,
            threads=0 if EMBEDDED else 1,
            adapters=Adapters(adapters),
        )

    mixed = random.Random(SEED)  # noqa: S311 - not a secret
    asked = [(mixed.choice(PROMPTS), mixed.choice(NAMES)) for _ in range(REQUESTS)]
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
    judge = fresh("openvino, float32" if EMBEDDED else engine)
    gaps = [_gap(judge, *one, alone[one], text) for one, text in other]
    usage = [generation.usage for _, generation in written]
    cached, read = sum(u.cached_tokens for u in usage), sum(u.prompt_tokens for u in usage)
    return {
        "engine": engine,
        "requests": len(asked),
        "adapters": len(NAMES) - 1,
        "answers apart": len(set(alone.values())),
        "same": len(asked) - len(other),
        "near ties": sum(gap <= NEAR for gap in gaps),
        "within a step": sum(NEAR < gap <= STEP for gap in gaps),
        "contaminated": sum(gap > STEP for gap in gaps),
        "widest": f"{max(gaps):.3f}" if gaps else "-",
        "cached": f"{cached / read:.0%}" if cached else "not said",
        "s": seconds,
    }


def _written(engine: Any, prompt: Prompt, adapter: str | None) -> tuple[str, Generation]:
    """Return all that is written, whole sentences or not, and the generation."""
    *pieces, last = engine.stream(prompt, adapter=adapter)
    return "".join(pieces), last


def _gap(judge: Any, prompt: Prompt, adapter: str | None, *texts: str) -> float:
    """Return how much less likely one of two tokens is than the best, where both texts part.

    Where the judge tells no probabilities, or neither has another token, nothing is near.
    """
    if not hasattr(judge, "next_tokens"):
        return math.inf
    one, other = (judge.tokens(text) for text in texts)
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return math.inf
    likely = judge.next_tokens([*judge.reads(prompt.messages), *one[:at]], adapter=adapter)
    best = max(likely.values())
    return max(best - likely.get(ids[at], -math.inf) for ids in (one, other))


if __name__ == "__main__":
    main()
