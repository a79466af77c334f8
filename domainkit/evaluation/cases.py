"""The cases that guards are measured by, as a pack's ``guards.jsonl`` holds them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.types import Passage


@dataclass(frozen=True, slots=True)
class Case:
    """A text for one guard, and whether it must stop it; ``source`` is what an answer cites."""

    guard: str
    text: str
    stop: bool
    language: str = "en"
    source: Passage | None = None


def read(path: Path) -> list[Case]:
    """Return the cases of a suite.

    Raises:
        EvaluationError: when it cannot be read, naming the line.
    """
    cases = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EvaluationError(
            f"{path}: {error.strerror}", hint="domainkit bench guards --suite FILE"
        ) from error
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            cases.append(Case(row["guard"], row["text"], bool(row["stop"]), row["language"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{path}:{number}: no case of a guard: {error!r}",
                hint="each line has guard, text, stop and language",
            ) from error
    return cases
