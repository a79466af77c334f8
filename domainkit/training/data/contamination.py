"""Keeps what a model is examined on out of what it is trained on.

A row is contaminated when it shares thirteen words in a row with a text of an evaluation set
(Brown et al. 2020, "Language Models are Few-Shot Learners", appendix C), a Chinese character
counting as a word, or when it holds a whole question that is shorter than that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from domainkit.errors import TrainingError
from domainkit.evaluation import beir
from domainkit.packs import catalog, loader
from domainkit.packs.files import read_rows
from domainkit.text.language import HAN
from domainkit.training.formats import files

RUN = 13
# A shorter question ("What is asthma?") is anybody's: holding it says nothing.
_SHORTEST = 6
_WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")
_FIELDS = ("question", "text", "instruction", "input", "std_answer", "ideal", "answer", "query")


class Evaluations:
    """The texts of evaluation sets, to be looked for in rows."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        # The first words of each run -> the whole runs that begin so, and whose they are.
        self._runs: dict[str, dict[str, str]] = {}

    def add(self, name: str, texts: Sequence[str]) -> None:
        """Take in the ``texts`` of the set ``name``."""
        if texts:
            self.names[name] = self.names.get(name, 0) + len(texts)
        for text in texts:
            words = _words(text)
            length = min(RUN, len(words))
            if length < _SHORTEST:
                continue
            for start in range(len(words) - length + 1):
                run = words[start : start + length]
                whole = self._runs.setdefault(" ".join(run[:_SHORTEST]), {})
                whole.setdefault(" ".join(run), name)

    def holding(self, text: str) -> str:
        """Return the set that ``text`` shares a run of words with, or nothing."""
        words = _words(text)
        for start in range(len(words) - _SHORTEST + 1):
            begun = self._runs.get(" ".join(words[start : start + _SHORTEST]))
            if begun is None:
                continue
            here = " ".join(words[start : start + RUN]) + " "
            for run, name in begun.items():
                if here.startswith(run + " "):
                    return name
        return ""


def gather(given: Sequence[Path], *, packs: bool = True) -> Evaluations:
    """Return the evaluation sets of the shipped packs and of ``given`` files and folders.

    A folder is a benchmark in BEIR's form, a pack, or holds ``*.json`` and ``*.jsonl`` files.

    Raises:
        TrainingError: for a path that holds no question.
    """
    found = Evaluations()
    if packs:
        for name in catalog.names():
            for folder in loader.load(name).folders:
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


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
