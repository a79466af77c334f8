"""Finds by measurement how each engine best runs a model on this machine, and which one to take.

A prompt of sources is long and its answer short, so what is measured is both together. One number
is changed at a time, the best so far is kept: precision of what is kept, tokens read at once,
threads. The engine that is taken is the faster one that gives the same log-probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from domainkit.generation import parity
from domainkit.generation.engine_options import (
    Engine,
    Found,
    LlamaCppOptions,
    OpenVinoOptions,
    Tried,
    cores,
    defaults,
    has_bfloat16,
    machine,
)
from domainkit.generation.llamacpp import LlamaCppGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.types import Message, Prompt

PROMPT, ANSWER = 900, 60  # tokens: a question with its sources, and an answer
_WRITTEN = 24  # tokens that are written to know how long a token takes
_RUNS = 2
_WORDS = "The tablet is taken with a meal, and never more than two are taken on one day. "
_TEXTS = ("The capital of France is", "法国的首都是", "Take two tablets", _WORDS)

Options = OpenVinoOptions | LlamaCppOptions
Report = Callable[[Tried], None]


def tune(path: Path, *, today: date, report: Report) -> Found:
    """Return how the GGUF at ``path`` is best run on this machine; takes about two minutes.

    Args:
        path: the model.
        today: when it is measured.
        report: called with each way once it is measured.

    Raises:
        ModelError: when an engine cannot run the model.
        MissingExtra: when an engine is not installed.
    """
    search = _Search(path, report)
    openvino = search.best("openvino", defaults(), _openvino_changes())
    llamacpp = search.best("llamacpp", LlamaCppOptions(), _llamacpp_changes())
    apart = _apart(search.opened("llamacpp", llamacpp), search.opened("openvino", openvino))
    seconds = {name: search.fastest(name) for name in ("openvino", "llamacpp")}
    same = apart <= parity.QUANTISED
    engine: Engine = (
        "openvino" if same and seconds["openvino"] <= seconds["llamacpp"] else "llamacpp"
    )
    return Found(
        machine=machine(),
        engine=engine,
        openvino=openvino,
        llamacpp=llamacpp,
        apart=apart,
        tried=tuple(search.tried),
        on=today,
    )


class _Search:
    """Measures ways to run one model, each once."""

    def __init__(self, path: Path, report: Report) -> None:
        self.tried: list[Tried] = []
        self._path, self._report = path, report
        self._numbers = count()

    def opened(self, engine: Engine, options: Any) -> Any:
        """Return the engine, open."""
        make: Any = OpenVinoGenerator if engine == "openvino" else LlamaCppGenerator
        return make(self._path, name=self._path.stem, max_tokens=_WRITTEN, options=options)

    def best(self, engine: Engine, start: Any, changes: Sequence[dict[str, Any]]) -> Any:
        """Return the options of the fastest way from ``start`` on, by one change at a time."""
        best, seconds = start, self._seconds(engine, start)
        for change in changes:
            options = best.model_copy(update=change)
            if options != best and (found := self._seconds(engine, options)) < seconds:
                best, seconds = options, found
        return best

    def fastest(self, engine: Engine) -> float:
        """Return the time of the best way of ``engine``."""
        return min(tried.seconds for tried in self.tried if tried.engine == engine)

    def _seconds(self, engine: Engine, options: Options) -> float:
        generator = self.opened(engine, options)
        generator.generate(self._prompt(generator, PROMPT // 8))  # the first is always slow
        told = [self._answer(generator) for _ in range(_RUNS)]
        shown = ", ".join(f"{name} {value}" for name, value in options if value) or "its own"
        tried = Tried(engine=engine, options=shown, seconds=median(told))
        self.tried.append(tried)
        self._report(tried)
        return tried.seconds

    def _answer(self, generator: Any) -> float:
        """Return the seconds until an answer of ``ANSWER`` tokens, however many are written."""
        usage = generator.generate(self._prompt(generator, PROMPT)).usage
        first = float(usage.first_token_seconds or usage.seconds)
        each = (float(usage.seconds) - first) / max(1, int(usage.completion_tokens) - 1)
        return first + each * ANSWER

    def _prompt(self, generator: Any, tokens: int) -> Prompt:
        """Return a prompt of about ``tokens`` that begins like no other, as nothing is kept of."""
        times = tokens // generator.count(_WORDS)
        return Prompt((Message("user", f"{next(self._numbers)}. {_WORDS * times}"),))


def _apart(reference: Any, other: Any) -> float:
    prompts = [reference.tokens(text) for text in _TEXTS]
    return parity.compare(reference, other, prompts).mean


def _openvino_changes() -> list[dict[str, Any]]:
    kept = [{"kept": each} for each in ("", "bf16") if each != "bf16" or has_bfloat16()]
    batch = [{"batch": tokens} for tokens in (256, 512, 2048)]
    return [*kept, *batch, *({"threads": number} for number in _threads())]


def _llamacpp_changes() -> list[dict[str, Any]]:
    return [*({"threads": number} for number in _threads()), {"batch": 128}, {"batch": 1024}]


def _threads() -> Iterator[int]:
    """Yield the numbers of threads to try: every core, and half of them."""
    yield from dict.fromkeys((cores(), max(1, cores() // 2)))
