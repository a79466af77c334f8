"""Measures every guard of the packs, and what is found of Presidio's sentences.

    python -m benchmarks.guards

The suites are the packs' own (``domains/*/guards.jsonl``) and those made by code; see
``domainkit bench guards``.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report
from domainkit.assistant import embedding
from domainkit.assistant.vectors import QuestionVectors
from domainkit.cli.bench_guards import HELD
from domainkit.evaluation import guards, planted
from domainkit.packs import loader
from domainkit.text.identifiers import identifiers
from domainkit.types import Passage, Span

DATA = Path(os.environ.get("DOMAINKIT_DATA", "../shared/data"))
_KINDS = {
    "CREDIT_CARD": "card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "US_SSN": "identity-number",
    "US_DRIVER_LICENSE": "identity-number",
    "IP_ADDRESS": "ip",
    "DOMAIN_NAME": "website",
    "ZIP_CODE": "postcode",
    "PERSON": "name",
    "STREET_ADDRESS": "address",
}


def main() -> None:
    """Measure and write both tables."""
    embedder = embedding.load_embedder("all-minilm-l6-v2")
    given = {"vector": QuestionVectors(lambda: embedder), "jurisdictions": lambda: HELD}
    table: list[report.Row] = []
    for name in ("medical", "legal", "biomedical"):
        pack = loader.load(name)
        cases = [*guards.cases_of(pack)]
        table += [{"pack": name} | one.project() for one in guards.measure(pack, cases, given)]
        asked = [case for case in cases if case.source is None and not case.stop]
        added = guards.percentile(guards.together(pack, asked, given))
        blank = dict.fromkeys(table[0], "")
        table.append(
            blank
            | {"pack": name, "guard": "all of a question", "stage": "question"}
            | {"negatives": len(asked), "p95 ms": round(added, 2)}
        )
    labels = planted.doses_of(_labels(), loader.load("medical").guards["dosing"])
    (measured,) = guards.measure(loader.load("medical"), [*labels], given)
    table.append(blank | {"pack": "medical, labels"} | measured.project())
    print("\n".join(report.table(table)))
    notes = [
        "labels: sentences of US labels (benchmarks/labels/doses.jsonl), doses planted by code."
    ]
    report.write("guards", "python -m benchmarks.guards", table, notes)
    table = presidio()
    print("\n".join(report.table(table)))
    report.write(
        "privacy",
        "python -m benchmarks.guards",
        table,
        ["Sentences of pii_presidio; the forms were written by who had read what they missed."],
    )


def _labels() -> Iterator[Passage]:
    """Yield sentences of US prescribing information, each under the name of its drug."""
    path = Path(__file__).parent / "labels" / "doses.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        yield Passage(row["set"], row["set"], row["drug"], "", Span(0, len(text)), text)


def presidio() -> list[report.Row]:
    """Return, for each kind, what is found of Presidio's sentences and what is found wrongly."""
    found, all_of, wrong = Counter[str](), Counter[str](), Counter[str]()
    path = DATA / "safety" / "pii_presidio.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        marked = [
            (s["start"], s["end"], _KINDS.get(s["type"], ""), s["type"]) for s in row["spans"]
        ]
        told = [(f.span.start, f.span.end, f.kind) for f in identifiers(row["text"])]
        for start, end, kind, _ in marked:
            all_of[kind] += 1
            found[kind] += any(s < end and start < e and kind == k for s, e, k in told)
        for start, end, kind in told:
            wrong[kind] += not any(s < end and start < e and kind == k for s, e, k, _ in marked)
    return [
        {
            "kind": kind,
            "n": all_of[kind],
            "recall": round(found[kind] / all_of[kind], 4),
            "found wrongly": wrong[kind],
            "precision": round(found[kind] / (found[kind] + wrong[kind]), 4)
            if found[kind]
            else 0.0,
        }
        for kind in sorted(set(_KINDS.values()))
    ]


if __name__ == "__main__":
    main()
