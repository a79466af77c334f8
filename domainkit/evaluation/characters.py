"""Measures retrieval by characters: how much of what is found is gold, and how much gold is found.

The files behind a benchmark are read as an assistant reads them, in passages of about ``PASSAGE``
characters, so that whole files count and not passages somebody made beforehand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.evaluation import benchmark as ranked
from domainkit.evaluation.beir import Benchmark
from domainkit.evaluation.benchmark import Progress, Setup
from domainkit.ingestion.folder import ingest
from domainkit.ingestion.profile import Profiles
from domainkit.packs.schemas.profile import Size
from domainkit.store.documents import Store
from domainkit.text import detect
from domainkit.types import Question, Span

PASSAGE = 500
FOUND = 64  # passages whose characters count for recall

# A stretch of a file: its name below `files/`, and where.
Stretch = tuple[str, Span]
Gold = Mapping[str, Sequence[Stretch]]


@dataclass(frozen=True, slots=True)
class CharacterScores:
    """Means over the questions: of the first passage's characters, of the gold characters."""

    precision_1: float
    recall_64: float


def run(
    benchmark: Benchmark, setup: Setup, *, progress: Progress | None = None
) -> CharacterScores:
    """Return how much of the gold characters of ``benchmark`` is found in its own files.

    Raises:
        EvaluationError: when the folder holds no files, or its questions no stretches of them.
    """
    folder = benchmark.corpus.parent
    wanted = gold(folder)
    found: dict[str, list[Stretch]] = {}
    with ranked.indexed(benchmark, setup, progress=progress, read=reader(folder)) as corpus:
        for name in wanted.keys() & benchmark.questions.keys():
            text = benchmark.questions[name]
            question = Question(text, language=detect(text))
            hits = corpus.retriever.retrieve(question, k=FOUND, mode=setup.mode)
            passages = [hit.passage for hit in hits]
            found[name] = [(corpus.names[p.document_id], p.span) for p in passages]
    return score(found, wanted)


def score(found: Mapping[str, Sequence[Stretch]], wanted: Gold) -> CharacterScores:
    """Return the scores of what was found, best first, for each question asked."""
    first: list[float] = []
    all_of_it: list[float] = []
    for name, stretches in found.items():
        right = _characters(wanted[name])
        best = _characters(stretches[:1])
        first.append(len(best & right) / max(1, len(best)))
        all_of_it.append(len(_characters(stretches[:FOUND]) & right) / max(1, len(right)))
    asked = max(1, len(found))
    return CharacterScores(sum(first) / asked, sum(all_of_it) / asked)


def project(scores: CharacterScores) -> dict[str, float]:
    """Return the scores as ``domainkit bench retrieval --json`` prints them."""
    return {
        "p@1_chars": round(scores.precision_1, 4),
        "r@64_chars": round(scores.recall_64, 4),
    }


def gold(folder: Path) -> Gold:
    """Return the stretches of files that answer each question; no other field is read.

    Raises:
        EvaluationError: when a question names none.
    """
    stretches: dict[str, list[Stretch]] = {}
    path = folder / "queries.jsonl"
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            stretches[str(record["_id"])] = [
                (str(part["file"]), Span(*part["span"])) for part in record["snippets"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{path}:{number}: no stretch of a file answers the question: {error!r}",
                hint='write "snippets": [{"file": …, "span": [start, end]}] on each line',
            ) from error
    return stretches


def _characters(stretches: Iterable[Stretch]) -> set[tuple[str, int]]:
    return {(file, at) for file, span in stretches for at in range(span.start, span.end)}


def reader(folder: Path) -> ranked.Read:
    """Return what reads the files behind a benchmark, in passages of about ``PASSAGE`` characters.

    Raises:
        EvaluationError: when the folder holds no files, or one cannot be read.
    """
    files = folder / "files"
    if not files.is_dir():
        raise EvaluationError(
            f"{folder} has no folder 'files'", hint="leave out --chars to rank its corpus alone"
        )

    def read(store: Store, base: Path) -> None:
        report = ingest([files], store, base=base, profiles=_profiles())
        if report.refused:
            refused = report.refused[0]
            raise EvaluationError(f"{refused.path}: {refused.reason}", hint=refused.hint)

    return read


def _profiles() -> Profiles:
    """Return the profiles domainkit ships with, dividing into passages of like length."""
    shipped = Profiles.load()
    size = Size(target=PASSAGE, longest=PASSAGE * 13 // 10, whole=PASSAGE)
    same = dict.fromkeys(("en", "zh"), size)
    changed = {
        name: shipped.get(name).model_copy(update={"passages": same}) for name in shipped.names
    }
    return Profiles(changed, f"{shipped.fingerprint} in {PASSAGE} characters")
