"""Gathers what a model is examined on, to be kept out of what it is trained on.

What makes a row contaminated stands in ``domainkit.packs.leakage``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domainkit.errors import TrainingError
from domainkit.evaluation import beir
from domainkit.packs import loader
from domainkit.packs.files import read_rows
from domainkit.packs.leakage import Evaluations
from domainkit.training.formats import files

_FIELDS = ("question", "text", "instruction", "input", "std_answer", "ideal", "answer", "query")


def gather(given: Sequence[Path], *, packs: bool = True) -> Evaluations:
    """Return the evaluation sets of the packs of the catalogue and of ``given`` files and folders.

    A folder is a benchmark in BEIR's form, a pack, or holds ``*.json`` and ``*.jsonl`` files.

    Raises:
        TrainingError: for a path that holds no question.
    """
    found = Evaluations()
    if packs:
        for pack in loader.usable():
            for folder in pack.folders:
                _suite(found, folder)
    for path in given:
        before = dict(found.names)
        if (path / "queries.jsonl").is_file():
            found.add(path.name, list(beir.load(path).questions.values()))
        elif (path / "eval").is_dir():
            _suite(found, path)
        else:
            for file in sorted(path.glob("*.json*")) if path.is_dir() else [path]:
                found.add(file.stem, _texts(file))
        if found.names == before:
            raise TrainingError(
                f"{path}: there is no evaluation set here",
                hint="give a pack, a folder in BEIR's form, or a file of questions",
            )
    return found


def _suite(found: Evaluations, folder: Path) -> None:
    for path in sorted((folder / "eval").glob("*.jsonl")):
        rows = [row for _, row in read_rows(path, path.name) if isinstance(row, dict)]
        asked = [str(row["question"]) for row in rows if "question" in row]
        found.add(f"{folder.name}/{path.stem}", asked)


def _texts(path: Path) -> list[str]:
    rows = (found.row for found in files.read(path, path.name) if isinstance(found.row, dict))
    texts: list[str] = []
    for row in rows:
        texts += [value for key in _FIELDS if isinstance(value := row.get(key), str)]
        texts += [turn for turn in row.get("turns") or [] if isinstance(turn, str)]
    return texts
