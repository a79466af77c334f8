"""Fits the models that guards judge by, and says how each does on sets it did not learn from.

    python -m benchmarks.guard_models --write
    python -m benchmarks.guard_models --keep FOLDER     # the models without a set, to try

What harm is, is learned from the public sets of harmful requests in ``DOMAINKIT_DATA/safety``
(AdvBench, HarmBench, StrongREJECT, JailbreakBench, MedSafetyBench: MIT; XSTest, HealthSearchQA:
CC BY 4.0; deepset's prompt injections: Apache 2.0), from benign questions of MedQuAD (CC BY 4.0),
PubMedQA (MIT), BioASQ (CC BY 2.5), LegalBench-RAG (CC BY 4.0) and STARD (MIT), from ordinary
questions (``benchmarks/labels/questions*.jsonl``: what the packs' training rows asked when they
were written; files of their own, so that rows that are added later leave the models as they are
and measure them), from ``benchmarks/labels/harm*.jsonl``, of ``harm-later`` one half. What an
emergency is, is learned from ``tests/contract/emergencies.yaml``, from the half of
``benchmarks/labels/emergencies.*`` that is read and from ordinary questions; what an order to the
assistant is, from deepset's injections and from ``benchmarks/labels/orders*.jsonl``, beside all of
the questions above. Chinese texts make the weights of Chinese, all others those of English. Only
numbers are kept, no text, and a fingerprint of what they were learned from.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from benchmarks import report
from domainkit.assistant import embedding
from domainkit.guards import linear
from domainkit.guards.linear import Linear
from domainkit.text import detect
from domainkit.training.linear import fitted

DATA = Path(os.environ.get("DOMAINKIT_DATA", "../shared/data"))
LABELS = Path(__file__).parent / "labels"
CONTRACT = Path(__file__).parents[1] / "tests" / "contract" / "emergencies.yaml"
MODELS = Path(linear.__file__).with_name("models")
EMBEDDER = "all-minilm-l6-v2"
# As close as this to a text of the set that is left out, a text of another says as much as itself:
# the public sets copy from each other.
NEAR = 0.9
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# Contrasts that differ in a word count more than the many that differ in everything; of 1, 3, 6
# and 12, 6 tells XSTest's halves apart best.
CONTRASTS = 6.0
# In Chinese, where all the orders to an assistant are such contrasts. Of 6, 20 and 60, 60 finds
# the most of 382 orders in five folds that take 4 and 6 % of the questions like them for one.
CHINESE = 60.0
# What deepset found counts less: half of it is in no language that assistants answer in.
FOUND = 2.0
_HARMFUL = (
    "advbench_behaviors",
    "harmbench_behaviors_text_all",
    "med_safety_bench_test",
    "strongreject_dataset",
    "jailbreakbench_goals",
)


@dataclass(frozen=True)
class Row:
    """A text, where it is from, and whether it is what the model looks for."""

    text: str
    source: str
    wanted: bool
    importance: float = 1.0


def harm() -> Iterator[Row]:
    """Yield harmful requests, benign questions, and contrasts of both."""
    for name in _HARMFUL:
        for row in _safety(name):
            if row["label"] == "unsafe":
                yield Row(row["text"], name, wanted=True)
    yield from _benign()
    for row in _safety("xstest"):
        source = f"xstest {row['label']}"
        yield Row(row["text"], source, row["label"] == "unsafe", CONTRASTS)
    for name in ("harm.en", "harm.zh", "harm-more", "harm-both", "harm-later"):
        for row in _rows(LABELS / f"{name}.jsonl"):
            if name != "harm-later" or _is_learned(row["text"]):
                source = f"own {detect(row['text'])} {row['label']}"
                yield Row(row["text"], source, row["label"] == "harmful", CONTRASTS)


def _benign() -> Iterator[Row]:
    for name in ("healthsearchqa", "deepset_prompt_injections"):
        safe = (row["text"] for row in _safety(name) if row["label"] == "safe")
        yield from (Row(text, name, wanted=False) for text in safe)
    for name in ("medquad", "pubmedqa", "bioasq", "legalbenchrag_mini", "stard_zh"):
        texts = (row["text"] for row in _rows(DATA / "bench" / name / "queries.jsonl"))
        yield from (Row(text, name, wanted=False) for text in texts if _is_learned(text))
    yield from (Row(r.text, "emergencies", wanted=False) for r in _labelled())
    yield from _questions("questions", "questions-later")
    yield from (row for row in _orders("orders") if not row.wanted)


def injection() -> Iterator[Row]:
    """Yield orders to an assistant, and what people ask and order of one that answers."""
    for row in _orders("orders", "orders-chinese", "orders-english"):
        yield row
        yield from _apart(row)
    for row in _safety("deepset_prompt_injections"):
        order = row["label"] == "injection"
        yield Row(row["text"], f"deepset {row['label']}", order, FOUND)
    for other in harm():
        if other.source != "deepset_prompt_injections" and not other.source.startswith("orders"):
            yield Row(other.text, other.source, wanted=False)


def _orders(*names: str) -> Iterator[Row]:
    for row in (row for name in names for row in _rows(LABELS / f"{name}.jsonl")):
        source = f"orders {row['language']} {row['label']}"
        importance = CHINESE if row["language"] == "zh" else CONTRASTS
        yield Row(row["text"], source, row["label"] == "order", importance)


def _apart(row: Row) -> Iterator[Row]:
    """Yield the sentences of an order that stands behind a question: the guard judges each."""
    mark = "？" if "？" in row.text else "? "
    asked, _, said = row.text.partition(mark)
    if row.wanted and said.strip():
        yield Row(f"{asked}{mark}".strip(), row.source, wanted=False, importance=row.importance)
        yield Row(said.strip(), row.source, wanted=True, importance=row.importance)


def emergency() -> Iterator[Row]:
    """Yield emergencies, contrasts, and benign questions of patients."""
    yield from _labelled()
    for row in _safety("healthsearchqa"):
        yield Row(row["text"], "healthsearchqa", wanted=False, importance=0.5)
    for row in _rows(DATA / "bench" / "medquad" / "queries.jsonl"):
        yield Row(row["text"], "medquad", wanted=False, importance=0.5)
    for name in ("harm.en", "harm.zh", "harm-both", "despair", "orders-chinese"):
        for row in _rows(LABELS / f"{name}.jsonl"):
            if row["label"] in {"benign", "contrast", "question"}:
                yield Row(row["text"], "harm benign", wanted=False, importance=0.5)
    yield from _questions("questions")


def despair() -> Iterator[Row]:
    """Yield who thinks of suicide or self-harm, contrasts, and everything else people ask."""
    for row in _rows(LABELS / "despair.jsonl"):
        wanted = row["label"] == "despair"
        yield Row(row["text"], f"despair {row['label']}", wanted, CONTRASTS)
    emergencies = {row.text for row in _labelled() if row.wanted}  # some are of suicide
    for other in harm():
        if other.text not in emergencies and (not other.wanted or other.source.startswith("own")):
            yield Row(other.text, other.source, wanted=False)


def _questions(*names: str) -> Iterator[Row]:
    """Yield ordinary questions of the packs' subjects, follow-ups too."""
    texts = (row["text"] for name in names for row in _rows(LABELS / f"{name}.jsonl"))
    yield from (Row(text, "questions", wanted=False) for text in texts)


def learned(source: Callable[[], Iterable[Row]]) -> list[Row]:
    """Return what a model is fitted on: each text once."""
    return [*{row.text: row for row in source()}.values()]


def fingerprint(rows: list[Row]) -> str:
    """Return what tells these rows, in any order, from any others."""
    told = json.dumps(sorted((row.text, row.wanted, row.importance) for row in rows))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _labelled() -> Iterator[Row]:
    known = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    for kind, wanted in (("stopped", True), ("answered", False)):
        for language, texts in known[kind].items():
            yield from (Row(t, f"contract {kind} {language}", wanted) for t in texts)
    for name in ("emergencies.en", "emergencies.zh", "emergencies-fitted", "emergencies-more"):
        for row in _rows(LABELS / f"{name}.jsonl"):
            if row.get("half") != "unread":
                yield Row(row["text"], f"{name} {row['label']}", row["label"] == "emergency")


def _is_learned(text: str) -> bool:
    """Return whether a benign question is learned from; the other half stays to be measured on."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def _safety(name: str) -> Iterator[dict[str, str]]:
    return _rows(DATA / "safety" / f"{name}.jsonl")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def set_of(row: Row) -> str:
    """Return the set a row is from: XSTest's safe and unsafe questions are one."""
    return row.source if row.source.startswith("own") else row.source.partition(" ")[0]


def left_out(rows: list[Row], vectors: linear.Floats) -> Iterator[tuple[str, np.ndarray, Linear]]:
    """Yield each set, which rows are of it, and a model that saw neither them nor their like."""
    sets = np.array([set_of(row) for row in rows])
    for name in dict.fromkeys(sets):
        own = sets == name
        near = (vectors @ vectors[own].T).max(axis=1) >= NEAR
        kept = np.flatnonzero(~own & ~near)
        model = fitted(
            [rows[i].text for i in kept],
            [rows[i].wanted for i in kept],
            vectors[kept],
            importance=[rows[i].importance for i in kept],
            embedder=EMBEDDER,
            report={"without": str(name), "texts": len(kept)},
        )
        yield str(name), own, model


SOURCES: Mapping[str, Callable[[], Iterator[Row]]] = {
    "harm": harm,
    "emergency": emergency,
    "injection": injection,
    "despair": despair,
}


def main() -> None:
    """Fit each model, measure it without each set, and write it with ``--write``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the models")
    parser.add_argument("--only", choices=[*SOURCES])
    parser.add_argument("--fast", action="store_true", help="fit without measuring")
    parser.add_argument("--keep", type=Path, help="keep the models without a set in this folder")
    given = parser.parse_args()
    embedder = embedding.load_embedder(EMBEDDER)
    table: list[report.Row] = []
    for name, source in SOURCES.items():
        if given.only and name != given.only:
            continue
        rows = learned(source)
        vectors = embedder.encode([row.text for row in rows], role="query")
        if not given.fast:
            table += measured(name, rows, vectors, given.keep)
            print("\n".join(report.table(table)), flush=True)
        if given.write:
            written(name, rows, vectors)
    if table:
        command = "python -m benchmarks.guard_models"
        kept = report.kept("guard-models", table, ["model"])
        notes = [
            "Shares of texts that the model takes for what it looks for, fitted without their "
            f"set and without what is as close to it as {NEAR} by MiniLM's cosine."
        ]
        report.write("guard-models", command, kept, notes)


def written(name: str, rows: list[Row], vectors: linear.Floats) -> None:
    """Fit the model that ships and write it."""
    wanted = [row.wanted for row in rows]
    model = fitted(
        [row.text for row in rows],
        wanted,
        vectors,
        importance=[row.importance for row in rows],
        embedder=EMBEDDER,
        report={
            "wanted": sum(wanted),
            "others": len(wanted) - sum(wanted),
            "fingerprint": fingerprint(rows),
        },
    )
    model.save(MODELS / f"{name}.json")


def measured(
    name: str, rows: list[Row], vectors: linear.Floats, keep: Path | None
) -> Iterator[report.Row]:
    """Yield for each source the share that each threshold takes for what is looked for."""
    for left, own, model in left_out(rows, vectors):
        if keep:
            model.save(keep / f"{name}-without-{left.replace(' ', '-')}.json")
        for kind, used in (("words", None), ("words and vectors", vectors)):
            told: dict[str, list[float]] = {}
            for i in np.flatnonzero(own):
                vector = None if used is None else used[i]
                score = model.score(rows[i].text, vector, language=detect(rows[i].text))
                told.setdefault(rows[i].source, []).append(score)
            for texts, scores in told.items():
                shares = {
                    f"from {t}": round(sum(s >= t for s in scores) / len(scores), 3)
                    for t in THRESHOLDS
                }
                yield {"model": name, "kind": kind, "texts": texts, "n": len(scores), **shares}


if __name__ == "__main__":
    main()
