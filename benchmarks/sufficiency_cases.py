"""Asks benchmarks, packs and examples; says of each question whether what was found suffices."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from domainkit import settings
from domainkit.assistant import Assistant
from domainkit.evaluation import asking, beir, benchmark, setups
from domainkit.evaluation.asking import Gold
from domainkit.evaluation.beir import Benchmark
from domainkit.evaluation.sufficiency import Case
from domainkit.packs import scaffold
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.rows import MARKER
from domainkit.packs.schemas.sufficiency import Searched
from domainkit.retrieval.retriever import Mode
from domainkit.types import Question

ROOT = Path(__file__).parents[1]
SAMPLES = (500, 100)  # documents
GIVEN = 5  # passages a generator is given
ANSWERS = 0.6  # share of a sample that answers questions


def of_benchmark(folder: Path, searched: Searched, size: int) -> Iterator[Case]:
    """Yield the cases of a benchmark, or of a sample of ``size`` of its documents."""
    with tempfile.TemporaryDirectory() as name:
        judged = beir.load(_sample(folder, Path(name) / folder.name, size) if size else folder)
        language: Language = "zh" if searched.startswith("zh") else "en"
        setup, _ = setups.choose(
            language, pack=None, mode=_mode(searched), embedder="", settings=settings.load()
        )
        with benchmark.indexed(judged, setup) as corpus:
            case = partial(Case, searched, folder.name, size, len(corpus.names))
            for asked, text in judged.questions.items():
                relevant = _relevant(judged, asked)
                if relevant:
                    gold = _of_documents(relevant, corpus.names)
                    for measured, suffices in asking.asked(
                        corpus.retriever.retrieve,
                        corpus.retriever.rarities,
                        Question(text, language=language),
                        gold,
                        given=GIVEN,
                        mode=setup.mode,
                    ):
                        yield case(asked, measured, suffices)


class _Asked(NamedTuple):
    """A question of a file: what answers it, where no words do none."""

    identity: str
    language: str
    text: str
    quotes: list[str]
    as_of: date | None = None


def of_pack(pack: str, searched: Searched) -> Iterator[Case]:
    """Yield the cases of a pack's own corpus: its training questions fit, the others measure."""
    asked = []
    for path in ("train/rows.jsonl", "eval/questions.jsonl"):
        for row in _rows(ROOT / "domains" / pack / path):
            refused = row.get("refusal") or row.get("expect") == "insufficient"
            if row.get("history") or row.get("expect", "answered") not in (
                "answered",
                "insufficient",
            ):
                continue
            quotes = [] if refused else [s["quote"] for s in _answering(row) if "quote" in s]
            if refused or quotes:
                day = row.get("as_of")
                told = (row["id"], row["language"], row["question"], quotes)
                asked.append(_Asked(*told, date.fromisoformat(day) if day else None))
    trained = {row["id"] for row in _rows(ROOT / "domains" / pack / "train" / "rows.jsonl")}
    for case in _of_folder(pack, searched, f"own of {pack}", (), asked):
        yield replace(case, half="fit" if case.question in trained else "measure")


def _answering(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what answers a question: what must be cited, or the sources its answer cites.

    Other sources of a training row stand there to be told apart.
    """
    if "must_cite" in row:
        return list(row["must_cite"])
    cited = {int(number) for number in MARKER.findall(row["answer"])}
    return [row["sources"][number - 1] for number in sorted(cited)]


def of_examples(searched: Searched) -> Iterator[Case]:
    """Yield the cases of the project's example documents."""
    language = searched[:2]
    rows = [
        _Asked(row["id"], row["id"][:2], row["question"], [row["quote"]] if row["quote"] else [])
        for row in _rows(ROOT / "benchmarks" / "questions" / "examples.jsonl")
    ]
    documents = ROOT / "examples" / ("medical-zh" if language == "zh" else "medical")
    yield from _of_folder("medical", searched, "examples", (documents,), rows)


def _of_folder(
    pack: str,
    searched: Searched,
    corpus: str,
    documents: Sequence[Path],
    asked: Sequence[_Asked],
) -> Iterator[Case]:
    """Yield the cases of an assistant's folder; no ``documents`` are the pack's own corpus."""
    language: Language = "zh" if searched.startswith("zh") else "en"
    with tempfile.TemporaryDirectory() as name:
        planned = scaffold.plan("asked", domain=pack, language=language, base=Path(name))
        scaffold.write(planned)
        tier = "embedded" if searched.endswith("vectors") else "extractive"
        with closing(Assistant.open(planned.folder, overrides={"tier": tier})) as assistant:
            assistant.ingest(documents)
            count = assistant.counts().documents
            for row in asked:
                if row.language != language:
                    continue
                for measured, suffices in asking.asked(
                    assistant.retrieve,
                    assistant.corpus.retriever.rarities,
                    assistant.question(row.text, as_of=row.as_of),
                    partial(asking.holds, row.quotes),
                    given=GIVEN,
                    mode=_mode(searched),
                ):
                    yield Case(searched, corpus, 0, count, row.identity, measured, suffices)


def _mode(searched: Searched) -> Mode:
    return "hybrid" if searched.endswith("vectors") else "lexical"


def _of_documents(relevant: frozenset[str], names: Mapping[str, str]) -> Gold:
    return lambda item: names[item.passage.document_id] in relevant


def _relevant(judged: Benchmark, question: str) -> frozenset[str]:
    grades = judged.qrels.get(question, {})
    return frozenset(document for document, grade in grades.items() if grade > 0)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _sample(folder: Path, target: Path, size: int) -> Path:
    """Write ``size`` documents of a benchmark, and the questions they answer, to ``target``."""
    chance = random.Random(f"{folder.name} {size}")  # noqa: S311 - a sample, not a secret
    judged = beir.load(folder)
    lines = {
        json.loads(line)["_id"]: line for line in judged.corpus.read_text("utf-8").splitlines()
    }
    kept: set[str] = set()
    for question in chance.sample(sorted(judged.questions), len(judged.questions)):
        more = kept | _relevant(judged, question)
        kept = more if len(more) <= size * ANSWERS else kept
    asked = [name for name in judged.questions if _relevant(judged, name) <= kept]
    answers = {document for name in judged.questions for document in _relevant(judged, name)}
    kept |= set(chance.sample(sorted(set(lines) - answers), size - len(kept)))
    target.mkdir(parents=True)
    _write(target / "corpus.jsonl", [line for name, line in lines.items() if name in kept])
    texts = judged.questions
    _write(
        target / "queries.jsonl",
        [json.dumps({"_id": name, "text": texts[name]}) for name in asked],
    )
    shutil.copy(folder / "qrels.tsv", target / "qrels.tsv")
    return target


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\n".join(lines), encoding="utf-8")
