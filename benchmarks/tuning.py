"""Tunes the retriever and measures it on the development questions, by vectors alone and hybrid.

    python benchmarks/tuning.py [DATA] [--sets scifact,medquad] [--method projection]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Learns from the
set's training split where there is one (``train_queries.jsonl``), else from four fifths of the
development questions at a time, and is measured on the last; questions that share a relevant
document are never on both sides. A set takes some minutes once its passages are encoded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from report import RESULTS, commit, write

from domainkit.assistant import embedding
from domainkit.evaluation import beir, benchmark, setups
from domainkit.evaluation.ranking import score
from domainkit.evaluation.resampling import better, interval
from domainkit.models import cache, catalog
from domainkit.protocols import Embedder
from domainkit.settings import Settings
from domainkit.training.retriever import projecting
from domainkit.training.retriever import run as weights
from domainkit.training.retriever.material import Material, Pair, groups_of, texts_of
from domainkit.training.retriever.run import Base, Options
from domainkit.types import Question

Mode = Literal["dense", "hybrid"]
MODES: tuple[Mode, ...] = ("dense", "hybrid")
FOLDS = 5
NOTES = [
    "development questions; nDCG@10 with linear gains and log2 discounts (ir-measures)",
    "learnt from: the training split, or the other four fifths of the development questions, in "
    "five parts by what answers them",
    "unseen: questions none of whose relevant documents answers a training question; in five "
    "parts that is all of them",
    "interval: where the mean of the tuned lies with 95 %, by bootstrap; p: a paired test",
    "the numbers of fusion and ranker are those without tuning",
    "projection: a matrix that turns the vectors (docs/decisions/retriever-projection.md); "
    "weights: all weights, three times over the pairs, at 3e-5, batches of 16, 192 tokens",
    "at: the commit a row was measured at; a set keeps its rows until it is measured anew",
]
Scores = dict[str, float]


def main() -> None:
    asked = _arguments()
    for name in asked.sets.split(","):
        rows = _rows(asked.data / "bench" / name, asked.method)
        print(*rows, sep="\n", file=sys.stderr)
        print(_written(name, asked.method, rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", nargs="?", type=Path, default=os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    parser.add_argument("--sets", default="scifact,medquad,stard_zh,zh_medical_qa")
    parser.add_argument("--method", choices=("projection", "weights"), default="projection")
    asked = parser.parse_args()
    asked.data = Path(asked.data)
    return asked


def _rows(folder: Path, method: str) -> list[dict[str, object]]:
    split = beir.load(folder)
    language = benchmark.language(split)
    setup, _ = setups.choose(language, pack=None, mode="hybrid", embedder="", settings=Settings())
    before: dict[Mode, Scores] = {mode: {} for mode in MODES}
    after: dict[Mode, Scores] = {mode: {} for mode in MODES}
    unseen: set[str] = set()
    pairs = 0
    with tempfile.TemporaryDirectory(prefix="domainkit-tuning-") as work:
        with benchmark.indexed(split, setup) as indexed:
            for mode in MODES:
                before[mode] = _scores(split, indexed, mode, split.qrels)
            made = [
                _tuned(_material(split, learnt, indexed), language, Path(work) / str(n), method)
                for n, (learnt, _) in enumerate(_parts(folder, split))
            ]
        for (learnt, part), tuned in zip(_parts(folder, split), made, strict=True):
            pairs = len(learnt)
            seen = {document for pair in learnt for document in pair.answers}
            unseen |= {q for q in part if seen.isdisjoint(_relevant(split, q))}
            kept = {q: split.qrels[q] for q in part}
            with benchmark.indexed(split, replace(setup, embedder=tuned)) as indexed:
                for mode in MODES:
                    after[mode] |= _scores(split, indexed, mode, kept)
    said = {"set": split.name, "method": method, "pairs": pairs, "of": setups.EMBEDDERS[language]}
    return [said | {"mode": mode} | _compared(before[mode], after[mode], unseen) for mode in MODES]


def _parts(folder: Path, split: beir.Benchmark) -> Iterator[tuple[list[Pair], list[str]]]:
    """Yield the pairs that are learnt with the questions that are then asked."""
    texts = texts_of(split.corpus)
    if (folder / "train_queries.jsonl").is_file():
        learnt = beir.load(folder, prefix="train_")
        yield list(_pairs(learnt, learnt.questions, texts)), list(split.qrels)
        return
    groups = groups_of(split)
    for part in range(FOLDS):
        asked = [q for q in split.questions if _part(groups[q]) == part]
        learnt_from = [q for q in split.questions if _part(groups[q]) != part]
        yield list(_pairs(split, learnt_from, texts)), asked


def _part(group: str) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % FOLDS


def _relevant(split: beir.Benchmark, question: str) -> list[str]:
    return sorted(name for name, grade in split.qrels[question].items() if grade > 0)


def _pairs(
    split: beir.Benchmark, questions: Sequence[str] | Mapping[str, str], texts: Mapping[str, str]
) -> Iterator[Pair]:
    for question in questions:
        answers = frozenset(_relevant(split, question))
        for name in sorted(answers):
            yield Pair(split.questions[question], texts[name], answers, question)


def _material(
    split: beir.Benchmark, pairs: Sequence[Pair], indexed: benchmark.Indexed
) -> Material:
    def search(question: str, k: int) -> list[str]:
        return indexed.ranking(indexed.retriever.retrieve(Question(question), k=k, mode="lexical"))

    return Material(tuple(pairs), texts_of(split.corpus), search)


def _tuned(material: Material, language: Literal["en", "zh"], work: Path, method: str) -> Embedder:
    """Return the embedder that the pairs of ``material`` teach."""
    of = setups.EMBEDDERS[language]
    common: dict[str, Any] = {"name": "tuned", "embedders": work, "now": datetime.now(UTC)}
    if method == "projection":
        base = embedding.base_embedder(of)
        made = projecting.run(material, base, of=of, encoded=setups.kept(), **common)
    else:
        model = catalog.find(of)
        start = Base(of, cache.path(of), model.query_prefix, model.passage_prefix)
        made = weights.run(material, start, options=Options(), progress=_told, **common)
    print(made.trial, file=sys.stderr)
    return embedding.tuned_embedder(made.folder)


def _told(step: object) -> None:
    print(step, file=sys.stderr)


def _scores(
    split: beir.Benchmark,
    indexed: benchmark.Indexed,
    mode: Mode,
    qrels: Mapping[str, Mapping[str, int]],
) -> Scores:
    """Return nDCG@10 by question."""
    language = benchmark.language(split)
    rankings = {
        name: indexed.ranking(
            indexed.retriever.retrieve(
                Question(split.questions[name], language=language), k=300, mode=mode
            )
        )[: benchmark.RANKED]
        for name in qrels
    }
    judged = [
        name for name, grades in qrels.items() if any(grade > 0 for grade in grades.values())
    ]
    return dict(zip(judged, score(rankings, qrels).ndcg, strict=True))


def _compared(before: Scores, after: Scores, unseen: set[str]) -> dict[str, object]:
    ours, theirs = [after[q] for q in before], [before[q] for q in before]
    low, high = interval(ours)
    new = [q for q in before if q in unseen]
    return {
        "questions": len(before),
        "before": f"{_mean(theirs):.4f}",
        "tuned": f"{_mean(ours):.4f}",
        "interval": f"{low:.3f}–{high:.3f}",
        "p": f"{better(ours, theirs):.4f}",
        "unseen": len(new),
        "unseen before": f"{_mean([before[q] for q in new]):.4f}",
        "unseen tuned": f"{_mean([after[q] for q in new]):.4f}",
        "at": commit(),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _written(name: str, method: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write the table with ``rows``; other sets and methods keep theirs."""
    path = RESULTS / "tuning.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    others = [row for row in kept if (row["set"], row["method"]) != (name, method)]
    return write("tuning", "python benchmarks/tuning.py", [*others, *rows], NOTES)


if __name__ == "__main__":
    main()
