"""Measures the medical pack's emergency guard on how people write, in both halves of the labels.

    python -m benchmarks.emergencies [--words]

One half was read while the guard was worked on, the other was not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report
from domainkit.assistant import embedding
from domainkit.assistant.vectors import QuestionVectors
from domainkit.evaluation.guards import wilson
from domainkit.guards.emergency import EmergencyGuard
from domainkit.packs import loader
from domainkit.types import Question

LABELS = Path(__file__).parent / "labels"


def measured(guard: EmergencyGuard, by: str, halves: tuple[str, ...]) -> Iterator[report.Row]:
    """Yield recall or false escalations of each half, language and label."""
    for half in halves:
        for language in ("en", "zh"):
            path = LABELS / f"emergencies.{language}.jsonl"
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for label in ("emergency", "contrast"):
                texts = [r["text"] for r in rows if (r["half"], r["label"]) == (half, label)]
                verdicts = [guard.check(Question(text, language=language)) for text in texts]
                count = sum(v.action == "escalate" for v in verdicts)
                low, high = wilson(count, len(texts))
                yield {
                    "half": half,
                    "language": language,
                    "texts": label,
                    "judged by": by,
                    "n": len(texts),
                    "escalated": round(count / len(texts), 4),
                    "95 %": f"{low:.3f}-{high:.3f}",
                }


def main() -> None:
    """Measure both halves and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", action="store_true", help="as without an embedder")
    given = parser.parse_args()
    embedder = None if given.words else embedding.load_embedder("all-minilm-l6-v2")
    vector = QuestionVectors(lambda: embedder)
    pack = loader.load("medical")
    guard = EmergencyGuard(pack.guards["emergency"], vector=vector)
    by = "signs, words" if given.words else "signs, words and vectors"
    table = [*measured(guard, by, ("read", "unread"))]
    print("\n".join(report.table(table)))
    kept = report.kept("emergencies", table, ["half", "language", "texts", "judged by"])
    note = (
        "Both halves were written by who worked on the guard, before it; the unread half was not "
        "looked at afterwards. Its numbers were "
        "seen twice: 81 of 81 emergencies, 3 of 90 contrasts with vectors, 79 and 3 with words; "
        "then 55 further contrasts were written and the model fitted again."
    )
    report.write("emergencies", "python -m benchmarks.emergencies", kept, [note])


if __name__ == "__main__":
    main()
