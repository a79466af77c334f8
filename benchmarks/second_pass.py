"""Whether retrieving again with a first answer finds more: LawGPT's two passes.

    python benchmarks/second_pass.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. LawGPT lets its
model answer without any source, asked to name the law, and retrieves with question and answer.
Here the first answer is such a one of the embedded model, or the documents' own sentences that
would have been the answer.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from report import write
from statistic import interval, paired

from domainkit.evaluation import beir, benchmark, setups
from domainkit.evaluation.ranking import by_question
from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.generation.openvino import OpenVinoGenerator
from domainkit.generation.prompt import compose
from domainkit.models import cache
from domainkit.packs import loader
from domainkit.protocols import Generator
from domainkit.settings import Settings
from domainkit.text import detect
from domainkit.types import Message, Prompt, Question, Retrieved

# A set, the pack that answers it, how it is searched, and the model that answers first. Chinese is
# searched by words and answered by the documents' own sentences, as in the default tier.
SETS = (
    ("liveqa_open", "medical", "hybrid", "smollm2-135m-instruct"),
    ("stard_zh", "legal", "lexical", ""),
    ("zh_medical_qa", "medical", "lexical", ""),
)
ASKED = 60  # questions of a set at most, drawn by SEED
OF_A_MODEL = 20  # and of these where a model answers: it takes seconds
SEED = 7
DEPTH = 300
TOKENS = 48
FIRST = "Answer the question in two sentences."
NOTES = [
    "nDCG@10 with 95 % bootstrap intervals; better: differences to one pass, question by question",
    "own sentences: the second pass asks the question and what the documents' own sentences say",
    "model: the second pass asks the question and what the model answered without any source, as "
    "LawGPT does; of fewer questions, since it takes seconds",
    "both: the mean of both passes' scores",
]
Scores = dict[str, float]
Ask = Callable[[Question, Sequence[Retrieved]], str]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    rows: list[Mapping[str, object]] = []
    for name, domain, mode, model in SETS:
        split = beir.load(data / "bench" / name)
        language = benchmark.language(split)
        settings = Settings()
        setup, _ = setups.choose(language, pack=None, mode=mode, embedder="", settings=settings)  # type: ignore[arg-type]
        shuffled = sorted(split.questions)
        random.Random(SEED).shuffle(shuffled)  # noqa: S311 # no secret
        drawn = shuffled[:ASKED]
        with benchmark.indexed(split, setup) as indexed:
            first: dict[str, tuple[Ask, list[str]]] = {
                "own sentences": (_own_sentences(domain), drawn)
            }
            if model:
                first["model"] = _by_model(model), drawn[:OF_A_MODEL]
            for way, (ask, names) in first.items():
                rows += _measured(indexed, split, mode, way, ask, names)
                print(rows[-2:], file=sys.stderr)
    print(write("second-pass", "python benchmarks/second_pass.py", rows, NOTES))


def _measured(  # noqa: PLR0917 # a table's columns
    indexed: benchmark.Indexed,
    split: beir.Benchmark,
    mode: str,
    way: str,
    ask: Ask,
    names: Sequence[str],
) -> Iterator[Mapping[str, object]]:
    once: dict[str, list[str]] = {}
    again: dict[str, list[str]] = {}
    both: dict[str, list[str]] = {}
    for name in names:
        text = split.questions[name]
        question = Question(text, language=detect(text))
        found = indexed.retriever.retrieve(question, k=DEPTH, mode=mode)  # type: ignore[arg-type]
        answer = ask(question, found[:5])
        second = Question(f"{text}\n{answer}", language=question.language)
        more = indexed.retriever.retrieve(second, k=DEPTH, mode=mode)  # type: ignore[arg-type]
        once[name], again[name] = indexed.ranking(found), indexed.ranking(more)
        one, other = _by_document(indexed, found), _by_document(indexed, more)
        mean = {k: one.get(k, 0.0) + other.get(k, 0.0) for k in one.keys() | other.keys()}
        both[name] = sorted(mean, key=lambda key: (-mean[key], key))
    wanted = {name: split.qrels[name] for name in names}
    scored = {
        w: by_question(r, wanted) for w, r in (("once", once), ("again", again), ("both", both))
    }
    judged = [name for name in names if name in scored["once"]]
    base = [scored["once"][name]["ndcg@10"] for name in judged]
    for label in ("again", "both"):
        values = [scored[label][name]["ndcg@10"] for name in judged]
        yield {
            "set": f"{split.name} ({len(judged)})",
            "first answer": way,
            "one pass": interval(base),
            "ranked by": "second pass" if label == "again" else "both",
            "nDCG@10": interval(values),
            "better": paired(values, base),
        }


def _by_document(indexed: benchmark.Indexed, found: Sequence[Retrieved]) -> Scores:
    scores: Scores = {}
    for item in found:
        scores.setdefault(indexed.names[item.passage.document_id], item.score)
    return scores


def _own_sentences(domain: str) -> Ask:
    pack, generator = loader.load(domain), ExtractiveGenerator()

    def ask(question: Question, found: Sequence[Retrieved]) -> str:
        prompt = compose(pack, question, found, budget=1024, count=lambda text: len(text) // 4)
        return re.sub(r"\[\d+\]", "", generator.generate(prompt).text)

    return ask


def _by_model(name: str) -> Ask:
    generator: Generator = OpenVinoGenerator(cache.path(name), name=name, max_tokens=TOKENS)

    def ask(question: Question, found: Sequence[Retrieved]) -> str:
        prompt = Prompt((Message("system", FIRST), Message("user", question.text)))
        return generator.generate(prompt).text

    return ask


if __name__ == "__main__":
    main()
