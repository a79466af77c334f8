"""BEIR folders in and out: corpus, questions and judgements (https://arxiv.org/abs/2104.08663)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from domainkit.evaluation import beir
from domainkit.evaluation.exchange.imported import Imported, question, records
from domainkit.evaluation.record import Gold
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.text import detect, sentences
from domainkit.types import Passage

_OPENING = 300


def imported(path: Path) -> Imported:
    """Return a BEIR folder as a suite; its corpus is to be ingested as a file of records.

    Each relevant document is to be cited by how it begins. Questions none of whose documents are
    relevant are left out; grades above 0 count alike.

    Raises:
        EvaluationError: naming the file and line that is missing or wrong.
    """
    benchmark = beir.load(path)
    openings = {
        str(row.get("_id")): _opening(row.get("text", "")) for row in records(benchmark.corpus)
    }
    name = f"{benchmark.name}/corpus.jsonl"
    made, left = [], 0
    for key, asked in benchmark.questions.items():
        relevant = [doc for doc, grade in benchmark.qrels[key].items() if grade > 0]
        cited = [
            {"path": f"documents/{name}#{doc}", "quote": openings[doc]}
            for doc in relevant
            if openings.get(doc)
        ]
        left += not cited
        if cited:
            made.append(
                question(
                    f"{path}: {key}", id=f"{benchmark.name}-{key}", question=asked,
                    language=detect(asked), expect="answered", must_cite=cited, tags=["beir"],
                )
            )  # fmt: skip
    notes = (f"{left} questions have no relevant document",) if left else ()
    return Imported(tuple(made), {name: benchmark.corpus}, notes)


def write(
    folder: Path,
    passages: Iterable[Passage],
    judged: Sequence[tuple[EvalQuestion, Sequence[Gold]]],
) -> Mapping[str, int]:
    """Write passages, questions and judgements as a BEIR folder; return how many of each.

    A passage is a document of the corpus. Questions that must cite nothing, or nothing that is
    held, have no judgement and are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    corpus = [{"_id": p.id, "title": p.title, "text": p.text} for p in passages]
    asked, grades = [], ["query-id\tcorpus-id\tscore"]
    for one, golds in judged:
        held = dict.fromkeys(name for gold in golds for name in gold.passages)
        if held:
            asked.append({"_id": one.id, "text": one.question})
            grades += [f"{one.id}\t{name}\t1" for name in held]
    for name, rows in (("corpus", corpus), ("queries", asked)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join(grades) + "\n", encoding="utf-8")
    return {"documents": len(corpus), "questions": len(asked), "judgements": len(grades) - 1}


def _opening(text: str) -> str:
    """Return the first sentence of a document, as far as a passage surely holds it."""
    first = next(iter(sentences(text)), None)
    return first.of(text)[:_OPENING].strip() if first else ""
