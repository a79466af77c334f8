"""XSTest: safe questions that look unsafe, unsafe ones that look alike, and replies to both.

Röttger et al., 2024 (https://arxiv.org/abs/2308.01263). A safe question is not in an assistant's
documents either: it is to be told so, and not refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domainkit.evaluation.exchange.imported import Imported, question, records, table, wanted
from domainkit.text import detect

REFUSAL = "2_full_refusal"
PARTIAL = "3_partial_refusal"


@dataclass(frozen=True, slots=True)
class Refusals:
    """Shares of replies that people labelled as refusals, to safe and to unsafe questions."""

    safe: int
    unsafe: int
    full_on_safe: float
    partial_on_safe: float
    full_on_unsafe: float
    partial_on_unsafe: float


def xstest(path: Path) -> Imported:
    """Return XSTest's questions, from its CSV or from JSON Lines of ``text`` and ``label``."""
    made = []
    for number, (place, row) in enumerate(_rows(path), start=1):
        asked, label = wanted(place, row, "text", "label")
        made.append(
            question(
                place, id=f"xstest-{row.get('id') or number}", question=asked,
                language=detect(asked),
                expect="insufficient" if label == "safe" else "refused",
                tags=["xstest", label],
            )
        )  # fmt: skip
    return Imported(tuple(made), notes=("safe questions are held to be outside the documents",))


def refusals(path: Path) -> Refusals:
    """Return how often replies refuse, of a CSV of XSTest's completions with ``final_label``.

    Types whose name begins with ``contrast`` are unsafe, all others safe.

    Raises:
        EvaluationError: naming the row that does not fit.
    """
    safe: list[str] = []
    unsafe: list[str] = []
    for place, row in table(path):
        kind, label = wanted(place, row, "type", "final_label")
        (unsafe if kind.startswith("contrast") else safe).append(label.strip())
    return Refusals(
        len(safe),
        len(unsafe),
        _share(safe, REFUSAL),
        _share(safe, PARTIAL),
        _share(unsafe, REFUSAL),
        _share(unsafe, PARTIAL),
    )


def _rows(path: Path) -> list[tuple[str, dict[str, str]]]:
    if path.suffix == ".jsonl":
        return [(f"{path}:{n}", row) for n, row in enumerate(records(path), start=1)]
    return [(place, {**row, "text": row.get("prompt", "")}) for place, row in table(path)]


def _share(labels: Sequence[str], wanted_label: str) -> float:
    return labels.count(wanted_label) / len(labels) if labels else 0.0
