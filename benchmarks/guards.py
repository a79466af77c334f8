"""Measures every guard of the packs, and what is found of Presidio's sentences.

    python -m benchmarks.guards
    python -m benchmarks.guards --only harm --only injection   # rows of other guards stay

The suites are the packs' own (``domains/*/guards.jsonl``) and those made by code; see
``domainkit bench guards``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import report
from domainkit.assistant import embedding
from domainkit.assistant.vectors import QuestionVectors
from domainkit.cli.bench_guards import HELD
from domainkit.evaluation import guards, planted
from domainkit.packs import loader
from domainkit.packs.pack import Pack
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


QUESTIONS = 200  # of a pack's, spread over them, that all guards of a question are timed with


def main() -> None:
    """Measure and write both tables, a pack as soon as it is measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", help="measure this guard alone")
    parser.add_argument("--pack", action="append", help="measure this pack alone")
    given = parser.parse_args()
    embedder = embedding.load_embedder("all-minilm-l6-v2")
    needs = {"vector": QuestionVectors(lambda: embedder), "jurisdictions": lambda: HELD}
    for name in given.pack or ("medical", "legal", "biomedical"):
        pack = loader.load(name)
        made = [one for one in guards.MADE if not given.only or one in given.only]
        cases = [c for c in guards.cases_of(pack, made) if not given.only or c.guard in given.only]
        table = [{"pack": name} | one.project() for one in guards.measure(pack, cases, needs)]
        if not given.only or "all" in given.only:
            table.append({"pack": name} | together(pack, needs))
        if name == "medical" and (not given.only or "dosing" in given.only):
            table.append({"pack": "medical, labels"} | labels(pack))
        _write("guards", table, ["pack", "guard"], NOTES)
    if not given.only or "privacy" in given.only:
        _write("privacy", presidio(), ["kind"], FORMS)


NOTES = ["labels: sentences of US labels (benchmarks/labels/doses.jsonl), doses planted by code."]
FORMS = [
    "Sentences of pii_presidio; the forms were written by who had read what they missed, given "
    "names are those of the US census of 1990."
]


def together(pack: Pack, needs: Mapping[str, object]) -> dict[str, Any]:
    """Return how long all guards of a question take with what they must not stop."""
    asked = [case for case in guards.cases_of(pack, ()) if not case.stop]
    asked = asked[:: max(1, len(asked) // QUESTIONS)]
    row = dict.fromkeys(("positives", "recall", "false refusals", "95 %"), "")
    p95 = round(guards.percentile(guards.together(pack, asked, needs)), 2)
    return {
        "guard": "all of a question",
        "stage": "question",
        **row,
        "negatives": len(asked),
        "p95 ms": p95,
    }


def labels(pack: Pack) -> dict[str, Any]:
    """Return what is made of doses of US labels."""
    (measured,) = guards.measure(pack, [*planted.doses_of(_labels(), pack.guards["dosing"])], {})
    return measured.project()


def _write(name: str, table: Sequence[report.Row], by: list[str], notes: list[str]) -> None:
    kept = report.kept(name, table, by)
    print("\n".join(report.table(table)), flush=True)
    report.write(name, "python -m benchmarks.guards", kept, notes)


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
