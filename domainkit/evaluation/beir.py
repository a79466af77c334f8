"""Benchmarks in BEIR's form: a folder with a corpus, questions and judgements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit.errors import EvaluationError
from domainkit.evaluation.ranking import Qrels

_FILES = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Questions by id, their judgements, and the file of the documents.

    Of a question only its id and text are read: other fields may give the answer away.
    """

    name: str
    corpus: Path
    questions: dict[str, str]
    qrels: Qrels


def load(folder: Path, *, prefix: str = "") -> Benchmark:
    """Return the benchmark in ``folder``.

    Args:
        folder: holds a corpus, questions and judgements.
        prefix: of the files of questions and judgements: ``train_`` for those to train on.

    Raises:
        EvaluationError: naming the file and line that is missing or wrong.
    """
    wanted = (_FILES[0], *(prefix + name for name in _FILES[1:]))
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise EvaluationError(
            f"{folder} is no benchmark: it lacks {', '.join(missing)}",
            hint=f"a benchmark is a folder with {', '.join(wanted)}",
        )
    qrels = _qrels(folder / f"{prefix}qrels.tsv")
    questions = {
        name: text for name, text in _questions(folder / f"{prefix}queries.jsonl") if name in qrels
    }
    if not questions:
        raise EvaluationError(
            f"{folder}: no question of {wanted[1]} is judged in {wanted[2]}",
            hint=f"the first column of {wanted[2]} is the _id of a question",
        )
    return Benchmark(folder.resolve().name, folder / "corpus.jsonl", questions, qrels)


def _questions(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in _lines(path):
        try:
            record: dict[str, Any] = json.loads(line)
            yield str(record["_id"]), str(record["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{path}:{number}: not a question: {error!r}",
                hint='write {"_id": …, "text": …} on each line',
            ) from error


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        columns = line.split("\t")
        if number == 1 and columns[-1].strip() == "score":
            continue
        try:
            question, document, grade = columns
            grades.setdefault(question, {})[document] = int(float(grade))
        except ValueError as error:
            raise EvaluationError(
                f"{path}:{number}: not a judgement: {error}",
                hint="write question id, document id and grade, divided by tabs",
            ) from error
    return grades


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                yield number, line
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"{path}: not UTF-8 text: {error}", hint="save it as UTF-8"
        ) from error
