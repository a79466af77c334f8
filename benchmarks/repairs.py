"""Has the embedded model answer as an assistant does; says what repair makes of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from answers import Judged, bare, rouge_l, sets
from statistic import interval, paired

from domainkit.assistant.repair import Repair
from domainkit.assistant.wiring import Writer
from domainkit.assistant.writing import Written, write
from domainkit.errors import ModelError
from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose
from domainkit.guards import citations
from domainkit.guards.pipeline import GuardPipeline
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.packs.works import Works
from domainkit.protocols import Generator
from domainkit.types import Answer, Draft, Prompt, Question

MODEL = "smollm2-135m-instruct"
ASKED = 60  # of a set: each question takes the model seconds

Table = tuple[list[Mapping[str, object]], list[str]]


def generators() -> Iterator[Generator]:
    """Yield the extractive generator, then the embedded model where it is fetched."""
    yield ExtractiveGenerator()
    try:
        yield OpenVinoGenerator(cache.path(MODEL), name=MODEL, max_tokens=120)
    except ModelError as absent:
        print(absent, file=sys.stderr)


def repaired(bench: Path) -> Table:
    """Let the model answer from gold passages, as an assistant does: repaired, or stood in for."""
    rows: list[Mapping[str, object]] = []
    for name, answers in (("bioasq", "ideal"), ("covidqa", "answers")):
        judged = sets(bench / name, answers)[:ASKED]
        for generator in islice(generators(), 1, None):
            made = [answered(generator, prompt) for prompt, _ in judged]
            own = [m for m in made if m.written.generation.model == generator.id]
            texts = [bare(m.written.answer.text) for m in made]
            plain = [bare(ExtractiveGenerator().generate(p).text) for p, _ in judged]
            ours, theirs = _against(texts, judged), _against(plain, judged)
            as_written = [c.verdict == "supported" for m in made for c in m.drafted.claims]
            shown = [m.written.answer for m in made if m.written.answer.status == "answered"]
            anew = [v for m in own for v in m.written.answer.verdicts if v.guard == "repair"]
            rows.append(
                {
                    "set": name,
                    "generator": generator.id,
                    "asked": len(made),
                    "claims supported as written": interval(as_written),
                    "the model's own": len(own),
                    "with sentences written anew": len(anew),
                    "stood in for": len(made) - len(own),
                    "p50 s more": _half(
                        m.seconds - m.written.generation.usage.seconds for m in own
                    ),
                    "all claims supported": interval(
                        all(c.verdict == "supported" for c in a.claims) for a in shown
                    ),
                    "ROUGE-L": interval(ours),
                    "extractive ROUGE-L": interval(theirs),
                    "better than the extractive by": paired(ours, theirs),
                }
            )
    return rows, [
        "development questions with their gold passages; at most "
        f"{ASKED} a set, for each takes the model seconds",
        "where too little of what it wrote is supported, the documents' own sentences stand in; "
        "ROUGE-L F1 of what is shown, against the nearest of the experts' answers",
        "p50 s more: what checks and repair take of the model's own answers beside its writing",
    ]


def _against(texts: Sequence[str], judged: Judged) -> list[float]:
    pairs = zip(texts, judged, strict=True)
    return [max(rouge_l(text, one) for one in ideal) for text, (_, ideal) in pairs]


def _half(seconds: Iterable[float]) -> str:
    found = sorted(seconds)
    return f"{found[len(found) // 2]:.2f}" if found else "no cases"


@dataclass(frozen=True, slots=True)
class Made:
    """An answer as it was first written, and as it was released."""

    text: str
    drafted: Draft
    written: Written
    seconds: float


def answered(generator: Any, prompt: Prompt, *, domain: str = "biomedical") -> Made:
    """Let ``generator`` answer as an assistant does, from the sources of ``prompt``."""
    pack, question = loader.load(domain), prompt.question or Question("")
    guards = GuardPipeline.from_pack(pack, authorities=Works(pack.works))
    composed = partial(compose, pack, question, budget=1024, count=generator.count)
    whole, first, texts = composed(prompt.sources), list[Draft](), list[str]()

    def finish(text: str) -> Answer:
        texts.append(text)
        first.append(citations.draft(question, whole, text))
        return guards.finish(first[-1], sufficiency=1.0, verdicts=())

    writing = write(
        Writer(generator, generator.count),
        whole,
        finish,
        release=guards.released,
        repair=Repair(guards.rewrites, composed),
    )
    begun = time.perf_counter()
    while True:
        try:
            next(writing)
        except StopIteration as ended:
            return Made(texts[0], first[0], ended.value, time.perf_counter() - begun)
