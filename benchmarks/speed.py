"""Measures how fast the embedded model answers, beside other ways to run the same file.

    python benchmarks/speed.py

A prompt of 1,000 tokens and an answer of 80: this tier's engine, llama.cpp (xllamacpp as it is
installed) and ``transformers.generate`` in float32, in turn, in one run. Then prompts of 900
tokens and answers of 60, four at once. Then two questions about the same sources: how much of the
second prompt is computed anew. Needs: domainkit models fetch smollm2-135m-instruct.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any
from unittest.mock import patch

from report import write

from domainkit.generation import listening, writing
from domainkit.generation.base_model import open_base
from domainkit.generation.engine_options import OpenVinoOptions
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.types import Message, Passage, Prompt, Question, Retrieved, Span

MODEL = "smollm2-135m-instruct"
RUNS, AT_ONCE, ASKED, STEP = 3, 4, 12, 32
LONG, ANSWER, SERVED, SHORT = 1000, 80, 900, 60
TEXT = (
    "Metformin is taken with meals. The dose is lowered when the kidneys filter less than 45 ml a "
    "minute, and it is stopped below 30. Nausea in the first weeks is common and passes. "
)
UNKEPT = ("transformers float32",)  # it keeps nothing between two prompts
QUESTIONS = ("Below which eGFR must metformin not be used?", "How is metformin taken?")


def main() -> None:
    path = cache.path(MODEL)
    engine = _endless(OpenVinoGenerator(path, name=MODEL, max_tokens=ANSWER))
    others: dict[str, Callable[[Prompt, int], tuple[float, float]]] = {
        "llama.cpp": _asking(_endless(LlamaCppGenerator(path, name=MODEL, max_tokens=ANSWER))),
        "transformers float32": _transformers(path),
    }
    with _no_end():
        rows = _answers({"embedded tier": _asking(engine), **others}, engine)
        minute = _minute(_endless(OpenVinoGenerator(path, name=MODEL, max_tokens=SHORT)))
    whole, anew = _anew(path)
    notes = [
        f"{MODEL} (Q4_1); median of {RUNS}, the ways in turn; each answer has {ANSWER} tokens",
        "cold: nothing of the prompt is kept; cached: the same prompt once more",
        f"embedded tier, {AT_ONCE} at once, prompts of {SERVED} tokens, answers of {SHORT}: "
        f"{minute:.1f} answers a minute",
        f"embedded tier, a second question about the same sources: {anew} of {whole} tokens are "
        f"computed anew ({anew / whole:.0%}), counted in steps of {STEP}",
    ]
    print(write("speed", "python benchmarks/speed.py", rows, notes))


def _answers(ways: dict[str, Any], engine: OpenVinoGenerator) -> list[dict[str, object]]:
    times: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ways}
    for ask in ways.values():
        ask(_prompt(engine, 200, 99), 2)  # the first inference of a model prepares it
    for run in range(RUNS):
        for name, ask in ways.items():
            prompt = _prompt(engine, LONG, run)
            first, seconds = ask(prompt, ANSWER)
            again = "-" if name in UNKEPT else ask(prompt, 1)[0]
            times[name].append((first, again, seconds))
    own = [seconds for _, _, seconds in times["embedded tier"]]
    return [
        {
            "way": name,
            "first token s, cold": median(first for first, _, _ in told),
            "first token s, cached": "-" if name in UNKEPT else median(t[1] for t in told),
            "tokens/s": median((ANSWER - 1) / (seconds - first) for first, _, seconds in told),
            "whole answer s": median(seconds for _, _, seconds in told),
            "times as long": median(t[2] / mine for t, mine in zip(told, own, strict=True)),
        }
        for name, told in times.items()
    ]


def _asking(engine: Any) -> Callable[[Prompt, int], tuple[float, float]]:
    def ask(prompt: Prompt, tokens: int) -> tuple[float, float]:
        engine._max_tokens = tokens
        begun = time.perf_counter()
        usage = engine.generate(prompt).usage
        if (
            not tokens - 1 <= usage.completion_tokens <= tokens
        ):  # llama.cpp does not count the last
            raise AssertionError(f"{engine.id} wrote {usage.completion_tokens}, not {tokens}")
        return usage.first_token_seconds, time.perf_counter() - begun

    return ask


def _transformers(path: Any) -> Callable[[Prompt, int], tuple[float, float]]:
    import torch

    base = open_base(path)

    def ask(prompt: Prompt, tokens: int) -> tuple[float, float]:
        text, clock = base.text.chat.render(prompt.messages), _Clock()
        ids = torch.tensor([base.text.tokenizer(text, add_special_tokens=False)["input_ids"]])
        base.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
            pad_token_id=0,
            streamer=clock,
        )
        return clock.times[1], clock.times[-1]

    return ask


class _Clock:
    """Notes when transformers hands over the prompt, and then each token."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self.times: list[float] = []

    def put(self, value: object) -> None:
        self.times.append(time.perf_counter() - self._begun)

    def end(self) -> None:
        pass


def _prompt(engine: Any, tokens: int, number: int) -> Prompt:
    """Return a prompt of ``tokens`` tokens that begins like no other."""
    text = f"{number}. " + TEXT * (tokens // 30)
    spare = len(engine.reads([Message("user", "")]))
    words = text.split(" ")
    low, high = 1, len(words)
    while low < high:  # the longest that fits
        middle = (low + high + 1) // 2
        fits = engine.count(" ".join(words[:middle])) + spare <= tokens
        low, high = (middle, high) if fits else (low, middle - 1)
    return Prompt((Message("user", " ".join(words[:low])),))


def _endless(engine: Any) -> Any:
    """Return ``engine``, made to write as many tokens as it may."""
    engine._header = replace(engine._header, stops=frozenset())
    if isinstance(engine, LlamaCppGenerator):
        plain = engine._body
        engine._body = lambda *given: plain(*given) | {"ignore_eos": True, "stop": []}
    return engine


@contextmanager
def _no_end() -> Iterator[None]:
    with (
        patch.object(writing, "circles", lambda _: False),
        patch.object(writing, "before_over", lambda text: text),
        patch.object(listening, "circles", lambda _: False),
    ):
        yield


def _minute(engine: Any) -> float:
    engine.generate(_prompt(engine, 200, 98))
    prompts = [_prompt(engine, SERVED, 100 + number) for number in range(ASKED)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        written = list(pool.map(engine.generate, prompts))
    if any(generation.usage.completion_tokens != SHORT for generation in written):
        raise AssertionError("an answer is shorter than it should be")
    return 60 * ASKED / (time.perf_counter() - begun)


def _anew(path: Any) -> tuple[int, int]:
    """Return how many tokens are computed of a first question's prompt, and of a second's."""
    engine = OpenVinoGenerator(path, name=MODEL, max_tokens=1, options=OpenVinoOptions(batch=STEP))
    pack = loader.load("medical")
    passages = [
        Passage(
            id=str(n),
            document_id="d",
            title="Guideline",
            locator=f"p. {n}",
            text=TEXT * 3,
            span=Span(0, len(TEXT) * 3),
        )
        for n in range(1, 6)
    ]
    sources = [Retrieved(p, 1.0, n) for n, p in enumerate(passages, start=1)]
    asked = [
        compose(pack, Question(text), sources, budget=LONG, count=engine.count)
        for text in QUESTIONS
    ]
    return _steps(engine, asked[0]), _steps(engine, asked[1])


def _steps(engine: Any, prompt: Prompt) -> int:
    batch = engine._pipelines.of(None)
    ids = engine._pipelines.encode(engine._header.chat.render(prompt.messages))
    handle = batch._pipeline.add_request(1 << 20, ids, engine._greedy(1))
    steps = 0
    while batch._pipeline.has_non_finished_requests():
        batch._pipeline.step()
        steps += 1
    handle.stop()
    return min(steps * STEP, int(ids.shape[1]))


if __name__ == "__main__":
    main()
