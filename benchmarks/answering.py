"""Asks an assistant questions it has not seen; says what an answer costs.

    python benchmarks/answering.py

Seconds and tokens of one question over the project's own example documents, warm, in each
language and tier. What answers are worth is measured by `answers.py`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from report import write

from domainkit.assistant import Assistant
from domainkit.errors import ModelError
from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.models import cache
from domainkit.protocols import Generator
from domainkit.types import Turn, Usage

COMMAND = "python benchmarks/answering.py"
EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = 3
TOKENS = 160  # the most of an answer, as the settings have it

SPOKEN = {
    "en": (
        "smollm2-135m-instruct",
        "medical",
        (
            "For how many days should I measure my blood pressure at home?",
            "What is the most paracetamol an adult may take in a day?",
            "What should I eat when my blood sugar is low?",
            "Which months are best for the flu vaccination?",
        ),
    ),
    "zh": (
        "qwen2.5-coder-0.5b-instruct",
        "medical-zh",
        (
            "在家应该连续测量几天血压？",
            "测量血压前要休息多久？",
            "家庭血压多少算偏高？",
            "袖带应该绑在哪里？",
        ),
    ),
}


def main() -> None:
    rows = [row for language in SPOKEN for row in _answering(language)]
    notes = [
        f"a new question: median of {RUNS}, each asked once; again: the last one repeated",
        "first token, prefill and decode: the model alone, on the same prompts",
        "whole answer s: guards, retrieval, writing and checking, in an assistant that is open",
    ]
    print(write("answering", COMMAND, rows, notes))


def _answering(language: str) -> Iterator[dict[str, object]]:
    model, documents, questions = SPOKEN[language]
    with tempfile.TemporaryDirectory() as place:
        folder = _assistant(Path(place) / "assistant", language, EXAMPLES / documents)
        for tier in ("extractive", "embedded"):
            name = model if tier == "embedded" else ""
            try:
                generator = _open(model) if name else ExtractiveGenerator()
            except ModelError as absent:
                print(f"{tier} {language}: {absent}", file=sys.stderr)
                continue
            overrides = {"tier": tier, "generation.model": name or None}
            asked = _Asked(Assistant.open(folder, overrides=overrides), generator)
            asked(questions[0])
            new = [asked(question) for question in questions[1 : 1 + RUNS]]
            again = [asked(questions[RUNS]) for _ in range(RUNS)]
            yield {"language": language, "tier": tier, "asked": "a new question"} | _median(new)
            yield {"language": language, "tier": tier, "asked": "again"} | _median(again)


def _assistant(folder: Path, language: str, documents: Path) -> Path:
    run = [sys.executable, "-m", "domainkit"]
    new = ["new", "assistant", "--domain", "medical", "--lang", language, "--dir", str(folder)]
    subprocess.run([*run, *new], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*run, "ingest", str(documents)], check=True, cwd=folder, stdout=subprocess.DEVNULL
    )
    return folder


def _open(model: str) -> OpenVinoGenerator:
    return OpenVinoGenerator(cache.path(model), name=model, max_tokens=TOKENS)


@dataclass(frozen=True)
class _Asked:
    """Asks an assistant, then its generator alone on the same prompt."""

    assistant: Assistant
    generator: Generator

    def __call__(self, text: str) -> tuple[float, Turn, Usage]:
        begun = time.perf_counter()
        turn = self.assistant.ask(self.assistant.question(text))
        seconds = time.perf_counter() - begun
        usage = self.generator.generate(turn.prompt).usage if turn.prompt else Usage()
        return seconds, turn, usage


def _median(asked: Sequence[tuple[float, Turn, Usage]]) -> dict[str, object]:
    usages = [usage for _, _, usage in asked]
    prefill = [u.prompt_tokens / u.first_token_seconds for u in usages if u.first_token_seconds]
    decode = [
        (u.completion_tokens - 1) / (u.seconds - u.first_token_seconds)
        for u in usages
        if u.first_token_seconds and u.completion_tokens > 1
    ]
    first = [u.first_token_seconds for u in usages if u.first_token_seconds]
    return {
        "whole answer s": _middle([seconds for seconds, _, _ in asked]),
        "prompt tokens": _middle([u.prompt_tokens for u in usages]),
        "answer tokens": _middle([u.completion_tokens for u in usages]),
        "first token s": _middle(first),
        "prefill tokens/s": _middle(prefill),
        "decode tokens/s": _middle(decode),
        "cited": sum(bool(turn.answer.citations) for _, turn, _ in asked),
        "written by": ", ".join(
            sorted({turn.generation.model for _, turn, _ in asked if turn.generation})
        ),
    }


def _middle(values: Sequence[float]) -> float | str:
    return round(statistics.median(values), 2) if values else ""


if __name__ == "__main__":
    main()
