"""Pairs that people have judged, in PandaLM's form, and how far a judge agrees with them.

A row holds ``instruction``, ``input``, ``response1``, ``response2`` and what each annotator chose:
0 a tie, 1 or 2 (https://github.com/WeOpenML/PandaLM, ``data/testset-v1.json``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from domainkit.errors import EvaluationError
from domainkit.evaluation.pairwise import Choice, Pair
from domainkit.evaluation.preferences import Agreement, agreement, majority
from domainkit.text import detect

_CHOICES: dict[str, Choice] = {"0": "tie", "1": "first", "2": "second"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair and what people chose: ``label`` is what most did, a tie where none has most."""

    pair: Pair
    choices: tuple[str, ...]

    @property
    def label(self) -> str:
        """What more than half of the people chose."""
        return majority(self.choices, undecided="tie")


def read(path: Path) -> list[Labelled]:
    """Return the pairs of a file: a JSON list, or one object a line.

    Raises:
        EvaluationError: naming the row that does not fit.
    """
    try:
        rows = _rows(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"{path}: no pairs can be read: {error}",
            hint="give a JSON list, or one JSON object a line",
        ) from error
    return [_labelled(path, number, row) for number, row in enumerate(rows, start=1)]


def among_people(rows: Sequence[Labelled]) -> float:
    """Return the mean Cohen's kappa of any two of the people who judged every pair."""
    people = min((len(row.choices) for row in rows), default=0)
    kappas = [
        agreement([row.choices[a] for row in rows], [row.choices[b] for row in rows]).kappa
        for a, b in combinations(range(people), 2)
    ]
    return sum(kappas) / len(kappas) if kappas else 0.0


def agreed(rows: Sequence[Labelled], said: Mapping[str, Choice]) -> Agreement:
    """Return how far ``said``, by the ids of pairs, agrees with what most people chose.

    A pair whose verdict could not be read, or is not there, is no agreement.
    """
    return agreement(
        [said.get(row.pair.id, "unread") for row in rows], [row.label for row in rows]
    )


def _rows(text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        rows: list[Any] = json.loads(text)
        return rows
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def _labelled(path: Path, number: int, row: Any) -> Labelled:
    try:
        given = str(row.get("input") or "").strip()
        asked = "\n\n".join(part for part in (str(row["instruction"]).strip(), given) if part)
        names = sorted(key for key in row if key.startswith("annotator"))
        choices = tuple(_CHOICES[str(row[name])] for name in names or ["annotator1"])
        pair = Pair(
            str(row.get("idx", number)),
            asked,
            str(row["response1"]),
            str(row["response2"]),
            language=detect(asked),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise EvaluationError(
            f"{path}: row {number} is no judged pair: {error!r}",
            hint="write instruction, input, response1, response2, annotator1 … (0, 1 or 2)",
        ) from error
    return Labelled(pair, choices)
