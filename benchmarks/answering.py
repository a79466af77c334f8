"""Asks an assistant questions it has not seen; says what an answer costs and what it is worth.

    python benchmarks/answering.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Two tables are
written: `answering` (seconds and tokens of one question, over the project's own example documents)
and, where DATA is there, `answers` (what is written against what experts wrote, and how much of it
the sources support).
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from report import write

from domainkit.assistant import Assistant
from domainkit.errors import ModelError
from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose
from domainkit.guards import citations
from domainkit.guards.grounding import support
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.protocols import Generator
from domainkit.text import sentences, terms
from domainkit.types import Passage, Prompt, Question, Retrieved, Span, Turn, Usage

COMMAND = "python benchmarks/answering.py"
EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = 3
TOKENS = 160  # the most of an answer, as the settings have it
SAMPLE = 8  # questions of a benchmark for the extractive generator …
SAMPLE_OF_A_MODEL = 2  # … and for a model, which takes seconds for each
SEED = 7

SPOKEN = {
    "en": (
        "smollm2-135m-instruct",
        "medical",
        (
            "For how many days should I measure my blood pressure at home?",
            "What is the most paracetamol an adult may take in a day?",
            "What should I eat when my blood sugar is low?",
            "Who should be vaccinated against flu every year?",
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
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    rows = [row for language in SPOKEN for row in _answering(language)]
    notes = [
        f"a new question: median of {RUNS}, each asked once; again: the last one repeated",
        "first token, prefill and decode: the model alone, on the same prompts",
        "whole answer s: guards, retrieval, writing and checking, in an assistant that is open",
    ]
    print(write("answering", COMMAND, rows, notes))
    if (data / "bench").is_dir():
        print(write("answers", COMMAND, list(_answers(data / "bench")), _ANSWERS))


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


_ANSWERS = [
    f"{SAMPLE} development questions with their gold passages ({SAMPLE_OF_A_MODEL} for a model), "
    f"seed {SEED}; means",
    "bioasq: ROUGE-2 and ROUGE-L F1 against the nearest of the experts' answers",
    "covidqa: the gold span stands in the answer",
    "support: share of statements as written that their sources support; accepted: answers with "
    "at least half of theirs",
    "the model's answers are scored as written, before any is left out or replaced",
]


def _answers(bench: Path) -> Iterator[dict[str, object]]:
    bioasq, covidqa = _sets(bench / "bioasq", "ideal"), _sets(bench / "covidqa", "answers")
    extractive = ExtractiveGenerator()
    yield _scored("first three sentences", _first_three, bioasq, covidqa)
    yield _scored("sentence with most of the question", _most_shared, bioasq, covidqa)
    yield _scored(extractive.id, lambda p: extractive.generate(p).text, bioasq, covidqa)
    try:
        model = _open(SPOKEN["en"][0])
    except ModelError as absent:
        print(absent, file=sys.stderr)
        return
    pack = loader.load("biomedical")

    def written(prompt: Prompt) -> str:
        question = prompt.question or Question("")
        return model.generate(
            compose(pack, question, prompt.sources, budget=1500, count=model.count)
        ).text

    few = slice(SAMPLE_OF_A_MODEL)
    yield _scored(extractive.id, lambda p: extractive.generate(p).text, bioasq[few], covidqa[few])
    yield _scored(model.id, written, bioasq[few], covidqa[few])


Judged = list[tuple[Prompt, list[str]]]


def _scored(
    name: str, writer: Callable[[Prompt], str], bioasq: Judged, covidqa: Judged
) -> dict[str, object]:
    ours = [(prompt, writer(prompt), ideal) for prompt, ideal in bioasq]
    spans = [(prompt, writer(prompt), gold) for prompt, gold in covidqa]
    plain = [(_bare(text), ideal) for _, text, ideal in ours]
    supports = [
        support(citations.draft(prompt.question or Question(""), prompt, text))
        for prompt, text, _ in (*ours, *spans)
    ]
    return {
        "answers": name,
        "questions": len(supports),
        "bioasq ROUGE-2": _mean(max(_rouge_2(text, i) for i in ideal) for text, ideal in plain),
        "bioasq ROUGE-L": _mean(max(_rouge_l(text, i) for i in ideal) for text, ideal in plain),
        "words": _mean(len(_words(text)) for text, _ in plain),
        "covidqa span": _mean(
            any(_words(g) and " ".join(_words(g)) in " ".join(_words(_bare(text))) for g in gold)
            for _, text, gold in spans
        ),
        "support": _mean(supports),
        "accepted": _mean(found >= 0.5 for found in supports),
    }


def _sets(folder: Path, answers: str) -> Judged:
    """Return questions with their gold passages and what experts answered, in a fixed order."""
    questions = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    corpus = {row["_id"]: row for row in _rows(folder / "corpus.jsonl")}
    gold: dict[str, list[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, _ = line.split("\t")
        gold.setdefault(question, []).append(document)
    judged = []
    for row in _rows(folder / "answers.jsonl"):
        found = [corpus[i] for i in gold.get(row["_id"], [])[:5] if i in corpus]
        if found and row[answers]:
            sources = tuple(_source(d, number) for number, d in enumerate(found, start=1))
            judged.append((Prompt((), sources, Question(questions[row["_id"]])), row[answers]))
    random.Random(SEED).shuffle(judged)  # noqa: S311 (a sample, no secret)
    return judged[:SAMPLE]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _source(row: dict[str, str], number: int) -> Retrieved:
    text = row["text"]
    passage = Passage(row["_id"], row["_id"], row["title"], "", Span(0, len(text)), text)
    return Retrieved(passage, 1 / number, number)


def _spoken(prompt: Prompt) -> list[str]:
    return [span.of(s.passage.text) for s in prompt.sources for span in sentences(s.passage.text)]


def _first_three(prompt: Prompt) -> str:
    return " ".join(_spoken(prompt)[:3])


def _most_shared(prompt: Prompt) -> str:
    asked = set(terms(prompt.question.text if prompt.question else ""))
    return max(_spoken(prompt), key=lambda text: len(asked & set(terms(text))))


def _bare(text: str) -> str:
    return re.sub(r"\s*\[\d+\]", "", text)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _rouge_2(text: str, ideal: str) -> float:
    ours, theirs = _words(text), _words(ideal)
    pairs = Counter(itertools.pairwise(ours))
    wanted = Counter(itertools.pairwise(theirs))
    return _f1((pairs & wanted).total(), pairs.total(), wanted.total())


def _rouge_l(text: str, ideal: str) -> float:
    ours, theirs = _words(text), _words(ideal)
    row = [0] * (len(theirs) + 1)
    for word in ours:
        above = row
        row = [0]
        for i, other in enumerate(theirs):
            row.append(above[i] + 1 if word == other else max(above[i + 1], row[i]))
    return _f1(row[-1], len(ours), len(theirs))


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


def _mean(values: Iterator[float] | Sequence[float]) -> float:
    return round(statistics.fmean(values), 3)


if __name__ == "__main__":
    main()
