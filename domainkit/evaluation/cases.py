"""The cases that guards are measured by, as a pack's ``guards.jsonl`` holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.packs.checking import validated
from domainkit.packs.files import read_rows
from domainkit.packs.problems import PackProblems
from domainkit.packs.schemas.cases import GuardCase
from domainkit.types import Passage


@dataclass(frozen=True, slots=True)
class Case:
    """A text for one guard, and whether it must stop it.

    ``source`` is what an answer cites, ``beside`` a source that it does not.
    """

    guard: str
    text: str
    stop: bool
    language: str = "en"
    source: Passage | None = None
    beside: Passage | None = None


def read(path: Path) -> list[Case]:
    """Return the cases of a suite.

    Raises:
        EvaluationError: when it cannot be read, naming the line.
    """
    try:
        return [_case(path, line, value) for line, value in read_rows(path, path.name)]
    except PackProblems as error:
        raise EvaluationError(
            f"{path}: {error.problems[0].text}", hint="domainkit bench guards --suite FILE"
        ) from error


def _case(path: Path, line: str, value: object) -> Case:
    try:
        row = validated(GuardCase, value, lambda _: path.name)
    except PackProblems as error:
        raise EvaluationError(
            f"{path}:{line}: no case of a guard: {error.problems[0]}",
            hint="each line has guard, text, stop and language",
        ) from error
    return Case(row.guard, row.text, row.stop, row.language)
